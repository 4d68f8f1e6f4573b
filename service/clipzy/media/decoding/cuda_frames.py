"""Frames that NVDEC leaves on the GPU: torch reads the decoder's surfaces through DLPack without a copy."""

from __future__ import annotations

import ctypes
from functools import cache

import torch
from av.codec.hwaccel import HWAccel
from av.video.frame import VideoFrame
from torch import Tensor
from torch.utils.dlpack import from_dlpack

_H264, _YUV420 = 4, 1  # cudaVideoCodec_H264, cudaVideoChromaFormat_420


def nvdec(*, fetched: bool = False) -> HWAccel:
    """For `av.open`: decode with NVDEC where it supports the stream's coding, and leave the frames on the GPU; `fetched`: bring them into host memory.

    Torch's CUDA context has to be the current one of this thread when the file is opened: FFmpeg shares it in no other way.
    """
    torch.zeros(1, device="cuda")  # makes torch's context, and makes it current
    options: dict[str, object] = {"primary_ctx": "0", "current_ctx": "1"}
    return HWAccel("cuda", is_hw_owned=not fetched, allow_software_fallback=True, options=options)


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
    """The number of decoding units of the GPU in use, by NVIDIA's own library, 1 if unknown; and a phrase that says so."""
    torch.zeros(1, device="cuda")  # makes the GPU's context current in this thread
    caps = _DecoderCaps(codec=_H264, chroma=_YUV420)
    try:
        status = ctypes.CDLL("libnvcuvid.so.1").cuvidGetDecoderCaps(ctypes.byref(caps))
    except (OSError, AttributeError) as exc:
        return 1, f"the number of its units is not known ({exc})"
    if status or not caps.units:
        return 1, f"the number of its units is not known (CUDA error {status})"
    return caps.units, f"{caps.units} units"


def surfaces(frame: VideoFrame) -> tuple[Tensor, Tensor]:
    """The planes of a CUDA frame on the GPU: luma (H, W) and chroma (H/2, W/2, 2) of Cb and Cr.

    uint8, or uint16 with the bits at the top (P010). They occupy one of the decoder's few surfaces: drop them soon.
    """
    # no stream: FFmpeg and torch both use the default stream of the same context
    luma, chroma = (from_dlpack(plane.__dlpack__(stream=None)) for plane in frame.planes)
    return luma, chroma
