"""Write an mp4: H.264 at a constant frame rate in BT.709, and AAC, which begin and end together."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from fractions import Fraction
from pathlib import Path
from threading import Lock
from typing import Any, Self, cast

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.codec.context import CodecContext, Flags, ThreadType
from av.container import OutputContainer
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, ColorTrc
from av.video.stream import VideoStream

from clipzy.machine.memory import memory_left
from clipzy.machine.processors import available_processors, give_way
from clipzy.media.accel import EncoderChoice
from clipzy.media.colour.coding import BT709
from clipzy.media.decoding.samples import Sound
from clipzy.media.rendering.sections import encoder_threads
from clipzy.media.rendering.worn_look import COMMENT, WornLook
from clipzy.media.sound.audio import LAYOUTS
from clipzy.media.sound.recording import PIECE
from clipzy.style.plan import OutputFormat

KEY_FRAME_S = 2  # the most that a player decodes in vain after a seek; costs about 3 % of the size
# x264 holds 24 MB for each 4K frame of lookahead and 40 MB for each reference frame: with three frame threads and a lookahead of 40, as in `medium`, 1.6 GiB;
# with two slices and a lookahead of 12 1.1 GiB
LARGE_PIXELS = 2 * 1920 * 1080
FEW_PROCESSORS = 4  # decoding takes what slices leave idle
MOST_LOOKAHEAD = 10  # frames, for large pictures; that of `veryfast`
# frames of x264's presets; slower ones have LONGEST_LOOKAHEAD
LOOKAHEAD = {"ultrafast": 0, "superfast": 0, "veryfast": 10, "faster": 20, "fast": 30, "medium": 40, "slow": 50}
LONGEST_LOOKAHEAD = 60
# x264 itself uses at most a third of its threads for the lookahead: of three, as on two processors, one, for which the others wait (`veryfast`, 30 s of
# 1080p: 20.3 s with one, 19.5 with two or three; same size and PSNR)
LOOKAHEAD_THREADS = 3
# Hz; enough for 44.1 kHz with 59.94 frames a second, and holds minutes in the 32 bits that old players read
FINEST_CLOCK = 10_000_000
# NVENC's presets are p1 (fast) to p7; its `cq` has the scale of x264's crf
NVENC_PRESETS = {"ultrafast": "p1", "superfast": "p1", "veryfast": "p2", "faster": "p3", "fast": "p4", "medium": "p5"}
SLOWEST_NVENC_PRESET = "p6"


class Encoder:
    """Writes an mp4, with `threads` for each section; leaving the `with` block completes the file, its index in front (`faststart`).

    Each iterator that encodes pictures or sound may run in its own thread; `write` is for one thread.
    """

    def __init__(
        self,
        path: Path,
        output: OutputFormat,
        choice: EncoderChoice,
        sound: tuple[int, int] | None,
        at_once: int = 1,
        *,
        worn: WornLook | None = None,
    ) -> None:
        """Open the file; `sound`: sample rate and channels, None without sound; `at_once`: sections in parallel; `worn`: written as the container's comment."""
        self._output, self._choice = output, choice
        # the same for all sections, although the memory left shrinks
        self.threads = encoder_threads(
            available_processors(), at_once, output.width * output.height, lookahead_of(output), memory_left()
        )
        self._rate = output.frame_rate
        self._counting = Lock()
        options = {"movflags": "+faststart", "movie_timescale": str(_clock(output.frame_rate, sound))}
        self._container = av.open(f"file:{path.resolve()}", "w", format="mp4", container_options=options)
        if worn is not None:
            self._container.metadata[COMMENT] = worn.comment
        self._video = self._container.add_stream(
            choice.name, rate=output.frame_rate, options=video_options(output, choice, self.threads)
        )
        assert isinstance(self._video, VideoStream)  # the name is a video encoder's
        _prepare(self._video.codec_context, output, self.threads)
        self._sound = None if sound is None else _add_sound(self._container, *sound, output.audio_bitrate_kbps)
        # opens both encoders and writes the header before threads use them; the first section's encoder starts its threads here, with the lower priority of all
        with ThreadPoolExecutor(1, "open encoders", give_way) as pool:
            pool.submit(copy_context().run, self._container.start_encoding).result()
        self.frames = 0  # encoded so far

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._container.close()

    def video_packets(
        self, pictures: Iterable[tuple[VideoFrame, int]], first: int = 0, keys: Collection[int] = ()
    ) -> Iterator[Packet[Any]]:
        """Encode 8-bit 4:2:0 frames of the output's size, each for so many output frames, from frame number `first` on.

        Each call is a section with its own encoder: it begins with a key frame and does not refer to others. The frames in `keys` are key frames too.
        """
        stream = cast("VideoStream", self._video)
        context = stream.codec_context if first == 0 else self._another()
        number = first
        for frame, count in pictures:
            frame.time_base = 1 / self._rate
            frame.duration = 1
            for _ in range(count):
                frame.pts = number
                # always set, else the encoder copies the source's picture types
                frame.pict_type = PictureType.I if number in keys else PictureType.NONE
                number += 1
                yield from _of(stream, context.encode(frame))
            with self._counting:
                self.frames += count
        yield from _of(stream, context.encode(None))

    def _another(self) -> VideoCodecContext:
        """An encoder like the stream's own, so that the parameters in the file's header fit it too."""
        context = cast("VideoCodecContext", CodecContext.create(self._choice.name, "w"))
        context.options = video_options(self._output, self._choice, self.threads)
        context.framerate, context.time_base = self._rate, 1 / self._rate
        context.flags |= Flags.global_header
        _prepare(context, self._output, self.threads)
        return context

    def sound_packets(self, blocks: Iterable[Sound]) -> Iterator[Packet[Any]]:
        """Encode consecutive pieces (channels, n), -1..1; for one call."""
        assert self._sound is not None  # only called for files with sound
        return self._coded(self._sound.codec_context, blocks, 0)

    def chapter_packets(self, sound: Sound, first: int) -> Iterator[Packet[Any]]:
        """Encode a part of the sound that begins at sample `first`, with its own encoder; from any thread."""
        assert self._sound is not None
        # in pieces, since the encoder gives its packets only when it gets more
        pieces = (sound[:, at : at + PIECE] for at in range(0, sound.shape[1], PIECE))
        return self._coded(_another_sound(self._sound.codec_context), pieces, first)

    def _coded(self, context: AudioCodecContext, blocks: Iterable[Sound], at: int) -> Iterator[Packet[Any]]:
        stream = cast("AudioStream", self._sound)
        rate = stream.sample_rate
        for block in blocks:
            samples = np.ascontiguousarray(block, np.float32)
            frame = AudioFrame.from_ndarray(samples, format="fltp", layout=stream.layout.name)
            frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), at
            at += block.shape[1]
            yield from _of(stream, context.encode(frame))
        yield from _of(stream, context.encode(None))

    @property
    def sound_header(self) -> bytes:
        """The sound encoder's extra data, which a decoder needs."""
        assert self._sound is not None
        return self._sound.codec_context.extradata or b""

    def write(self, packet: Packet[Any]) -> None:
        """Add a packet, in the order of `decode_time`, else packets pile up in memory."""
        self._container.mux(packet)


def _of(stream: VideoStream | AudioStream, packets: Iterable[Packet[Any]]) -> Iterator[Packet[Any]]:
    for packet in packets:
        packet.stream = stream
        yield packet


def decode_time(packet: Packet[Any]) -> Fraction:
    """A packet's decoding time in seconds."""
    assert packet.dts is not None  # encoders always give one
    assert packet.time_base is not None
    return packet.dts * packet.time_base


def key_time(packet: Packet[Any]) -> Fraction | None:
    """The presentation time of a key frame in seconds; None for all other packets. To be called before the packet is written."""
    if not packet.is_keyframe or packet.stream.type != "video":
        return None
    assert packet.pts is not None  # encoders always give one
    assert packet.time_base is not None
    return packet.pts * packet.time_base


def _clock(frame_rate: Fraction, sound: tuple[int, int] | None) -> int:
    """The clock of edit lists, Hz, which give each stream's beginning and end: frames and samples are whole ticks, if possible."""
    sample_rate = sound[0] if sound else 1
    both = math.lcm(frame_rate.numerator, sample_rate)
    return both if both <= FINEST_CLOCK else max(sample_rate, frame_rate.numerator)


def _prepare(context: VideoCodecContext, output: OutputFormat, threads: int) -> None:
    context.width, context.height, context.pix_fmt = output.width, output.height, "yuv420p"
    context.sample_aspect_ratio = Fraction(1)
    context.gop_size = max(1, round(KEY_FRAME_S * output.frame_rate))
    context.colorspace, context.color_range = BT709, ColorRange.MPEG
    context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
    if _in_slices(output):
        context.thread_type, context.thread_count = ThreadType.SLICE, available_processors()
        return
    # frame threads: slices, PyAV's default, cost 4 % more processor time and 1.5 % more bits at 1080p
    context.thread_type, context.thread_count = ThreadType.FRAME, threads


def lookahead_of(output: OutputFormat) -> int:
    """Frames in x264's lookahead."""
    usual = LOOKAHEAD.get(output.preset, LONGEST_LOOKAHEAD)
    return min(usual, MOST_LOOKAHEAD) if _large(output) else usual


def _large(output: OutputFormat) -> bool:
    return output.width * output.height > LARGE_PIXELS


def video_options(output: OutputFormat, choice: EncoderChoice, threads: int) -> dict[str, str]:
    """FFmpeg's options for the plan's quality and speed, for either encoder; `threads`: of x264."""
    # television captions (CEA-608) are spread over the frames: with other frames they are nonsense
    options = {"forced-idr": "1", "a53cc": "0"}
    if choice.name == "h264_nvenc":
        preset = NVENC_PRESETS.get(output.preset, SLOWEST_NVENC_PRESET)
        # by itself it writes the main profile, whose files are larger
        return options | {"preset": preset, "profile": "high", "rc": "vbr", "cq": str(output.crf), "b": "0"}
    options |= {"preset": output.preset, "crf": str(output.crf)}
    if _large(output) and lookahead_of(output):
        options["rc-lookahead"] = str(lookahead_of(output))
    if 1 < threads < LOOKAHEAD_THREADS * 2 and not _in_slices(output):
        options["x264-params"] = f"lookahead-threads={LOOKAHEAD_THREADS}"
    return options


def _in_slices(output: OutputFormat) -> bool:
    """Whether x264 uses slice threads in place of frame threads."""
    return _large(output) and available_processors() <= FEW_PROCESSORS


def _add_sound(container: OutputContainer, sample_rate: int, channels: int, kbps: int) -> AudioStream:
    """AAC; `kbps` is for two channels, one gets half."""
    stream = container.add_stream("aac", rate=sample_rate, layout=LAYOUTS[channels])
    stream.bit_rate = kbps * 1000 * channels // 2
    return stream


def _another_sound(like: AudioCodecContext) -> AudioCodecContext:
    """An encoder like that one, whose packets can be mixed with its packets."""
    context = CodecContext.create("aac", "w")
    context.sample_rate, context.layout, context.format = like.sample_rate, like.layout, like.format
    # a decoder substitutes a new noise each time, whose peaks cannot be measured beforehand
    context.options = {"aac_pns": "0"}
    context.bit_rate, context.time_base = like.bit_rate, Fraction(1, like.sample_rate)
    context.flags |= Flags.global_header
    return context
