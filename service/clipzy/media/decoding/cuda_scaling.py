"""Scale frames on the GPU, in batches: only a thousandth of their data leaves it.

A torch call takes longer in Python and the driver than on the GPU: one by one, two files took 2.2 ms a frame while NVDEC waited. Each call also hands
the GIL to another decoding thread. So a batch is computed by one script.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Literal

import numpy as np
import torch
from av.video.frame import VideoFrame
from numpy.typing import NDArray
from torch import Tensor

from clipzy.media.colour.coding import LUMA_WEIGHTS, coding_of
from clipzy.media.colour.colour_tags import peak_of
from clipzy.media.decoding.cuda_frames import surfaces
from clipzy.media.decoding.scripted import at_once

# Of a batch; each decoder has one. 8 pictures of 1080p take 130 MB on the GPU with their float copies
MOST_FRAMES, MOST_PIXELS = 16, 8 * 1920 * 1080
Weights = tuple[Tensor, Tensor]  # of rows and columns


class Batch:
    """Copies of frames of one size and coding, so that the decoder gets its few surfaces back at once.

    It is always computed as a whole, however full it is: matrix libraries choose their method by the number of pictures, and a picture would depend on the
    others in the batch.
    """

    def __init__(self, frame: VideoFrame, room: int | None = None) -> None:
        """For frames like this one, which is not yet added. `room`: for how many; None: as many as MOST_PIXELS allows."""
        luma, chroma = surfaces(frame)
        room = room or max(1, min(MOST_FRAMES, MOST_PIXELS // luma.numel()))
        self.coding = coding_of(frame)
        self.peak = peak_of(frame)
        self._luma = torch.empty((room, *luma.shape), dtype=luma.dtype, device=luma.device)
        self._chroma = torch.empty((room, *chroma.shape), dtype=chroma.dtype, device=chroma.device)
        # sliced once: each slicing would cost as much as a copy
        self._places = list(zip(self._luma.unbind(), self._chroma.unbind(), strict=True))
        self._count = 0
        self._planes: tuple[Tensor, Tensor] | None = None

    def take(self, frame: VideoFrame) -> bool:
        """Copy a frame into the next place; False if the batch is full or the frame is not like the others."""
        if self._count == len(self._places) or coding_of(frame) != self.coding:
            return False
        luma, chroma = surfaces(frame)
        if luma.shape != self._luma.shape[1:] or luma.dtype != self._luma.dtype:
            return False
        # the surface may be reused right away: the next write into it comes later on the same stream
        luma_place, chroma_place = self._places[self._count]
        luma_place.copy_(luma)
        chroma_place.copy_(chroma)
        self._count += 1
        self._planes = None
        return True

    def clear(self) -> None:
        """Empty the batch, for more frames of the same kind."""
        self._count = 0
        self._planes = None

    def planes(self) -> tuple[Tensor, Tensor]:
        """Luma (room, H, W) and chroma (room, 2, H/2, W/2), float32, in codes of eight bits with a fraction."""
        if self._planes is None:
            self._planes = _eight_bits(self._luma, self._chroma)
        return self._planes


class CudaScaler:
    """Frames in NV12 or P010 to arrays of one size in host memory, by area averaging: `pictures.Scaler` on the GPU.

    It computes on the device of the planes, so that it can be tested without a GPU.
    """

    def __init__(self, size: tuple[int, int], colours: Literal["rgb24", "gray"]) -> None:
        """Plan nothing yet. `size`: width and height as stored, before the picture is turned upright."""
        self._width, self._height = size
        self._colours = colours

    def __call__(self, frame: VideoFrame, *, deep: bool = False) -> NDArray[Any]:
        """The frame as (height, width, 3) RGB or (height, width) grey, full range, uint8 or, if `deep`, uint16."""
        batch = Batch(frame, 1)
        batch.take(frame)
        return self.together(batch, [0], deep=deep)[0]

    def together(self, batch: Batch, places: Sequence[int], *, deep: bool = False) -> list[NDArray[Any]]:
        """The same for frames of a batch, given by ascending places."""
        luma, chroma = batch.planes()
        full_range, first, end = batch.coding.full_range, places[0], places[-1] + 1
        weights = self._weights(luma)
        if self._colours == "gray":
            codes = _grey(luma, weights, full_range=full_range, first=first, end=end, deep=deep)
        else:
            both = weights, self._weights(chroma)
            matrix = LUMA_WEIGHTS[batch.coding.matrix]
            codes = _rgb(luma, chroma, both, matrix, full_range=full_range, first=first, end=end, deep=deep)
        found = codes.numpy()
        if deep:
            found = found.astype(np.uint16)  # torch has next to no arithmetic on 16 bits without a sign
        return [found[place - first] for place in places]

    def _weights(self, planes: Tensor) -> Weights:
        """For planes (..., H, W)."""
        height, width = planes.shape[-2:]
        return area_weights(height, self._height, planes.device), area_weights(width, self._width, planes.device)


@at_once
def _eight_bits(luma: Tensor, chroma: Tensor) -> tuple[Tensor, Tensor]:
    # P010 has its ten bits at the top of sixteen
    scale = 1 / 256 if luma.dtype == torch.uint16 else 1.0
    return luma.float().mul_(scale), chroma.float().permute(0, 3, 1, 2).contiguous().mul_(scale)


def _shrunk(planes: Tensor, weights: Weights) -> Tensor:
    """Planes (..., H, W) scaled, float32: the mean over each area."""
    rows, columns = weights
    # columns first: the rows of all pictures form one matrix in memory
    return rows @ (planes @ columns.T)


def _full_luma(luma: Tensor, weights: Weights, full_range: bool) -> Tensor:
    small = _shrunk(luma, weights)
    return small if full_range else (small - 16) * (255 / 219)


def _rounded(pictures: Tensor, deep: bool) -> Tensor:
    """Codes of eight bits as uint8 or, if `deep`, of the full span of sixteen as int32, in host memory."""
    if deep:
        return (pictures * 257).round().clamp(0, 65535).int().cpu()
    return pictures.round().clamp(0, 255).to(torch.uint8).cpu()


@at_once
def _grey(luma: Tensor, weights: Weights, *, full_range: bool, first: int, end: int, deep: bool) -> Tensor:
    """Full-range luma (end - first, h, w) of those pictures, rounded."""
    return _rounded(_full_luma(luma, weights, full_range)[first:end], deep)


@at_once
def _rgb(
    luma: Tensor,
    chroma: Tensor,
    weights: tuple[Weights, Weights],
    matrix: tuple[float, float],
    *,
    full_range: bool,
    first: int,
    end: int,
    deep: bool,
) -> Tensor:
    """R'G'B' (end - first, h, w, 3) of those pictures, rounded: ITU-R BT.709-6, 3.2 and its like. `matrix`: Kr and Kb."""
    small = _full_luma(luma, weights[0], full_range)
    cb, cr = (_shrunk(chroma, weights[1]) - 128).unbind(1)
    kr, kb = matrix
    scale = 1.0 if full_range else 255 / 224
    red = small + (2 * (1 - kr) * scale) * cr
    blue = small + (2 * (1 - kb) * scale) * cb
    green = (small - kr * red - kb * blue) / (1 - kr - kb)
    return _rounded(torch.stack([red, green, blue], dim=-1)[first:end], deep)


@cache
@at_once
def area_weights(many: int, few: int, device: torch.device) -> Tensor:
    """(few, many) float32: how much of each of `many` samples in a row lies in each of `few` equal parts; rows sum to 1."""
    edges = torch.arange(few + 1, dtype=torch.float64) * many / few
    starts = torch.arange(many, dtype=torch.float64)
    overlap = torch.minimum(edges[1:, None], starts + 1) - torch.maximum(edges[:-1, None], starts)
    return (overlap.clamp(min=0) * few / many).float().to(device)
