"""Gives the frames of a video their places in time."""

from __future__ import annotations

from array import array
from fractions import Fraction

from av.video.stream import VideoStream

from clipzy.errors import MediaError
from clipzy.media.decoding.packets import LONGEST_S, time_base


class Clock:
    """Gives each frame its place in time: its stamp, counted from the first frame, mended where it is missing, absurd or runs backwards."""

    def __init__(self, stream: VideoStream) -> None:
        self.tick = time_base(stream)
        rate = stream.average_rate or stream.guessed_rate or Fraction(25)
        self.most = int(LONGEST_S / self.tick)  # no time stamp is believed beyond
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
        """Ticks from the first frame to the one with this stamp; `duration`: its own, in ticks, 0 where it has none."""
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
        """Ticks that a frame is shown where none follows; `duration`: its own, 0 where it has none."""
        return duration if duration and 0 < duration <= self.most else self.step
