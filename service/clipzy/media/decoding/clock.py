"""Gives the frames of a video their times."""

from __future__ import annotations

from array import array
from fractions import Fraction

from av.video.stream import VideoStream

from clipzy.errors import MediaError
from clipzy.media.decoding.packets import LONGEST_S, time_base


class Clock:
    """Gives each frame its time: its stamp, counted from the first frame, or one step after the last where it is missing, absurd or not later."""

    def __init__(self, stream: VideoStream) -> None:
        self.tick = time_base(stream)
        rate = stream.average_rate or stream.guessed_rate or Fraction(25)
        self.most = int(LONGEST_S / self.tick)  # later time stamps are not believed
        self.step = max(1, min(round(1 / rate / self.tick), self.most))
        self.ticks = array("q")
        self.mended = 0
        self.end = 0
        self._origin = 0

    @property
    def count(self) -> int:
        """Frames so far."""
        return len(self.ticks)

    def place(self, stamp: int | None, duration: int) -> int:
        """Ticks from the first frame to the one with this stamp; `duration`: in ticks, 0 if unknown."""
        if not self.ticks:
            self._origin = stamp or 0
            at = 0
        elif stamp is not None and self.ticks[-1] < stamp - self._origin <= self.most:
            at = stamp - self._origin
        else:
            at = self.ticks[-1] + self.step
            self.mended += 1
        if at > self.most:
            raise MediaError("the video lasts more than a day by its own time stamps; the file may be damaged")
        self.end = at + self.length(duration)
        self.ticks.append(at)
        return at

    def length(self, duration: int) -> int:
        """Ticks that a last frame is shown; `duration`: its own, 0 if unknown."""
        return duration if duration and 0 < duration <= self.most else self.step
