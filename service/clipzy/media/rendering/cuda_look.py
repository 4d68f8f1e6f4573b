"""Fetch frames of NVDEC into host memory as 8-bit 4:2:0, with a packed look applied on the GPU."""

from __future__ import annotations

import av
import torch
from av.video.frame import VideoFrame
from torch import Tensor

from clipzy.media.colour.lut import PackedLook
from clipzy.media.colour.lut_kernels import BINS, PAIRS
from clipzy.media.decoding.cuda_frames import surfaces


class CudaLook:
    """The tables of a `PackedLook` on the GPU; gives exactly the same codes as `lut.apply`."""

    def __init__(self, packed: PackedLook, device: str = "cuda") -> None:
        """Copy the tables. `device`: torch's name; `cpu` for tests without a GPU."""
        self._luma = torch.from_numpy(packed.luma).to(device).flatten()
        plain = packed.chroma.transpose(0, 3, 1, 4, 2)  # by [U, V, Y>>2]
        # torch has next to no arithmetic on 16 bits without a sign
        self._chroma = torch.from_numpy(plain.astype("int32", order="C")).to(device).flatten()

    def __call__(self, luma: Tensor, chroma: Tensor) -> tuple[Tensor, Tensor]:
        """Planes (H, W) and (H/2, W/2, 2) of uint8 with the look on them; both sides are even."""
        height, width = luma.shape
        cb, cr = chroma.int().unbind(-1)
        # each 2x2 block of luma shares one row of either table
        blocks = luma.int().view(height // 2, 2, width // 2, 2)
        row = ((cb >> 1) * PAIRS + (cr >> 1)) * 256
        toned = self._luma[(row[:, None, :, None] + blocks).flatten()].view(height, width)
        row = (cb * 256 + cr) * BINS
        pairs = self._chroma[(row[:, None, :, None] + (blocks >> 2)).flatten()].view(blocks.shape)
        # the mean of the four entries, rounded: Cb is in the low byte, Cr in the high one
        means = [((codes.sum((1, 3)) + 2) >> 2).byte() for codes in (pairs & 255, pairs >> 8)]
        return toned, torch.stack(means, dim=-1)


def fetch(frame: VideoFrame, look: CudaLook | None = None) -> VideoFrame:
    """A CUDA frame with even sides as a yuv420p frame in host memory, coded as it was or, with a look, as `lut.apply` leaves it.

    Of ten bits eight are kept, rounded. It carries no time stamp.
    """
    luma, chroma = (_eight_bits(plane) for plane in surfaces(frame))
    if look is not None:
        luma, chroma = look(luma, chroma)
    cb, cr = chroma.unbind(-1)
    packed = torch.cat([luma.flatten(), cb.flatten(), cr.flatten()]).cpu().numpy()
    fetched = av.VideoFrame.from_ndarray(packed.reshape(-1, frame.width), format="yuv420p")
    fetched.colorspace, fetched.color_range = frame.colorspace, frame.color_range
    return fetched


def _eight_bits(plane: Tensor) -> Tensor:
    if plane.dtype == torch.uint8:
        return plane
    return ((plane.int() + 128) >> 8).clamp(max=255).byte()
