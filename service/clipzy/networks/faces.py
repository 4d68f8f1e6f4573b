"""Faces in pictures: MTCNN, three small networks in a cascade that propose, refine and decide.

Source: K. Zhang, Z. Zhang, Z. Li, Y. Qiao, "Joint face detection and alignment using multi-task cascaded convolutional
networks" (IEEE Signal Processing Letters 23, 2016; arXiv 1604.02878), with the weights of facenet-pytorch. Here all
pictures of a batch go through each network together, and windows are cut out by RoIAlign, which averages over
what it makes smaller; outside of the picture it finds grey.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from clipzy.networks.boxes import cut_out, without_overlaps
from clipzy.networks.weights import load_state, read_wheel_file

MOST_FACES: Final = 16  # of a picture, the surest first
SMALLEST_PX: Final = 24  # side of the smallest face that is looked for
PYRAMID_FACTOR: Final = 0.709  # about one half in area, from size to size
CELL_PX, STRIDE_PX = 12, 2  # what the first network sees at once, and its step
THRESHOLDS: Final = (0.6, 0.7, 0.7)  # probabilities that pass each network, as published
SAME_SIZE_OVERLAP, OVERLAP = 0.5, 0.7  # intersection over union above which the less sure of two goes
MOST_PROPOSALS: Final = 256  # of a picture: whatever it shows, what comes after is bounded

WHEEL_FILES: Final = {
    "proposals": ("facenet_pytorch/data/pnet.pt", "a2a71925e0b9996a42f63e47efc1ca19043e69558b5c523b978d611dfae49c8f"),
    "refinement": ("facenet_pytorch/data/rnet.pt", "bbb937de72efc9ef83b186c49f5f558467a1d7e3453a8ece0d71a886633f6a86"),
    "decision": ("facenet_pytorch/data/onet.pt", "165bfbe42940416ccfb977545cf0e976d5bf321f67083ae2aaaa5c764280118d"),
}
# names of the published layers, by the place of ours
PUBLISHED_LAYERS: Final = {
    "proposals": {"body.0": "conv1", "body.1": "prelu1", "body.3": "conv2", "body.4": "prelu2", "body.5": "conv3",
                  "body.6": "prelu3", "face": "conv4_1", "shift": "conv4_2"},
    "refinement": {"body.0": "conv1", "body.1": "prelu1", "body.3": "conv2", "body.4": "prelu2", "body.6": "conv3",
                   "body.7": "prelu3", "body.9": "dense4", "body.10": "prelu4", "face": "dense5_1", "shift": "dense5_2"},
    "decision": {"body.0": "conv1", "body.1": "prelu1", "body.3": "conv2", "body.4": "prelu2", "body.6": "conv3",
                 "body.7": "prelu3", "body.9": "conv4", "body.10": "prelu4", "body.12": "dense5", "body.13": "prelu5",
                 "face": "dense6_1", "shift": "dense6_2"},
}  # fmt: skip


class Faces(nn.Module):
    """Pictures (batch, height, width, 3), uint8 RGB → (faces,).

    `faces` is (batch, 16, 5), float32: left, top, right, bottom in pixels of the picture, then the probability, the
    surest face first; rows of zeros where there are no more.
    """

    def __init__(self) -> None:
        super().__init__()
        self.proposals = Proposals()
        self.refinement = Refinement()
        self.decision = Decision()

    def forward(self, pictures: Tensor) -> tuple[Tensor]:
        """Each network sees what the one before has passed."""
        scaled = (pictures.permute(0, 3, 1, 2).float() - 127.5) / 128
        windows = self._propose(scaled)
        for network, threshold in ((self.refinement, THRESHOLDS[1]), (self.decision, THRESHOLDS[2])):
            windows = _judged(network, scaled, windows, threshold)
        return (_packed(windows, len(pictures)),)

    def _propose(self, pictures: Tensor) -> Windows:
        found = [
            self.proposals.windows(pictures, scale).without_overlaps(SAME_SIZE_OVERLAP)
            for scale in _scales(*pictures.shape[-2:])
        ]
        return Windows.joined(found, pictures).without_overlaps(OVERLAP).surest(MOST_PROPOSALS)


class Windows:
    """Windows in the pictures of a batch: `rows` (N,) which picture, `boxes` (N, 4) corners in pixels, `scores` (N,)."""

    def __init__(self, rows: Tensor, boxes: Tensor, scores: Tensor) -> None:
        self.rows, self.boxes, self.scores = rows, boxes, scores

    @staticmethod
    def joined(parts: list[Windows], like: Tensor) -> Windows:
        """All of them; `like` tells the device where there are none."""
        return Windows(
            torch.cat([part.rows for part in parts] or [like.new_zeros(0, dtype=torch.long)]),
            torch.cat([part.boxes for part in parts] or [like.new_zeros(0, 4)]),
            torch.cat([part.scores for part in parts] or [like.new_zeros(0)]),
        )

    def __getitem__(self, kept: Tensor) -> Windows:
        return Windows(self.rows[kept], self.boxes[kept], self.scores[kept])

    def moved(self, shifts: Tensor) -> Windows:
        """Each corner moved by a share of its window's width or height, (N, 4)."""
        sides = self.boxes[:, 2:] - self.boxes[:, :2]
        return Windows(self.rows, self.boxes + shifts * sides.repeat(1, 2), self.scores)

    def squared(self) -> Windows:
        """Squares about the same middles, as large as the longer sides."""
        middles = (self.boxes[:, :2] + self.boxes[:, 2:]) / 2
        half = (self.boxes[:, 2:] - self.boxes[:, :2]).amax(1, keepdim=True) / 2
        return Windows(self.rows, torch.cat([middles - half, middles + half], dim=1), self.scores)

    def without_overlaps(self, most: float) -> Windows:
        """Of two that overlap by more (intersection over union) only the surer one; the surest come first."""
        return self[without_overlaps(self.boxes, self.scores, self.rows, most)]

    def surest(self, most: int) -> Windows:
        """So many of each picture, given in order of their scores."""
        kept = [(self.rows == row).nonzero()[:most, 0] for row in set(self.rows.tolist())]
        return self[torch.cat(kept)] if kept else self


class Proposals(nn.Module):
    """Fully convolutional: a face, or none, in each cell of 12 by 12."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *(nn.Conv2d(3, 10, 3), nn.PReLU(10), nn.MaxPool2d(2, ceil_mode=True)),
            *(nn.Conv2d(10, 16, 3), nn.PReLU(16)),
            *(nn.Conv2d(16, 32, 3), nn.PReLU(32)),
        )
        self.face = nn.Conv2d(32, 2, 1)
        self.shift = nn.Conv2d(32, 4, 1)

    def windows(self, pictures: Tensor, scale: float) -> Windows:
        """Where in the pictures, made smaller by `scale`, there may be faces that fill a cell."""
        height, width = pictures.shape[-2:]
        small = functional.interpolate(pictures, (round(height * scale), round(width * scale)), mode="area")
        states = self.body(small)
        scores = self.face(states).softmax(1)[:, 1]
        rows, down, across = (scores > THRESHOLDS[0]).nonzero(as_tuple=True)
        corners = torch.stack([across, down], dim=1).float() * STRIDE_PX
        boxes = torch.cat([corners, corners + CELL_PX], dim=1) / scale
        found = Windows(rows, boxes, scores[rows, down, across])
        return found.moved(self.shift(states)[rows, :, down, across])


class Refinement(nn.Module):
    """Windows (N, 3, 24, 24) → logits (N, 2) of no face and face, shifts (N, 4) of the corners."""

    side_px: Final = 24

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *(nn.Conv2d(3, 28, 3), nn.PReLU(28), nn.MaxPool2d(3, 2, ceil_mode=True)),
            *(nn.Conv2d(28, 48, 3), nn.PReLU(48), nn.MaxPool2d(3, 2, ceil_mode=True)),
            *(nn.Conv2d(48, 64, 2), nn.PReLU(64), Flattened()),
            *(nn.Linear(576, 128), nn.PReLU(128)),
        )
        self.face = nn.Linear(128, 2)
        self.shift = nn.Linear(128, 4)

    def forward(self, cut: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        state = self.body(cut)
        return self.face(state), self.shift(state)


class Decision(nn.Module):
    """Windows (N, 3, 48, 48) → logits (N, 2) of no face and face, shifts (N, 4) of the corners."""

    side_px: Final = 48

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *(nn.Conv2d(3, 32, 3), nn.PReLU(32), nn.MaxPool2d(3, 2, ceil_mode=True)),
            *(nn.Conv2d(32, 64, 3), nn.PReLU(64), nn.MaxPool2d(3, 2, ceil_mode=True)),
            *(nn.Conv2d(64, 64, 3), nn.PReLU(64), nn.MaxPool2d(2, ceil_mode=True)),
            *(nn.Conv2d(64, 128, 2), nn.PReLU(128), Flattened()),
            *(nn.Linear(1152, 256), nn.PReLU(256)),
        )
        self.face = nn.Linear(256, 2)
        self.shift = nn.Linear(256, 4)

    def forward(self, cut: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        state = self.body(cut)
        return self.face(state), self.shift(state)


class Flattened(nn.Module):
    """(N, channels, height, width) → (N, all), in the order of the published weights: width, height, channels."""

    def forward(self, state: Tensor) -> Tensor:
        """See the class."""
        return state.permute(0, 3, 2, 1).flatten(1)


def _judged(network: Refinement | Decision, pictures: Tensor, windows: Windows, threshold: float) -> Windows:
    squares = windows.squared()
    logits, shifts = network(cut_out(pictures, squares.rows, squares.boxes, network.side_px))
    scores = logits.softmax(1)[:, 1]
    sure = scores > threshold
    return Windows(squares.rows, squares.boxes, scores)[sure].moved(shifts[sure]).without_overlaps(OVERLAP)


def _packed(windows: Windows, batch: int) -> Tensor:
    """(batch, 16, 5): what is left when of two faces one of which lies in the other only the surer one counts."""
    faces = windows.boxes.new_zeros(batch, MOST_FACES, 5)
    for row in range(batch):
        mine = windows[windows.rows == row]
        kept = _without_nested(mine)[:MOST_FACES]
        faces[row, : len(kept)] = torch.cat([mine.boxes, mine.scores[:, None]], dim=1)[kept]
    return faces


def _without_nested(windows: Windows) -> Tensor:
    """Indices of the windows, the surest first, that share no more than .7 of the smaller one with a surer one."""
    order = windows.scores.argsort(descending=True, stable=True)
    boxes = windows.boxes[order]
    shared = (
        torch.minimum(boxes[:, None, 2:], boxes[None, :, 2:]) - torch.maximum(boxes[:, None, :2], boxes[None, :, :2])
    ).clamp(min=0)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(1)
    nested = (shared.prod(2) > OVERLAP * torch.minimum(areas[:, None], areas[None, :])).tolist()
    kept: list[int] = []
    for at in range(len(boxes)):
        if not any(nested[at][surer] for surer in kept):
            kept.append(at)
    return order[torch.tensor(kept, dtype=torch.long, device=order.device)]


def _scales(height: int, width: int) -> Iterator[float]:
    """Sizes at which a face fills a cell, from the smallest face to one as large as the picture."""
    scale = CELL_PX / SMALLEST_PX
    while min(height, width) * scale >= CELL_PX:
        yield scale
        scale *= PYRAMID_FACTOR


def extract_weights() -> dict[str, Tensor]:
    """The networks' tensors, out of the facenet-pytorch wheel.

    Raises:
        ConfigurationError: the wheel is missing or altered.
    """
    state = {}
    for network, (file, sha256) in WHEEL_FILES.items():
        content = read_wheel_file("facenet-pytorch", file, sha256)
        published = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        for ours, theirs in PUBLISHED_LAYERS[network].items():
            for part in ("weight", "bias"):
                if f"{theirs}.{part}" in published:  # a PReLU has no bias
                    state[f"{network}.{ours}.{part}"] = published[f"{theirs}.{part}"]
    return state


def load(weights_path: Path) -> Faces:
    """The network in evaluation mode, on the CPU.

    Raises:
        ConfigurationError: its weights are missing or damaged.
    """
    network = Faces()
    network.load_state_dict(load_state(weights_path, "faces"))
    # pictures come channels last: kept so, the same numbers take half the time, most of which pooling took
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # which torch's own types lack
    return network.eval()
