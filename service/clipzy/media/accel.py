"""Which H.264 encoder and which decoder work on this machine: tried once by using them, with the reason."""

from __future__ import annotations

import importlib.util
import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Final, Literal, cast

import av
import av.error
import av.logging
from av.codec.hwaccel import HWAccel
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from clipzy.errors import ConfigurationError
from clipzy.machine import gpu
from clipzy.machine.gpu import first_line, gpu_errors
from clipzy.media.colour.coding import CUDA
from clipzy.media.decoding.packets import Damage

NVENC, X264 = "h264_nvenc", "libx264"  # as FFmpeg calls them
NVDEC: Final = "nvdec"
SEMIPLANAR = frozenset({"nv12", "p010le", "p016le"})  # 4:2:0 with interleaved chroma, which can be scaled on the GPU
FETCHED: Final = "nv12"  # NVDEC's format of 8-bit 4:2:0 in host memory
_SIZE = 320, 240  # NVENC refuses pictures below about 145x49
_FRAMES = 3


@dataclass(frozen=True, slots=True)
class EncoderChoice:
    """FFmpeg's name of an H.264 encoder, and why it was chosen; `failed`: NVENC works on this machine, but failed on a video."""

    name: str
    reason: str
    failed: bool = False


@cache
def choose_encoder(size: tuple[int, int] = _SIZE) -> EncoderChoice:
    """NVENC if it really encodes pictures of that width and height, else x264.

    Not every GPU has it: A100 and H100 do not. Those that do encode H.264 of 4096 pixels a side at most, and not very small pictures. Raises
    ConfigurationError if neither works.
    """
    fault = fault_of(NVENC, size)
    if fault is None:
        return EncoderChoice(NVENC, "nvenc: encodes on this machine's GPU")
    return software_encoder(f"nvenc: {fault}")


def software_encoder(reason: str, *, failed: bool = False) -> EncoderChoice:
    """x264, with a reason and `failed` for the choice; raises ConfigurationError if it does not work."""
    fault = _x264_fault()
    if fault is not None:
        raise ConfigurationError(f"no H.264 encoder works here; {reason}; x264: {fault}")
    return EncoderChoice(X264, reason, failed)


@cache
def _x264_fault() -> str | None:
    return fault_of(X264)


@dataclass(frozen=True, slots=True)
class DecoderChoice:
    """`nvdec` or `cpu`, and why it was chosen; `failed`: NVDEC works on this machine, but did not decode a file to its end."""

    name: Literal["nvdec", "cpu"]
    reason: str
    failed: bool = False


SWITCHED_OFF = DecoderChoice("cpu", "hardware decoding is switched off")


class LeftToProcessors(Exception):
    """NVDEC does not decode a file to its end; processors have to do it from the beginning. The message says why."""


def check_on_gpu(frames: Sequence[VideoFrame], damage: Damage, *, fetched: bool = False) -> None:
    """Check NVDEC's frames of a packet, `fetched` into host memory or not; raises LeftToProcessors if it does not take the file, or failed.

    A GPU that is lost midway looks just like damage: its pictures would be left out. And FFmpeg itself decodes what NVDEC refuses, with few threads.
    """
    if damage.packets or damage.frames:
        raise LeftToProcessors("it could not decode all of the file")
    if any(frame.format.name != (FETCHED if fetched else CUDA) for frame in frames):
        raise LeftToProcessors("it does not take this file's coding, or has no room for it")
    if fetched:
        return
    others = {frame.sw_format.name for frame in frames if frame.sw_format is not None} - SEMIPLANAR
    if others:  # of HEVC in 4:4:4, say
        raise LeftToProcessors(f"its pictures come as {others.pop()}, which are not scaled there")


@cache
def choose_decoder() -> DecoderChoice:
    """NVDEC if it really decodes and torch can read its frames, else FFmpeg's own decoders."""
    return _decoder(_nvdec_fault())


@cache
def choose_fetching_decoder() -> DecoderChoice:
    """NVDEC if it really decodes into host memory, else FFmpeg's own decoders. Does not open the GPU by torch, which takes a second."""
    return _decoder(gpu.absence() or _fetching_fault())


def _decoder(fault: str | None) -> DecoderChoice:
    if fault is None:
        return DecoderChoice(NVDEC, "nvdec: decodes on this machine's GPU")
    return DecoderChoice("cpu", f"nvdec: {fault}")


def fetching() -> HWAccel:
    """For opening files that NVDEC decodes into host memory, as FETCHED; in the thread that opens them."""
    cuda = sys.modules.get("torch.cuda")
    if cuda is not None and cuda.is_initialized():
        # FFmpeg refuses the GPU's primary context if torch has opened it; it takes the same one as the current one of this thread
        from clipzy.media.decoding.cuda_frames import nvdec  # noqa: PLC0415 (imports torch, which this process has)

        return nvdec(fetched=True)
    # all decoders of this process share the GPU's primary context: one for each would take a third of a second and much memory
    return HWAccel("cuda", is_hw_owned=False, allow_software_fallback=True, options={"primary_ctx": "1"})


def _fetching_fault() -> str | None:
    try:
        with av.open(_tiny_video(), "r", hwaccel=fetching()) as container:
            frame = next(container.decode(container.streams.video[0]))
            return None if frame.format.name == FETCHED else "it does not take H.264"
    except gpu_errors(av.error.FFmpegError, StopIteration) as exc:
        return first_line(exc)


def accelerated() -> HWAccel | None:
    """For opening files with the chosen decoder, in the thread that decodes; None on the CPU."""
    if choose_decoder().name == "cpu":
        return None
    from clipzy.media.decoding.cuda_frames import nvdec  # noqa: PLC0415 (imports torch)

    return nvdec()


def may_decode_on_gpu() -> str | None:
    """Why NVDEC is impossible here, None if it is worth a try; fast, without CUDA or torch."""
    if importlib.util.find_spec("torch") is None:
        return "torch is not installed"
    return gpu.absence()


def _nvdec_fault() -> str | None:
    fault = may_decode_on_gpu()
    if fault is not None:
        return fault
    try:
        # torch takes seconds to import, and machines without a GPU do not need it
        from clipzy.media.decoding.cuda_frames import nvdec  # noqa: PLC0415
        from clipzy.media.decoding.cuda_scaling import CudaScaler  # noqa: PLC0415

        with av.open(_tiny_video(), "r", hwaccel=nvdec()) as container:
            frame = next(container.decode(container.streams.video[0]))
            if frame.format.name != CUDA:
                return "it does not take H.264"
            CudaScaler((32, 18), "rgb24")(frame)
    # ImportError, OSError: of a broken torch
    except gpu_errors(av.error.FFmpegError, StopIteration, ImportError, OSError) as exc:
        return first_line(exc)
    return None


def _tiny_video() -> io.BytesIO:
    """A few grey frames of H.264 in Matroska, in memory."""
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = *_SIZE, "yuv420p"
        for number in range(_FRAMES):
            frame = av.VideoFrame(*_SIZE, "yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    file.seek(0)
    return file


def fault_of(encoder: str, size: tuple[int, int] = _SIZE) -> str | None:
    """Why an encoder does not work here for pictures of that width and height, None if it does."""
    before = av.logging.get_level()
    av.logging.set_level(av.logging.ERROR)  # FFmpeg gives the cause only in its log, which PyAV attaches to the error
    try:
        with av.logging.Capture():  # keeps it off the terminal
            packets = _encode_a_little(encoder, size)
    except av.error.FFmpegError as exc:
        log = cast("tuple[int, str, str] | None", exc.log)  # level, speaker, line
        return (log[2] if log else str(exc)).strip()
    except ValueError as exc:  # FFmpeg was built without that encoder
        return str(exc)
    finally:
        av.logging.set_level(before)
    return None if packets else "it gives no data"


def _encode_a_little(encoder: str, size: tuple[int, int]) -> list[Packet[VideoStream]]:
    context = cast("VideoCodecContext", av.CodecContext.create(encoder, "w"))
    context.width, context.height = size
    context.pix_fmt, context.time_base = "yuv420p", Fraction(1, 25)
    packets: list[Packet[VideoStream]] = []
    for number in range(_FRAMES):
        frame = av.VideoFrame(*size, "yuv420p")
        frame.pts, frame.time_base = number, context.time_base
        packets += context.encode(frame)
    return packets + context.encode(None)
