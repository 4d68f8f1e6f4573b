"""Differences between small frames: steps from frame to frame, slow changes over longer gaps, flashes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, median_filter, percentile_filter, uniform_filter

from clipzy.analysis.cuts.small_frames import PIECE, blocks, changes, grey, pieces

Frames = NDArray[np.uint8]
Floats = NDArray[np.float32]
# Of frames, the numbers of the two around some of them, and how much the picture changes
Between = Callable[[Floats, int, int, float], bool]

AROUND = 8  # frames on each side that say what step is usual
LEAST_STEP = 0.02  # share of full scale; smaller steps are noise of the codec
_GAPS_S = (0.36, 0.6, 1.08)  # gradual transitions last about this long
FLASH_FRAMES = 3
_LEAST_FLASH = 0.06  # share of full scale by which one changes the picture
BESIDE_WEIGHT = 1.5  # see `sharpness`
SHARP = 3.0  # a step this many times the usual one around it is a cut
UNMISTAKABLE = 5.0  # such a step is a cut whatever the network says,
LEAST_CUT = 0.06  # if it changes the picture by this share of full scale
_LEAST_CHANGE = 0.07
_UNUSUAL = 1.5
# Standard deviation of codes 0..1 below which a picture counts as one colour, for fog and night have more; and with a rest of another picture
FLAT, _NEARLY_FLAT = 0.015, 0.04
_SAME = 0.7
_NOISE = 0.03
# Share of a channel's pixels that light explains where it alone changes: .66 and more of one scene, lit by colours too; .45 of unlike ones
_RELIT_SHARE = 0.5
_UNLIKE, _ANOTHER_GROUND = 0.3, 0.1  # correlation, and share of full scale by which most of the picture changes
_DETAIL = 7  # pixels: coarser shapes are alike in many pictures
_RELIT = 0.5  # share of the change, as a root mean square, that a change of light may leave
_LEAST_SPREAD = 0.002  # of full scale: half a grey level
_DETAIL_SAME, _WHOLE_SAME = 0.6, 0.92  # at true cuts 0.2 and 0.8 at most


def steps(frames: Frames) -> Floats:
    """Mean absolute change from each frame to the next, 0..1 of full scale: (N - 1,)."""
    change = np.empty(len(frames) - 1, np.float32)
    for piece in pieces(len(change)):
        change[piece] = changes(frames[piece.start : piece.stop + 1])
    return change


def sharpness(change: Floats, held: NDArray[np.bool_] | None = None) -> Floats:
    """How much each step stands out, as a ratio: (N - 1,), 1 = like its surroundings.

    The smaller of two ratios: to the usual step (the median of eight on each side), and BESIDE_WEIGHT times that to the largest of the two steps on
    each side, so that the first step of a fade after a still picture does not count as a cut. `held`: (N,) frames that last; each counts as
    `AROUND` equal frames more.
    """
    if held is not None and held.any():
        place = np.arange(len(change)) + AROUND * np.cumsum(held)[:-1]
        on_end = np.zeros(len(change) + AROUND * int(held.sum()), np.float32)
        on_end[place] = change
        return sharpness(on_end)[place]
    usual = median_filter(change, 2 * AROUND + 1, mode="nearest")
    over_usual = change / np.maximum(usual, LEAST_STEP / 2)
    over_beside = BESIDE_WEIGHT * change / np.maximum(_largest_beside(change), LEAST_STEP / 2)
    ratio = np.minimum(over_usual, over_beside)
    return np.asarray(ratio * (change > LEAST_STEP), np.float32)


def _largest_beside(change: Floats) -> Floats:
    """Largest of the two steps before and the two after each one."""
    padded = np.pad(change, 2)
    return np.asarray(np.max([padded[k : k + len(change)] for k in (0, 1, 3, 4)], axis=0), np.float32)


def propose(frames: Frames, low: int, high: int, rate: float) -> list[tuple[int, int]]:
    """Stretches within frames low..high over which the picture may become another gradually, likeliest first.

    Args:
        frames: (N, 27, 48, 3) uint8 RGB.
        low: first frame of the stretch, which holds no cut.
        high: its last frame.
        rate: frames per second.
    """
    found: list[tuple[float, int, int]] = []
    for start in range(low, high - 3, PIECE):
        stop = min(high + 1, start + PIECE + round(max(_GAPS_S) * rate))
        seen = blocks(frames[start:stop])
        for gap in _GAPS_S:
            found += [(much, start + a, start + b) for much, a, b in _peaks(seen, max(2, round(gap * rate / 2)), rate)]
    return [(first, last) for _, first, last in sorted(found, reverse=True)]


def _peaks(seen: Floats, half: int, rate: float) -> list[tuple[float, int, int]]:
    """Where the blocks `half` frames before and after differ most, and by more than is usual here: (difference, first, last)."""
    n = len(seen)
    middle = np.arange(n)
    early, late = np.maximum(middle - half, 0), np.minimum(middle + half, n - 1)
    difference = np.abs(seen[late] - seen[early]).mean(1)
    usual = percentile_filter(difference, 30, 2 * round(2.4 * rate) + 1, mode="nearest")
    top = difference >= maximum_filter1d(difference, 2 * half + 1, mode="nearest")
    at = np.flatnonzero(top & (difference > _LEAST_CHANGE) & (difference > _UNUSUAL * usual))
    return [(float(difference[i]), int(early[i]), int(late[i])) for i in at]


def is_flat(frames: Frames, first: int, last: int) -> bool:
    """Tell whether all pictures from `first` to `last` are one colour each, with a rest of the faded pictures at the ends at most.

    Fog and night, which have little contrast, are pictures.
    """
    spread = np.asarray(frames[first : last + 1], np.float32).std((1, 2)).mean(-1) / 255
    return bool(spread.max() < _NEARLY_FLAT and spread.min() < FLAT)


def same_picture(frames: Frames, before: int, after: int) -> bool:
    """Tell whether two frames show one scene: most pixels agree once a common change of brightness is taken out, and no light recolours them so.

    True for a title that fades in, for a subject that passes, for an exposure that adapts: changes within a shot that look like slow transitions.
    False when the frames between them part from both (a dip to black between two like pictures).
    """
    between = grey(frames[before : after + 1])
    old, new = between[0], between[-1]
    change = new - old
    away = np.minimum(np.abs(between - old).mean((1, 2)), np.abs(between - new).mean((1, 2))).max()
    if away > max(0.1, float(np.abs(change).mean())):
        return False
    # pictures with nothing in common agree to half their contrast in about a quarter of their pixels
    contrast = min(float(np.abs(p - np.median(p)).mean()) for p in (old, new))
    agrees = np.abs(change - np.median(change)) < max(_NOISE, 0.5 * contrast)
    return contrast > _NOISE / 4 and bool(agrees.mean() > _SAME) and not _recoloured(frames[before], frames[after])


def _recoloured(one: Frames, other: Frames) -> bool:
    """Whether no change of light explains the colours of two pictures (H, W, 3) uint8, or both have another ground with other things on it."""
    old, new = (np.asarray(picture, np.float32).reshape(-1, 3) / 255 for picture in (one, other))
    contrast = np.minimum(*(np.abs(p - np.median(p, 0)).mean(0) for p in (old, new)))
    shift = new - old
    # a light adds the same to all pixels, or makes them so many times as bright
    one_spread, other_spread = old - old.mean(0), new - new.mean(0)
    gain = (one_spread * other_spread).mean(0) / np.maximum(np.square(one_spread).mean(0), _LEAST_SPREAD**2)
    agrees = np.max([_most_alike(left, contrast) for left in (shift, new - np.maximum(gain, 0) * old)], axis=0)
    if float(agrees.min()) < _RELIT_SHARE:
        return True
    ground = float(np.abs(np.median(shift, 0)).max())
    return ground > _ANOTHER_GROUND and _correlation(one_spread, other_spread) < _UNLIKE


def _most_alike(left: Floats, contrast: Floats) -> Floats:
    """Share of pixels (n, 3) that are like the middle one to half of a contrast (3,): (3,)."""
    return np.asarray((np.abs(left - np.median(left, 0)) < np.maximum(_NOISE, 0.5 * contrast)).mean(0), np.float32)


def same_detail(frames: Frames, before: int, after: int) -> bool:
    """Tell whether two frames show the same things in the same place, in whatever light.

    Their fine detail tells it; smooth pictures have none and must be alike as a whole.
    """
    one, other = (grey(frames[k]) for k in (before, after))
    fine = (one - uniform_filter(one, _DETAIL), other - uniform_filter(other, _DETAIL))
    return _correlation(*fine) > _DETAIL_SAME or _correlation(one, other) > _WHOLE_SAME


def only_relit(frames: Frames, before: int, after: int) -> bool:
    """Tell whether a change of light explains most of the difference between two frames of the same things.

    It does at the edge of a flash, and not where a scene goes on later before the same ground.
    """
    if not same_detail(frames, before, after):
        return False
    one, other = (grey(frames[k]).ravel() for k in (before, after))
    gain, offset = np.polyfit(one, other, 1)
    left = float(np.square(other - gain * one - offset).mean())
    return left < _RELIT**2 * float(np.square(other - one).mean())


def _correlation(one: Floats, other: Floats) -> float:
    """Pearson's coefficient of two pictures, 0 where either is one colour."""
    if min(float(one.std()), float(other.std())) < _LEAST_SPREAD:
        return 0.0
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def is_flash(frames: Frames, first_new: int, held: NDArray[np.bool_] | None = None) -> bool:
    """Tell whether a step up to frame `first_new`, or down from the frame before, is only a flash.

    A flash is one to three frames brighter than the picture around them, after which the same picture returns. `held`: (N,) frames that last for longer.
    """
    return _passes(frames, first_new, held, _lit_up)


def is_blink(frames: Frames, first_new: int, held: NDArray[np.bool_] | None = None) -> bool:
    """Tell whether a step to frame `first_new` is only the beginning or the end of a blink.

    A blink is one to three frames of one colour, or of the picture around them darker, in other colours or as a negative, after which it returns.
    `held`: (N,) frames that last for longer.
    """
    return _passes(frames, first_new, held, _blinks)


def is_blank_end(frames: Frames, first_new: int, held: NDArray[np.bool_] | None = None) -> bool:
    """Tell whether a step to frame `first_new` only parts one to three frames of one colour from all others, which they begin or end.

    That is a flash or a blink of which the other side is cut off. `held`: (N,) frames that last for longer.
    """
    ends = (0, first_new), (first_new, len(frames))
    return any(
        end - first <= FLASH_FRAMES and (held is None or not held[first:end].any()) and is_flat(frames, first, end - 1)
        for first, end in ends
    )


def _passes(frames: Frames, first_new: int, held: NDArray[np.bool_] | None, what: Between) -> bool:
    """Whether a step is at the edge of one to three frames for which `what` is true, with the frames around them."""
    low, high = max(0, first_new - FLASH_FRAMES - 1), min(len(frames), first_new + FLASH_FRAMES + 1)
    around = np.asarray(frames[low:high], np.float32) / 255
    at = first_new - low
    jump = float(np.abs(around[at] - around[at - 1]).mean())
    return any(
        what(around, before, after, jump)
        for before in range(at)
        for after in range(max(at, before + 2), min(len(around), before + FLASH_FRAMES + 2))
        if held is None or not held[low + before + 1 : low + after].any()
    )


def _lit_up(around: Floats, before: int, after: int, jump: float) -> bool:
    return _lit_between(around, around.mean((1, 2, 3)), (before, after), (before, after), jump)


def flash_about(frames: Frames, at: int, *, cut_off: bool) -> tuple[int, int] | None:
    """The frames before and after the flash that frame `at` is part of, None where it is of none that could pass for a cut.

    `cut_off`: there were frames before the first and after the last; where a flash begins or ends with them, one of the two is -1 or their number.
    """
    low, high = max(0, at - FLASH_FRAMES), min(len(frames), at + FLASH_FRAMES + 1)
    around = np.asarray(frames[low:high], np.float32) / 255
    light = around.mean((1, 2, 3))
    here = at - low
    first = -1 if cut_off and low == 0 else 0
    end = len(around) + (cut_off and high == len(frames))
    for before in range(here - 1, first - 1, -1):
        for after in range(here + 1, min(end, before + FLASH_FRAMES + 2)):
            outside = [k for k in (before, after) if 0 <= k < len(around)]
            if not outside:
                continue
            jump = float(np.abs(around[here] - around[outside[0]]).mean())
            if jump > _LEAST_FLASH and _lit_between(around, light, (before, after), outside, jump):
                return low + before, low + after
    return None


def _blinks(around: Floats, before: int, after: int, jump: float) -> bool:
    """Whether the same picture returns after frames of one colour, or of that picture in another light, and the change is visible."""
    old, new = around[before], around[after]
    if jump < _LEAST_FLASH or float(np.abs(new - old).mean()) >= 0.35 * jump:
        return False
    return all(
        float(np.abs(between - old).mean()) > 0.4 * jump
        and (float(between.std((0, 1)).mean()) < _NEARLY_FLAT or _same_shapes(old, between))
        for between in around[before + 1 : after]
    )


def _same_shapes(one: Floats, other: Floats) -> bool:
    """Whether two pictures (H, W, 3) have the same detail in some channel, the only one that light of one colour leaves; also as a negative."""
    return any(
        abs(_correlation(old - uniform_filter(old, _DETAIL), new - uniform_filter(new, _DETAIL))) > _DETAIL_SAME
        or abs(_correlation(old, new)) > _WHOLE_SAME
        for old, new in zip(np.moveaxis(one, -1, 0), np.moveaxis(other, -1, 0), strict=True)
    )


def _lit_between(around: Floats, light: Floats, between: tuple[int, int], outside: Sequence[int], jump: float) -> bool:
    """Whether all frames between two are brighter than those outside by much of `jump`, the change of the flash, and those outside are alike."""
    before, after = between
    brighter = light[before + 1 : after].min() > max(light[k] for k in outside) + 0.4 * jump
    return bool(brighter and np.abs(around[outside[-1]] - around[outside[0]]).mean() < 0.35 * jump)
