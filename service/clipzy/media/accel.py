"""Which H.264 encoder works on this machine: tried once by encoding with it, with the reason kept."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import cast

import av
import av.error
import av.logging
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from clipzy.errors import ConfigurationError

_SIZE = 320, 240  # NVENC refuses pictures below about 145x49
_FRAMES = 3


@dataclass(frozen=True, slots=True)
class EncoderChoice:
    """FFmpeg's name of an H.264 encoder, and why it is the one."""

    name: str
    reason: str


@cache
def choose_encoder() -> EncoderChoice:
    """NVENC where it really encodes, else x264; not every GPU has it: A100 and H100 lack the unit.

    Raises ConfigurationError when neither works.
    """
    fault = fault_of("h264_nvenc")
    if fault is None:
        return EncoderChoice("h264_nvenc", "nvenc: encodes on this machine's GPU")
    software_fault = fault_of("libx264")
    if software_fault is not None:
        raise ConfigurationError(f"no H.264 encoder works here; nvenc: {fault}; x264: {software_fault}")
    return EncoderChoice("libx264", f"nvenc: {fault}")


def fault_of(encoder: str) -> str | None:
    """Why the encoder of that name does not work here, None when it does."""
    before = av.logging.get_level()
    av.logging.set_level(av.logging.ERROR)  # FFmpeg tells the cause in its log alone; PyAV hangs the line on the error
    try:
        with av.logging.Capture():  # and keep it off the terminal
            packets = _encode_a_little(encoder)
    except av.error.FFmpegError as exc:
        log = cast("tuple[int, str, str] | None", exc.log)  # level, speaker, line
        return (log[2] if log else str(exc)).strip()
    except ValueError as exc:  # PyAV's for a name that FFmpeg was built without
        return str(exc)
    finally:
        av.logging.set_level(before)
    return None if packets else "it gives no data"


def _encode_a_little(encoder: str) -> list[Packet[VideoStream]]:
    context = cast("VideoCodecContext", av.CodecContext.create(encoder, "w"))
    context.width, context.height = _SIZE
    context.pix_fmt, context.time_base = "yuv420p", Fraction(1, 25)
    packets: list[Packet[VideoStream]] = []
    for number in range(_FRAMES):
        frame = av.VideoFrame(*_SIZE, "yuv420p")
        frame.pts, frame.time_base = number, context.time_base
        packets += context.encode(frame)
    return packets + context.encode(None)
