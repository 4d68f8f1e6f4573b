"""The look that brings one video's colours to another's: a distribution match in OKLab, baked into a table.

A linear Monge-Kantorovich map carries mean and covariance; what it leaves is carried by sliced optimal transport, whose
displacements are spread over the grid and smoothed, so that a look is told from the colours around as well and fades
to the linear map where the footage has none. The transport is run on the colours as the look so far maps them: what
smoothing holds back in one round is made up in the next. Guards follow (`look_guards`). There are no weights, and no
chance: rotations are fixed, and all is computed in float64, since a sort decides who goes where and rounding must not.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from clipzy.networks.look_grid import Places, blur, gaussian_band, identity_grid
from clipzy.networks.look_guards import bend_ends, keep_skin, no_steeper, rising, rising_greys
from clipzy.networks.oklab import Oklab
from clipzy.networks.optimal_transport import Moments, fixed_rotations, monge_kantorovich, project, step_along

ROUNDS: Final = 6  # of transport, spreading and smoothing
STEPS: Final = 4  # rotations in each round
STEP: Final = 0.7  # share of each step that is taken
SIGMA: Final = 1.6  # nodes over which displacements are smoothed
SPARSE: Final = 1e-5  # share of the footage about a node at which half of the displacement is believed
NOISE: Final = 1e-3  # variance in OKLab along one axis under which a spread is no spread
SINGLE: Final = 2.5e-4  # variance of clouds so tight, one colour and its noise, that they are half believed to say more than their mean
COARSE: Final = 2.0**30  # steps of 1 in OKLab, far coarser than float64 and far finer than any eye
# What is stretched shows its noise and the blocks of its codec; what is shrunk hides them
GAIN: Final = (1 / 3, 2.0)
USED: Final = (0.005, 0.995)  # quantiles between which lightness counts as used


class LookTransfer(nn.Module):
    """Footage (batch, n, 3), template (batch, m, 3), both sRGB samples 0..1, strength (batch, 1) 0..1 → (look,).

    `look` is (batch, 33, 33, 33, 3) float32 by [blue, green, red], values R, G, B in 0..1. Strength 0 is the identity,
    and from there to 1 the look changes linearly. Any n and m from 1 up are accepted; rows do not see each other.

    What holds of every look: luma never falls from black to white along the greys, and from node to node no channel falls
    along its own axis, or is steeper than `look_guards.STEEPEST`, by more than 0.01 of the scale.
    """

    nodes: Tensor
    rotations: Tensor
    band: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.oklab = Oklab()
        self.register_buffer("nodes", identity_grid(), persistent=False)
        self.register_buffer("rotations", fixed_rotations(ROUNDS * STEPS, seed=2005), persistent=False)
        self.register_buffer("band", gaussian_band(SIGMA), persistent=False)

    def forward(self, footage: Tensor, template: Tensor, strength: Tensor) -> tuple[Tensor]:
        """Match, guard, blend with the identity; raises ValueError where there are no samples."""
        if not (footage.shape[1] and template.shape[1]):
            raise ValueError("a look needs at least one colour of the footage and one of the template")
        colours, wanted = (samples.double().clamp(0, 1) for samples in (footage, template))
        places = Places.of(colours)
        before = self.oklab.from_srgb(self.nodes).expand(len(footage), -1, -1, -1, -1)
        moved = self._moved(before, places, self.oklab.from_srgb(colours), self.oklab.from_srgb(wanted))
        look = self._guarded(before, moved, places)
        share = strength.double().clamp(0, 1).reshape(-1, 1, 1, 1, 1)
        return ((self.nodes + share * (look - self.nodes)).float(),)

    def _moved(self, before: Tensor, places: Places, source: Tensor, target: Tensor) -> Tensor:
        """The nodes after the linear map and the transport, all in OKLab."""
        have, want = Moments.of(source), Moments.of(target)
        least = torch.minimum(have.variance, want.variance)
        trust = least / (least + SINGLE)
        # a single colour has a hue to give, but does not say how light pictures should be
        lightness = torch.lerp(have.mean[..., :1], want.mean[..., :1], trust[:, None, None])
        want = replace(want, mean=torch.cat([lightness, want.mean[..., 1:]], -1))
        linear = monge_kantorovich(have, want, NOISE, GAIN, trust)
        mapped = linear(before.flatten(1, 3)).reshape(before.shape)
        return mapped + trust.reshape(-1, 1, 1, 1, 1) * self._displacement(places, linear(source), target)

    def _displacement(self, places: Places, source: Tensor, target: Tensor) -> Tensor:
        """What the linear map leaves to do at each node, in OKLab: a grid of three channels."""
        # powers and products of matrices round a colour by its place among the others: samples of one colour would lose their order
        source = (source * COARSE).round() / COARSE
        ranked = project(target, self.rotations.reshape(-1, 3)).sort(-1).values
        share = 1 / source.shape[1]
        density = blur(places.spread(torch.full_like(source[..., :1], share)), self.band) + SPARSE
        total = torch.zeros_like(self.nodes).expand(len(source), -1, -1, -1, -1)
        for begin in range(0, len(self.rotations), STEPS):
            start = points = source + places.read(total)
            for turn in range(begin, begin + STEPS):
                points = points + STEP * step_along(points, self.rotations[turn], ranked[:, 3 * turn : 3 * turn + 3])
            total = total + blur(places.spread(share * (points - start)), self.band) / density
        return total

    def _guarded(self, before: Tensor, moved: Tensor, places: Places) -> Tensor:
        """From displaced OKLab nodes to sRGB nodes that harm no picture."""
        moved = keep_skin(before, moved)
        lightness = moved[..., :1]
        levels = torch.tensor(USED, dtype=lightness.dtype, device=lightness.device)
        darkest, lightest = places.read(lightness)[..., 0].quantile(levels, dim=1)
        ends = (lightness[:, 0, 0, 0, 0], lightness[:, -1, -1, -1, 0])
        lightness = bend_ends(lightness, *ends, (darkest, lightest))
        look = self.oklab.into_srgb(torch.cat([lightness, moved[..., 1:]], -1))
        # the last two undo a little of the first, which therefore ends as well as begins
        return rising_greys(no_steeper(rising(rising_greys(look))))


def load(weights_path: Path) -> LookTransfer:  # noqa: ARG001  # every network is loaded alike; this one has no weights
    """The network in evaluation mode, on the CPU."""
    return LookTransfer().eval()
