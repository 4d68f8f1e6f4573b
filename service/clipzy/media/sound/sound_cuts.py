"""Joins the sound of a plan's clips: stretches of the source with cross-fades between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from clipzy.media.decoding.samples import Sound
from clipzy.style.plan import Clip, joins
from clipzy.style.sound_edges import CLICK_FADE_S

PIECE = 1 << 13  # samples mixed at a time
# Longest fade in samples, 85 ms at 48 kHz, whose level is adapted to the correlation of the two sounds; in longer ones the correlation changes
JOIN = 1 << 12
LEAST_LIKE = -0.5  # more negative correlations are not compensated any further: 3 dB in the middle


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of the source's sound from second `start` on, silent before the source begins.

    `samples`: in all; the first `fade_in` of them overlap the end of the stretch before, the last `fade_out` the beginning of the next.
    """

    start: Fraction
    samples: int
    fade_in: int = 0
    fade_out: int = 0


def stretches(clips: Sequence[Clip], sample_rate: int, total: int) -> list[Stretch]:
    """The stretches of a plan's clips, `total` samples long in all with their overlaps.

    Clips that follow each other in the source too are one stretch. Each begins on the sample nearest to its time; the last one is extended to `total`, the
    length of the pictures in samples, or cut there, by half a frame at most. In a transition that shows both clips both are heard, cross-faded over the
    same time. At a cut the fade ends when the new clip begins, so that a beat or a word at its beginning is heard whole; if the new clip is at the source's
    very beginning, with no sound before it, the fade begins with the clip while the old one goes on.
    """
    handles = {join.middle: join.duration / 2 for join in joins(clips) if join.has_handles}
    fade = round(CLICK_FADE_S * sample_rate)
    found: list[Stretch] = []
    ends, written, free_from = Fraction(0), 0, 0
    before: Clip | None = None
    for clip in clips:
        begins, ends = ends, ends + clip.source.duration
        until = min(round(ends * sample_rate), total)
        if before is not None and before.source.end == clip.source.start:
            found[-1] = replace(found[-1], samples=found[-1].samples + until - written)
        else:
            head = tail = round(handles[begins] * sample_rate) if begins in handles else 0
            there_is = int(clip.source.start * sample_rate)
            tail = min(tail or max(0, fade - there_is), until - written) if before else 0
            head = min(head or fade, written - free_from, there_is) if before else 0
            if found:
                found[-1] = replace(found[-1], samples=found[-1].samples + tail, fade_out=head + tail)
            start = clip.source.start - Fraction(head, sample_rate)
            found.append(Stretch(start, head + until - written, fade_in=head + tail))
            free_from = written + tail
        before, written = clip, until
    last = found.pop()
    return [*found, replace(last, samples=last.samples + total - written)]


def crossfaded(found: Iterable[Stretch], read: Callable[[Stretch], Iterator[Sound]]) -> Iterator[Sound]:
    """The sound of all stretches, cross-faded at constant power.

    Args:
        found: of `stretches`.
        read: gives all samples of a stretch in pieces of any length; called while the stretch before is still being read.
    """
    before = _Samples(iter(()))
    for stretch in found:
        own = _Samples(read(stretch))
        yield from _faded(before, own, stretch.fade_in)
        yield from own.pieces(stretch.samples - stretch.fade_in - stretch.fade_out)
        before = own


def _faded(before: _Samples, own: _Samples, fade: int) -> Iterator[Sound]:
    """A cross-fade of `fade` samples."""
    for at in range(0, fade, PIECE):
        length = min(PIECE, fade - at)
        old, new = before.taken(length), own.taken(length)
        angle = (np.arange(at, at + length, dtype=np.float32) + 0.5) * np.float32(np.pi / 2 / fade)
        mixed = old * np.cos(angle) + new * np.sin(angle)
        # the powers of uncorrelated sounds add up; the levels of a bar and its repetition do, which would be 3 dB more in the middle
        # (M. Fink, M. Holters, U. Zölzer, "Signal-matched power-complementary cross-fading and dry-wet mixing", DAFx 2016)
        alike = _likeness(old, new) if fade <= JOIN else 0.0
        yield mixed / np.sqrt(1 + np.float32(max(alike, LEAST_LIKE)) * np.sin(2 * angle))


def _likeness(one: Sound, other: Sound) -> float:
    """Correlation of two sounds over all channels, -1..1; 0 if either is silent."""
    powers = float(np.square(one, dtype=np.float64).sum() * np.square(other, dtype=np.float64).sum())
    return float(np.multiply(one, other, dtype=np.float64).sum()) / powers**0.5 if powers > 0 else 0.0


def edged(sound: Iterator[Sound], total: int, fade_in: int, fade_out: int) -> Iterator[Sound]:
    """A sound of `total` samples with a fade-in and a fade-out of so many samples, each a quarter of a sine."""
    at, fade_in, fade_out = 0, min(fade_in, total), min(fade_out, total)
    for piece in sound:
        after = at + piece.shape[1]
        if at < fade_in:
            piece = piece * _risen(np.arange(at, after, dtype=np.float32), fade_in)  # noqa: PLW2901
        if after > total - fade_out:
            piece = piece * _risen(np.arange(total - at, total - after, -1, dtype=np.float32) - 1, fade_out)  # noqa: PLW2901
        at = after
        yield piece


def _risen(samples: NDArray[np.float32], fade: int) -> NDArray[np.float32]:
    """Gains of a fade-in of `fade` samples, 0..1, at these samples after its beginning."""
    return np.asarray(np.sin(np.clip((samples + 0.5) / np.float32(fade), 0, 1) * np.float32(np.pi / 2)), np.float32)


class _Samples:
    """Pieces of sound, taken in other lengths than they come in."""

    def __init__(self, pieces: Iterator[Sound]) -> None:
        self._pieces = pieces
        self._rest: Sound | None = None

    def pieces(self, length: int) -> Iterator[Sound]:
        """The next `length` samples, in pieces."""
        while length > 0:
            piece = next(self._pieces) if self._rest is None else self._rest
            self._rest = piece[:, length:] if piece.shape[1] > length else None
            piece = piece[:, :length]
            length -= piece.shape[1]
            yield piece

    def taken(self, length: int) -> Sound:
        """The next `length` samples, at least one, as one piece."""
        return np.concatenate(list(self.pieces(length)), axis=1)
