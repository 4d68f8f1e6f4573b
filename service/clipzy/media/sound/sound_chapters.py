"""Codes a sound in chapters, each with an encoder of its own, and joins their packets: several at once, in bounded memory.

Parts whose peaks coding lifts over the ceiling are coded again, with encoders of their own too.

A packet is decoded together with the one before it. If two encoders got the same sound for a while, a packet of one may follow a packet of the other: the
aliasing that the overlap of one frame does not cancel (ISO/IEC 14496-3, 4.6.11) is no more than coding noise, unless one of them switched its window. So
near each border the frame is chosen where the join adds least noise.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
from av.packet import Packet

from clipzy.machine.processors import available_processors
from clipzy.media.decoding.samples import Sound
from clipzy.media.sound.sound_coding import (
    FRAME,
    REACH,
    RUN_UP,
    Chapter,
    Code,
    CodedChapter,
    code_chapter,
    decode,
    levels_dbtp,
)

OWN = 938  # frames of a chapter; 20 s at 48 kHz, 8 MB in stereo
PROCESSORS_A_CHAPTER = 4  # the others encode pictures
SILENT = 1e-9  # energy added to a frame's, so that ratios are finite


class ChapterCoder:
    """Codes a sound under a true-peak ceiling; `true_peak_dbtp` and `codings` tell of what was coded so far."""

    def __init__(self, ceiling_dbtp: float, code: Code, header: bytes) -> None:
        """`code`: a fresh encoder at each call, from several threads; `header`: its extra data."""
        self._ceiling, self._code, self._header = ceiling_dbtp, code, header
        self.true_peak_dbtp = -np.inf  # of the decoded packets
        self.codings = 1  # of the chapter that was coded most often

    def packets(self, sound: Iterable[Sound]) -> Iterator[Packet[Any]]:
        """The packets of the whole sound, as one encoder would give them."""
        before: CodedChapter | None = None
        start = -1
        for chapter in self._coded(sound):
            if before is not None:
                join = self._join(before, chapter)
                yield from self._own(before, start, join)
                start = join
            before = chapter
        if before is not None:
            yield from self._own(before, start, max(before.packets) + 1)

    def _coded(self, sound: Iterable[Sound]) -> Iterator[CodedChapter]:
        at_once = max(1, available_processors() // PROCESSORS_A_CHAPTER)
        waiting: deque[Future[list[CodedChapter]]] = deque()
        with ThreadPoolExecutor(at_once, "code sound") as pool:
            for chapter in chapters(sound):
                waiting.append(pool.submit(code_chapter, chapter, self._code, self._header, self._ceiling))
                if len(waiting) > at_once:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()

    def _own(self, chapter: CodedChapter, start: int, stop: int) -> Iterator[Packet[Any]]:
        begin = chapter.frames.start
        levels = chapter.levels_dbtp[max(start - begin, 0) : stop - begin]
        self.true_peak_dbtp = max(self.true_peak_dbtp, float(levels.max(initial=-np.inf)))
        self.codings = max(self.codings, chapter.codings)
        yield from (chapter.packets[number] for number in range(start, stop))

    def _join(self, before: CodedChapter, after: CodedChapter) -> int:
        """The first frame that is taken from the later chapter."""
        near = range(max(before.frames.start, after.frames.start) + 1, min(before.frames.stop, after.frames.stop))
        # if the two were lowered differently a join would be heard as a step
        alike = [at for at in near if _heard_alike(before, after, at)] or list(near)
        _, level, at = min(self._added(before, after, at) for at in alike)
        self.true_peak_dbtp = max(self.true_peak_dbtp, level)
        return at

    def _added(self, before: CodedChapter, after: CodedChapter, at: int) -> tuple[float, float, int]:
        """The cost of a join: the frame's noise as a multiple of the chapters' own, plus dB over the ceiling; then the frame's true peak and its number."""
        packets = [before.packets[at - 2], before.packets[at - 1], after.packets[at]]
        decoded = decode(packets, self._header, (at - 1) * FRAME)
        noise = float(np.square(decoded[:, -FRAME:] - before.heard(at)).sum())
        usual = max(float(each.noise[at - each.frames.start]) for each in (before, after))
        level = float(levels_dbtp(decoded)[-1])
        over = max(level - self._ceiling, 0.0)
        return over + max(noise / (usual + SILENT), 1.0), level, at


def _heard_alike(before: CodedChapter, after: CodedChapter, at: int) -> bool:
    return all(np.array_equal(before.heard(frame), after.heard(frame)) for frame in (at - 1, at))


def chapters(sound: Iterable[Sound]) -> Iterator[Chapter]:
    """A sound, given in pieces of any length, in chapters that overlap; a short rest belongs to the last one."""
    held: list[Sound] = []
    first, start = 0, 0  # frames: of what is held, and of the next chapter
    length = 0  # samples held
    for piece in sound:
        held.append(piece)
        length += piece.shape[1]
        # the rest has to be long enough for a chapter of its own
        while length >= (start + OWN + RUN_UP - first) * FRAME:
            whole = np.concatenate(held, axis=1)
            stop = start + OWN
            yield _chapter(whole[:, : (stop + REACH + 1 - first) * FRAME], first, start, stop + REACH)
            start = stop
            rest = max(start - RUN_UP, 0) - first
            held, first = [whole[:, rest * FRAME :]], first + rest
            length = held[0].shape[1]
    if length:
        whole = np.concatenate(held, axis=1)
        yield _chapter(whole, first, start, first - (-length // FRAME))


def _chapter(sound: Sound, first: int, start: int, stop: int) -> Chapter:
    return Chapter(np.ascontiguousarray(sound), first, range(max(start - REACH, 0), stop))
