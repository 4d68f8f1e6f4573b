"""Counts the frames that an edit plan's rendering makes."""

from __future__ import annotations

from pathlib import Path

from clipzy.cli.stage_times import FrameCount
from clipzy.errors import StageError
from clipzy.storage.artifacts import load_json
from clipzy.style.plan import EditPlan


def frames_of_plan(path: Path) -> FrameCount | None:
    """The frames that a plan's rendering makes; None where the file is no plan that this version reads."""
    try:
        plan = load_json(path, EditPlan)
    except StageError:
        return None
    return FrameCount(((float(plan.duration * plan.output.frame_rate), 1.0),))
