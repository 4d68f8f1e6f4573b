"""Where shots change: the network's probabilities and the small frames' own differences, joined into frame-exact boundaries.

The network (TransNetV2, arXiv 2008.04838) sees cuts and dissolves and is blind to wipes, slides and circles; those are proposed by
differences over longer gaps and kept only where a transition model explains the frames.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.cuts.beside_motion import cut_beside_motion
from clipzy.analysis.cuts.candidates import (
    LEAST_SHOT,
    MARGINS_S,
    Found,
    Limits,
    convincing,
    fitted,
    limits_of,
    overlaps,
    plausible,
    walled,
)
from clipzy.analysis.cuts.differences import (
    LEAST_CUT,
    SHARP,
    UNMISTAKABLE,
    propose,
    same_picture,
    steps,
)
from clipzy.analysis.cuts.dips import is_dip, merge_dips, one_dip
from clipzy.analysis.cuts.double_exposure import double_exposures, singly_exposed
from clipzy.analysis.cuts.flash_boundaries import is_only_a_flash
from clipzy.analysis.cuts.held import frame_rate, held_frames, sharp_steps
from clipzy.analysis.cuts.inserts import cut_with_insert
from clipzy.analysis.cuts.jump_cuts import with_jump_cuts
from clipzy.analysis.cuts.mattes import spreads
from clipzy.analysis.cuts.reframing import with_reframings
from clipzy.analysis.cuts.wiped_framings import wiped_framings
from clipzy.analysis.each import Each
from clipzy.analysis.stretches import runs
from clipzy.style.dna import TransitionType
from clipzy.style.measurements import Boundary, DipColor
from clipzy.style.time import Span

Frames = NDArray[np.uint8]
Floats = NDArray[np.float32]
_Slow = tuple[Limits, Limits, float]  # a stretch the network saw, its limits, and how sure it was
_Steps = tuple[Floats, Floats]  # of every step how much it changes and how sharp it is, see `differences`
Finder = Callable[[Frames, Sequence[Limits], Sequence[Limits], float], list[Found]]

# The best pair on edits of known truth, confirmed on edits not used for the choice
ONE_HOT_THRESHOLD, MANY_HOT_THRESHOLD = 0.3, 0.5
_MID_CODE = 255 / 2


def find_boundaries(
    one_hot: Floats,
    many_hot: Floats,
    frames: Frames,
    times: NDArray[np.int64],
    time_base: Fraction,
    *,
    each: Each = map,
) -> tuple[Boundary, ...]:
    """Place every cut and gradual transition of a video.

    Args:
        one_hot: (N,) probability 0..1 that a frame is the last before a boundary; 0 where the network was not asked (see `doubt`).
        many_hot: (N,) probability that a frame lies inside a transition.
        frames: (N, 27, 48, 3) uint8 RGB, may be a memory map; read in pieces.
        times: (N + 1,) start of every frame and the end of the last, in ticks since the start of the video.
        time_base: seconds per tick.
        each: does the work on stretches that need nothing of each other.

    Returns:
        Boundaries in order, none overlapping. `confidence` is the probability that there is a boundary (network and model fit joined as
        independent witnesses) times the certainty of its type.

    Raises:
        ValueError: when the lengths do not agree.
    """
    n = len(frames)
    if not len(one_hot) == len(many_hot) == n or len(times) != n + 1:
        raise ValueError(f"{n} frames need {n} probabilities of each kind and {n + 1} times")
    if n < 2:
        return ()
    change = steps(frames)
    rate = frame_rate(times, time_base)
    held = held_frames(times, time_base)
    sharp = sharp_steps(frames, change, held)
    found = _from_network((one_hot, many_hot), frames, (change, sharp), rate, each)
    found = with_jump_cuts(with_reframings(found, frames, change), frames, change, sharp)
    found = _join(found, _from_differences(frames, sharp, found, rate, each), frames, sharp, held)
    flashes = each(partial(is_only_a_flash, frames, held), found)
    lasting = [f for f, is_one in zip(found, flashes, strict=True) if not is_one]
    # one that only darkens may be the half of a dip, so dips are joined first
    whole, told = merge_dips(lasting, frames, rate), set(lasting)
    kept = [f for f in whole if (f in told or not is_only_a_flash(frames, held, f)) and not _adjusts(frames, f)]
    for find in (partial(wiped_framings, each=each), partial(double_exposures, each=each)):
        kept = _with_framings(kept, find, frames, sharp, rate)
    return tuple(_boundary(f, frames, times, time_base) for f in kept)


def shots_between(boundaries: Sequence[Boundary], duration: Fraction) -> tuple[Span, ...]:
    """List the pure stretches between boundaries, in order; the frames of a gradual transition belong to no shot.

    Raises:
        ValueError: when a boundary lies outside 0..duration.
    """
    if any(not 0 <= b.start <= b.end <= duration for b in boundaries):
        raise ValueError("every boundary must lie within the video")
    starts = [Fraction(0), *(b.end for b in boundaries)]
    ends = [*(b.start for b in boundaries), duration]
    return tuple(Span(start, end) for start, end in zip(starts, ends, strict=True) if start < end)


def _from_network(
    told: tuple[Floats, Floats], frames: Frames, stepping: _Steps, rate: float, each: Each
) -> list[Found]:
    (one_hot, many_hot), (change, sharp) = told, stepping
    found: list[Found] = []
    slow: list[tuple[int, int]] = []
    for first, after in runs((one_hot > ONE_HOT_THRESHOLD) | (many_hot > MANY_HOT_THRESHOLD)).tolist():
        last = after - 1
        cuts = _sharp_steps(one_hot, sharp, first, last)
        found += [Found(k, k + 1, None, float(one_hot[max(0, k - 2) : k + 3].max())) for k in cuts]
        if cuts:
            continue
        if slow and first - slow[-1][1] <= MARGINS_S[0] * rate and not (found and found[-1].last_old >= slow[-1][1]):
            slow[-1] = (slow[-1][0], last)
        else:
            slow.append((first, last))
    found += _stand_out(frames, stepping, found, slow)
    walls = walled([f.ends for f in found], len(frames))
    stretches: list[_Slow] = []
    for i, (first, last) in enumerate(slow):
        belief = float(max(one_hot[first : last + 1].max(), many_hot[first : last + 1].max()))
        low, high = limits_of(first, last, walls)
        low = max(low, slow[i - 1][1] + 1) if i else low
        high = min(high, slow[i + 1][0]) if i + 1 < len(slow) else high
        stretches.append(((first, last), (low, high), belief))
    gradual = each(partial(_gradual, frames, rate), stretches)
    borne_out = [
        f or cut_with_insert(frames, change, one_hot, run, limits) or cut_beside_motion(frames, change, one_hot, run)
        for f, (run, limits, _) in zip(gradual, stretches, strict=True)
    ]
    found += [f for f in borne_out if f is not None]
    return sorted(found, key=lambda f: f.last_old)


def _gradual(frames: Frames, rate: float, slow: _Slow) -> Found | None:
    """The gradual transition that the network saw in a stretch, where a model bears it out."""
    (first, last), (low, high), belief = slow
    # not farther away: in more time a moving camera makes another picture of the same scene
    near = max(2, round(MARGINS_S[0] * rate))
    if same_picture(frames, max(low, first - near), min(high, last + 1 + near)):
        return None
    candidate = fitted(frames, (first, last + 1), (low, high), rate, belief)
    another = plausible(candidate) and not same_picture(frames, *candidate.ends)
    return candidate if another else None


def _adjusts(frames: Frames, found: Found) -> bool:
    """Whether a dissolve is one picture throughout, whose exposure or white balance changes."""
    return found.fit is not None and found.fit.type is TransitionType.DISSOLVE and singly_exposed(frames, *found.ends)


def _stand_out(
    frames: Frames, stepping: _Steps, found: Sequence[Found], slow: Sequence[tuple[int, int]]
) -> list[Found]:
    """Cuts that the network missed although one step changes the picture many times more than any near it."""
    change, sharp = stepping
    taken = [(f.last_old - 2, f.first_new + 1) for f in found] + [(first - 2, last + 2) for first, last in slow]
    return [
        Found(k, k + 1, None, float(1 - UNMISTAKABLE / sharp[k] / 2))
        for k in map(int, np.flatnonzero((sharp > UNMISTAKABLE) & (change > LEAST_CUT)))
        if not any(low <= k <= high for low, high in taken) and not same_picture(frames, k, k + 1)
    ]


def _with_framings(found: Sequence[Found], find: Finder, frames: Frames, sharp: Floats, rate: float) -> list[Found]:
    """The same with the gradual transitions between pictures so alike that only `find` sees them."""
    spans = [f.ends for f in found]
    return sorted([*found, *find(frames, spans, [*spans, *_jumps(sharp)], rate)], key=lambda f: f.last_old)


def _jumps(sharp: Floats) -> list[Limits]:
    """The frames before and after each step that stands out."""
    return [(k, k + 1) for k in np.flatnonzero(sharp > SHARP).tolist()]


def _sharp_steps(one_hot: Floats, sharp: Floats, first: int, last: int) -> list[int]:
    """Frames of a run with a cut after them; the network may be off by two frames."""
    low, high = max(0, first - 2), min(len(sharp), last + 3)
    steps_here = [k for k in range(low, high) if sharp[k] > SHARP and sharp[k] == sharp[max(low, k - 2) : k + 3].max()]
    if last - first <= 3:
        return [max(steps_here, key=lambda k: float(sharp[k]))] if steps_here else []
    return [k for k in steps_here if one_hot[max(0, k - 2) : k + 3].max() > ONE_HOT_THRESHOLD]


def _from_differences(frames: Frames, sharp: Floats, found: Sequence[Found], rate: float, each: Each) -> list[Found]:
    """Gradual transitions the network did not see, between the boundaries it saw and the steps that stand out."""
    walls = walled([*(f.ends for f in found), *_jumps(sharp)], len(frames))
    between = [(low, high) for (_, low), (high, _) in pairwise(walls)]
    return list(chain.from_iterable(each(partial(_proposed, frames, rate), between)))


def _proposed(frames: Frames, rate: float, limits: Limits) -> list[Found]:
    """The same between two frames."""
    added: list[Found] = []
    for core in propose(frames, *limits, rate):
        if overlaps(*core, [f.ends for f in added]):
            continue
        candidate = fitted(frames, core, limits, rate, 0.0)
        if convincing(candidate) and not same_picture(frames, *candidate.ends):
            added.append(candidate)
    return added


def _join(
    first: Sequence[Found], second: Sequence[Found], frames: Frames, sharp: Floats, held: NDArray[np.bool_]
) -> list[Found]:
    """Merge both lists in order; of two that overlap the more confident stays, unless they are halves of one dip."""
    kept: list[Found] = []
    for f in sorted([*first, *second], key=lambda f: (f.last_old, f.first_new)):
        if kept and f.last_old < kept[-1].first_new:
            if f.first_new > kept[-1].first_new and is_dip(kept[-1], f, frames):
                kept[-1] = one_dip(kept[-1], f, frames)
            elif f.confidence > kept[-1].confidence:
                kept[-1] = f
        elif kept and f.last_old - kept[-1].first_new < LEAST_SHOT and (f.fit is None) != (kept[-1].fit is None):
            # the step at which a slide starts or stops is no cut of its own
            kept[-1] = _one_of(kept[-1], f, frames, sharp, held)
        else:
            kept.append(f)
    return kept


def _one_of(first: Found, second: Found, frames: Frames, sharp: Floats, held: NDArray[np.bool_]) -> Found:
    """A cut and a gradual transition side by side are one boundary: either of them, or the dip that both make."""
    cut, gradual = (first, second) if first.fit is None else (second, first)
    if not _parts_beside(cut, gradual, frames, sharp, held):
        return gradual
    return one_dip(first, second, frames) if is_dip(first, second, frames) else cut


def _parts_beside(cut: Found, gradual: Found, frames: Frames, sharp: Floats, held: NDArray[np.bool_]) -> bool:
    """Whether a cut is the boundary, and not the transition beside it, as which the last frames of a moving shot may be explained."""
    return _adjusts(frames, gradual) or (sharp[cut.last_old] > UNMISTAKABLE and not is_only_a_flash(frames, held, cut))


def _boundary(found: Found, frames: Frames, times: NDArray[np.int64], time_base: Fraction) -> Boundary:
    start, end = (int(times[k]) * time_base for k in (found.last_old + 1, found.first_new))
    confidence = float(np.clip(found.confidence, 0, 1))
    if found.fit is None:
        return Boundary(start, end, TransitionType.CUT, confidence)
    dips_to = _dip_color(frames, found) if found.fit.type is TransitionType.FADE else DipColor.BLACK
    return Boundary(start, end, found.fit.type, confidence, found.fit.easing, dips_to, found.fit.direction)


def _dip_color(frames: Frames, found: Found) -> DipColor:
    """Whether the plainest picture of a fade, its ends among them, is nearer to white than to black."""
    within = np.asarray(frames[found.last_old : found.first_new + 1], np.float32)
    plainest = within[int(spreads(within).argmin())]
    return DipColor.WHITE if float(np.median(plainest, (0, 1)).mean()) > _MID_CODE else DipColor.BLACK
