"""How a stage ended, as the queue keeps it: read by every version, and what of it another version may use."""

from __future__ import annotations

import json

from clipzy.jobs.lifecycle import Stage
from clipzy.jobs.moves import StageResult
from clipzy.jobs.publishing import StoredFile
from clipzy.jobs.stage_checkpoint import Checkpoint, result_of, run_by

PICTURES, SOUND, MOTION = Stage.VIDEO_ANALYSIS, Stage.AUDIO_ANALYSIS, Stage.MOTION_ANALYSIS


def test_a_checkpoint_survives_the_queue():
    """With the stages that were run again, as JSON and back."""
    pictures = Checkpoint(folder="video_analysis-3", warnings=("dark",), version="new", style_json={"version": "1.0"})
    file = StoredFile("a.json", SOUND, 2, "0" * 64)
    kept = Checkpoint(folder="audio_analysis-3", files=(file,), version="new", again={PICTURES: pictures})
    assert Checkpoint.load(json.loads(json.dumps(kept.dump()))) == kept


def test_what_an_engine_wrote_that_named_no_version_is_read_as_anothers():
    """As every engine did before there was one."""
    older = {"folder": "video_analysis-1", "seconds": 1.5, "warnings": [], "artifacts": {}, "files": [], "error": None}
    assert run_by("new", {PICTURES: Checkpoint.load(older)}) == {}


def test_a_field_of_a_later_version_is_overlooked():
    """An older worker takes over a job from a newer one, too."""
    later = {**Checkpoint(folder="video_analysis-1", version="new").dump(), "later": [1]}
    assert Checkpoint.load(later) == Checkpoint(folder="video_analysis-1", version="new")


def test_stages_are_gone_on_from_up_to_the_first_that_another_version_ran():
    """What comes after it was made of it."""
    done = {stage: Checkpoint(version=version) for stage, version in ((PICTURES, "a"), (SOUND, "b"), (MOTION, "a"))}
    assert list(run_by("a", done)) == [PICTURES]
    assert list(run_by("b", done)) == []


def test_a_stage_tells_of_itself_alone():
    """The row has what the stages before it told."""
    pictures, sound = Checkpoint(warnings=("dark",)), Checkpoint(warnings=("quiet",), artifacts={"a.json": "k"})
    assert result_of(sound, {PICTURES: pictures}) == StageResult(["quiet"], {"a.json": "k"})


def test_a_stage_with_which_others_were_run_again_tells_of_all():
    """In the stages' order, in place of what the row has."""
    before = Checkpoint(warnings=("bright",), artifacts={"style.json": "j"}, style_json={"version": "0.9"})
    again = Checkpoint(warnings=("dark",), artifacts={"style.json": "k"}, style_json={"version": "1.0"})
    last = Checkpoint(warnings=("quiet",), artifacts={"plan.json": "l"}, again={PICTURES: again})
    told = result_of(last, {PICTURES: before})
    files = {"style.json": "k", "plan.json": "l"}
    assert told == StageResult(["dark", "quiet"], files, {"version": "1.0"}, anew=True, withdrawn=["bright"])
