"""The look that brings some of the footage's colours to the template's, as steep as its noise and texture bear."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.colour import ColourSamples
from clipzy.analysis.roughness import gentle_share, most_roughness, moved_to_mean, roughness
from clipzy.inference.client import Inference
from clipzy.inference.specs import LOOK_TRANSFER

Table = NDArray[np.float32]


def matched_look(
    inference: Inference, footage: ColourSamples, shots: tuple[int, ...], template: ColourSamples, strength: float
) -> tuple[Table, float]:
    """The look of some shots, or of all where none is named, and the share of the template's contrasts that it takes, 0..1.

    Where the whole look would leave the footage rougher than `analysis.roughness` allows, it is mixed with one that brings light and cast alone. Strength
    bounds both.

    Raises:
        ValueError: of these shots no colour was seen.
    """
    have, want, pairs = footage.of(shots), template.of(), footage.side_by_side(shots)
    look = _transferred(inference, have, want, strength)
    most = most_roughness(roughness(pairs), roughness(template.side_by_side()), strength)
    if roughness(pairs, look) <= most:
        return look, 1.0
    gentle = _transferred(inference, have, moved_to_mean(have, want), strength)
    share = gentle_share(look, gentle, pairs, most)
    return between(lambda: gentle, lambda: look, share), share


def between(first: Callable[[], Table], second: Callable[[], Table], share: float) -> Table:
    """The mix of two looks with such a share of the second; one that is not needed is not made."""
    if share in {0, 1}:
        return second() if share else first()
    return first() + np.float32(share) * (second() - first())


def _transferred(inference: Inference, footage: Table, template: Table, strength: float) -> Table:
    answer = inference.infer(
        LOOK_TRANSFER,
        {"footage": footage[None], "template": template[None], "strength": np.array([[strength]], np.float32)},
    )
    return cast(Table, answer["look"]).squeeze(0)
