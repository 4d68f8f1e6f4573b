"""Frames that NVDEC decoded, made small on the GPU: what leaves it is a thousandth of the picture.

The only module of `media` that knows torch, which reads the decoder's surfaces through DLPack without a copy.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any, Literal

import numpy as np
import torch
from av.codec.hwaccel import HWAccel
from av.video.frame import VideoFrame
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.dlpack import from_dlpack

from clipzy.media.coding import Coding, coding_of
from clipzy.media.lut import LUMA_WEIGHTS

_H264, _YUV420 = 4, 1  # cudaVideoCodec_H264, cudaVideoChromaFormat_420


def nvdec() -> HWAccel:
    """For `av.open`: decode with NVDEC where the stream's coding allows, and leave the frames on the GPU.

    In the context that torch computes in, which must be the current one of this thread when the file is opened: FFmpeg will not
    share one that torch made in any other way.
    """
    torch.zeros(1, device="cuda")  # makes torch's context, and makes it current
    options: dict[str, object] = {"primary_ctx": "0", "current_ctx": "1"}
    return HWAccel("cuda", is_hw_owned=True, allow_software_fallback=True, options=options)


class _DecoderCaps(ctypes.Structure):
    """CUVIDDECODECAPS of NVIDIA's cuviddec.h."""

    _fields_ = (
        ("codec", ctypes.c_int),
        ("chroma", ctypes.c_int),
        ("bits_beyond_8", ctypes.c_uint),
        ("reserved_1", ctypes.c_uint * 3),
        ("supported", ctypes.c_ubyte),
        ("units", ctypes.c_ubyte),
        ("formats", ctypes.c_ushort),
        ("most_width", ctypes.c_uint),
        ("most_height", ctypes.c_uint),
        ("most_blocks", ctypes.c_uint),
        ("least_width", ctypes.c_ushort),
        ("least_height", ctypes.c_ushort),
        ("histogram", ctypes.c_ubyte),
        ("histogram_bits", ctypes.c_ubyte),
        ("histogram_bins", ctypes.c_ushort),
        ("reserved_3", ctypes.c_uint * 10),
    )


@cache
def nvdec_units() -> tuple[int, str]:
    """How many decoding units the GPU in use has, as NVIDIA's own library tells, with words for it; 1 where it does not tell."""
    torch.zeros(1, device="cuda")  # makes the GPU's context this thread's
    caps = _DecoderCaps(codec=_H264, chroma=_YUV420)
    try:
        status = ctypes.CDLL("libnvcuvid.so.1").cuvidGetDecoderCaps(ctypes.byref(caps))
    except (OSError, AttributeError) as exc:
        return 1, f"the number of its units is not known ({exc})"
    if status or not caps.units:
        return 1, f"the number of its units is not known (CUDA error {status})"
    return caps.units, f"{caps.units} units"


def surfaces(frame: VideoFrame) -> tuple[Tensor, Tensor]:
    """The planes of a CUDA frame where they lie: luma (H, W) and chroma (H/2, W/2, 2) of Cb and Cr.

    uint8, or uint16 with the bits at the top (P010). They hold one of the decoder's few surfaces: let go of them soon.
    """
    # without a stream: FFmpeg decodes on the default one of the same context, as torch computes
    luma, chroma = (from_dlpack(plane.__dlpack__(stream=None)) for plane in frame.planes)
    return luma, chroma


class CudaScaler:
    """Frames in NV12 or P010 to arrays of one size in host memory, by area averaging; the twin of `pictures.Scaler` on the GPU.

    It computes where the planes lie, so that it can be tried without a GPU on frames in host memory.
    """

    def __init__(self, size: tuple[int, int], colours: Literal["rgb24", "gray"]) -> None:
        """Plan nothing yet. `size`: width and height as stored, before the picture is turned upright."""
        self._width, self._height = size
        self._colours = colours

    def __call__(self, frame: VideoFrame, *, deep: bool = False) -> NDArray[Any]:
        """The frame as (height, width, 3) RGB or (height, width) grey, full range, uint8 or, if `deep`, uint16."""
        luma, chroma = surfaces(frame)
        depth = 256.0 if luma.dtype == torch.uint16 else 1.0  # P010 as 8-bit codes with a fraction
        coding = coding_of(frame)
        small = self._shrunk(luma) / depth
        if self._colours == "gray":
            picture = _full_range(small, coding)
        else:
            cb, cr = (self._shrunk(plane) / depth - 128 for plane in chroma.unbind(-1))
            picture = _rgb(_full_range(small, coding), cb, cr, coding)
        if deep:
            # torch has next to no arithmetic on 16 bits without a sign
            wide: NDArray[np.int32] = (picture * 257).round().clamp(0, 65535).int().cpu().numpy()
            return wide.astype(np.uint16)
        answer: NDArray[np.uint8] = picture.round().clamp(0, 255).to(torch.uint8).cpu().numpy()
        return answer

    def _shrunk(self, plane: Tensor) -> Tensor:
        """A plane at the size, float32: the mean over each area."""
        height, width = plane.shape
        rows = area_weights(height, self._height, plane.device)
        columns = area_weights(width, self._width, plane.device)
        return rows @ plane.float() @ columns.T


def _full_range(luma: Tensor, coding: Coding) -> Tensor:
    return luma if coding.full_range else (luma - 16) * (255 / 219)


def _rgb(luma: Tensor, cb: Tensor, cr: Tensor, coding: Coding) -> Tensor:
    """R'G'B' 0..255 from full-range luma and chroma about 0: ITU-R BT.709-6, 3.2 and its like."""
    kr, kb = LUMA_WEIGHTS[coding.matrix]
    scale = 1.0 if coding.full_range else 255 / 224
    red = luma + (2 * (1 - kr) * scale) * cr
    blue = luma + (2 * (1 - kb) * scale) * cb
    green = (luma - kr * red - kb * blue) / (1 - kr - kb)
    return torch.stack([red, green, blue], dim=-1)


@cache
def area_weights(many: int, few: int, device: torch.device) -> Tensor:
    """(few, many) float32: how much of each of `many` samples in a row lies in each of `few` equal parts; rows sum to 1."""
    edges = torch.arange(few + 1, dtype=torch.float64) * many / few
    starts = torch.arange(many, dtype=torch.float64)
    overlap = torch.minimum(edges[1:, None], starts + 1) - torch.maximum(edges[:-1, None], starts)
    return (overlap.clamp(min=0) * few / many).float().to(device)
