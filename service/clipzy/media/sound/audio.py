"""Decode a video's sound: mono spools for the networks, loudness and levels of the original channels, on the video's clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from clipzy.media.decoding.containers import open_media
from clipzy.media.decoding.packets import Damage, decoded, time_base
from clipzy.media.decoding.samples import Sound, as_float
from clipzy.media.decoding.sound_tracks import audio_stream, tracks_warning
from clipzy.media.progress import Progress
from clipzy.media.sound.loudness import LoudnessMeter
from clipzy.media.sound.mono import MonoMix, channel_names, mono_path
from clipzy.media.sound.offset import Centring, Offset
from clipzy.media.sound.one_sided import one_sided_warning
from clipzy.media.sound.polarity import phase_warning
from clipzy.media.sound.sound_place import SoundPlace, Timeline, place_of_sound
from clipzy.style.measurements import Loudness

BLOCKS_PER_SECOND = 20
# Layouts by number of channels where the file gives none; more channels are averaged
LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
LEVELS = "audio_levels.npy"
# 6 dB over full scale: decoders of lossy sound go a little over it, recordings in floating point as far as they like; the mono mix is clipped at it
LOUDEST = 2.0


@dataclass(frozen=True, slots=True)
class AudioPass:
    """The decoded sound of a video; second zero is the video's first frame.

    `duration`: seconds from there to the sound's end; 0 if nothing could be decoded. `channels`, `sample_rate` (Hz): of the file. `folder` holds the spools.
    """

    folder: Path
    sample_rate: int
    channels: int
    duration: Fraction
    loudness: Loudness
    warnings: tuple[str, ...]

    def mono(self, rate: int) -> NDArray[np.float32]:
        """The mono mix, (samples,) -1..1, at 22 050 or 16 000 Hz, a memory map; right is inverted where it is out of phase with left."""
        path = mono_path(self.folder, rate)
        return np.memmap(path, np.float32, "r") if path.stat().st_size else np.zeros(0, np.float32)

    def levels(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Root mean square over all channels and peak of each 50 ms, linear: two arrays (blocks,)."""
        rms, peak = np.load(self.folder / LEVELS)
        return rms, peak


def decode_audio(path: Path, folder: Path, report: Callable[[float], None] | None = None) -> AudioPass | None:
    """Decode the sound in bounded memory into `folder`.

    Sound before the first frame is cut, and so is sound long after the last one; a late start and gaps become silence. Damage shortens the sound or
    silences parts of it, with a warning.

    Args:
        path: one of the accepted containers, with a video stream.
        folder: for the spools.
        report: told the share of the file that has been read, 0..1.

    Returns:
        None when the file has no sound stream.

    Raises:
        UnsupportedFormat, InvalidVideo: the file cannot be opened, or has no picture to set the time by.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with open_media(path) as container:
        if audio_stream(container) is None:
            return None
        told = tracks_warning(container)
        place = place_of_sound(container)
    progress = Progress(report, path.stat().st_size)
    into = _Into(folder, place)
    found, faults = _decoded(path, into, progress)
    # these faults are known only at the end: the few files that have one are decoded once more for each
    if faults.beside_zero or faults.peak > LOUDEST:
        progress.again()
        gain = 1 / faults.peak if faults.peak > LOUDEST else 1.0
        into = replace(into, centred=faults.beside_zero, mono_gain=gain)
        found, faults = _decoded(path, into, progress)
    if faults.inverted.any():
        progress.again()
        inverted = faults.inverted
        found, _ = _decoded(path, replace(into, inverted=inverted.tolist()), progress)
        found = replace(found, warnings=(*found.warnings, phase_warning(inverted)))
    progress.done()
    return found if told is None else replace(found, warnings=(told, *found.warnings))


@dataclass(frozen=True, slots=True)
class _Faults:
    """What is known only at the end of a sound: the seconds in which right cancels left, whether it has a DC offset, and its peak."""

    inverted: NDArray[np.bool_]
    beside_zero: bool
    peak: float


@dataclass(frozen=True, slots=True)
class _Into:
    """Where the sound goes, and what is corrected. `inverted`: seconds whose right channel the mono mix inverts; `centred`: a DC offset is removed."""

    folder: Path
    place: SoundPlace
    inverted: Sequence[bool] = ()
    centred: bool = False
    mono_gain: float = 1.0


def _decoded(path: Path, into: _Into, progress: Progress) -> tuple[AudioPass, _Faults]:
    """The sound, with the known faults corrected; and the faults that it has."""
    with open_media(path) as container:
        stream = audio_stream(container)
        assert stream is not None  # it was there a moment ago
        return _decode(container, stream, into, progress)


def _decode(
    container: InputContainer, stream: AudioStream, into: _Into, progress: Progress
) -> tuple[AudioPass, _Faults]:
    damage = Damage()
    warnings: list[str] = []
    sinks: _Sinks | None = None
    if stream.codec_context is None:
        warnings.append("the sound's codec is not supported, so the sound was left out")
    else:
        for position, frames in decoded(container, stream, damage):
            for frame in frames:
                if sinks is None:
                    sinks = _Sinks(into, frame, damage)
                sinks.take(frame, time_base(stream))
            if sinks is not None and sinks.full:
                warnings.append("the sound goes on long after the pictures have ended; the rest of it was left out")
                break
            progress.reached(position)
    warnings += damage.sentences("sound packets")
    if sinks is None:
        sinks = _Sinks(into, AudioFrame("fltp", "mono", 0), damage)
        warnings += [] if warnings else ["the sound stream is empty"]
    loudness, faults = sinks.close()
    warnings += sinks.warnings
    duration = Fraction(sinks.timeline.written, sinks.rate)
    return AudioPass(into.folder, sinks.rate, sinks.channels, duration, loudness, tuple(warnings)), faults


class _Sinks:
    """All that is computed of the sound, fed second by second at the first frame's rate and channels."""

    def __init__(self, into: _Into, first: AudioFrame, damage: Damage) -> None:
        self.rate = first.sample_rate or 48000
        self.channels = first.layout.nb_channels
        self.warnings: list[str] = []
        mixed = mixable(first)
        if mixed is not first:
            self.warnings.append(
                f"the sound has {self.channels} channels without a speaker layout; they were mixed to mono"
            )
        named = mixed.layout.name
        self._layout = LAYOUTS[mixed.layout.nb_channels] if "channels" in named else named
        self.timeline = Timeline(self.rate, into.place, damage)
        self._most = int(into.place.longest * self.rate)  # samples
        self._uniform = _Uniform(mixed)
        self._pending: list[Sound] = []
        self._waiting = 0  # samples of them
        self._folder = into.folder
        self._meter = LoudnessMeter(self.rate, self._layout)
        self._mono = MonoMix(into.folder, self._layout, self.rate, into.inverted, into.mono_gain)
        self._offset = Offset(mixed.layout.nb_channels)
        self._centring = Centring(self.rate) if into.centred else None
        self._levels: list[NDArray[np.float32]] = []

    @property
    def full(self) -> bool:
        """Whether the sound is as long as it may be."""
        return self.timeline.written >= self._most

    def take(self, frame: AudioFrame, tick: Fraction) -> None:
        """The next decoded frame."""
        at = None if frame.pts is None else frame.pts * tick
        for sound in self._uniform(mixable(frame)):
            for placed in self.timeline.place(sound, at):
                self._pending.append(placed)
                self._waiting += placed.shape[1]
                self._feed_whole_seconds()
            at = None  # a frame's later parts follow its first

    def close(self) -> tuple[Loudness, _Faults]:
        """Feed the rest and finish the files; the loudness and the faults."""
        if self._waiting:
            self._feed(np.concatenate(self._pending, axis=1))
        levels = np.concatenate(self._levels, axis=1) if self._levels else np.zeros((2, 0), np.float32)
        np.save(self._folder / LEVELS, levels)
        one_sided = one_sided_warning(channel_names(self._layout), self._offset.powers)
        self.warnings += [] if one_sided is None else [one_sided]
        return self._meter.result(), _Faults(
            self._mono.close(), self._offset.noticed, float(levels[1].max(initial=0.0))
        )

    def _feed_whole_seconds(self) -> None:
        if self._waiting < self.rate:
            return
        sound = np.concatenate(self._pending, axis=1)
        whole = sound.shape[1] // self.rate * self.rate
        for start in range(0, whole, self.rate):
            self._feed(sound[:, start : start + self.rate])
        self._pending = [sound[:, whole:]]
        self._waiting -= whole

    def _feed(self, sound: Sound) -> None:
        sound = np.ascontiguousarray(np.nan_to_num(sound, copy=False, nan=0.0, posinf=1.0, neginf=-1.0))
        if self._centring is not None:
            sound = self._centring(sound)
        self._offset.add(sound)
        self._meter.add(sound)
        self._levels.append(block_levels(sound, self.rate))
        self._mono.add(sound)


def block_levels(sound: Sound, rate: int) -> NDArray[np.float32]:
    """(2, blocks): root mean square and peak of each 50 ms of at most one second that starts on a block.

    The mean of the channels' powers is weighted by the powers themselves: silent channels, as in most 5.1 files, do not lower it.
    """
    edges = np.round(np.arange(BLOCKS_PER_SECOND) * rate / BLOCKS_PER_SECOND).astype(np.int64)
    edges = edges[edges < sound.shape[1]]
    counts = np.diff(edges, append=sound.shape[1])
    powers = np.add.reduceat(np.square(sound, dtype=np.float64), edges, axis=1) / counts
    power = np.square(powers).sum(axis=0) / np.maximum(powers.sum(axis=0), np.finfo(np.float64).tiny)
    peak = np.maximum.reduceat(np.abs(sound).max(axis=0), edges)
    return np.stack([np.sqrt(power), peak], dtype=np.float32)


class _Uniform:
    """Frames as (channels, samples) float32 in the rate and layout of the first one, even if the stream changes midway."""

    def __init__(self, first: AudioFrame) -> None:
        self._rate, self._layout = first.sample_rate, first.layout.name
        self._source: tuple[int, str, str] | None = None
        self._resampler: AudioResampler | None = None

    def __call__(self, frame: AudioFrame) -> Iterator[Sound]:
        if (frame.sample_rate, frame.layout.name) == (self._rate, self._layout):
            yield as_float(frame)
            return
        source = (frame.sample_rate, frame.layout.name, frame.format.name)
        if self._resampler is None or source != self._source:
            self._resampler = AudioResampler(format="fltp", layout=self._layout, rate=self._rate)
            self._source = source
        for resampled in self._resampler.resample(frame):
            yield as_float(resampled)


def mixable(frame: AudioFrame) -> AudioFrame:
    """The frame; or mono, where FFmpeg has no rule to mix its channels.

    Many channels without a layout are averaged. Of a sound field (ambisonic, usual in 360° videos) the first component is taken, which is what an
    omnidirectional microphone hears (RFC 8486).
    """
    name = frame.layout.name
    if name.startswith("ambisonic"):
        sound = as_float(frame)[:1]
    elif "channels" in name and frame.layout.nb_channels not in LAYOUTS:
        sound = as_float(frame).mean(axis=0, keepdims=True)
    else:
        return frame
    mono = AudioFrame.from_ndarray(np.ascontiguousarray(sound), format="fltp", layout="mono")
    mono.sample_rate, mono.pts = frame.sample_rate, frame.pts
    if frame.time_base is not None:
        mono.time_base = frame.time_base
    return mono
