"""Counts the frames that a stage works on while it goes along, so that operators see frames a second."""

from __future__ import annotations

from clipzy.telemetry import observations


class FrameCount:
    """Counts over `expected` frames, which may be a guess; the end sets it right where it was too few."""

    def __init__(self, stage: str, expected: int) -> None:
        self._stage = stage
        self._expected = expected
        self._counted = 0

    def follow(self, share: float) -> None:
        """A reporter: so much of the stage's work is done."""
        self.complete(int(share * self._expected))

    def complete(self, frames: int) -> None:
        """So many frames are done."""
        if frames > self._counted:
            observations.saw_frames(self._stage, frames - self._counted)
            self._counted = frames
