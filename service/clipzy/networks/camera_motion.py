"""Motion of the camera between two frames: dense flow, and the similarity that most of the picture agrees with.

No weights: flow of the picture's own, by a method that suits the device (`optical_flow`), then one consensus for both
(`similarity`). The picture is divided into cells, about 40 along its long side; a cell counts by how much can be seen
to move in it, up to one and the same weight for all but plain ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from clipzy.networks.optical_flow import dense_inverse_search, gradients, lucas_kanade, moved_back
from clipzy.networks.similarity import NOTHING, apply, find_consensus
from clipzy.networks.threads import each_in_one_thread

SMALLEST_PX: Final = 16  # side of a picture
CELLS: Final = 40  # along the long side
# share of the long side by which a cell may miss the camera's motion and still agree with it: 1.2 px of 320
TOLERANCE: Final = 0.00375
# of intensities 0..1, squared: a cell in which they vary by a third of a grey level counts half
PLAIN: Final = 2e-6
MARGIN: Final = 0.0125  # share of the long side: what comes this near to the edge may have left the picture
OBSERVABLE: Final = 0.1  # share of the picture that must be seen to move for full confidence
# pairs whose pixels are worked on together on a CPU: more do not stay in its cache; the numbers are the same
TOGETHER: Final = 4

Flow = Callable[[Tensor], Tensor]


class CameraMotion(nn.Module):
    """Pairs (batch, 2, height, width), uint8 grey → (similarity, confidence, flow_magnitude, residual_magnitude).

    All float32. `similarity` (batch, 4): dx, dy (pixels, right and down), log zoom (> 0 magnifies) and roll (radians,
    clockwise as seen) of the content about the picture's centre, from the first frame to the second. `confidence`
    (batch, 1), 0..1: share of the picture that agrees. `flow_magnitude` (batch, 1), pixels: mean length of the flow,
    plain cells moving with the camera. `residual_magnitude` (batch, 1), pixels: mean length of what the camera's motion
    does not explain. Where nothing can be seen to move, all are 0.
    """

    def __init__(self, flow: Flow | None = None) -> None:
        """Take the method of `flow`; without one, that of the device: inverse search on the CPU, Lucas-Kanade elsewhere."""
        super().__init__()
        self._flow = flow

    def forward(self, pairs: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Measure pairs of one size.

        Raises:
            ValueError: the pictures are smaller than 16x16.
        """
        height, width = pairs.shape[2:]
        if min(height, width) < SMALLEST_PX:
            raise ValueError(
                f"no motion can be told in {width}x{height} pixels; send at least {SMALLEST_PX}x{SMALLEST_PX}"
            )
        if pairs.device.type != "cpu":
            return _measured(pairs, [_cells(pairs, (self._flow or lucas_kanade)(pairs))])
        flow = self._flow or dense_inverse_search

        def measured(some: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
            return _measured(some, [_cells(few, flow(few)) for few in torch.split(some, TOGETHER)])

        rows = each_in_one_thread(measured, torch.split(pairs, -(-len(pairs) // torch.get_num_threads())))
        similarity, confidence, magnitude, residual = (torch.cat(tensors) for tensors in zip(*rows, strict=True))
        return similarity, confidence, magnitude, residual


@dataclass(frozen=True, slots=True)
class _Cells:
    """What is seen of the cells of some pairs: `moves` (batch, cells, 2) pixels; `seen`, `stays` and `likeness` (batch, cells), 0..1."""

    moves: Tensor
    seen: Tensor
    stays: Tensor
    likeness: Tensor


def _cells(pairs: Tensor, flow: Tensor) -> _Cells:
    """From pairs and their flow: how each cell moves, how well that can be seen, and how alike it is where the flow leads."""
    height, width = pairs.shape[2:]
    cell = _cell_side(height, width)
    moves = _cell_means(flow, cell).mT
    first, second = (pairs / 255).chunk(2, dim=1)
    stays = _stays(_cell_centres(height, width, flow.device) + moves, height, width)
    seen = _visibility(first, cell) * stays
    return _Cells(moves, seen, stays.float(), _likeness(first, moved_back(second, flow), cell))


def _measured(pairs: Tensor, cells: Sequence[_Cells]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The four answers, from pairs and what is seen of their cells, given in parts."""
    parts = ((part.moves, part.seen, part.stays, part.likeness) for part in cells)
    moves, seen, stays, likeness = (torch.cat(tensors) for tensors in zip(*parts, strict=True))
    height, width = pairs.shape[2:]
    points = _cell_centres(height, width, moves.device)
    consensus = find_consensus(points, moves, seen, TOLERANCE * max(height, width), stays)
    sure = seen * likeness
    agreed = (sure * consensus.agreement).sum(1) / seen.sum(1).clamp(min=NOTHING)
    confidence = agreed * (seen.mean(1) / OBSERVABLE).clamp(max=1)
    camera = apply(consensus.motion, points)
    unexplained = sure[..., None] * (moves - camera)
    magnitudes = [lengths.norm(dim=-1).mean(1, keepdim=True) for lengths in (camera + unexplained, unexplained)]
    tx, ty, s, r = consensus.motion.unbind(1)
    similarity = torch.stack([tx, ty, torch.hypot(1 + s, r).log(), torch.atan2(r, 1 + s)], dim=1)
    return similarity, confidence[:, None], magnitudes[0], magnitudes[1]


def _cell_side(height: int, width: int) -> int:
    return max(2, round(max(height, width) / CELLS))


def _cell_centres(height: int, width: int, device: torch.device) -> Tensor:
    """Centres of the cells about the picture's: (cells, 2) x, y in pixels, row by row; a rest at the edge has no cell."""
    cell = _cell_side(height, width)
    x = (torch.arange(width // cell, device=device) + 0.5) * cell - width / 2
    y = (torch.arange(height // cell, device=device) + 0.5) * cell - height / 2
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1).flatten(0, 1)


def _cell_means(values: Tensor, cell: int) -> Tensor:
    """Means of planes (batch, channels, height, width) over the cells: (batch, channels, cells).

    Lines are added up first, then columns: a CPU adds whole lines at once, which a pooling of torch's does not.
    """
    batch, channels, height, width = values.shape
    rows, columns = height // cell, width // cell
    whole = values[..., : rows * cell, : columns * cell]
    lines = whole.reshape(batch, channels, rows, cell, columns * cell).sum(3)
    return lines.reshape(batch, channels, rows * columns, cell).sum(3) / cell**2


def _visibility(pictures: Tensor, cell: int) -> Tensor:
    """How well motion can be told in each cell: (batch, cells), 0 plain or a straight edge, towards 1 with texture.

    By the smaller eigenvalue of the structure tensor (J. Shi, C. Tomasi, "Good features to track", 1994).
    """
    right, down = gradients(pictures)
    xx, xy, yy = (_cell_means(product, cell)[:, 0] for product in (right * right, right * down, down * down))
    smaller = (xx + yy) / 2 - ((xx - yy).square() / 4 + xy.square()).sqrt()
    return smaller.clamp(min=0) / (smaller.clamp(min=0) + PLAIN)


def _likeness(first: Tensor, second: Tensor, cell: int) -> Tensor:
    """Correlation of two pictures in each cell: (batch, cells), 0..1; noise resembles nothing, wherever it is led."""
    products = (first, second, first * first, second * second, first * second)
    a, b, aa, bb, ab = (_cell_means(product, cell)[:, 0] for product in products)
    variance_a, variance_b, covariance = aa - a * a, bb - b * b, ab - a * b
    return (covariance / ((variance_a * variance_b).clamp(min=0).sqrt() + PLAIN)).clamp(0, 1)


def _stays(places: Tensor, height: int, width: int) -> Tensor:
    """Whether places (batch, cells, 2) about the centre lie within the picture, and not just so: (batch, cells)."""
    margin = MARGIN * max(height, width)
    x, y = places.abs().unbind(-1)
    return (x < width / 2 - margin) & (y < height / 2 - margin)


def load(weights_path: Path) -> CameraMotion:  # noqa: ARG001 (every network loads alike; this one has no weights)
    """The network in evaluation mode."""
    return CameraMotion().eval()
