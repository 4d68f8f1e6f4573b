"""A job's states, stages and progress bands: the whole state machine, pure."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Stage(StrEnum):
    """The six stages, in the order in which they run."""

    VIDEO_ANALYSIS = "video_analysis"
    AUDIO_ANALYSIS = "audio_analysis"
    MOTION_ANALYSIS = "motion_analysis"
    STYLE_EXTRACTION = "style_extraction"
    STYLE_APPLICATION = "style_application"
    RENDERING = "rendering"


MOVES: dict[Status, frozenset[Status]] = {
    Status.QUEUED: frozenset({Status.PROCESSING, Status.CANCELLED}),
    Status.PROCESSING: frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELLED}),
    Status.COMPLETED: frozenset(),
    Status.FAILED: frozenset(),
    Status.CANCELLED: frozenset(),
}

TERMINAL = frozenset(status for status, onward in MOVES.items() if not onward)

# First and last percent of each stage, as the API's documentation gives them.
BANDS: dict[Stage, tuple[int, int]] = {
    Stage.VIDEO_ANALYSIS: (1, 20),
    Stage.AUDIO_ANALYSIS: (21, 35),
    Stage.MOTION_ANALYSIS: (36, 55),
    Stage.STYLE_EXTRACTION: (56, 65),
    Stage.STYLE_APPLICATION: (66, 85),
    Stage.RENDERING: (86, 99),
}


def progress_percent(stage: Stage, fraction: float) -> int:
    """Whole percent of the job when `fraction` (0..1, clamped) of the stage is done."""
    first, last = BANDS[stage]
    return first + int((last - first) * min(max(fraction, 0.0), 1.0))
