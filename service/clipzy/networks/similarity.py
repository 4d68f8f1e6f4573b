"""The similarity that most of a picture's motion agrees with: random sample consensus, then a robust fit around the best.

Sources: M. Fischler, R. Bolles, "Random sample consensus" (1981), scored as in P. Torr, A. Zisserman, "MLESAC" (2000);
the fit is reweighted least squares with Tukey's biweight. Points count by the area they stand for, not by how much
texture they have: weighted by texture, a striking subject wins against a plain background. Where two motions have nearly the same weight the one with more
of the whole picture wins, plain parts included: dense flow fills them from around, and the background surrounds its subjects.

A motion is (..., 4): tx, ty, s, r, by which the point (x, y) moves by (tx + s x - r y, ty + r x + s y); lengths in
pixels, y down. 1 + s = z cos(a) and r = z sin(a) for a magnification z and a clockwise turn a. All is the same for the
same input: the random numbers come from one fixed seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

HYPOTHESES: Final = 256  # with 40 % of the picture against it, 92 of them still rest on the camera's motion alone
STEEPEST: Final = 0.2  # of s and r, between two frames: beyond lie chance hits
SHORTEST: Final = 0.15  # distance of the two points a hypothesis rests on, as a share of the diagonal
# widths of the biweight, in tolerances: wide to reach the whole consensus, then as narrow as the noise allows
WIDTHS: Final = (4.0, 3.0, 2.0, 2.0, 2.0)
NOTHING: Final = 1e-6  # of weight
RIVALS: Final = 0.8  # of the best motion's weight, from which another one may be the camera's
# tolerances between two motions at the corners, from which they are two; of 600 pairs of pictures with a subject in every second 12 were far off
# with the better seen motion and 4 with the larger one, and none was better before
APART: Final = 5.0


@dataclass(frozen=True, slots=True)
class Consensus:
    """`motion` (batch, 4), and `agreement` (batch, n): how closely each point agrees with it, 0..1."""

    motion: Tensor
    agreement: Tensor


def find_consensus(points: Tensor, moves: Tensor, weights: Tensor, tolerance: float, areas: Tensor) -> Consensus:
    """Find the motion that most of the weight agrees with.

    Args:
        points: (n, 2) x, y about the centre of the motion.
        moves: (batch, n, 2) by which each point moves.
        weights: (batch, n), 0 or more. Where all are 0, the motion is 0.
        tolerance: distance between a move and the motion at which a point stops agreeing, in the unit of the moves.
        areas: (batch, n), 0 or more, by which to decide between motions with nearly the same weight.
    """
    shares = _shares(weights)
    proposed = _proposals(points, moves, shares)
    behind, larger = _support(points, moves, proposed, tolerance, (shares, _shares(areas)))
    motion = _chosen(proposed, behind.argmax(1))
    close = behind >= RIVALS * behind.amax(1, keepdim=True)
    rival = _chosen(proposed, torch.where(close, larger, -1).argmax(1))
    motion = torch.where(_apart(points, motion, rival, tolerance)[:, None], rival, motion)
    for width in WIDTHS:
        off = (moves - apply(motion, points)).square().sum(-1) / (width * tolerance) ** 2
        motion = _least_squares(points, moves, shares * (1 - off).clamp(min=0).square(), otherwise=motion)
    return Consensus(motion, _agreement(points, moves, motion[:, None], tolerance)[:, 0])


def apply(motion: Tensor, points: Tensor) -> Tensor:
    """How motions (batch, 4) move points (n, 2): (batch, n, 2)."""
    tx, ty, s, r = motion[:, :, None].unbind(1)
    x, y = points.unbind(-1)
    return torch.stack([tx + s * x - r * y, ty + r * x + s * y], dim=-1)


def _shares(weights: Tensor) -> Tensor:
    return weights / weights.sum(1, keepdim=True).clamp(min=NOTHING)


def _chosen(motions: Tensor, numbers: Tensor) -> Tensor:
    return motions[torch.arange(len(numbers), device=numbers.device), numbers]


def _apart(points: Tensor, one: Tensor, other: Tensor, tolerance: float) -> Tensor:
    """Whether motions (batch, 4) are so unlike that they are of two things: (batch,)."""
    difference, reach = one - other, points.norm(dim=-1).amax()
    at_corners: Tensor = difference[:, :2].norm(dim=-1) + reach * difference[:, 2:].norm(dim=-1)
    return at_corners > APART * tolerance


def _proposals(points: Tensor, moves: Tensor, shares: Tensor) -> Tensor:
    """Motions that two points each agree with exactly, drawn by their shares, and rest: (batch, proposals, 4)."""
    drawn = torch.rand(2, HYPOTHESES, generator=torch.Generator().manual_seed(7)).to(points.device)
    cumulated = shares.cumsum(1)
    drawn = drawn[:, None] * cumulated[:, -1:].expand(2, -1, -1)
    one, other = (torch.searchsorted(cumulated, each).clamp(max=len(points) - 1) for each in drawn)
    motion = _through(points[one], points[other], _of(moves, one), _of(moves, other))
    widest = (points.amax(0) - points.amin(0)).norm()
    apart = (points[one] - points[other]).norm(dim=-1)
    sound = (apart > SHORTEST * widest) & (motion[..., 2:].abs() < STEEPEST).all(-1)
    rest = torch.zeros_like(motion[:, :1])
    return torch.cat([torch.where(sound[..., None], motion, 0), rest], dim=1)


def _through(one: Tensor, other: Tensor, move_one: Tensor, move_other: Tensor) -> Tensor:
    """The motion by which two points move so; all (..., 2), the answer (..., 4)."""
    x, y = (other - one).unbind(-1)
    u, v = (move_other - move_one).unbind(-1)
    square = (x.square() + y.square()).clamp(min=NOTHING)
    s, r = (x * u + y * v) / square, (x * v - y * u) / square
    tx = move_one[..., 0] - s * one[..., 0] + r * one[..., 1]
    ty = move_one[..., 1] - r * one[..., 0] - s * one[..., 1]
    return torch.stack([tx, ty, s, r], dim=-1)


def _support(
    points: Tensor, moves: Tensor, motions: Tensor, tolerance: float, shares: tuple[Tensor, Tensor]
) -> tuple[Tensor, Tensor]:
    """What of the points' shares (batch, n) agrees with each of the motions (batch, m, 4): two of (batch, m)."""
    both = torch.stack(shares, dim=2)
    # a CPU's cache holds how all points agree with all motions of one pair; a GPU wants many at once
    together = 1 if moves.device.type == "cpu" else len(moves)
    pieces = (torch.split(each, together) for each in (moves, motions, both))
    behind = [
        _agreement(points, some, those, tolerance) @ weights for some, those, weights in zip(*pieces, strict=True)
    ]
    first, second = torch.cat(behind).unbind(2)
    return first, second


def _of(moves: Tensor, chosen: Tensor) -> Tensor:
    return moves.gather(1, chosen[..., None].expand(-1, -1, 2))


def _agreement(points: Tensor, moves: Tensor, motions: Tensor, tolerance: float) -> Tensor:
    """How closely points agree with motions (batch, m, 4): (batch, m, n), 1 exactly, 0 from the tolerance on.

    The squared distance between a move and a motion is a sum of products of numbers of either: one product of matrices.
    """
    x, y = points.unbind(-1)
    u, v = moves.unbind(-1)
    ones = torch.ones_like(u)
    of_points = torch.stack(
        [u * u + v * v, u, v, x * u + y * v, x * v - y * u, ones, ones * x, ones * y, ones * (x * x + y * y)], dim=1
    )
    tx, ty, s, r = motions.unbind(-1)
    square = tolerance**2
    of_motions = torch.stack(
        [
            -torch.ones_like(tx),
            2 * tx,
            2 * ty,
            2 * s,
            2 * r,
            square - tx * tx - ty * ty,
            -2 * (s * tx + r * ty),
            -2 * (s * ty - r * tx),
            -s * s - r * r,
        ],
        dim=-1,
    )
    # in place, for this is by far the largest tensor: what is left of 1 after the squared distance in squared tolerances
    return ((of_motions / square) @ of_points).clamp_(0, 1)


def _least_squares(points: Tensor, moves: Tensor, weights: Tensor, otherwise: Tensor) -> Tensor:
    """The motion (batch, 4) that weighted moves agree with best; `otherwise` where there is not weight enough to tell."""
    total = weights.sum(1, keepdim=True)
    shares = (weights / total.clamp(min=NOTHING))[..., None]
    middle, mean = (shares * points).sum(1), (shares * moves).sum(1)
    x, y = (points - middle[:, None]).unbind(-1)
    u, v = (moves - mean[:, None]).unbind(-1)
    share = shares[..., 0]
    square = (share * (x * x + y * y)).sum(1)
    s = (share * (x * u + y * v)).sum(1) / square.clamp(min=NOTHING)
    r = (share * (x * v - y * u)).sum(1) / square.clamp(min=NOTHING)
    tx = mean[:, 0] - s * middle[:, 0] + r * middle[:, 1]
    ty = mean[:, 1] - r * middle[:, 0] - s * middle[:, 1]
    enough = (total > NOTHING) & (square[:, None] > NOTHING)
    return torch.where(enough, torch.stack([tx, ty, s, r], dim=-1), otherwise)
