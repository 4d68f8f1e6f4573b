"""A crop that goes with its subject: at rest where it can be, else at a steady pace, never with a jerk."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from statistics import median

import numpy as np
from numpy.typing import NDArray

from clipzy.style.framing import face_starts
from clipzy.style.measurements import Subject
from clipzy.style.plan import Crop, CropKey
from clipzy.style.standing_text import StandingText
from clipzy.style.taut_string import taut_string
from clipzy.style.time import Span, down_to_clock
from clipzy.style.tracking import covered_s

# of a crop's width or height, to either side of its middle: where a subject may be before the crop has to move at all, and at least
HOLDS, HOLDS_LEAST = 0.3, 0.1
CORRIDORS = (0.4, 0.7, 1.0)  # of that: where a crop that moves keeps it, the narrowest in which it is slow enough
WIDEST = 0.42  # of a crop's side: where it may be at most, before a crop that cannot keep up gives up
TOP_SPEED = 0.9  # crop's sides a second: faster, and the picture is a blur
EASED_S = 0.6  # in which a crop gets going twice over: its pace is smoothed, and so is its gain of pace
GRID_S = 0.1
KEY_EVERY = Fraction(1, 5)  # seconds between the keys of a path where it moves
UNDER_WAY = Fraction(1, 25)  # seconds: a frame
SEEN_EVERY_S = 2.1  # a subject that is seen more rarely cannot be followed
BESIDE_TEXT = 0.01  # of the picture, that is left free beside text
UNSURE_S = 0.3  # of when a text comes and goes
MOST_WAYS = 8  # that are kept: most crops have one of a few sizes
COVERED = 0.5  # of a take: less, and nothing is known of where its subject is

Floats = NDArray[np.float64]


class TooFastError(Exception):
    """The subject moves faster than a crop can follow without a blur."""


@dataclass(frozen=True, slots=True)
class Rail:
    """Where a crop of one size is at any time of a take. `times`: (n,) seconds of the footage; `x`, `y`: (n,) its left and upper edge."""

    crop: Crop
    times: Floats
    x: Floats
    y: Floats

    @property
    def moves(self) -> bool:
        """Whether it ever leaves its place."""
        return bool(np.ptp(self.x) > 0 or np.ptp(self.y) > 0)

    def at(self, time: float) -> Crop:
        """The crop at a second of the footage."""
        x, y = (float(np.interp(time, self.times, edge)) for edge in (self.x, self.y))
        # to a millionth, which is less than a hundredth of a pixel, and never upwards, which might lead out of the picture
        return Crop(math.floor(x * 1e6) / 1e6, math.floor(y * 1e6) / 1e6, self.crop.width, self.crop.height)

    def within(self, span: Span) -> Rail:
        """The part of it that a span needs, as a copy: hours of footage have many closer crops, and all of each would fill the memory."""
        first = max(int(np.searchsorted(self.times, float(span.start), "right")) - 1, 0)
        part = slice(first, int(np.searchsorted(self.times, float(span.end))) + 1)
        return Rail(self.crop, self.times[part].copy(), self.x[part].copy(), self.y[part].copy())

    def keys(self, span: Span) -> tuple[Crop, tuple[CropKey, ...]]:
        """The crop at a span's start and its path from there; empty where it does not move."""
        ends = down_to_clock(span.duration)
        grid = {k * KEY_EVERY for k in range(math.ceil(ends / KEY_EVERY))}
        # a path sets out from rest: where the crop moves already, a key soon after the cut lets it get going at once
        moments = sorted(grid | {ends, min(UNDER_WAY, ends), max(ends - UNDER_WAY, Fraction(0))})
        crops = [self.at(float(span.start + moment)) for moment in moments]
        rests = [crops[k] == crops[k - 1] for k in range(1, len(crops))]  # on the way to each moment but the first
        # a key stands at either end of each move
        needed = [k for k in range(1, len(crops)) if not rests[k - 1] or (k < len(rests) and not rests[k])]
        return crops[0], tuple(CropKey(moments[k], crops[k]) for k in needed)


def fixed(crop: Crop, span: Span) -> Rail:
    """A crop that stays where it is."""
    return Rail(crop, np.array([float(span.start)]), np.array([crop.x]), np.array([crop.y]))


class Trail:
    """Where one subject is throughout a take, for crops of any size to go with it.

    A crop's way is a taut string in the corridor in which it shows the subject well, its corners rounded by two moving averages. While text
    stands that it can show whole from there, the corridor is where it does.
    """

    def __init__(self, track: Sequence[Subject], span: Span, texts: Sequence[StandingText] = ()) -> None:
        """Take the subject's places, in order of time, empty where none is known, and the texts that stand in the picture."""
        self._is_known = _is_known(track, span)
        if not self._is_known:
            return
        self._grid = np.arange(float(span.start) - EASED_S, float(span.end) + EASED_S + GRID_S, GRID_S)
        self._across = _Axis(track, 0, texts, self._grid)
        self._down = _Axis(track, 1, texts, self._grid)

    def followed(self, crop: Crop) -> Rail | None:
        """How a crop of that size goes with the subject; None where it need not move, or where too little is known.

        Raises:
            TooFastError: it cannot keep the subject in the picture at a bearable pace.
        """
        if not self._is_known:
            return None
        across, down = self._across.corridor(crop.width), self._down.corridor(crop.height)
        if not (across.must_move or down.must_move):
            return None
        return Rail(crop, self._grid, self._across.way(across), self._down.way(down))


def _is_known(track: Sequence[Subject], span: Span) -> bool:
    if len(track) < 3 or covered_s(track) < COVERED * span.duration:
        return False
    return (track[-1].time_s - track[0].time_s) / (len(track) - 1) <= SEEN_EVERY_S


@dataclass(frozen=True, slots=True)
class _Corridor:
    """For one edge of a crop with a `side`: where it should be at each sight (`wanted`, (n,)), where it rests, and how far from the right place it may stay (`holds`)."""

    side: float
    wanted: Floats
    rest: float
    holds: float

    @property
    def must_move(self) -> bool:
        return float(np.abs(self.wanted - self.rest).max()) > self.holds


class _Axis:
    """The left (0) or upper (1) edge of crops that keep a subject in its place: in the middle, or with a face's eyes where they belong."""

    def __init__(self, track: Sequence[Subject], axis: int, texts: Sequence[StandingText], grid: Floats) -> None:
        self._times, self._grid = [s.time_s for s in track], grid
        self._is_face, self._is_upright = track[0].is_face, axis == 1
        edges = [((s.left, s.right), (s.top, s.bottom))[axis] for s in track]
        self._extent = median(last - first for first, last in edges)
        measured = np.array([s.centre[axis] for s in track])
        # single errors move nothing
        steady = np.median(np.stack([measured[:-2], measured[1:-1], measured[2:]]), axis=0)
        self._centres = np.concatenate([measured[:1], steady, measured[-1:]])
        # at each sight from where to where texts stand; from infinity where there are none
        self._text_low, self._text_high = np.full(len(track), np.inf), np.full(len(track), -np.inf)
        for text in texts:
            there = (
                np.abs(np.array(self._times) - (text.start_s + text.end_s) / 2)
                <= (text.end_s - text.start_s) / 2 + UNSURE_S
            )
            self._text_low[there] = np.minimum(self._text_low[there], text.box[axis])
            self._text_high[there] = np.maximum(self._text_high[there], text.box[axis + 2])
        self._ways: dict[float, Floats] = {}

    def corridor(self, side: float) -> _Corridor:
        """For crops with a side so long."""
        starts = face_starts(side, self._extent) if self._is_face and self._is_upright else -side / 2
        wanted = np.clip(self._centres + starts, 0.0, 1.0 - side)
        holds = min(max(side / 2 - self._extent / 2, HOLDS_LEAST * side), HOLDS * side)
        return _Corridor(side, wanted, float(np.median(wanted)), holds)

    def way(self, corridor: _Corridor) -> Floats:
        """Where the edge is at each of the grid's times. Crops of one size share it; the last few are kept."""
        if corridor.side not in self._ways:
            if len(self._ways) == MOST_WAYS:
                del self._ways[next(iter(self._ways))]
            self._ways[corridor.side] = self._made(corridor)
        return self._ways[corridor.side]

    def _made(self, corridor: _Corridor) -> Floats:
        if not corridor.must_move:
            return np.full(len(self._grid), corridor.rest)
        side, wanted = corridor.side, corridor.wanted
        halves = (*(share * corridor.holds for share in CORRIDORS), WIDEST * side)
        for texts, half in product((True, False) if np.isfinite(self._text_low).any() else (False,), halves):
            low, high = np.maximum(wanted - half, 0.0), np.minimum(wanted + half, 1 - side)
            if texts:
                low, high = self._beside_texts(corridor, low, high)
            times, values = zip(*taut_string(self._times, low.tolist(), high.tolist()), strict=True)
            if np.abs(np.diff(values) / np.diff(times)).max(initial=0.0) <= TOP_SPEED * side:
                return _smoothed(_smoothed(np.interp(self._grid, times, values)))
        raise TooFastError

    def _beside_texts(self, corridor: _Corridor, low: Floats, high: Floats) -> tuple[Floats, Floats]:
        """A corridor, narrowed or moved to where texts are whole, as far as a face is held from there as well, or a thing is still inside."""
        side, wanted = corridor.side, corridor.wanted
        reach = corridor.holds if self._is_face else HOLDS * side
        free = np.clip((side - (self._text_high - self._text_low)) / 2, 0.0, BESIDE_TEXT)
        # at the picture's edge nothing is left free beside text
        first = np.maximum(np.clip(self._text_high + free - side, 0.0, 1 - side), wanted - reach)
        last = np.minimum(np.clip(self._text_low - free, 0.0, 1 - side), wanted + reach)
        fits = np.isfinite(self._text_low) & (first <= last)
        return np.where(fits, first, low), np.where(fits, last, high)


def _smoothed(values: Floats) -> Floats:
    """A moving average, which neither overshoots nor goes back; ends count on."""
    reach = round(EASED_S / GRID_S / 2)
    window = np.full(2 * reach + 1, 1 / (2 * reach + 1))
    return np.convolve(np.pad(values, reach, "edge"), window, "valid")
