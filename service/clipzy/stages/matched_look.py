"""The look that brings some of the footage's colours to the template's, as steep as the footage's noise and texture allow."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.look.colour_samples import ColourSamples
from clipzy.analysis.look.inks import ink_weights, keep_inks
from clipzy.analysis.look.monochrome import Tone, toned
from clipzy.analysis.look.roughness import gentle_share, most_roughness, moved_to_mean, roughness, without_edges
from clipzy.analysis.look.surfaces import chroma_steps
from clipzy.inference.client import Inference
from clipzy.inference.specs import LOOK_TRANSFER
from clipzy.style.config import share_of_tone

Table = NDArray[np.float32]


def matched_look(
    inference: Inference,
    footage: ColourSamples,
    shots: tuple[int, ...],
    template: ColourSamples,
    strength: float,
    *,
    tone: Tone | None = None,
) -> tuple[Table, float]:
    """The look of some shots, or of all where none is named, and the share of the template's contrasts that it takes, 0..1.

    Where the whole look would leave the footage rougher than `analysis.roughness` allows, it is mixed with one that brings light and cast alone. Strength
    bounds both. Colours of graphics on white and dark pages stay. A template in black and white, or in another `tone`, takes all other colours away from the usual
    strength on.

    Raises:
        ValueError: no colour was seen of these shots.
    """
    look, share = _bearable_look(inference, footage, shots, template, strength)
    surfaces = footage.on_surfaces(shots)
    look = keep_inks(look, surfaces[:, 0], ink_weights(surfaces, footage.side_by_side(shots)))
    return (look if tone is None else toned(look, tone, share_of_tone(strength))), share


def _bearable_look(
    inference: Inference, footage: ColourSamples, shots: tuple[int, ...], template: ColourSamples, strength: float
) -> tuple[Table, float]:
    have, want, pairs = footage.of(shots), template.of(), footage.side_by_side(shots)
    surfaces = surfaces_of(footage, shots)
    look = transferred(inference, have, want, strength, surfaces)
    most = most_roughness(roughness(pairs), roughness(template.side_by_side()), strength)
    if roughness(pairs, look) <= most:
        return look, 1.0
    gentle = transferred(inference, have, moved_to_mean(have, want), strength, surfaces)
    share = gentle_share(look, gentle, pairs, most)
    return between(lambda: gentle, lambda: look, share), share


def between(first: Callable[[], Table], second: Callable[[], Table], share: float) -> Table:
    """The mix of two looks, with that share of the second; a look that is not needed is not made."""
    if share in {0, 1}:
        return second() if share else first()
    return first() + np.float32(share) * (second() - first())


def surfaces_of(footage: ColourSamples, shots: tuple[int, ...]) -> Table:
    """Pairs of colours that a look must not tear apart, (n, 2, 3) sRGB 0..1: far apart on one surface, side by side in its noise, and a step apart in chroma."""
    surfaces, pairs = footage.on_surfaces(shots), footage.side_by_side(shots)
    return np.concatenate([surfaces, without_edges(pairs), chroma_steps(surfaces, pairs)])


def transferred(inference: Inference, footage: Table, template: Table, strength: float, surfaces: Table) -> Table:
    """The network's look: see `networks.look_transfer`."""
    asked = {
        "footage": footage[None],
        "template": template[None],
        "strength": np.array([[strength]], np.float32),
        "surfaces": surfaces[None],
    }
    answer = inference.infer(LOOK_TRANSFER, asked)
    return cast(Table, answer["look"]).squeeze(0)
