"""Read spans of a source in playing order: the frames shown in them, and their sound to the sample."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from itertools import chain
from typing import Generic, Self, TypeVar

import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.codec.hwaccel import HWAccel
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from clipzy.media.accel import accelerated, check_on_gpu, fetching
from clipzy.media.decoding.clock import Clock
from clipzy.media.decoding.containers import Container, open_media, prepare_decoder, video_stream
from clipzy.media.decoding.division import MOST_THREADS_ON_GPU
from clipzy.media.decoding.packets import AIMS_S, Damage, decoded, seek, time_base
from clipzy.media.decoding.samples import Sound, as_float, silence
from clipzy.media.decoding.sound_tracks import audio_stream
from clipzy.media.rendering.deinterlace import deinterlaced
from clipzy.media.rendering.footage import Source
from clipzy.media.sound.audio import LAYOUTS, mixable
from clipzy.media.sound.sound_place import SoundPlace, Timeline
from clipzy.style.time import Span

NEAR_S = 4  # a span that begins so soon after the last frame is reached by decoding on, which is cheaper than seeking
# sound decoded before a span, for codecs with overlapping frames and for the resampler's filter
PREROLL_S = Fraction(1, 4)
# A container whose index covers pictures alone, or that has none, as when a recorder crashed or a browser recorded. Its demuxer learns positions as it reads:
# opened again for each seek it would read everything before, each time
LEARNT_BY_READING = Container.MKV.demuxer

S = TypeVar("S", VideoStream, AudioStream)


class _Reader(ABC, Generic[S]):
    """One stream of a file that can be read on or sought in."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.damage = Damage()
        self._open = ExitStack()
        self._kept_open = ExitStack()
        self._kept: tuple[InputContainer, S] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._open.close()
        self._kept_open.close()

    @abstractmethod
    def _stream_of(self, container: InputContainer) -> S:
        """The stream of a freshly opened file that is read, its decoder prepared."""

    def _at(self, start: Fraction | None, hwaccel: HWAccel | None = None) -> tuple[InputContainer, S] | None:
        """The file at the last entry point at or before that second of the source, or at its beginning for None; None if it cannot be sought.

        The decoder is fresh. A file that a GPU decodes is opened again each time.
        """
        self._open.close()
        if start is None or self._kept is None:
            container = self._open.enter_context(open_media(self.source.path, hwaccel))
            opened = container, self._stream_of(container)
            if start is None:
                return opened
            if hwaccel is None and container.format.name == LEARNT_BY_READING:
                self._kept_open, self._open = self._open, self._kept_open
                self._kept = opened
        else:
            opened = self._kept
        try:
            seek(*opened, start + self.source.zero)
        except (av.error.FFmpegError, OverflowError):  # the index is damaged, or the clock exceeds 64 bits
            return None
        return opened


class FrameReader(_Reader[VideoStream]):
    """Reads frames with their times in seconds of the source, span by span.

    Raises LeftToProcessors if a GPU is to decode them and does not take the file, or fails.
    """

    def __init__(self, source: Source, threads: int = 0) -> None:
        """`threads`: of the decoder, 0 for one per processor."""
        super().__init__(source)
        self._threads = threads
        self._frames: Iterator[tuple[Fraction, VideoFrame]] = iter(())
        self._recent: list[tuple[Fraction, VideoFrame]] = []  # the last two that were given
        self.ends = Fraction(0)  # end of the last frame that was read, seconds

    def frames(self, span: Span) -> Iterator[tuple[Fraction, VideoFrame]]:
        """Frames in ascending order, from the one shown at the span's start, or an earlier one, to the end of the file."""
        if not (self._recent and self._recent[0][0] <= span.start <= self._recent[-1][0] + NEAR_S):
            self._frames, self._recent = self._from(span.start), []
        for time, frame in chain(self._recent.copy(), self._frames):
            if not self._recent or time > self._recent[-1][0]:
                self._recent = [*self._recent[-1:], (time, frame)]
            yield time, frame

    def _from(self, start: Fraction) -> Iterator[tuple[Fraction, VideoFrame]]:
        for early in AIMS_S:
            if start - early <= NEAR_S:
                break
            frames = self._timed(start - early)
            first = next(frames, None)
            if first is not None and first[0] <= start:
                return chain([first], frames)
        return self._timed(None)  # from the beginning: it is near, or the file's index is wrong

    def _timed(self, start: Fraction | None) -> Iterator[tuple[Fraction, VideoFrame]]:
        on_gpu = self.source.hardware
        opened = self._at(start, self._acceleration() if on_gpu else None)
        if opened is None:
            return
        container, stream = opened
        # as analyses place them
        clock = Clock(stream, origin=int(self.source.zero / time_base(stream)))
        frames = self._decoded(container, stream, on_gpu=on_gpu)
        for frame in deinterlaced(frames) if self.source.combed else frames:
            if clock.count == 0 and start is not None and not clock.knows(frame.pts):
                continue  # its time is unknown until a frame has a stamp
            ticks = clock.place(frame.pts, frame.duration)
            self.ends = clock.end * clock.tick
            yield ticks * clock.tick, frame

    def _stream_of(self, container: InputContainer) -> VideoStream:
        stream = video_stream(container)
        prepare_decoder(stream.codec_context, MOST_THREADS_ON_GPU if self.source.hardware else self._threads)
        return stream

    def _acceleration(self) -> HWAccel | None:
        return fetching() if self.source.fetched else accelerated()

    def _decoded(self, container: InputContainer, stream: VideoStream, *, on_gpu: bool) -> Iterator[VideoFrame]:
        fetched = on_gpu and self.source.fetched
        planar = VideoReformatter()
        for _, frames in decoded(container, stream, self.damage):
            if on_gpu:
                check_on_gpu(frames, self.damage, fetched=fetched)
            for frame in frames:
                # planar, as from software decoders
                yield planar.reformat(frame, format="yuv420p", threads=1) if fetched else frame


class SoundReader(_Reader[AudioStream]):
    """The sound of spans at the output's rate and number of channels, to the sample."""

    def blocks(self, start: Fraction, samples: int) -> Iterator[Sound]:
        """(channels, n) pieces from second `start` of the source on, `samples` in all; silence where the source has no sound."""
        remaining = samples
        for block in self._placed(start):
            if remaining == 0:
                return
            yield block[:, :remaining]
            remaining -= min(remaining, block.shape[1])
        yield from silence(self.source.channels, remaining, self._rate)

    @property
    def _rate(self) -> int:
        assert self.source.sample_rate is not None  # only sources with sound are read
        return self.source.sample_rate

    def _placed(self, start: Fraction) -> Iterator[Sound]:
        pieces = self._resampled(start - PREROLL_S) if start > NEAR_S else iter(())
        first = next(pieces, None)
        if first is None or first[0] is None or first[0] - self.source.zero > start:
            pieces = self._resampled(None)
        else:
            pieces = chain([first], pieces)
        timeline = Timeline(self._rate, SoundPlace(self.source.zero + start, self.source.longest), self.damage)
        for at, sound in pieces:
            yield from timeline.place(sound, at)

    def _stream_of(self, container: InputContainer) -> AudioStream:
        stream = audio_stream(container)
        assert stream is not None  # the source has been examined
        prepare_decoder(stream.codec_context, threads=1)
        return stream

    def _resampled(self, start: Fraction | None) -> Iterator[tuple[Fraction | None, Sound]]:
        opened = self._at(start)
        if opened is None:
            return
        container, stream = opened
        convert = _Converter(self._rate, LAYOUTS[self.source.channels])
        since = None if start is None else start + self.source.zero
        frames = (frame for _, some in decoded(container, stream, self.damage, since) for frame in some)
        for frame in chain(frames, [None]):
            for converted in convert(frame):
                # a frame that needs no conversion keeps the container's time base
                tick = converted.time_base or Fraction(1, self._rate)
                at = None if converted.pts is None else converted.pts * tick
                yield at, _finite(as_float(converted))


class _Converter:
    """Converts frames of any rate, layout and format to one, even if the stream changes midway; None flushes."""

    def __init__(self, rate: int, layout: str) -> None:
        self._rate, self._layout = rate, layout
        self._of: tuple[int, str, str] | None = None
        self._resampler: AudioResampler | None = None

    def __call__(self, frame: AudioFrame | None) -> Iterator[AudioFrame]:
        frame = None if frame is None else mixable(frame)
        of = None if frame is None else (frame.sample_rate, frame.layout.name, frame.format.name)
        if of != self._of:
            if self._resampler is not None:
                # PyAV's flush returns the None it was given if nothing is resampled
                yield from (rest for rest in self._resampler.resample(None) if rest is not None)
            self._resampler = AudioResampler(format="fltp", layout=self._layout, rate=self._rate)
            self._of = of
        if frame is not None and self._resampler is not None:
            yield from self._resampler.resample(frame)


def _finite(sound: Sound) -> Sound:
    """The sound with silence for NaN and full scale for infinity, in place."""
    # a sum is a cheap test, and hardly any sound has such samples
    with np.errstate(invalid="ignore", over="ignore"):
        whole = sound.sum()
    if not np.isfinite(whole):
        np.nan_to_num(sound, copy=False, nan=0.0, posinf=1.0, neginf=-1.0)
    return sound
