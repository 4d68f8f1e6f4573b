"""Render an edit plan: decode the footage, work on its pictures and its sound, encode, check, publish."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av.error
import numpy as np
from av.packet import Packet
from numpy.typing import NDArray

from clipzy.errors import MediaError
from clipzy.machine.disks import is_full
from clipzy.machine.memory import memory_left
from clipzy.machine.processors import available_processors, give_way
from clipzy.media.accel import NVDEC, NVENC, DecoderChoice, EncoderChoice
from clipzy.media.channel import Channel, Crew
from clipzy.media.rendering.encode import Encoder, decode_time, key_time, lookahead_of
from clipzy.media.rendering.fallback import Rising, by_what_works, fits_gpu
from clipzy.media.rendering.footage import Source, examine
from clipzy.media.rendering.joined_sections import joined
from clipzy.media.rendering.output_sound import OutputSound
from clipzy.media.rendering.passing import Passing
from clipzy.media.rendering.picture_chain import Tables
from clipzy.media.rendering.plan_streams import Picture, PlanStreams
from clipzy.media.rendering.sections import (
    MOST_AT_ONCE,
    MOST_OF_NVENC,
    encoders_at_once,
    encoders_beside,
    pictures_ahead,
)
from clipzy.media.rendering.verify import Expected, verify
from clipzy.media.rendering.worn_look import WornLook
from clipzy.style.plan import WHOLE_PICTURE, Crop, EditPlan, OutputFormat

# 40 MB of video at 10 Mb/s in a single section, while the whole sound is still being measured and coded
PACKETS_AHEAD = 1024
# Video packets in finished sections that wait for their turn or for the sound: with sixteen processors measuring two minutes of sound takes longer than
# encoding half of the pictures. As bytes, and at most this part of the memory left
BYTES_AHEAD, SHARE_AHEAD = 256 << 20, 16
ENCODED = 0.99  # of the progress; the rest is the check


@dataclass(frozen=True, slots=True)
class RenderReport:
    """What was made, and with what. `duration` and `keys`, the times of key frames: in seconds.

    `sound_codings`: how often the sound was coded, more than once if coding lifted peaks over the ceiling; `warnings`: sentences for the user about what
    weakens the result.
    """

    encoder: EncoderChoice
    decoder: DecoderChoice
    frames: int
    duration: Fraction
    keys: tuple[Fraction, ...]
    sound_codings: int
    warnings: tuple[str, ...]


def render(
    plan: EditPlan,
    source: Path,
    looks: Mapping[str, NDArray[np.float32]],
    output: Path,
    report: Callable[[float], None] | None = None,
    *,
    hardware: bool = False,
    nvenc: bool = True,
    template: Path | None = None,
    passing: Passing | None = None,
    meanwhile: Callable[[Path, RenderReport], None] | None = None,
    worn: WornLook | None = None,
    picture: Crop = WHOLE_PICTURE,
) -> RenderReport:
    """Make the output file of a plan.

    Decoding, picture processing, encoding and sound run in parallel threads with few pictures between them: memory does not grow with the length of the
    footage. If a GPU fails, everything is done again without it.

    Args:
        plan: what happens to which span of the source.
        source: the footage, in one of the accepted containers.
        looks: the plan's, by name: (n, n, n, 3) float32 by [blue, green, red], values R', G', B' in 0..1.
        output: the mp4 to write; appears whole and checked, or not at all.
        report: called with the share of the output that is done, 0..1, never less than before.
        template: the video of the plan's soundtrack.
        passing: gets every picture and the sound on the way.
        meanwhile: called with the whole file, under a temporary name, while it is checked. Called again if the file fails its check and the processors make
            another one.
        hardware: decode with NVDEC, if it takes this file; if NVENC encodes, the look is applied on the GPU too.
        nvenc: encode with NVENC where there is one.
        worn: the look of the output, written into its container.
        picture: what lies within the source's black bars: looks go on that alone.

    Raises:
        ValueError: the plan asks for a look or a template that is not given, or for another codec than h264.
        UnsupportedFormat, InvalidVideo: the source cannot be opened.
        MediaError: it cannot be decoded, or the output cannot be encoded or written.
    """
    _check(plan, looks)
    # frames are blended in host memory
    size, told, on_gpu = plan.output, Rising(report), not plan.output.frame_blending

    taken = True  # whether NVDEC takes the file; if it cannot even be opened the GPU may be at fault

    def make(encoder: EncoderChoice, decoder: DecoderChoice) -> RenderReport:
        nonlocal taken
        fetched = not fits_gpu(encoder, on_gpu=on_gpu)
        footage = examine(source, hardware=decoder.name == NVDEC, fetched=fetched)
        taken = footage.hardware
        decoder = footage.decoder if decoder.name == NVDEC else decoder
        work = PlanStreams(
            plan,
            footage,
            OutputSound(plan, footage, _heard_with(plan, template), output.parent),
            Tables(looks, footage.peak),
            _at_once(encoder, size),
            passing or Passing(-1, (), 0),
            picture,
        )
        with _published(output) as part:
            keys = _encode(work, encoder, part, told, worn)
            expected = replace(work.expected, keys=keys)
            warnings = tuple(work.warnings())
            made = RenderReport(
                encoder, decoder, expected.frames, expected.duration, keys, work.sound.codings, warnings
            )
            with _checked(part, expected):
                if meanwhile is not None:
                    meanwhile(part, made)
        told(1.0)
        return made

    return by_what_works(
        make,
        (size.width, size.height),
        hardware=hardware,
        nvenc=nvenc,
        on_gpu=on_gpu,
        decoded_there=lambda: taken,
    )


def _at_once(encoder: EncoderChoice, size: OutputFormat) -> int:
    most = MOST_OF_NVENC if encoder.name == NVENC else MOST_AT_ONCE
    return encoders_at_once(available_processors(), size.width * size.height, lookahead_of(size), memory_left(), most)


def _heard_with(plan: EditPlan, template: Path | None) -> Source | None:
    return None if template is None or plan.soundtrack is None else examine(template)


@contextmanager
def _checked(path: Path, expected: Expected) -> Iterator[None]:
    """Check a file in a thread while the block runs; a fault of the file is raised in place of an error in the block that it may have caused."""
    with ThreadPoolExecutor(1, "check") as pool:
        checking = pool.submit(copy_context().run, verify, path, expected)
        try:
            yield
        finally:
            checking.result()


def _check(plan: EditPlan, looks: Mapping[str, NDArray[np.float32]]) -> None:
    for clip in plan.clips:
        if clip.look is not None and clip.look not in looks:
            raise ValueError(f"the plan puts {clip.look} on a clip, but no such look was given")
    if plan.output.video_codec != "h264":
        raise ValueError(f"the output can only be encoded as h264, not {plan.output.video_codec}")


def _encode(
    work: PlanStreams, choice: EncoderChoice, path: Path, report: Callable[[float], None], worn: WornLook | None
) -> tuple[Fraction, ...]:
    """Write the file; returns the times of its key frames in seconds."""
    total = work.expected.frames
    keys: list[Fraction] = []
    with Encoder(path, work.plan.output, choice, work.sound.form, work.at_once, worn=worn) as encoder, Crew() as crew:
        streams: list[Iterable[Packet[Any]]] = [
            _picture_packets(crew, work, encoder, _beside(work, choice, encoder.threads))
        ]
        if work.sound.form is not None:
            streams.append(_sound_packets(crew, work, encoder, work.sound.form))
        for packet in heapq.merge(*streams, key=decode_time):
            key = key_time(packet)
            if key is not None:
                keys.append(key)
            encoder.write(packet)
            report(ENCODED * min(1.0, encoder.frames / total))
    if encoder.frames == 0:
        raise MediaError("no frame of the video can be decoded")
    return tuple(keys)


def _sound_packets(crew: Crew, work: PlanStreams, encoder: Encoder, form: tuple[int, int]) -> Channel[Packet[Any]]:
    made = work.sound.coded(work.expected.duration, encoder, crew.check)
    coded = crew.feed("encode sound", made, PACKETS_AHEAD)
    passing = work.passing.sound
    if passing is None:
        return coded
    heard: Channel[Packet[Any]] = crew.channel(PACKETS_AHEAD)

    def hear() -> None:
        passing.hear(coded, heard.put, encoder.sound_header, form)
        # closed after everything is measured, since the result is used once the packets end
        heard.close()

    crew.start("hear sound", hear)
    return heard


def _beside(work: PlanStreams, choice: EncoderChoice, threads: int) -> int:
    """How many encoders may finish while others begin."""
    if choice.name == NVENC:  # it leaves no processor idle, and cards open few encoders
        return 0
    size = work.plan.output
    return encoders_beside(work.at_once, size.width * size.height, lookahead_of(size), threads, memory_left())


def _picture_packets(crew: Crew, work: PlanStreams, encoder: Encoder, beside: int) -> Iterator[Packet[Any]]:
    """The pictures of all sections, in order."""
    ahead = PACKETS_AHEAD if work.at_once == 1 else None
    make, waiting = partial(_section, crew, work, encoder), min(BYTES_AHEAD, memory_left() // SHARE_AHEAD)
    return joined(crew, work.sections, make, at_once=work.at_once, beside=beside, most_bytes=waiting, ahead=ahead)


def _section(
    crew: Crew, work: PlanStreams, encoder: Encoder, frames: range, fed: Callable[[], None]
) -> Iterator[Packet[Any]]:
    """Decode and process pictures in a thread each, and encode them; `fed` is called once the encoder has all pictures."""
    # the single thread that measures the sound goes first: among forty threads of pictures it came last, and they waited for it
    give_way()
    output = work.plan.output
    decoded = crew.feed("decode pictures", work.shown(frames, encoder.threads), pictures_ahead(work.source.pixels))
    painted = crew.feed(
        "paint pictures", work.painted(decoded, frames.start), pictures_ahead(output.width * output.height)
    )

    def pictures() -> Iterator[Picture]:
        yield from painted
        fed()

    return encoder.video_packets(pictures(), frames.start, work.keys)


@contextmanager
def _published(output: Path) -> Iterator[Path]:
    """A path beside the output to write to: on success it is renamed to the output, on failure removed."""
    part = output.with_name(f".{output.name}.part")
    try:
        yield part
        part.replace(output)
    except (av.error.FFmpegError, OSError) as exc:  # OSError: of a recording of the sound
        if is_full(exc):
            raise MediaError("the output cannot be written: the disk is full") from exc
        if not isinstance(exc, av.error.FFmpegError):
            raise
        raise MediaError(f"the output cannot be made: {exc.strerror}") from exc
    finally:
        part.unlink(missing_ok=True)
