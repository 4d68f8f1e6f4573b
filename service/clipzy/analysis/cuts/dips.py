"""Ways to one colour and back from it, found apart and joined to one boundary: a fade, or a zoom without end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.cuts.candidates import GEOMETRIC, Found
from clipzy.analysis.cuts.differences import is_flat
from clipzy.analysis.cuts.mattes import fit_dip, rather_zoomed
from clipzy.analysis.cuts.zooms import fit_zooms
from clipzy.style.dna import Easing, TransitionType

Frames = NDArray[np.uint8]
Floats = NDArray[np.float32]

_LONGEST_HOLD_S = 1.0
_DIP_RESIDUAL = 0.15
_BESIDE = 2  # frames
_CONTRAST, _FADED = 4.0, 0.4  # code values; correlation with what fades: more than that where the camera is not whipped


def merge_dips(found: Sequence[Found], frames: Frames, rate: float) -> list[Found]:
    """Join a fade out and the fade in after it into one boundary."""
    kept: list[Found] = []
    for f in found:
        before = kept[-1] if kept else None
        if before is not None and f.last_old - before.first_new <= _LONGEST_HOLD_S * rate and is_dip(before, f, frames):
            kept[-1] = one_dip(before, f, frames)
        else:
            kept.append(f)
    return kept


def is_dip(first: Found, second: Found, frames: Frames) -> bool:
    """Whether two boundaries lead to one colour and back from it: it is held between them, or one dip explains all from end to end."""
    if first.fit is None and second.fit is None:
        return False
    if first.first_new <= second.last_old and is_flat(frames, first.first_new, second.last_old):
        return True
    if _zooms_to_a_fade(first, second, frames):
        return True
    if any(f.fit is not None and f.fit.type in GEOMETRIC for f in (first, second)):
        return False  # an edge that runs over the picture leads to no colour
    if _may_hold_a_shot(first, second, frames) and _another_between(frames, first, second):
        return False
    whole = np.asarray(frames[first.last_old : second.first_new + 1], np.float32) / 255
    dip = fit_dip(whole[0], whole[-1], whole[1:-1])
    return dip is not None and dip.residual < _DIP_RESIDUAL


def _may_hold_a_shot(first: Found, second: Found, frames: Frames) -> bool:
    """Whether a shot might lie between: beside a cut, or between dissolves where not most of the picture is one colour, as under a logo."""
    if first.fit is None or second.fit is None:
        return True
    if not first.fit.type is second.fit.type is TransitionType.DISSOLVE:
        return False
    low, high = np.percentile(_between(frames, first, second), (25, 75))
    return bool(high - low > _CONTRAST)


def _between(frames: Frames, first: Found, second: Found) -> Floats:
    """Brightness of the frame in the middle between two boundaries, (H, W) code values."""
    return np.asarray(np.asarray(frames[(first.first_new + second.last_old) // 2], np.float32).mean(-1))


def _another_between(frames: Frames, first: Found, second: Found) -> bool:
    """Whether a picture of its own is seen between two boundaries, and not the one that fades at either end.

    A cut to a dark shot is most of the way to black, and a dissolve to a pale one most of the way to its colour.
    """
    if second.last_old <= first.first_new:
        return False
    between = _between(frames, first, second).ravel()
    ends = [np.asarray(frames[k], np.float32).mean(-1).ravel() for k in (first.last_old, second.first_new)]
    if min(picture.std() for picture in (between, *ends)) < _CONTRAST:
        return False
    return all(np.corrcoef(between, end)[0, 1] < _FADED for end in ends)


def _zooms_to_a_fade(first: Found, second: Found, frames: Frames) -> bool:
    """Whether a zoom without end has run into its own colour, and what follows is only the way out of that."""
    kinds = [f.fit.type for f in (first, second) if f.fit is not None]
    return (
        kinds == [TransitionType.ZOOM, TransitionType.FADE]
        and second.last_old - first.first_new <= _BESIDE
        and is_flat(frames, second.last_old, second.last_old)
    )


def one_dip(first: Found, second: Found, frames: Frames) -> Found:
    """The fade that goes out with the first and comes back with the second, or the zoom that goes to one colour and comes from it."""
    shape = first.fit or second.fit
    assert shape is not None
    whole = np.asarray(frames[first.last_old : second.first_new + 1], np.float32) / 255
    ends = whole[0], whole[-1], whole[1:-1]
    dip = fit_dip(*ends)
    zoomed = shape.type is TransitionType.ZOOM if dip is None else rather_zoomed(dip, fit_zooms(*ends))
    kind = TransitionType.ZOOM if zoomed else TransitionType.FADE
    fit = replace(shape, type=kind, easing=Easing.LINEAR)
    return Found(first.last_old, second.first_new, fit, max(first.confidence, second.confidence))
