"""Carrying one cloud of points to the distribution of another: a linear map in closed form, and small steps without one.

Sources: F. Pitié, A. Kokaram, "The linear Monge-Kantorovitch linear colour mapping for example-based colour transfer"
(CVMP 2007); F. Pitié, A. Kokaram, R. Dahyot, "N-dimensional probability density function transfer and its application
to colour transfer" (ICCV 2005), whose iteration descends the sliced Wasserstein distance (J. Rabin et al., 2011).

Clouds are (batch, points, 3) float64; rows of a batch do not see each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class LinearMap:
    """x → (x - source_mean) @ matrix + target_mean; means (batch, 1, 3), matrix (batch, 3, 3) symmetric."""

    matrix: Tensor
    source_mean: Tensor
    target_mean: Tensor

    def __call__(self, points: Tensor) -> Tensor:
        """Map (batch, points, 3)."""
        return (points - self.source_mean) @ self.matrix + self.target_mean


@dataclass(frozen=True, slots=True)
class Moments:
    """Moments of clouds: mean (batch, 1, 3) and covariance (batch, 3, 3)."""

    mean: Tensor
    covariance: Tensor

    @classmethod
    def of(cls, points: Tensor) -> Moments:
        """Measure (batch, points, 3)."""
        mean = points.mean(1, keepdim=True)
        away = points - mean
        return cls(mean, away.mT @ away / points.shape[1])

    @property
    def variance(self) -> Tensor:
        """The variance in all directions together: (batch,)."""
        return self.covariance.diagonal(dim1=1, dim2=2).sum(-1)


def monge_kantorovich(
    source: Moments, target: Moments, noise: float, gain: tuple[float, float], trust: Tensor
) -> LinearMap:
    """The linear map that gives the source the target's mean and covariance and moves it least.

    Args:
        source: of the cloud to be moved.
        target: of the cloud to be matched.
        noise: variance added to both along every axis, so that what hardly varies is hardly stretched.
        gain: least and most factor by which any direction is stretched.
        trust: (batch,) 0..1; 0 leaves only the shift from mean to mean, between them gains are powers.
    """
    floor = noise * torch.eye(3, dtype=trust.dtype, device=trust.device)
    spread, wanted = source.covariance + floor, target.covariance + floor
    root, inverse_root = _power(spread, 0.5), _power(spread, -0.5)
    gains, axes = torch.linalg.eigh(inverse_root @ _power(root @ wanted @ root, 0.5) @ inverse_root)
    gains = gains.clamp(*gain) ** trust[:, None]
    return LinearMap((axes * gains[:, None]) @ axes.mT, source.mean, target.mean)


def _power(matrix: Tensor, exponent: float) -> Tensor:
    """Power of symmetric positive matrices (batch, 3, 3)."""
    values, vectors = torch.linalg.eigh(matrix)
    powered: Tensor = (vectors * values.clamp(min=1e-12)[:, None] ** exponent) @ vectors.mT
    return powered


def fixed_rotations(count: int, seed: int) -> Tensor:
    """Orthonormal bases spread over all directions, always the same: (count, 3, 3) float64, an axis in each row."""
    normal = np.random.default_rng(seed).standard_normal((count, 3, 3))
    bases: Tensor = torch.linalg.qr(torch.from_numpy(normal)).Q
    return bases.contiguous()


def project(points: Tensor, axes: Tensor) -> Tensor:
    """Coordinates of (batch, points, 3) along axes (axes, 3): (batch, axes, points); like points get like ones to the last bit."""
    x, y, z = points[:, None].unbind(-1)  # a product of matrices may round a point by its place among the others
    return x * axes[:, :1] + y * axes[:, 1:2] + z * axes[:, 2:]


def step_along(points: Tensor, axes: Tensor, ranked: Tensor) -> Tensor:
    """How points (batch, n, 3) must move so that along each of three orthonormal axes (3, 3) they are spread as the target.

    Args:
        points: the cloud.
        axes: one in each row.
        ranked: (batch, 3, m) coordinates of the target along the same axes, rising.

    Returns:
        (batch, n, 3). Points that coincide are sent to different places, as the target is spread; only their mean counts.
    """
    along = project(points, axes)
    order = along.argsort(dim=-1, stable=True)
    missing = torch.empty_like(along).scatter_(-1, order, at_ranks(ranked, points.shape[1]) - along.gather(-1, order))
    x, y, z = (missing[:, axis, :, None] * axes[axis] for axis in range(3))
    return x + y + z


def apart(along: Tensor, ranked: Tensor) -> Tensor:
    """Mean distance of clouds along axes: (batch,), of coordinates (batch, axes, n) and of the other cloud's, (batch, axes, m), rising."""
    return (in_order(along) - at_ranks(ranked, along.shape[-1])).abs().mean((1, 2))


def in_order(values: Tensor) -> Tensor:
    """Values rising along the last axis; on a CPU by numpy, which takes a tenth of the time that torch takes for doubles."""
    if values.device.type == "cpu":
        return torch.from_numpy(np.sort(values.numpy(), axis=-1))
    return values.sort(-1).values


def at_ranks(ranked: Tensor, count: int) -> Tensor:
    """The quantiles (k + 1/2) / count, k = 0..count - 1, of rising values (..., m): (..., count), linear between values."""
    size = ranked.shape[-1]
    place = (torch.arange(count, dtype=ranked.dtype, device=ranked.device) + 0.5) * (size / count) - 0.5
    place = place.clamp(0, size - 1)
    below = place.floor().long().clamp(max=max(0, size - 2))
    share = place - below
    above = (below + 1).clamp(max=size - 1)
    return ranked[..., below] * (1 - share) + ranked[..., above] * share
