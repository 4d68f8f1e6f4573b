"""Counts the frames that a stage works on while it goes along, so that operators see frames a second."""

from __future__ import annotations

from clipzy.stages.shares import Report
from clipzy.telemetry import observations


class FrameCount:
    """Follows the progress over `expected` frames, which may be a guess; the end sets it right where it was too few."""

    def __init__(self, stage: str, expected: int) -> None:
        self._stage = stage
        self._expected = expected
        self._counted = 0

    def following(self, report: Report) -> Report:
        """The same reporter, and each share that it is told is counted in frames."""

        def told(share: float) -> None:
            self._count(int(share * self._expected))
            report(share)

        return told

    def complete(self, frames: int) -> None:
        """So many they were."""
        self._count(frames)

    def _count(self, frames: int) -> None:
        if frames > self._counted:
            observations.saw_frames(self._stage, frames - self._counted)
            self._counted = frames
