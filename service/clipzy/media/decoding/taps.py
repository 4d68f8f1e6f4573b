"""What the analyses keep of the decoded frames: every frame tiny and in colour, grey pairs for motion, samples for colour and text."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clipzy.media.decoding.next_picture import REACH_S, RecentFrames
from clipzy.media.decoding.tap import Layout, Scale, Wish
from clipzy.media.pictures import Scaler, fitted_size
from clipzy.media.spool import Spool, Spooled, open_spool

SHOT_FRAMES, MOTION_PAIRS, SAMPLES = "shot_frames", "motion_pairs", "samples"
SHOT_SIZE = (48, 27)  # what TransNetV2 was trained on (arXiv 2008.04838)
MOTION_LONG_SIDE = 320
PAIRS_A_SECOND = Fraction(6)  # ten name no more camera moves right, and change speeds by less than 2 %
# Least time between the two frames of a pair: in 1/60 s a slow pan moves less than can be measured. At 30 frames a second pairs are consecutive frames,
# even with a clock of milliseconds
LEAST_GAP_S = Fraction(1, 36)
# Least time between the frames that are looked at: 60 a second are enough to tell when each picture of a film begins
LEAST_STEP_S = Fraction(1, 75)
SAMPLE_LONG_SIDE = 480  # text is found at this width as well as at full size, at a seventh of the time


@dataclass(frozen=True, slots=True)
class Frames:
    """Pictures of one size with their exact times. `pictures`: uint8, a memory map; `ticks`: (N,) int64 in `time_base` s."""

    pictures: NDArray[np.uint8]
    ticks: NDArray[np.int64]
    time_base: Fraction

    @property
    def times_s(self) -> NDArray[np.float64]:
        """Start times in seconds, correctly rounded: what begins at a boundary must not come out just before it."""
        return self.ticks * self.time_base.numerator / self.time_base.denominator


@dataclass(frozen=True, slots=True)
class MotionPairs(Frames):
    """Pairs of consecutive frames; at high frame rates a thirtieth of a second apart, and where pictures repeat, of one picture and the next.

    `pictures`: (N, 2, H, W) grey; `ticks`: of the first of each; `gaps`: (N,) ticks to the second.
    """

    gaps: NDArray[np.int64]

    @property
    def intervals_s(self) -> NDArray[np.float64]:
        """Seconds between the two frames of each pair."""
        return self.gaps * self.time_base.numerator / self.time_base.denominator


class _SpoolingTap:
    """A tap that spools pictures of one kind and removes them if the pass fails."""

    _scaler: Callable[[], Scaler]
    _spool: Spool | None = None

    def scaler(self) -> Scale:
        """See `Tap`."""
        return self._scaler()

    def finish(self) -> None:
        """See `Tap`."""
        assert self._spool is not None
        self._spool.close()

    def discard(self) -> None:
        """See `Tap`."""
        if self._spool is not None:
            self._spool.discard()


class ShotFramesTap(_SpoolingTap):
    """Every frame as 48 x 27 RGB, stretched to fill."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, layout: Layout) -> None:
        """See `Tap`."""
        self._scaler = partial(Scaler, SHOT_SIZE, layout.orientation, peak=layout.peak)
        self._spool = Spool(self._folder, SHOT_FRAMES, self._scaler().shape, layout.time_base)

    def wants(self, ticks: int, until: int) -> Wish | None:  # noqa: ARG002  # see `Tap`
        """See `Tap`."""
        return _PLAIN

    def keep(self, picture: NDArray[np.uint8], ticks: int, wish: Wish) -> None:  # noqa: ARG002  # see `Tap`
        """See `Tap`."""
        assert self._spool is not None
        self._spool.add(ticks, picture)


class MotionPairsTap(_SpoolingTap):
    """Pairs of grey frames, upright, in the video's aspect, long side 320; PAIRS_A_SECOND, but at most `max_pairs`, evenly over the video.

    The frames of a pair are consecutive; above some 36 frames a second they are two or more apart. Where most frames repeat the one before, or one in so
    many does, a pair is a picture and the next different one, see `next_picture`.
    """

    def __init__(self, folder: Path, max_pairs: int = 3600) -> None:
        self._folder = folder
        self._most = max_pairs

    def begin(self, layout: Layout) -> None:
        """See `Tap`."""
        size = fitted_size(layout.display, MOTION_LONG_SIDE)
        self._scaler = partial(Scaler, size, layout.orientation, "gray", peak=layout.peak)
        self._spool = Spool(self._folder, MOTION_PAIRS, (2, *self._scaler().shape), layout.time_base)
        self._metre = _Metre(layout, PAIRS_A_SECOND, self._most)
        self._reach = int(REACH_S / layout.time_base)
        self._step = int(LEAST_STEP_S / layout.time_base)
        self._next = 0  # no frame before this tick is looked at
        self._begun: int | None = None  # ticks of the first frame of a pair that waits for its second
        # ticks of first frames whose pairs are not yet written, and whether each one's pair is one too many
        self._firsts: deque[tuple[int, bool]] = deque()
        self._recent = RecentFrames(self._reach, int(LEAST_GAP_S / layout.time_base))

    def wants(self, ticks: int, until: int) -> Wish | None:  # noqa: ARG002  # see `Tap`
        """See `Tap`."""
        if ticks < self._next:
            return None
        self._next = ticks + self._step
        due, begun = self._metre.due(ticks), self._begun
        if not due and begun is None and not self._metre.is_near(ticks, self._reach):
            return None
        thins = begun is not None and self._metre.too_many(begun)
        self._begun = ticks if due else None
        return Wish(first=due, second=begun is not None, thins=thins)

    def keep(self, picture: NDArray[np.uint8], ticks: int, wish: Wish) -> None:
        """See `Tap`."""
        self._recent.add(ticks, picture)
        if wish.thins:
            self._firsts[-1] = self._firsts[-1][0], True
        if wish.first:
            self._firsts.append((ticks, False))
        while self._firsts and self._firsts[0][0] + self._reach < ticks:
            self._pair()
        self._recent.forget(self._firsts[0][0] if self._firsts else ticks)

    def finish(self) -> None:
        """See `Tap`."""
        while self._firsts:
            self._pair()
        super().finish()

    def _pair(self) -> None:
        """Spool the pair of the first frame that has waited longest."""
        assert self._spool is not None
        first, thins = self._firsts.popleft()
        pair = self._recent.pair_at(first)
        if pair is None:
            return
        one, other = pair
        self._spool.add(one.ticks, one.picture, other.picture, length=other.ticks - one.ticks)
        if thins:
            self._spool.thin()


class SamplesTap(_SpoolingTap):
    """RGB frames in the video's aspect, upright, long side 480: `per_second`, but at most `max_samples`, evenly over the video.

    A picture that stays on the screen over several sampling times is a sample at each of them, as if the file repeated it: screen recordings and
    slideshows have no frames while nothing moves.
    """

    def __init__(self, folder: Path, per_second: Fraction = Fraction(2), max_samples: int = 600) -> None:
        self._folder = folder
        self._rate, self._most = per_second, max_samples

    def begin(self, layout: Layout) -> None:
        """See `Tap`."""
        size = fitted_size(layout.display, SAMPLE_LONG_SIDE)
        self._scaler = partial(Scaler, size, layout.orientation, exact=True, peak=layout.peak)
        self._spool = Spool(self._folder, SAMPLES, self._scaler().shape, layout.time_base)
        self._metre = _Metre(layout, self._rate, self._most)

    def wants(self, ticks: int, until: int) -> Wish | None:
        """See `Tap`."""
        moments = self._metre.moments(ticks, until)
        return Wish(moments=moments) if moments else None

    def keep(self, picture: NDArray[np.uint8], ticks: int, wish: Wish) -> None:  # noqa: ARG002  # see `Tap`
        """See `Tap`."""
        assert self._spool is not None
        for moment in wish.moments:
            self._spool.add(moment, picture)
            if len(self._spool) > self._most:
                self._spool.thin()


_PLAIN = Wish()


class _Metre:
    """Sampling times: at a rate, or farther apart so that a long video gives no more than `most`."""

    def __init__(self, layout: Layout, rate: Fraction, most: int) -> None:
        spacing = 1 / rate
        if layout.expected is not None and most > 1:
            # 2 % spare: containers often give a length that is a little short
            spacing = max(spacing, layout.expected * Fraction(102, 100) / (most - 1))
        # ticks; not rounded, since those of milliseconds and of whole frames are coarse
        self._spacing = max(Fraction(1), spacing / layout.time_base)
        self._next = Fraction(0)
        self._last: int | None = None  # ticks of the last frame that was due
        self._most = most
        self._taken = array("q")

    def due(self, ticks: int | Fraction) -> bool:
        """Whether a sampling time has passed since the last frame that was due."""
        if ticks < self._next:
            return False
        self._next += (ticks - self._next) // self._spacing * self._spacing + self._spacing
        self._last = round(ticks)
        return True

    def moments(self, ticks: int, until: int) -> tuple[int, ...]:
        """When to sample what is shown from `ticks` to `until`: at its beginning if that is due, and at each sampling time before the next picture."""
        found: list[int] = []
        if self.due(ticks):
            found.append(ticks)
            self.too_many(ticks)
        while until - self._next > self._spacing / 2:
            found.append(round(self._next))
            self.due(self._next)
            self.too_many(found[-1])
        return tuple(found)

    def is_near(self, ticks: int, reach: int) -> bool:
        """Whether a frame lies within `reach` ticks of the last one that was due, or of the next sampling time."""
        return ticks + reach >= self._next or (self._last is not None and ticks - self._last <= reach)

    def too_many(self, ticks: int) -> bool:
        """Count a sample at `ticks`; True where a file turns out longer than it says: every second sample has to go, and the rate is halved."""
        self._taken.append(ticks)
        if len(self._taken) <= self._most:
            return False
        self._taken = self._taken[::2]
        self._spacing *= 2
        self._next = self._taken[-1] + self._spacing
        return True


def open_shot_frames(folder: Path) -> Frames:
    """What `ShotFramesTap` wrote: pictures (N, 27, 48, 3), one of each frame."""
    return _frames(open_spool(folder, SHOT_FRAMES))


def open_samples(folder: Path) -> Frames:
    """What `SamplesTap` wrote: pictures (N, H, W, 3), max(H, W) at most 480."""
    return _frames(open_spool(folder, SAMPLES))


def open_motion_pairs(folder: Path) -> MotionPairs:
    """What `MotionPairsTap` wrote: pictures (N, 2, H, W), max(H, W) at most 320."""
    spooled = open_spool(folder, MOTION_PAIRS)
    return MotionPairs(spooled.arrays, spooled.ticks, spooled.time_base, spooled.lengths)


def _frames(spooled: Spooled) -> Frames:
    return Frames(spooled.arrays, spooled.ticks, spooled.time_base)
