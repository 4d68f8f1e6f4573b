"""Codes a chapter of sound so that its true peaks are under the ceiling for a player, who hears what the decoder makes of it: coding moves peaks.

AAC lifts single peaks by 0.1 dB as a rule and by 1 to 3 dB at sharp attacks in noise. So what was coded is decoded at once and measured, and where a
frame is over the ceiling the sound is lowered about it by as much and the chapter coded once more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from av.codec.context import CodecContext
from av.packet import Packet
from numpy.typing import NDArray

from clipzy.media.limiter import QUIETEST, TAPS, interpolation
from clipzy.media.peak_kernel import raise_to_peaks
from clipzy.media.recording import Sound

FRAME = 1024  # samples of a frame of AAC-LC; one is decoded from its own packet and the one before (ISO/IEC 14496-3)
CLOSE_ENOUGH_DB = 0.15  # over the ceiling; meters of true peaks differ by as much
# That peaks are brought under the ceiling by each time, since coding anew moves them again
MARGINS_DB = (0.2, 0.5, 1.0)
MOST_CODINGS = 1 + len(MARGINS_DB)  # each costs about 5 % of real time on one processor

Levels = NDArray[np.float64]  # dB, one a frame
# a fresh encoder's packets of a sound that begins at the sample of that number
Code = Callable[[Sound, int], "Iterator[Packet[Any]]"]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A stretch of a sound, with more of it before and behind than it answers for.

    `sound`: (channels, samples), all that is coded; `first`: number of its first frame in the whole; `frames`: those that count.
    """

    sound: Sound
    first: int
    frames: range


@dataclass(frozen=True, slots=True)
class CodedChapter:
    """A chapter after coding. `frames`: those that it answers for.

    `packets`: by the number of the frame they begin with, -1 for the encoder's own beginning; `levels_dbtp`: true peak of each of `frames`;
    `sound`: what went into the encoder from frame `first` on; `noise`: energy of what coding changed in each of `frames`; `codings`: so many.
    """

    packets: Mapping[int, Packet[Any]]
    frames: range
    levels_dbtp: Levels
    sound: Sound
    first: int
    noise: Levels
    codings: int

    def heard(self, frame: int) -> Sound:
        """What went into the encoder in that frame."""
        at = (frame - self.first) * FRAME
        return self.sound[:, at : at + FRAME]


def code_chapter(chapter: Chapter, code: Code, header: bytes, ceiling_dbtp: float) -> CodedChapter:
    """Code a chapter so that its true peaks are under the ceiling once it is decoded, or as near as four codings bring it.

    Args:
        chapter: of a sound that may be over the ceiling already.
        code: a fresh encoder at each call.
        header: the encoder's extra data, which a decoder needs.
        ceiling_dbtp: dBTP.
    """
    best: CodedChapter | None = None
    gains = np.zeros(len(chapter.frames))
    for number, margin in enumerate((*MARGINS_DB, 0.0), 1):
        coded = _coded(chapter, gains, code, header, number)
        highest = coded.levels_dbtp.max(initial=-np.inf)
        if best is None or highest < best.levels_dbtp.max(initial=-np.inf):
            best = coded
        if highest <= ceiling_dbtp + CLOSE_ENOUGH_DB:
            return coded
        gains = gains + np.minimum(ceiling_dbtp - margin - coded.levels_dbtp, 0.0)
    assert best is not None  # one coding at least
    return replace(best, codings=number)


def _coded(chapter: Chapter, gains: Levels, code: Code, header: bytes, number: int) -> CodedChapter:
    frames, first = chapter.frames, chapter.first
    sound = lowered(chapter.sound, gains, frames.start - first) if gains.any() else chapter.sound
    packets = list(code(sound, first * FRAME))
    decoded = decode(packets, header, first * FRAME)
    length = min(decoded.shape[1], sound.shape[1])
    noise = _by_frame(np.square(decoded[:, :length] - sound[:, :length]).sum(axis=0)).sum(axis=1)
    own = slice(frames.start - first, frames.stop - first)
    numbered = {cast(int, packet.pts) // FRAME: packet for packet in packets}
    return CodedChapter(numbered, frames, levels_dbtp(decoded)[own], sound, first, noise[own], number)


def levels_dbtp(sound: Sound) -> Levels:
    """The true peak of each frame of a sound, a frame's also being looked for in half the interpolation's length after it."""
    peaks = np.abs(sound).max(axis=0)
    for channel in np.concatenate([np.zeros((len(sound), TAPS - 1), np.float32), sound], axis=1):
        raise_to_peaks(channel, interpolation(), peaks)
    levels: Levels = 20 * np.log10(np.maximum(_by_frame(peaks).max(axis=1), QUIETEST, dtype=np.float64))
    return levels


def _by_frame(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """(samples,) as (frames, FRAME), the last filled up with 0."""
    return np.pad(values, (0, -len(values) % FRAME)).reshape(-1, FRAME)


def lowered(sound: Sound, gains_db: Levels, first: int = 0) -> Sound:
    """The sound, each of its frames from number `first` on lowered by at least so many dB, in ramps of one frame's length.

    A frame of the decoder hangs on the frames beside it too: these are lowered alike.
    """
    padded = np.concatenate([[0.0, 0.0], gains_db, [0.0, 0.0]])
    held = np.minimum.reduce([padded[:-2], padded[1:-1], padded[2:]])
    edges = np.minimum(held[:-1], held[1:])  # between the frames, from the beginning of the first one
    times = np.arange(sound.shape[1]) / FRAME - first
    curve = np.interp(times, np.arange(len(edges)), edges)
    quieter: Sound = sound * np.power(10, curve / 20).astype(np.float32)
    return quieter


def decode(packets: Iterable[Packet[Any]], header: bytes, since: int) -> Sound:
    """What a decoder that begins with the first packet gives from the sample of that number on."""
    decoder = CodecContext.create("aac", "r")
    decoder.extradata = header
    pieces: Sequence[Sound] = [
        cast(Sound, frame.to_ndarray())
        for packet in [*packets, None]
        for frame in decoder.decode(packet)
        if frame.pts is not None and frame.pts >= since
    ]
    return np.concatenate(pieces, axis=1)
