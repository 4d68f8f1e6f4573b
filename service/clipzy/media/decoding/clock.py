"""Gives the frames of a video their times."""

from __future__ import annotations

from array import array
from collections import deque
from fractions import Fraction

from av.video.stream import VideoStream

from clipzy.errors import MediaError
from clipzy.media.decoding.packets import LONGEST_S, time_base

# A stamp so far back, in seconds, repeats one or is of a clock that was set right; further back it begins a count of its own
BACK_S = 1
# Stamps that run back twice within so many frames are those of packets, in coding order: a clock is set right once
REORDERED = 16


class Clock:
    """Gives each frame its time by its stamp, counted from second zero of the video.

    A frame whose stamp says again or a little earlier what came before is one tick after the last, so that those that follow keep their stamps. Where the stamp
    is missing or absurd, stands still, or keeps running back as in coding order, the frame is one step after the last: by the frame rate.
    """

    def __init__(self, stream: VideoStream, origin: int | None = None) -> None:
        """`origin`: stamp at second zero; None: that of the first frame."""
        self.tick = time_base(stream)
        rate = stream.average_rate or stream.guessed_rate or Fraction(25)
        self.most = int(LONGEST_S / self.tick)  # later time stamps are not believed
        self.step = max(1, min(round(1 / rate / self.tick), self.most))
        self.ticks = array("q")
        self.mended = 0
        self.end = 0
        self._origin = origin
        self._back = int(BACK_S / self.tick)
        self._told: deque[int | None] = deque([None, None], maxlen=2)  # the last two stamps, from second zero
        self._ran_back: deque[int] = deque(maxlen=2)  # numbers of the last frames whose stamp is before the last one's

    @property
    def count(self) -> int:
        """Frames so far."""
        return len(self.ticks)

    def knows(self, stamp: int | None) -> bool:
        """Whether a first frame with this stamp can be placed by it."""
        return self._counted(stamp) is not None

    def place(self, stamp: int | None, duration: int) -> int:
        """Ticks from second zero to the frame with this stamp; `duration`: in ticks, 0 if unknown.

        Raises MediaError where that is more than a day.
        """
        if self._origin is None:
            self._origin = stamp or 0
        told = self._counted(stamp)
        if self.ticks:
            at = self._after(self.ticks[-1], told)
            self.mended += at != told
        else:
            at = told or 0
        if at > self.most:
            raise MediaError("the video lasts more than a day by its own time stamps; the file may be damaged")
        self.end = at + self.length(duration)
        self.ticks.append(at)
        self._told.append(told)
        return at

    def _counted(self, stamp: int | None) -> int | None:
        """Ticks from second zero to a stamp; None if it is missing or absurd."""
        told = None if stamp is None else stamp - (self._origin or 0)
        return None if told is None or told > self.most else told

    def _after(self, last: int, told: int | None) -> int:
        if told is None or last - told > self._back or self._told.count(told) == self._told.maxlen:
            return last + self.step
        before = self._told[-1]
        if before is not None and told < before:
            self._ran_back.append(self.count)
        if told <= last and len(self._ran_back) == 2 and self.count - self._ran_back[0] <= REORDERED:
            return last + self.step
        return max(told, last + 1)

    def length(self, duration: int) -> int:
        """Ticks that a last frame is shown; `duration`: its own, 0 if unknown."""
        return duration if duration and 0 < duration <= self.most else self.step
