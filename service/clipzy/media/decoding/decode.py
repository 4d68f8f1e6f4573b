"""Decode a video once, from its first frame to its last, and hand every frame to all taps."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from pathlib import Path

import av.error
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from clipzy.errors import InvalidVideo, MediaError
from clipzy.machine.gpu import first_line, gpu_errors
from clipzy.media.accel import (
    NVDEC,
    SWITCHED_OFF,
    DecoderChoice,
    LeftToProcessors,
    accelerated,
    check_on_gpu,
    choose_decoder,
)
from clipzy.media.colour.colour_spaces import STANDARD
from clipzy.media.colour.colour_tags import colour_space_of, mapping_note, peak_of
from clipzy.media.colour.dolby_vision import unreadable_colours
from clipzy.media.decoding.clean_aperture import cut_edges
from clipzy.media.decoding.clock import Clock
from clipzy.media.decoding.containers import Smoothed, open_media, prepare_decoder, video_stream
from clipzy.media.decoding.division import (
    MOST_THREADS_ON_GPU,
    Division,
    bytes_of_picture,
    fitted_to,
    room_for_decoders,
    threads_of_each,
)
from clipzy.media.decoding.entry_points import EntryPoints, Undivided, stamped_packets
from clipzy.media.decoding.packets import Damage, claimed_duration, decoded, time_base
from clipzy.media.decoding.scaling import Asked, scaled
from clipzy.media.decoding.segments import Decoding, decode_divided
from clipzy.media.decoding.tap import Layout, Scale, Tap, wishes_of
from clipzy.media.orientation import display_size, orientation_of
from clipzy.media.progress import Progress
from clipzy.telemetry import log

# A file is said to end early only if its header announces this much more, in seconds and as a ratio: headers are vague
MISSED_S, MISSED_SHARE = Fraction(1), Fraction(21, 20)
# Matroska and WebM give the end of each stream in a tag, on the clock of its time stamps
DURATION_TAG, CLOCK_TIME = "DURATION", re.compile(r"([0-9]{1,4}):([0-9]{2}):([0-9]{2}(?:\.[0-9]{1,9})?)")
# Long side below which every picture is deblocked. Larger ones are scaled to a quarter or less, where block edges no longer show: skipping the filter
# on pictures that nothing refers to changes what taps keep of 1080p at 10 Mb/s by .04 codes on average, skipping it on all B pictures by .11
DEBLOCKED_BELOW_PX = 1920


@dataclass(frozen=True, slots=True)
class PassSummary:
    """One decode pass. `ticks`: (frames,) int64, strictly increasing start times in `time_base` s, 0 at the first frame.

    `decoder`: what decoded the frames, and why; `division`: how many decoders at once, and why.
    """

    ticks: NDArray[np.int64]
    time_base: Fraction
    duration: Fraction  # seconds, to the end of the last frame
    warnings: tuple[str, ...]
    decoder: DecoderChoice
    division: Division

    @property
    def frame_count(self) -> int:
        """Frames decoded."""
        return len(self.ticks)


def decode_pass(
    path: Path,
    taps: Sequence[Tap],
    report: Callable[[float], None] | None = None,
    threads: int = 0,
    *,
    hardware: bool = False,
    all_units: bool = False,
    beside: int = 1,
    expected: Fraction | None = None,
) -> PassSummary:
    """Decode every frame of a video once, by several decoders at once where this machine has room for them.

    Args:
        path: one of the accepted containers.
        taps: each sees every frame; memory stays bounded whatever the length, since taps spool to files.
        report: told the share of the file that has been read, 0..1, never less than before.
        threads: of a single decoder, on a GPU MOST_THREADS_ON_GPU of them at most; 0: as many threads and decoders as keep the processors busy.
        hardware: decode with NVDEC where it takes this file; pictures for taps are then scaled on the GPU.
        all_units: use all of NVDEC's units at once.
        beside: passes that run at the same time, this one included.
        expected: length of the pictures in seconds, which sets the spacing of samples; None: as the container says, which may count the sound.

    Raises:
        UnsupportedFormat, InvalidVideo: the file cannot be opened.
        MediaError: not one frame can be decoded, or they go on for more than a day.
    """
    progress = Progress(report, path.stat().st_size)

    def read(by: DecoderChoice) -> PassSummary:
        reading = _Reading(path, taps, progress, by, threads, beside, expected)
        with _left_to_processors(on_gpu=reading.on_gpu):
            room = room_for_decoders(on_gpu=reading.on_gpu, all_units=all_units, beside=beside)
            if threads:
                room = Division(1, "the caller sets the decoder's threads")
            try:
                return reading.divided(room) if room.at_once > 1 else reading.in_order(room)
            except Undivided as exc:
                _start_over(taps, progress)
                return reading.in_order(Division(1, str(exc)))

    with _all_or_nothing(taps):
        try:
            summary = read(choose_decoder() if hardware else SWITCHED_OFF)
        except LeftToProcessors as exc:
            _start_over(taps, progress)
            summary = read(DecoderChoice("cpu", f"nvdec: {exc}", failed=True))
        progress.done()
    decoder = summary.decoder
    log.info(
        "decoded",
        decoder=decoder.name,
        reason=decoder.reason,
        frames=summary.frame_count,
        at_once=summary.division.at_once,
        divided=summary.division.reason,
    )
    return summary


@contextmanager
def _left_to_processors(*, on_gpu: bool) -> Iterator[None]:
    """Turn every failure on a GPU into LeftToProcessors: it may be lost or full; if the file is to blame, the processors will fail on it too."""
    try:
        yield
    # with a lost GPU the file cannot even be opened
    except gpu_errors(av.error.FFmpegError, InvalidVideo, MediaError) as exc:
        if not on_gpu:
            raise
        log.warning("nvdec failed", error=first_line(exc))
        raise LeftToProcessors(f"it failed: {first_line(exc)}") from exc


def _start_over(taps: Sequence[Tap], progress: Progress) -> None:
    for tap in taps:
        tap.discard()
    progress.again()


@dataclass(slots=True)
class _Reading:
    """Reads one file for these taps with that decoder, in order or divided."""

    path: Path
    taps: Sequence[Tap]
    progress: Progress
    decoder: DecoderChoice
    threads: int  # of the decoder, 0 for as many as go well
    beside: int
    expected: Fraction | None
    notes: list[str] = field(default_factory=list)

    @property
    def on_gpu(self) -> bool:
        """Whether NVDEC decodes."""
        return self.decoder.name == NVDEC

    def in_order(self, division: Division) -> PassSummary:
        """With one decoder."""
        damage = Damage()
        with open_media(self.path, accelerated() if self.on_gpu else None) as container:
            stream = video_stream(container)
            threads = self.threads or self._threads_of_each(1, stream)
            if self.on_gpu:
                threads = min(threads, MOST_THREADS_ON_GPU)
            prepare_decoder(stream.codec_context, threads, smoothed=_smoothed(stream))
            clock = Clock(stream)
            scalers: list[Scale] = []
            asked = self._asked(container, stream, damage, clock, scalers)
            for ticks, granted in scaled(asked, scalers, on_gpu=self.on_gpu):
                for number, wish, picture in granted:
                    self.taps[number].keep(picture, ticks, wish)
            return self._summary(stream, clock, damage, division)

    def _asked(
        self, container: InputContainer, stream: VideoStream, damage: Damage, clock: Clock, scalers: list[Scale]
    ) -> Iterator[Asked[int]]:
        """Every frame with its time and what taps want of it. One frame late, since that depends on how long a frame is shown; `scalers` is filled at the first."""
        held: tuple[int, VideoFrame] | None = None
        for position, frames in decoded(container, stream, damage):
            if self.on_gpu:
                check_on_gpu(frames, damage)
            for frame in frames:
                if clock.count == 0:
                    self._begin(container, stream, frame, clock)
                    scalers += [tap.scaler() for tap in self.taps]
                ticks = clock.place(frame.pts, frame.duration)
                if held is not None:
                    yield *held, wishes_of(self.taps, held[0], ticks)
                held = ticks, frame
            self.progress.reached(position)
        if held is not None:
            yield *held, wishes_of(self.taps, held[0], clock.end)

    def divided(self, room: Division) -> PassSummary:
        """With several decoders at once, to the same result; raises Undivided where that is not possible."""
        with open_media(self.path) as container:
            stream = video_stream(container)
            clock = Clock(stream)
            size = _picture_bytes(stream)
            division = fitted_to(room, size, self._lasts(container, stream), on_gpu=self.on_gpu)
            if division.at_once == 1:
                raise Undivided(division.reason)
            threads = self._threads_of_each(division.at_once, stream)
            how = Decoding(self.path, division.at_once, threads, _smoothed(stream), self.on_gpu)
            decode_divided(
                stamped_packets(container, stream),
                EntryPoints(stream),
                how,
                self.taps,
                begin=partial(self._begin, container, stream, clock=clock),
                clock=clock,
                progress=self.progress,
            )
            return self._summary(stream, clock, Damage(), division)

    def _threads_of_each(self, at_once: int, stream: VideoStream) -> int:
        return threads_of_each(at_once, _picture_bytes(stream), on_gpu=self.on_gpu, beside=self.beside)

    def _begin(self, container: InputContainer, stream: VideoStream, frame: VideoFrame, clock: Clock) -> None:
        notes = mapping_note(frame), unreadable_colours(self.path, stream, frame), cut_edges(self.path, stream)
        self.notes = [note for note in notes if note is not None]
        orientation = orientation_of(frame)
        display = display_size(frame.width, frame.height, stream.sample_aspect_ratio, orientation)
        peak = None if colour_space_of(frame) == STANDARD else peak_of(frame)
        layout = Layout(display, orientation, clock.tick, self._lasts(container, stream), peak)
        for tap in self.taps:
            tap.begin(layout)

    def _lasts(self, container: InputContainer, stream: VideoStream) -> Fraction | None:
        return self.expected or claimed_duration(container, stream)

    def _summary(self, stream: VideoStream, clock: Clock, damage: Damage, division: Division) -> PassSummary:
        if clock.count == 0:
            raise MediaError("no frame of the video can be decoded")
        warnings = [*self.notes, *damage.sentences("video frames")]
        if clock.mended:
            told = "one video frame had no usable time stamp and was placed by the one"
            if clock.mended > 1:
                told = f"{clock.mended} video frames had no usable time stamp and were placed by those"
            warnings.append(f"{told} before")
        warnings += _cut_off(stream, clock.end * clock.tick)
        ticks = np.array(clock.ticks, np.int64)
        return PassSummary(ticks, clock.tick, clock.end * clock.tick, tuple(warnings), self.decoder, division)


def _picture_bytes(stream: VideoStream) -> int:
    return bytes_of_picture(stream.width, stream.height, stream.codec_context.format)


def _smoothed(stream: VideoStream) -> Smoothed:
    if max(stream.width, stream.height) < DEBLOCKED_BELOW_PX:
        return "all"
    # H.264 encoders end each run of B pictures with a P picture; HEVC encoders may code a whole stream as B pictures
    return "anchors" if stream.codec_context.name == "h264" else "references"


@contextmanager
def _all_or_nothing(taps: Sequence[Tap]) -> Iterator[None]:
    """Finish all taps on success, discard all on failure."""
    try:
        yield
    except BaseException:
        for tap in taps:
            tap.discard()
        raise
    for tap in taps:
        tap.finish()


def _cut_off(stream: VideoStream, found: Fraction) -> list[str]:
    """The warning for an upload that broke off: its header announces much more than the `found` seconds."""
    announced = stream.duration * time_base(stream) if stream.duration else _tagged_duration(stream)
    if announced < found + MISSED_S or announced < found * MISSED_SHARE:
        return []
    return [
        f"the file ends early: it announces {float(announced):.1f} s, but only the first {float(found):.1f} s are there"
    ]


def _tagged_duration(stream: VideoStream) -> Fraction:
    """Seconds from a stream's first time stamp to the end that its tag gives; 0 without a tag."""
    told = CLOCK_TIME.fullmatch(stream.metadata.get(DURATION_TAG, ""))
    if told is None:
        return Fraction()
    hours, minutes, seconds = (Fraction(part) for part in told.groups())
    return hours * 3600 + minutes * 60 + seconds - (stream.start_time or 0) * time_base(stream)
