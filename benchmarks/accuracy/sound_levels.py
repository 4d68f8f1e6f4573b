"""Sounds of known loudness, and others' meters: what the loudness benchmark holds ours against.

The known answers are those of EBU Tech 3341 (loudness and true peak, cases 1 to 6 and 15 to 19) and EBU Tech 3342 (range, cases 1 to 4),
moved by a gain that differs at each run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.filter import Graph
from numpy.typing import NDArray
from scipy.signal import resample_poly

from clipzy.media.decoding.containers import open_media
from clipzy.media.decoding.sound_tracks import audio_stream

Samples = NDArray[np.float32]  # (samples, channels)

RATE = 48000
TONE_HZ = 1000.0
FADE_S = 0.02  # a tone that is cut off hard has a true peak of its own
OVERSAMPLED = 16
HALF_DB = 20 * float(np.log10(2))  # by which the crests of a tone of half of full scale lie under it,
OVER_DB = 3.0  # and those of case 19 over it


@dataclass(frozen=True, slots=True)
class Levels:
    """Integrated loudness in LUFS, range in LU, true peak in dBTP; None where there is none or it is not told."""

    integrated: float | None = None
    spread: float | None = None
    true_peak: float | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A sound with its answer; in `answer` None means that nothing is asked, save in `silent` sounds, where nothing may be said."""

    name: str
    audio: Samples
    answer: Levels
    silent: bool = False


def known_answers(random: np.random.Generator) -> Iterator[Known]:
    """The sounds of both documents, silence, one channel and six."""
    gain = float(random.uniform(-6, 3))
    loudness = {
        "3341-1": ((-23, 20),),
        "3341-2": ((-33, 20),),
        "3341-3": ((-36, 10), (-23, 60), (-36, 10)),
        "3341-4": ((-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)),
        "3341-5": ((-26, 20), (-20, 20.1), (-26, 20)),
    }
    for name, parts in loudness.items():
        yield Known(name, _tones(parts, gain), Levels(integrated=(-33 if name == "3341-2" else -23) + gain))
    spread = {
        "3342-1": (((-20, 20), (-30, 20)), 10),
        "3342-2": (((-20, 20), (-15, 20)), 5),
        "3342-3": (((-40, 20), (-20, 20)), 20),
        "3342-4": (((-50, 20), (-35, 20), (-20, 20), (-35, 20), (-50, 20)), 15),
    }
    for name, (parts, answer) in spread.items():
        yield Known(name, _tones(parts, min(gain, 0.0)), Levels(spread=answer))
    peaks = {"3341-15": (4, 0), "3341-16": (4, 45), "3341-17": (6, 60), "3341-18": (8, 67.5)}
    for name, (period, degrees) in peaks.items():
        yield Known(name, _peak(period, degrees, -HALF_DB + gain), Levels(true_peak=-HALF_DB + gain))
    # crests over full scale, whose samples lie within it
    over = OVER_DB + min(gain, 0.0)
    yield Known("3341-19", _peak(4, 45, over), Levels(true_peak=over))
    # left, right, centre, an LFE that must not count, and surrounds: -23 LUFS, case 6 of Tech 3341
    yield Known(
        "3341-6 5.1",
        _tones(((0, 20),), gain, channels_db=(-28, -28, -24, -10, -30, -30)),
        Levels(integrated=-23 + gain),
    )
    # one channel is played on two loudspeakers
    yield Known("mono", _tones(((-23, 20),), gain, channels_db=(0,)), Levels(integrated=-23 + gain))
    yield Known("silence", np.zeros((10 * RATE, 2), np.float32), Levels(), silent=True)
    yield Known("silence 5.1", np.zeros((10 * RATE, 6), np.float32), Levels(), silent=True)


def ffmpeg_levels(path: Path) -> Levels:
    """What FFmpeg's ebur128 filter says of a file fed to it as decoded, in one go."""
    said: dict[str, str] = {}
    with open_media(path) as container:
        stream = audio_stream(container)
        assert stream is not None
        graph: Graph | None = None
        for frame in container.decode(stream):
            if graph is None:
                graph = _meter(frame)
            graph.push(frame)
            _drain(graph, said)
        assert graph is not None
        graph.push(None)
        _drain(graph, said)
    peak = float(said["lavfi.r128.true_peak"])
    return Levels(float(said["lavfi.r128.I"]), float(said["lavfi.r128.LRA"]), 20 * float(np.log10(max(peak, 1e-9))))


def oversampled_peak(audio: NDArray[np.float64]) -> float:
    """True peak of (samples, channels) in dBTP, by sixteenfold oversampling."""
    highest = max(float(np.abs(resample_poly(channel, OVERSAMPLED, 1)).max()) for channel in audio.T)
    return 20 * float(np.log10(max(highest, 1e-9)))


def pyloudnorm_meter() -> Callable[[NDArray[np.float64], int], float] | None:
    """Integrated loudness after pyloudnorm, of (samples, channels) without an LFE; None where it is not installed."""
    try:
        import pyloudnorm
    except ImportError:
        return None
    return lambda audio, rate: float(pyloudnorm.Meter(rate).integrated_loudness(audio))


def decoded(path: Path) -> tuple[NDArray[np.float64], int]:
    """A file's samples as they are decoded, (samples, channels), and their rate."""
    with av.open(str(path)) as container:
        frames = [(frame.to_ndarray(), frame.sample_rate) for frame in _floats(container.decode(audio=0))]
    return np.concatenate([samples for samples, _ in frames], axis=1).T.astype(np.float64), frames[0][1]


def _floats(frames: Iterator[AudioFrame]) -> Iterator[AudioFrame]:
    resampler = av.AudioResampler(format="fltp")
    for frame in frames:
        yield from resampler.resample(frame)


def _tones(parts: Sequence[tuple[float, float]], gain_db: float, channels_db: Sequence[float] = (0, 0)) -> Samples:
    """A tone of 1 kHz through parts of (dBFS, seconds), each channel by so many dB louder."""
    pieces = []
    for level, seconds in parts:
        time = np.arange(round(seconds * RATE)) / RATE
        pieces.append(10 ** ((level + gain_db) / 20) * np.sin(2 * np.pi * TONE_HZ * time))
    mono = np.concatenate(pieces)
    return np.asarray(mono[:, None] * 10 ** (np.array(channels_db) / 20), np.float32)


def _peak(period: float, degrees: float, crest_db: float) -> Samples:
    """A tone of RATE / period whose samples miss its crests, which lie at so many dB of full scale; faded in and out."""
    index = np.arange(2 * RATE)
    fade = np.minimum(1, np.minimum(index, index[::-1]) / (FADE_S * RATE))
    mono = 10 ** (crest_db / 20) * fade * np.sin(2 * np.pi * index / period + np.radians(degrees))
    return np.repeat(mono.astype(np.float32)[:, None], 2, axis=1)


def _meter(frame: AudioFrame) -> Graph:
    graph = Graph()
    mono = int(frame.layout.name == "mono")
    source = graph.add(
        "abuffer",
        f"sample_rate={frame.sample_rate}:sample_fmt={frame.format.name}:channel_layout={frame.layout.name}"
        f":time_base={Fraction(1, frame.sample_rate)}",
    )
    meter = graph.add("ebur128", f"metadata=1:peak=true:dualmono={mono}")
    sink = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    return graph


def _drain(graph: Graph, said: dict[str, str]) -> None:
    while True:
        try:
            frame = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        said.update(frame.metadata)
