"""Dense optical flow between two grey pictures, by two methods: one for the CPU, one for any device of torch.

Flow at a pixel of the first picture is how far its content has moved in the second, (x, y) in pixels, y down. Both
methods go from coarse to fine and follow motion of up to an eighth of the long side; where there is no texture, flow
is what lies around it or nothing, and where content leaves the picture it is worthless.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

WINDOW: Final = 7  # pixels, over which the flow is taken as constant
ITERATIONS: Final = 4  # on each level; more change next to nothing
COARSEST: Final = 20  # pixels: a level whose shorter side is less is not halved again
LONGEST_STEP: Final = 2.0  # pixels, in one iteration
# of the structure tensor, intensities 0..1: keeps the flow of a plain window finite and near 0
RIDGE: Final = 1e-5


def dense_inverse_search(pairs: Tensor) -> Tensor:
    """Flow (batch, 2, height, width) float32 of pairs (batch, 2, height, width) uint8, on the CPU.

    T. Kroeger et al., "Fast optical flow using dense inverse search" (ECCV 2016), without its variational refinement.
    """
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    # searched down to half the size, not a quarter as that preset does: a third of the error for twice the time
    search.setFinestScale(1)
    flows = np.zeros((len(pairs), *pairs.shape[2:], 2), np.float32)
    for (first, second), flow in zip(pairs.numpy(), flows, strict=True):
        # starts from the flow it is given, which is rest, and leaves its answer there
        search.calc(first, second, flow)
    return torch.from_numpy(flows).permute(0, 3, 1, 2)


def lucas_kanade(pairs: Tensor) -> Tensor:
    """Flow (batch, 2, height, width) float32 of pairs (batch, 2, height, width) uint8, on their device.

    B. Lucas, T. Kanade, "An iterative image registration technique" (1981), in a pyramid as by J.-Y. Bouguet (2001).
    """
    pyramid = [pairs.float() / 255]
    while min(pyramid[-1].shape[2:]) >= COARSEST:
        pyramid.append(_halved(pyramid[-1]))
    flow = torch.zeros_like(pyramid[-1])
    for level, pictures in reversed(list(enumerate(pyramid))):
        height, width = pictures.shape[2:]
        if level < len(pyramid) - 1:
            flow = functional.interpolate(flow, scale_factor=2, mode="bilinear")[..., :height, :width] * 2
        flow = _improved(flow, pictures[:, :1], pictures[:, 1:])
        # a mean over the window keeps single windows that went astray from leading finer levels there
        flow = _window_mean(flow) if level else flow
    return flow


def gradients(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Change per pixel to the right and downwards, by central differences: (batch, 1, height, width) each."""
    padded = functional.pad(pictures, (1, 1, 1, 1), mode="replicate")
    return (padded[..., 1:-1, 2:] - padded[..., 1:-1, :-2]) / 2, (padded[..., 2:, 1:-1] - padded[..., :-2, 1:-1]) / 2


def _improved(flow: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """Gauss-Newton steps on one level, for all windows at once."""
    right, down = gradients(first)
    xx, xy, yy = _window_mean(right * right), _window_mean(right * down), _window_mean(down * down)
    ridge = RIDGE + 0.01 * (xx + yy)
    xx, yy = xx + ridge, yy + ridge
    determinant = xx * yy - xy * xy
    for _ in range(ITERATIONS):
        change = moved_back(second, flow) - first
        x, y = _window_mean(right * change), _window_mean(down * change)
        step = torch.cat([xy * y - yy * x, xy * x - xx * y], dim=1) / determinant
        flow = flow + step.clamp(-LONGEST_STEP, LONGEST_STEP)
    return flow


def moved_back(second: Tensor, flow: Tensor) -> Tensor:
    """The second picture (batch, 1, height, width) sampled where the flow leads: the first one, if the flow is right."""
    height, width = second.shape[2:]
    x, y = ((2 * torch.arange(side, device=flow.device) + 1) / side - 1 for side in (width, height))
    rest = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)
    grid = torch.addcmul(rest, flow.permute(0, 2, 3, 1), rest.new_tensor([2 / width, 2 / height]))
    return functional.grid_sample(second, grid, padding_mode="border", align_corners=False)


def _halved(pictures: Tensor) -> Tensor:
    """Half the size, rounded up: each pixel is the mean of four."""
    height, width = pictures.shape[2:]
    return functional.avg_pool2d(functional.pad(pictures, (0, width % 2, 0, height % 2), mode="replicate"), 2)


def _window_mean(values: Tensor) -> Tensor:
    return functional.avg_pool2d(values, WINDOW, 1, WINDOW // 2, count_include_pad=False)
