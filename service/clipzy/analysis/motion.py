"""Motion of a video from what the motion network says of pairs of frames: intensity, camera moves, zooms, motion of the subject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.camera import classify
from clipzy.analysis.courses import course_of
from clipzy.style.measurements import LEAST_ZOOM, CameraMove, CameraMoveKind, Course, MotionAnalysis
from clipzy.style.time import Span

Array = NDArray[np.float64]

INTENSITY_SPEED = 0.2
"""Mean flow, in frame diagonals per second, that makes an intensity of 63: see `intensity`."""
CONFIDENT = 0.15
"""Consensus below which a pair shows no motion that could be told: flat pictures lie near 0.07, 95 % of good pairs above 0.24."""
_WINDOW_S = 1.0  # camera moves are told over about this long, or longer where pairs are rare, as in long videos
_PAIRS_TOLD_BY = 6  # at least: one pair alone does not tell a shake from a pan
_SLOWEST_ZOOM = 0.004  # log of the magnification a second; what moves before a camera at rest passes for .0016
_SEEN_PARTS = 4  # a slow zoom shows in each of so many parts,
_EVEN = 0.4  # by this share of its mean rate at least: one that is eased from rest to rest has .62 in its first and last part
_SURE = 5.0  # standard errors between its rate and none
# share of the flow that a slow zoom must explain, by medians over the pairs, so that bursts of a moving subject do not hide it: zooms by 1 to 2 % a
# second, put on cars, bottles and a cartoon, explain .3 to .6
_EXPLAINED = 0.25
_MOSTLY = 0.5
_ROUNDING_S = 5e-4  # of times


@dataclass(frozen=True, slots=True)
class _Pairs:
    """What is known of the pairs of frames of one video, all arrays over the pairs."""

    start: Array  # seconds
    interval: Array  # seconds
    rates: Array  # (P, 4): pan, tilt, zoom, roll as the speed of the fastest point, frame diagonals per second
    zoom: Array  # log magnification of the pair
    confidence: Array
    flow: Array  # frame diagonals per second
    residual: Array

    def pick(self, mask: NDArray[np.bool_]) -> _Pairs:
        return _Pairs(*(getattr(self, name)[mask] for name in self.__slots__))

    @property
    def seen(self) -> _Pairs:
        """Those in which the network found a consensus."""
        return self.pick(self.confidence >= CONFIDENT)


def intensity(speed: float) -> float:
    """Map mean flow in frame diagonals per second to 0..100: 100 (1 - exp(-speed / 0.2)).

    Rises with speed and saturates. Anchors: 0 still; 0.02 (a breathing handheld shot) 10; 0.1 (a pan that takes ten seconds to cross the frame) 39;
    0.2 brisk, 63; 0.4 fast, 86; 1.0 (a whip pan) 99.
    """
    return float(100 * (1 - np.exp(-max(speed, 0.0) / INTENSITY_SPEED)))


def measure_motion(
    similarity: NDArray[np.float32],
    confidence: NDArray[np.float32],
    flow_magnitude: NDArray[np.float32],
    residual: NDArray[np.float32],
    *,
    pair_times: Sequence[float],
    pair_intervals: Sequence[float],
    size: tuple[int, int],
    shots: Sequence[Span],
) -> MotionAnalysis:
    """Sum up the motion of a video.

    Pairs that reach across a shot's end are left out; so are, for speeds, pairs in which the network found no consensus.

    Args:
        similarity: (P, 4) dx, dy in pixels of the pair's frames, log zoom (> 0 magnifies), roll in radians.
        confidence: (P,) 0..1, weight of the consensus.
        flow_magnitude: (P,) mean length of the flow, pixels.
        residual: (P,) the same after taking the camera's motion out.
        pair_times: (P,) start of each pair's first frame, seconds.
        pair_intervals: (P,) seconds from its first to its second frame.
        size: width and height of the pairs' frames, pixels.
        shots: the video's shots, in order.

    Returns:
        MotionAnalysis. `mean_flow` and `subject_motion` in frame diagonals per second, weighted by time. `moves` follow one another within each shot;
        `unknown` where less than half of the pairs could be told. `zoom_usage`: share of the shots in which motion could be
        seen at all that have a zoom of 0.4 s and 3 % or more.

    Raises:
        ValueError: when the arrays differ in length or an interval is not positive.
    """
    measured = (similarity, confidence, flow_magnitude, residual)
    pairs = _pairs(measured, pair_times, pair_intervals, float(np.hypot(*size)))
    owner = _owner(pairs, shots)
    within = pairs.pick(owner >= 0)
    seen = within.seen
    observable = float(seen.interval.sum() / within.interval.sum()) if len(within.start) else 0.0
    mean_flow = _mean(seen.flow, seen.interval)
    moves: list[CameraMove] = []
    zooming = visible = 0
    for k, shot in enumerate(shots):
        inside = pairs.pick(owner == k)
        moves += (found := [_measured(move, inside) for move in _with_slow_zooms(_moves(inside, shot), inside)])
        zooming += any(move.zooms_in(shot) for move in found)
        visible += len(inside.seen.start) > 0
    return MotionAnalysis(
        intensity=intensity(mean_flow),
        zoom_usage=100 * zooming / visible if visible else 0.0,
        moves=tuple(moves),
        mean_flow=mean_flow,
        subject_motion=_mean(seen.residual, seen.interval),
        observable=observable,
        flow=_course(seen, seen.flow, shots),
        subject_flow=_course(seen, seen.residual, shots),
        warnings=_warnings(observable),
    )


def _course(pairs: _Pairs, speeds: Array, shots: Sequence[Span]) -> Course:
    ends = float(shots[-1].end) if shots else 0.0
    return course_of(pairs.start + pairs.interval / 2, speeds, pairs.interval, ends, digits=4)


def _warnings(observable: float) -> tuple[str, ...]:
    if observable == 0:
        return (
            "No motion could be seen: the picture is flat, dark or too short; the intensity of 0 is not a measurement.",
        )
    if observable < _MOSTLY:
        return (f"Motion could be seen in only {observable:.0%} of the video.",)
    return ()


def _pairs(
    measured: tuple[NDArray[np.float32], ...], times: Sequence[float], intervals: Sequence[float], diagonal: float
) -> _Pairs:
    similarity, confidence, flow, residual = measured
    n = len(times)
    if similarity.shape != (n, 4) or not len(confidence) == len(flow) == len(residual) == len(intervals) == n:
        raise ValueError(f"{n} pairs need as many rows of similarity, confidence, flow, residual and interval")
    interval = np.asarray(intervals, float)
    if (interval <= 0).any():
        raise ValueError("the second frame of a pair must come after the first")
    move = np.asarray(similarity, float) / interval[:, None]
    # a corner lies half a diagonal from the centre: that is how fast zoom and roll move it
    rates = move * np.array([1 / diagonal, 1 / diagonal, 0.5, 0.5])
    return _Pairs(
        np.asarray(times, float),
        interval,
        rates,
        np.asarray(similarity[:, 2], float),
        np.asarray(confidence, float),
        np.asarray(flow, float) / diagonal / interval,
        np.asarray(residual, float) / diagonal / interval,
    )


def _owner(pairs: _Pairs, shots: Sequence[Span]) -> NDArray[np.int64]:
    """Index of the shot that holds both frames of a pair, -1 for none; half a millisecond of rounding is let pass."""
    owner = np.full(len(pairs.start), -1)
    for k, shot in enumerate(shots):
        inside = (pairs.start >= float(shot.start) - _ROUNDING_S) & (
            pairs.start + pairs.interval < float(shot.end) + _ROUNDING_S
        )
        owner[inside] = k
    return owner


def _mean(values: Array, weights: Array) -> float:
    return float(values @ weights / weights.sum()) if len(values) else 0.0


def _moves(pairs: _Pairs, shot: Span) -> list[CameraMove]:
    """Tell the camera's move over each second or so of a shot and join neighbours that agree; a zoom in is another move than one out."""
    count = max(1, min(round(float(shot.duration) / _WINDOW_S), -(-len(pairs.start) // _PAIRS_TOLD_BY)))
    edges = [shot.start + shot.duration * Fraction(k, count) for k in range(count + 1)]
    moves: list[CameraMove] = []
    inwards = False
    for start, end in pairwise(edges):
        here = _between(pairs, float(start), float(end))
        kind, sure = _named(here)
        turned, inwards = inwards, _zoom_rate(here) > 0
        if moves and moves[-1].kind is kind and not (kind is CameraMoveKind.ZOOM and turned != inwards):
            before = moves[-1]
            long, short = float(before.span.duration), float(end - start)
            joined = (before.confidence * long + sure * short) / (long + short)
            moves[-1] = CameraMove(Span(before.span.start, end), kind, joined)
        else:
            moves.append(CameraMove(Span(start, end), kind, sure))
    return moves


def _between(pairs: _Pairs, start: float, end: float) -> _Pairs:
    middle = pairs.start + pairs.interval / 2
    return pairs.pick((middle >= start) & (middle < end))


def _with_slow_zooms(moves: list[CameraMove], pairs: _Pairs) -> list[CameraMove]:
    """The moves of a shot; where the camera rests second by second, and yet comes steadily nearer or farther, a zoom."""
    found: list[CameraMove] = []
    for slow, group in groupby(moves, lambda move: move.kind in {CameraMoveKind.STATIC, CameraMoveKind.ZOOM}):
        part = list(group)
        span = Span(part[0].span.start, part[-1].span.end)
        here = _between(pairs, float(span.start), float(span.end))
        resting = slow and any(move.kind is CameraMoveKind.STATIC for move in part)
        sure = _creeps(here, float(span.duration)) if resting else 0.0
        found += [CameraMove(span, CameraMoveKind.ZOOM, sure)] if sure > 0 else part
    return found


def _creeps(here: _Pairs, seconds: float) -> float:
    """How surely a stretch zooms slowly and throughout, 0..1; 0 where it does not, or too little to be seen."""
    seen = here.seen
    if len(seen.start) < max(2 * _SEEN_PARTS, _MOSTLY * len(here.start)):
        return 0.0
    weights = seen.interval / seen.interval.sum()
    rates, (pan, tilt, zoom, roll) = seen.zoom / seen.interval, np.abs(weights @ seen.rates)
    rate = float(weights @ rates)
    parts = np.array([part.mean() for part in np.array_split(rates, _SEEN_PARTS)]) / (rate or np.inf)
    explained = 1 - float(np.median(seen.residual)) / max(float(np.median(seen.flow)), 1e-9)
    shown = (
        abs(rate) >= max(_SLOWEST_ZOOM, LEAST_ZOOM / seconds, _SURE * rates.std() / np.sqrt(len(rates))),
        zoom > max(pan, tilt, roll),
        parts.min() >= _EVEN,
        explained >= _EXPLAINED,
    )
    trusted = min(1.0, float(weights @ seen.confidence) / 0.5)
    return float(np.clip(trusted * explained / 0.6, 0, 1)) if all(shown) else 0.0


def _named(here: _Pairs) -> tuple[CameraMoveKind, float]:
    seen = here.seen
    if not len(here.start) or len(seen.start) < _MOSTLY * len(here.start):
        return CameraMoveKind.UNKNOWN, 0.0
    return classify(seen.rates, seen.interval, seen.confidence, seen.flow, seen.residual)


def _zoom_rate(pairs: _Pairs) -> float:
    """Log of the magnification a second, over those pairs that can be told."""
    seen = pairs.seen
    return _mean(seen.zoom / seen.interval, seen.interval)


def _measured(move: CameraMove, pairs: _Pairs) -> CameraMove:
    """The move, a zoom with how far it goes."""
    if move.kind is not CameraMoveKind.ZOOM:
        return move
    within = pairs.pick((pairs.start >= float(move.span.start) - _ROUNDING_S) & (pairs.start < float(move.span.end)))
    # pairs are samples: their rate holds for the whole span
    return replace(move, zoom=_zoom_rate(within) * float(move.span.duration))
