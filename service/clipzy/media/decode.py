"""Decode a video once, from its first frame to its last, and hand every frame to all who want something of it."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import av.error
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from clipzy.errors import MediaError
from clipzy.media.accel import DecoderChoice, accelerated, choose_decoder
from clipzy.media.colour_tags import mapping_note, unreadable_colours
from clipzy.media.containers import Smoothed, open_media, prepare_decoder, video_stream
from clipzy.media.orientation import Orientation, display_size, orientation_of
from clipzy.media.packets import LONGEST_S, Damage, decoded, time_base
from clipzy.media.pictures import CUDA
from clipzy.media.progress import Progress
from clipzy.processors import available_processors
from clipzy.telemetry import log

# What a header announces beyond the last frame, in seconds and as a share, before it is worth a word: headers are vague
MISSED_S, MISSED_SHARE = Fraction(1), Fraction(21, 20)
# Long side of pictures from which nothing is to be seen of the edges of blocks, since taps make them a quarter of that or less: what they keep of
# 1080p at 10 Mb/s moves by .04 codes in the mean where pictures that no other is made of go without the last filter, by .11 where B pictures do
EDGES_VANISH = 1920


@dataclass(frozen=True, slots=True)
class Layout:
    """What taps are told before the first frame. `display`: (width, height) as shown; `expected`: length in seconds, if known."""

    display: tuple[int, int]
    orientation: Orientation
    time_base: Fraction
    usual_step: int  # ticks from frame to frame at the average rate
    expected: Fraction | None


class Tap(Protocol):
    """Takes what it needs of the frames that pass by; scales none that it does not keep."""

    def begin(self, layout: Layout) -> None:
        """Get ready; called once, before the first frame."""

    def take(self, frame: VideoFrame, index: int, ticks: int) -> None:
        """See the frame of that number, shown from `ticks` on; called for every frame in presentation order."""

    def finish(self) -> None:
        """Complete what was kept; called after the last frame."""

    def discard(self) -> None:
        """Leave nothing behind; called instead of `finish` when the pass fails."""


@dataclass(frozen=True, slots=True)
class PassSummary:
    """One decode pass. `ticks`: (frames,) int64, strictly increasing start times in `time_base` s, 0 at the first frame.

    `decoder`: what the frames were decoded by, and why.
    """

    ticks: NDArray[np.int64]
    time_base: Fraction
    duration: Fraction  # seconds, to the end of the last frame
    warnings: tuple[str, ...]
    decoder: DecoderChoice

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
) -> PassSummary:
    """Decode every frame of a video once.

    Args:
        path: one of the accepted containers.
        taps: each sees every frame; memory stays bounded whatever the length, since taps spool to files.
        report: told the share of the file that has been read, 0..1, never less than before.
        threads: decoder threads, 0 for one more than there are processors.
        hardware: decode with NVDEC where there is one that takes this file; what taps scale is then scaled on the GPU.

    Raises:
        UnsupportedFormat, InvalidVideo: the file cannot be opened.
        MediaError: not one frame can be decoded, or they go on for more than a day.
    """
    damage = Damage()
    with open_media(path, accelerated() if hardware else None) as container:
        stream = video_stream(container)
        # one more than processors, as FFmpeg itself chooses: one thread waits for the taps
        prepare_decoder(stream.codec_context, threads or available_processors() + 1, smoothed=_smoothed(stream))
        clock = _Clock(stream)
        progress = Progress(report, path.stat().st_size)
        warnings: list[str] = []
        on_gpu = False
        with _all_or_nothing(taps):
            for position, frames in decoded(container, stream, damage):
                for frame in frames:
                    if clock.count == 0:
                        on_gpu = frame.format.name == CUDA
                        warnings += _begin(taps, container, stream, frame, clock)
                    index, ticks = clock.count, clock.place(frame)
                    for tap in taps:
                        tap.take(frame, index, ticks)
                progress.reached(position)
            if clock.count == 0:
                raise MediaError("not one frame of the video can be decoded")
        progress.done()
    warnings += damage.sentences("video frames")
    if clock.mended:
        warnings.append(
            f"video frames without a usable time stamp were placed by the frame rate: {clock.mended} of them"
        )
    warnings += _cut_off(stream, clock.end * clock.tick)
    decoder = _decoder(hardware=hardware, on_gpu=on_gpu)
    log.info("decoded", decoder=decoder.name, reason=decoder.reason, frames=clock.count)
    return PassSummary(np.array(clock.ticks, np.int64), clock.tick, clock.end * clock.tick, tuple(warnings), decoder)


def _smoothed(stream: VideoStream) -> Smoothed:
    if max(stream.width, stream.height) < EDGES_VANISH:
        return "all"
    # coders of H.264 end each chain of B pictures with a P; those of HEVC may code a whole stream as B pictures
    return "anchors" if stream.codec_context.name == "h264" else "references"


def _decoder(*, hardware: bool, on_gpu: bool) -> DecoderChoice:
    if not hardware:
        return DecoderChoice("cpu", "hardware decoding is switched off")
    choice = choose_decoder()
    if on_gpu or choice.name == "cpu":
        return choice
    return DecoderChoice("cpu", "nvdec: it does not take this file's coding")


@contextmanager
def _all_or_nothing(taps: Sequence[Tap]) -> Iterator[None]:
    """Finish all taps when all went well, discard all when not."""
    try:
        yield
    except BaseException:
        for tap in taps:
            tap.discard()
        raise
    for tap in taps:
        tap.finish()


def _begin(
    taps: Sequence[Tap], container: InputContainer, stream: VideoStream, frame: VideoFrame, clock: _Clock
) -> list[str]:
    orientation = orientation_of(frame)
    display = display_size(frame.width, frame.height, stream.sample_aspect_ratio, orientation)
    expected = _expected_duration(container, stream)
    for tap in taps:
        tap.begin(Layout(display, orientation, clock.tick, clock.step, expected))
    return [note for note in (mapping_note(frame), unreadable_colours(stream, frame)) if note is not None]


def _expected_duration(container: InputContainer, stream: VideoStream) -> Fraction | None:
    if stream.duration and stream.duration > 0:
        return stream.duration * time_base(stream)
    return Fraction(container.duration, av.time_base) if container.duration and container.duration > 0 else None


def _cut_off(stream: VideoStream, found: Fraction) -> list[str]:
    """What is to be said of an upload that broke off: its header announces much more than there is, in seconds."""
    announced = stream.duration * time_base(stream) if stream.duration else Fraction()
    if announced < found + MISSED_S or announced < found * MISSED_SHARE:
        return []
    return [
        f"the file ends early: of the {float(announced):.1f} s that it announces, the first {float(found):.1f} s are there"
    ]


class _Clock:
    """Gives each frame its place in time: its stamp, counted from the first frame, mended where it is missing, absurd or runs backwards."""

    def __init__(self, stream: VideoStream) -> None:
        self.tick = time_base(stream)
        rate = stream.average_rate or stream.guessed_rate or Fraction(25)
        self._most = int(LONGEST_S / self.tick)  # no time stamp is believed beyond
        self.step = max(1, min(round(1 / rate / self.tick), self._most))
        self.ticks = array("q")
        self.mended = 0
        self.end = 0
        self._origin = 0

    @property
    def count(self) -> int:
        """Frames so far."""
        return len(self.ticks)

    def place(self, frame: VideoFrame) -> int:
        """Ticks from the first frame to this one."""
        stamp = frame.pts
        if not self.ticks:
            self._origin = stamp or 0
            at = 0
        elif stamp is not None and self.ticks[-1] < stamp - self._origin <= self._most:
            at = stamp - self._origin
        else:
            at = self.ticks[-1] + self.step
            self.mended += 1
        if at > self._most:
            raise MediaError("the video lasts more than a day by its own time stamps; the file may be damaged")
        length = frame.duration if frame.duration and 0 < frame.duration <= self._most else self.step
        self.end = at + length
        self.ticks.append(at)
        return at
