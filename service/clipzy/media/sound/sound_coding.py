"""Codes a chapter of sound so that its true peaks are under the ceiling after decoding, since coding changes peaks.

AAC usually lifts single peaks by 0.1 dB, at sharp attacks in noise by 1 to 3 dB. So the coded sound is decoded and measured at once. Where a frame is over
the ceiling the sound around it is lowered by as much, and that part of the chapter is coded again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from av.codec.context import CodecContext
from av.packet import Packet
from numpy.typing import NDArray

from clipzy.media.decoding.samples import Sound
from clipzy.media.sound.limiter import QUIETEST, TAPS, interpolation
from clipzy.media.sound.peak_kernel import raise_to_peaks

FRAME = 1024  # samples of a frame of AAC-LC, which is decoded from its own packet and the one before (ISO/IEC 14496-3)
CLOSE_ENOUGH_DB = 0.15  # over the ceiling; true-peak meters differ by as much
RUN_UP = 48  # frames coded before those that count, until the encoder's rate has settled
REACH = 12  # frames on either side of a border among which the join is chosen
LOWERED = 3  # frames on either side of one over the ceiling that are changed, and one more
# How far under the ceiling peaks are brought by each further coding, since coding anew moves them again; each costs about 5 % of real time on one processor
MARGINS_DB = (0.2, 0.5, 1.0)

Levels = NDArray[np.float64]  # dB, one a frame
# packets of a sound that begins at that sample, from a fresh encoder
Code = Callable[[Sound, int], "Iterator[Packet[Any]]"]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of a sound, with some more of it before and after.

    `sound`: (channels, samples), all that is coded; `first`: number of its first frame in the whole sound; `frames`: those of the chapter itself.
    """

    sound: Sound
    first: int
    frames: range


@dataclass(frozen=True, slots=True)
class CodedChapter:
    """A chapter after coding. `frames`: those of the chapter itself.

    `packets`: by the number of the frame they begin with, -1 for the encoder's priming; `levels_dbtp`: true peak of each of `frames`;
    `sound`: the encoder's input from frame `first` on; `noise`: energy of the coding error in each of `frames`; `codings`: how often it was coded.
    """

    packets: Mapping[int, Packet[Any]]
    frames: range
    levels_dbtp: Levels
    sound: Sound
    first: int
    noise: Levels
    codings: int

    def heard(self, frame: int) -> Sound:
        """The encoder's input in that frame."""
        at = (frame - self.first) * FRAME
        return self.sound[:, at : at + FRAME]

    @property
    def highest_dbtp(self) -> float:
        """True peak of its own frames."""
        return float(self.levels_dbtp.max(initial=-np.inf))

    def part(self, frames: range) -> CodedChapter:
        """The same for some of its frames alone."""
        own = slice(frames.start - self.frames.start, frames.stop - self.frames.start)
        return replace(self, frames=frames, levels_dbtp=self.levels_dbtp[own], noise=self.noise[own])


def code_chapter(chapter: Chapter, code: Code, header: bytes, ceiling_dbtp: float) -> list[CodedChapter]:
    """Code a chapter so that its decoded true peaks are under the ceiling, or as near as four codings bring them.

    Args:
        chapter: may be over the ceiling already.
        code: a fresh encoder at each call.
        header: the encoder's extra data, which a decoder needs.
        ceiling_dbtp: dBTP.

    Returns:
        The chapter, or, where some of it was coded again, its parts in order, which overlap as chapters do.
    """
    once = _coded(chapter, np.zeros(len(chapter.frames)), code, header, 1)
    parts = []
    begin = chapter.frames.start
    for frames in to_be_lowered(once.levels_dbtp > ceiling_dbtp + CLOSE_ENOUGH_DB, chapter.frames):
        if frames.start > begin:
            parts.append(once.part(range(begin, frames.start + 2 * REACH)))
        parts.append(_lowered_and_coded(_cut(chapter, frames), once.part(frames), code, header, ceiling_dbtp))
        begin = frames.stop - 2 * REACH
    if not parts:
        return [once]
    if parts[-1].frames.stop < chapter.frames.stop:
        parts.append(once.part(range(begin, chapter.frames.stop)))
    return parts


def to_be_lowered(over: NDArray[np.bool_], frames: range) -> list[range]:
    """The parts of a chapter to be coded again, in order, for the frames `over` the ceiling.

    At both ends of each part the sound stays unchanged for twice the reach of a join, and what is kept between parts is at least as long.
    """
    found: list[range] = []
    about = LOWERED + 2 * REACH
    for at in np.flatnonzero(over):
        start, stop = int(at) + frames.start - about, int(at) + frames.start + about + 1
        start = start if start >= frames.start + 2 * REACH else frames.start
        stop = max(stop, start + 4 * REACH)
        stop = stop if stop <= frames.stop - 2 * REACH else frames.stop
        start = min(start, stop - 4 * REACH)
        start = start if start >= frames.start + 2 * REACH else frames.start
        if found and start <= found[-1].stop + RUN_UP:  # a second run-up would cost more than the frames between
            start = found.pop().start
        found.append(range(start, stop))
    return found


def _cut(chapter: Chapter, frames: range) -> Chapter:
    """Those frames of a chapter with a run-up of their own."""
    first = max(frames.start + REACH - RUN_UP, chapter.first)
    # the frame after the last one overlaps with it
    stop = frames.stop + 1 - chapter.first if frames.stop < chapter.frames.stop else None
    sound = chapter.sound[:, (first - chapter.first) * FRAME : None if stop is None else stop * FRAME]
    return Chapter(np.ascontiguousarray(sound), first, frames)


def _lowered_and_coded(
    chapter: Chapter, once: CodedChapter, code: Code, header: bytes, ceiling_dbtp: float
) -> CodedChapter:
    """The best of several codings, each with the sound lowered around the peaks of the one before; `once`: the first."""
    coded = best = once
    gains = np.zeros(len(chapter.frames))
    for number, margin in enumerate(MARGINS_DB, 2):
        gains = gains + np.minimum(ceiling_dbtp - margin - coded.levels_dbtp, 0.0)
        coded = _coded(chapter, gains, code, header, number)
        if coded.highest_dbtp < best.highest_dbtp:
            best = coded
        if coded.highest_dbtp <= ceiling_dbtp + CLOSE_ENOUGH_DB:
            return coded
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
    """The true peak of each frame of a sound, including half the interpolation's length after it."""
    peaks = np.abs(sound).max(axis=0)
    for channel in np.concatenate([np.zeros((len(sound), TAPS - 1), np.float32), sound], axis=1):
        raise_to_peaks(channel, interpolation(), peaks)
    levels: Levels = 20 * np.log10(np.maximum(_by_frame(peaks).max(axis=1), QUIETEST, dtype=np.float64))
    return levels


def _by_frame(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """(samples,) as (frames, FRAME), padded with 0."""
    return np.pad(values, (0, -len(values) % FRAME)).reshape(-1, FRAME)


def lowered(sound: Sound, gains_db: Levels, first: int = 0) -> Sound:
    """The sound with each frame from number `first` on changed by `gains_db` or less, in ramps of one frame's length.

    A decoded frame depends on the frames beside it too: these are lowered alike.
    """
    padded = np.concatenate([[0.0, 0.0], gains_db, [0.0, 0.0]])
    held = np.minimum.reduce([padded[:-2], padded[1:-1], padded[2:]])
    edges = np.minimum(held[:-1], held[1:])  # between the frames, from the beginning of the first one
    times = np.arange(sound.shape[1]) / FRAME - first
    curve = np.interp(times, np.arange(len(edges)), edges)
    quieter: Sound = sound * np.power(10, curve / 20).astype(np.float32)
    return quieter


def decode(packets: Iterable[Packet[Any]], header: bytes, since: int) -> Sound:
    """The decoded sound from sample `since` on."""
    decoder = CodecContext.create("aac", "r")
    decoder.extradata = header
    pieces: Sequence[Sound] = [
        cast(Sound, frame.to_ndarray())
        for packet in [*packets, None]
        for frame in decoder.decode(packet)
        if frame.pts is not None and frame.pts >= since
    ]
    return np.concatenate(pieces, axis=1)
