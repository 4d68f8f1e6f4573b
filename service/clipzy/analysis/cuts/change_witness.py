"""Whether the pictures show a change of shot where one is known to be; without a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.cuts.candidates import fitted
from clipzy.analysis.cuts.differences import (
    LEAST_CUT,
    UNMISTAKABLE,
    flash_about,
    is_blank_end,
    is_flash,
    only_relit,
    same_picture,
    sharpness,
    steps,
)
from clipzy.analysis.cuts.double_exposure import doubly_exposed
from clipzy.analysis.cuts.framing_scale import closer_framing
from clipzy.analysis.cuts.jump_cuts import is_jump
from clipzy.analysis.cuts.reframing import reframed
from clipzy.style.dna import TransitionType

Frames = NDArray[np.uint8]

NEAR = 2  # frames by which a change may be off
KNOWN_SHARP, KNOWN_CHANGE = 1.5, 0.01  # of a step where a cut is known to be: it need only stand out
KNOWN_CONFIDENCE = 0.42  # of a gradual change at a known place: moving cameras come to .31, true ones from .54 on


@dataclass(frozen=True, slots=True)
class Known:
    """A change in frame numbers: `first` is the first that is not purely old, `end` the first that is purely new; equal for a cut."""

    first: int
    end: int
    type: TransitionType


@dataclass(frozen=True, slots=True)
class Witness:
    """`seen`: what the pictures show at each known change, None for no change. `others`: cuts elsewhere, without flashes."""

    seen: tuple[TransitionType | None, ...]
    others: int


def witness(frames: Frames, known: Sequence[Known], rate: float) -> Witness:
    """Look for known changes, and for other unmistakable cuts, in consecutive pictures (N, 27, 48, 3) uint8 RGB."""
    if len(frames) < 2:
        return Witness((None,) * len(known), 0)
    change = steps(frames)
    sharp = sharpness(change)
    seen = tuple(
        _cut(frames, each, change, sharp) if each.type is TransitionType.CUT else _gradual(frames, each, rate)
        for each in known
    )
    plain = np.flatnonzero((sharp > UNMISTAKABLE) & (change > LEAST_CUT)) + 1
    others = [k for k in plain.tolist() if not any(each.first - NEAR <= k <= each.end + NEAR for each in known)]
    return Witness(seen, sum(not same_picture(frames, k - 1, k) and not _only_light(frames, k) for k in others))


def _only_light(frames: Frames, first_new: int) -> bool:
    """Whether a step is only a change of light, with which no shot begins, as in `find_boundaries`. Parts begin with key frames, which are often flashes."""
    if only_relit(frames, first_new - 1, first_new) or is_flash(frames, first_new) or is_blank_end(frames, first_new):
        return True
    return any(flash_about(frames, at, cut_off=True) for at in (first_new - 1, first_new))


def _cut(
    frames: Frames, known: Known, change: NDArray[np.float32], sharp: NDArray[np.float32]
) -> TransitionType | None:
    low, high = max(0, known.first - 1 - NEAR), min(len(change), known.first + NEAR)
    if low >= high:
        return None
    at = low + int(sharp[low:high].argmax())
    stands_out = sharp[at] > KNOWN_SHARP and change[at] > KNOWN_CHANGE
    # a step that only stands out may be one of the same framing: a moved camera, a light
    if stands_out and (reframed(frames, at, at + 1) or not same_picture(frames, at, at + 1) or is_jump(frames, at)):
        return TransitionType.CUT
    return None


def _gradual(frames: Frames, known: Known, rate: float) -> TransitionType | None:
    last = len(frames) - 1
    core = max(0, known.first - 1), min(last, known.end)
    if core[1] <= core[0]:
        return None
    found = fitted(frames, core, (0, last), rate, belief=0.0)
    ends = found.ends
    # two framings of one take agree in most pixels
    changed = not same_picture(frames, *ends) or reframed(frames, *ends) or closer_framing(frames, *ends)
    if found.confidence >= KNOWN_CONFIDENCE and changed:
        return TransitionType.CUT if found.fit is None else found.fit.type
    return TransitionType.DISSOLVE if doubly_exposed(frames, *core) else None
