"""The look that brings a video's colours to the sliders wanted, for a style that came without a video.

What the sliders mean is `grade`'s model. Sliders that were measured describe a look and need not be how it was made, so what is put on is what makes
the video's own colours measure like the style: see `slider_search`.
"""

from __future__ import annotations

from dataclasses import astuple, fields

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.look import oklab
from clipzy.analysis.look.grade import fit_grade, look_statistics
from clipzy.analysis.look.roughness import seen_through
from clipzy.analysis.look.slider_search import reach, sliders_for
from clipzy.analysis.look.slider_target import CAST, MOST_VIVID, SATURATION, target
from clipzy.analysis.look.table_guards import identity, keep_drawing, rising
from clipzy.analysis.look.tone_curve import no_steeper, regraded
from clipzy.style.dna import ColorGrade
from clipzy.style.quality import SLIDER_SEEN

Array = NDArray[np.float64]
Table = NDArray[np.float32]

ALIKE = 0.01  # of each slider in -1..1: two videos measured so are of one style
SIZE = 33
CAST_ROUNDS = 2
# Share of the footage's own cast about which colours spread as they become more vivid: about all of it the white balance stays, and asphalt beside much skin
# turns blue; about none of it greys stay, and skin turns orange
OF_OWN_CAST = 0.5
ENOUGH = 2048  # colours that sliders are told by
WHY_SHORT = {
    "temperature": "a cast ends where channels would clip",
    "tint": "a cast ends where channels would clip",
    "saturation": f"colours become {MOST_VIVID:g} times as vivid at most",
    "contrast": "tones move together, and only as far as they do not band",
    "highlights": "tones move together, and only as far as they do not band",
    "shadows": "tones move together, and only as far as they do not band",
}


def slider_look(wanted: ColorGrade, colours: NDArray[np.float32] | Array, strength: float) -> Table:
    """Bake what brings colours to wanted sliders into a look.

    Args:
        wanted: the style's sliders.
        colours: of the footage, each as often as it is seen long, (n, 3) sRGB 0..1; `ENOUGH` do.
        strength: 0..1, share of the way from the footage's sliders to those wanted; 0 is the identity. Of a style without colours none is left from
            the usual strength on.

    Returns:
        (33, 33, 33, 3) float32 by [blue, green, red], values R, G, B in 0..1. No channel falls along its own axis or is
        steeper than `STEEPEST` there, and few more of the colours' channel values are clipped than were.
    """
    seen, nodes = np.asarray(colours, np.float64), identity(SIZE)
    lab = oklab.from_srgb(seen)
    have, want = _sliders_of(lab), _values(wanted)
    if not strength or np.abs(want - have).max() < ALIKE:
        return nodes.astype(np.float32)
    aim = target(have, want, strength)
    own = look_statistics(lab, np.ones(len(lab))).cast
    least, most = reach(aim.sliders - have, own)
    own *= aim.tone * (OF_OWN_CAST if aim.sliders[SATURATION] > have[SATURATION] else 1)
    most[SATURATION] = aim.vivid - 1
    sliders = sliders_for(aim.sliders, lab, own, least, most)
    nodes_lab = oklab.from_srgb(nodes)
    look = _guarded(nodes_lab, sliders, own, seen)
    for _ in range(CAST_ROUNDS):
        # the guards hold channels back one by one, which has a cast of its own
        shown = _sliders_of(oklab.from_srgb(seen_through(look, seen)))
        sliders[CAST] += (aim.sliders - shown)[CAST]
        sliders = np.clip(sliders, least, most)
        look = _guarded(nodes_lab, sliders, own, seen)
    return look


def unreached(wanted: ColorGrade, colours: NDArray[np.float32] | Array, strength: float, look: Table) -> str | None:
    """What to tell the user of a look that `slider_look` made: the sliders that stay plainly short of their aim, and why; None where none does."""
    seen = np.asarray(colours, np.float64)
    have, shown = (_sliders_of(oklab.from_srgb(srgb)) for srgb in (seen, seen_through(look, seen)))
    want = _values(wanted)
    if not strength or np.abs(want - have).max() < ALIKE:
        return None
    aimed, came = 100 * target(have, want, strength).sliders, 100 * shown
    short = {
        field.name: f"{field.name} comes to {at:.0f} where {to:.0f} is aimed at"
        for field, at, to in zip(fields(ColorGrade), came, aimed, strict=True)
        if abs(at - to) >= SLIDER_SEEN
    }
    if not short:
        return None
    why = dict.fromkeys(WHY_SHORT[name] for name in short)
    return f"the style cannot be reached with this footage: at a strength of {strength:.0%} {', '.join(short.values())}: {'; '.join(why)}"


def _guarded(nodes: Array, sliders: Array, cast: Array, seen: Array) -> Table:
    """OKLab nodes with sliders put on, as a look that harms none of the colours seen."""
    return keep_drawing(no_steeper(rising(oklab.into_srgb(regraded(nodes, sliders, cast)))), seen).astype(np.float32)


def _values(sliders: ColorGrade) -> Array:
    """(6,), -1..1."""
    return np.array(astuple(sliders)) / 100


def _sliders_of(lab: Array) -> Array:
    return _values(fit_grade(look_statistics(lab, np.ones(len(lab))))[0])
