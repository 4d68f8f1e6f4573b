"""Dissolves between two framings of one take, or between pictures much alike: told by the double exposure.

What changes is too little for the shot network and for measures of change. But two pictures that do not lie on each other have less detail, mixed, than each by
itself (A. M. Alattar, "Detecting and compressing dissolve regions in video sequences with a DVI multimedia image compression algorithm", 1993), and what is
seen then is explained by both together, each moved on as its camera moves, far better than by either alone moved or enlarged. So no pan, shake or zoom
passes for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter, uniform_filter1d

from clipzy.analysis.cuts.candidates import Found, Limits, limits_of, overlaps, walled
from clipzy.analysis.cuts.layers import Floats, Laid, Places, back, find_places, lay, onward
from clipzy.analysis.cuts.small_frames import grey, soft_grey
from clipzy.analysis.cuts.transitions import TransitionFit, extent, roughness
from clipzy.analysis.each import Each
from clipzy.style.dna import TransitionType

Frames = NDArray[np.uint8]

HALVES_S = (0.3, 0.5, 0.8)  # of the stretches that are looked at
_DIP = 0.83  # of the detail at both ends, the most that may be left in the middle
_CALM = 9  # frames, most of which are not lit by a flash
_FLASH = 0.05  # of full scale, by which a flash is lighter than what is around it
_LEFT = 0.8  # of the detail of both pictures, in their shares, the most that their mix has: half of it where they have nothing in common
# So many of the deepest dips are examined, and one more for so many seconds: a shaken picture has many shallow ones by chance
_AT_LEAST, _EVERY_S = 4, 1.5
_PIECE = 256  # frames at once: what is made of them stays within the processor's cache
_LEAST_DETAIL = 2e-5  # mean square of code values 0..1: below it there is only noise
_CHAIN_ROUNDS, _ALONE_ROUNDS, _MIXED_ROUNDS = 3, 4, 6
_FEWEST = 4  # mixed frames
_RATIO = 0.65  # of what one picture leaves unexplained, the most that both may: true ones .1 to .64, moves and zooms mostly .7 and more
_HOPELESS = 0.87  # in the narrowest stretch: within a longer dissolve it is .8 at most
_ALIKE = 0.4  # both pictures' detail, where they are mixed: of two framings .3 at most; one picture, moved, agrees with itself
# Likeness from which both ends are one picture in another light: true dissolves reach .58. Noisy or smooth pictures are one from less on if so much
# of the detail is kept: true dissolves of pictures that alike keep .78 at most
_ONE, _LIKELY_ONE, _ONE_KEPT = 0.7, 0.15, 0.82
_MIXED = 0.3  # of what one picture leaves, under which there are two: with something that moves before the same ground
_UNEXPLAINED = 0.45  # of the picture's own contrast, the most that both may leave
_ROUGH = 0.09
_COVERED = 0.4
_SEEN = (0.15, 0.85)  # progress between which a mix can be told from either picture


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a stretch shows.

    `progress` (n,) of its inner frames. `unexplained`: what both ends together leave, as a share of the contrast; `ratio`: as a share of what one end
    leaves. `covered`: share of the picture that both reach. `alike`: correlation of the detail of both, -1..1, where they are mixed. `kept`: share of
    the detail of both, weighed by progress, that the mixed frames have.
    """

    progress: Floats
    unexplained: float
    ratio: float
    covered: float
    alike: float
    kept: float


def double_exposures(
    frames: Frames,
    taken: Sequence[Limits],
    walls: Sequence[Limits],
    rate: float,
    *,
    each: Each = map,
) -> list[Found]:
    """Find dissolves where nothing else was found.

    Args:
        frames: (N, 27, 48, 3) uint8 RGB, may be a memory map.
        taken: last old and first new frame of each boundary that is known; none is looked for over them.
        walls: the same of all that a stretch must not reach over: boundaries, and steps that stand out.
        rate: frames per second.
        each: measures the detail of frames.
    """
    found: list[Found] = []
    closed = walled(walls, len(frames))
    most = _AT_LEAST + int(len(frames) / rate / _EVERY_S)
    for middle in dips(detail(frames, each), rate)[:most]:
        low, high = limits_of(middle, middle, closed)
        spans = [*taken, *(f.ends for f in found)]
        if high - low < _FEWEST or overlaps(middle, middle, spans):
            continue
        one = _at(frames, middle, (low, high), rate)
        if one is not None and not overlaps(*one.ends, spans):
            found.append(one)
    return sorted(found, key=lambda f: f.last_old)


def detail(frames: Frames, each: Each) -> Floats:
    """Mean square of each frame's detail finer than three pixels, 0..1 of full scale: (N,); in a flash that of the frames around it."""
    pieces = (frames[start : start + _PIECE] for start in range(0, len(frames), _PIECE))
    energy, light = (np.concatenate(of_pieces) for of_pieces in zip(*each(_energy_and_light, pieces), strict=True))
    # a flash washes detail out
    lit = np.abs(light - median_filter(light, _CALM, mode="nearest")) > _FLASH
    return np.asarray(np.where(lit, median_filter(energy, _CALM, mode="nearest"), energy), np.float32)


def _energy_and_light(frames: Frames) -> tuple[Floats, Floats]:
    """The same of each frame by itself, and its mean code value 0..1."""
    pictures = grey(frames)
    return np.square(_fine(pictures, 3)).mean((1, 2)), pictures.mean((1, 2))


def _fine(pictures: Floats, size: int) -> Floats:
    """Pictures (n, H, W) without the mean of `size` by `size` pixels around each."""
    return np.asarray(pictures - uniform_filter1d(uniform_filter1d(pictures, size, axis=1), size, axis=2))


def dips(energy: Floats, rate: float) -> list[int]:
    """Frames with less detail than on both sides of them, the deepest dip first."""
    n = len(energy)
    if n < 2 * _FEWEST:
        return []
    smooth = uniform_filter1d(energy, 3, mode="nearest")
    depth = np.ones(n, np.float32)
    for half_s in (0.16, *HALVES_S[:2]):
        half = max(3, round(half_s * rate))
        at = np.arange(n)
        ends = np.minimum(smooth[np.maximum(at - half, 0)], smooth[np.minimum(at + half, n - 1)])
        depth = np.where(ends > _LEAST_DETAIL, np.minimum(depth, smooth / np.maximum(ends, 1e-9)), depth)
    apart = max(2, round(0.12 * rate))
    padded = np.pad(depth, apart, constant_values=1)
    lowest = np.min([padded[k : k + n] for k in range(2 * apart + 1)], axis=0)
    places = np.flatnonzero((depth <= lowest) & (depth < _DIP))
    return [int(k) for k in places[np.argsort(depth[places], kind="stable")]]


def _at(frames: Frames, middle: int, limits: Limits, rate: float) -> Found | None:
    """The dissolve about a frame, in the narrowest stretch that shows both pictures pure."""
    before: tuple[int, int] | None = None
    for half_s in HALVES_S:
        half = round(half_s * rate)
        first, last = max(limits[0], middle - half), min(limits[1], middle + half)
        if (first, last) == before or last - first <= _FEWEST:
            continue
        before = first, last
        seen = expose(frames, first, last)
        if half_s == HALVES_S[0] and max(seen.ratio, seen.kept) > _HOPELESS:
            return None
        if not _believable(seen):
            continue
        begin, end, _ = extent(seen.progress)
        if begin < 1 or end > last - first - 1:
            continue  # no pure picture is seen
        return _sharpened(frames, first + int(np.floor(begin)), first + int(np.ceil(end)))
    return None


def _sharpened(frames: Frames, first: int, last: int) -> Found | None:
    """The same dissolve measured between its own ends, where the pictures have moved least."""
    if last - first <= _FEWEST:
        return None
    seen = expose(frames, first, last)
    if not _believable(seen):
        return None
    begin, end, easing = extent(seen.progress)
    first, last = first + int(np.floor(begin)), first + int(np.ceil(end))
    if last - first <= _FEWEST:
        return None
    certainty = float(np.clip(1.1 - seen.ratio / 2, 0, 1))
    leap = float(np.diff(np.concatenate([[0], seen.progress, [1]])).max())
    fit = TransitionFit(
        TransitionType.DISSOLVE, first, last, easing, seen.unexplained, certainty, leap, roughness(seen.progress)
    )
    return Found(first, last, fit, certainty)


def _believable(seen: Exposure) -> bool:
    return (
        seen.ratio <= _RATIO
        and seen.unexplained <= _UNEXPLAINED
        and seen.covered >= _COVERED
        and seen.alike <= _ALIKE
        and seen.kept <= _LEFT
        and _steady(seen.progress)
    )


def doubly_exposed(frames: Frames, last_old: int, first_new: int) -> bool:
    """Whether the frames between two are mixes of them, where a dissolve is known to be."""
    return first_new - last_old > _FEWEST and _believable(expose(frames, last_old, first_new))


def singly_exposed(frames: Frames, last_old: int, first_new: int) -> bool:
    """Whether the frames between two are one picture throughout whose light or colour changes: a camera that adjusts itself, no dissolve.

    Both ends then show the same detail where they are laid over the frames between, and no detail is lost there.
    """
    if first_new - last_old < _FEWEST:
        return False
    seen = expose(frames, last_old, first_new)
    return seen.ratio > _MIXED and (seen.alike > _ONE or (seen.alike > _LIKELY_ONE and seen.kept > _ONE_KEPT))


def _steady(progress: Floats) -> bool:
    """Whether it runs one way, without leaps, with some frames between."""
    between = (progress > _SEEN[0]) & (progress < _SEEN[1])
    begin, end, _ = extent(progress)
    inner = progress[max(0, int(begin) - 1) : int(np.ceil(end))]
    return int(between.sum()) >= 2 and len(inner) > 2 and roughness(inner) < _ROUGH


def expose(frames: Frames, first: int, last: int) -> Exposure:
    """Explain the frames between two by both of them together, and by each alone; `last` - `first` >= 2."""
    seen = soft_grey(frames[first : last + 1])
    middle = np.ascontiguousarray(seen[1:-1])
    old, new = (np.broadcast_to(seen[k], middle.shape) for k in (0, -1))
    (chain,) = find_places(seen[None, :-1], seen[1:], (Places.unmoved(len(seen) - 1),), _CHAIN_ROUNDS)
    first_on, last_back = onward(chain), back(chain)
    mixed = lay(np.stack([old, new]), middle, (_unscaled(first_on), _unscaled(last_back)), _MIXED_ROUNDS)
    alone = [lay(end[None], middle, (place,), _ALONE_ROUNDS) for end, place in ((old, first_on), (new, last_back))]
    strength = np.maximum(mixed.strength, 0)
    progress = np.clip(strength[:, 1] / np.maximum(strength.sum(1), 1e-3), 0, 1)
    return _weighed(mixed, alone, progress, seen)


def _weighed(mixed: Laid, alone: Sequence[Laid], progress: Floats, seen: Floats) -> Exposure:
    contrast = seen[1:-1].var((1, 2))
    single = np.min([np.where(each.covered > 0.3, each.left, np.inf) for each in alone], axis=0)
    single = np.where(np.isfinite(single), single, contrast)
    # where one picture is nearly all that is seen, both explain as much as it does
    counts = (progress > _SEEN[0]) & (progress < _SEEN[1])
    if not counts.any():
        return Exposure(progress, 1.0, 1.0, 0.0, 1.0, 1.0)
    left = float(mixed.left[counts].sum())
    return Exposure(
        np.asarray(progress, np.float32),
        float(np.sqrt(left / max(float(contrast[counts].sum()), 1e-9))),
        float(np.sqrt(left / max(float(single[counts].sum()), 1e-9))),
        float(mixed.covered[counts].mean()),
        _alike(*mixed.shown[:, counts]),
        _kept(np.square(_fine(seen, 3)).mean((1, 2)), progress, counts),
    )


def _alike(one: Floats, other: Floats) -> float:
    """Correlation of the detail of pictures (n, H, W) with that of others, in all."""
    fine = [_fine(pictures, 5) for pictures in (one, other)]
    power = float(np.sqrt(np.square(fine[0]).sum() * np.square(fine[1]).sum()))
    return float((fine[0] * fine[1]).sum() / max(power, 1e-9))


def _kept(energy: Floats, progress: Floats, counts: NDArray[np.bool_]) -> float:
    both = (1 - progress) * energy[0] + progress * energy[-1]
    return float(np.median(energy[1:-1][counts] / np.maximum(both[counts], 1e-9)))


def _unscaled(places: Places) -> Places:
    return Places(places.shift, np.ones_like(places.scale))
