"""Frames that NVDEC decodes, where they lie on the GPU: torch reads the decoder's surfaces through DLPack without a copy."""

from __future__ import annotations

import ctypes
from functools import cache

import torch
from av.codec.hwaccel import HWAccel
from av.video.frame import VideoFrame
from torch import Tensor
from torch.utils.dlpack import from_dlpack

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
