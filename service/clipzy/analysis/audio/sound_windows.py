"""Feeding long sounds to the networks in equal chunks, and joining what they answer frame by frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.audio.sound_rates import BEAT_HOP, BEAT_RATE, EVENT_HOP, EVENT_RATE, VOICE_HOP

Floats = NDArray[np.float32]
Ask = Callable[[Floats], Floats]
"""One batch through a network: (B, samples) in, (B, frames, ...) out."""


@dataclass(frozen=True, slots=True)
class Framing:
    """How a network counts frames over a sound, and how much of it to give at once.

    Frame k needs the samples from `k * hop` on, `window` of them (a centred network pads by itself: there `window == hop`).
    `size` frames make a full chunk; of these the first `before` and the last `after` are context whose answers do not count, save at the
    sound's own ends. A call of `batch` chunks carries 80 MB at most: for each network and GPU the server keeps shared memory for two of the largest, as
    long as it runs.
    """

    hop: int  # samples
    window: int  # samples
    size: int  # frames
    before: int  # frames
    after: int  # frames
    batch: int = 8  # chunks at once

    def frames(self, samples: int) -> int:
        """Number of frames a sound of that many samples has; the last one may reach past its end, where zeros stand."""
        if self.window == self.hop:
            return -(-samples // self.hop)
        return 1 + max(0, samples - self.window) // self.hop if samples else 0


# The LSTMs of the beat network run forwards only: 10 s let them find the pulse again; the front end looks one frame ahead.
BEATS_FRAMING = Framing(BEAT_HOP, BEAT_HOP, size=BEAT_RATE * 70, before=BEAT_RATE * 10, after=4)
# DFSMN: eight blocks that look 19 frames back and 20 ahead each; 1.6 s on both sides hold all of the receptive field.
EVENTS_FRAMING = Framing(EVENT_HOP, 400, size=EVENT_RATE * 60, before=160, after=160)
# The voice network wavers for up to 30 s on singing until it agrees with a run over the whole: ten minutes at once keep that cheap.
# On the processor two at once take as long as eight, through Triton half a second longer for an hour of sound; one by one, a second.
VOICE_FRAMING = Framing(VOICE_HOP, VOICE_HOP, size=18750, before=938, after=0, batch=2)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Frames [start, stop) of a sound given to a network; those in [keep_start, keep_stop) are the ones whose answers count."""

    start: int
    stop: int
    keep_start: int
    keep_stop: int


def chunks(n: int, size: int, before: int, after: int) -> tuple[Chunk, ...]:
    """Cover n frames by overlapping chunks of one common length of at most `size`, so that they can be batched.

    Chunks never reach past the sound: the first keeps its start and the last its end without context, as in one long run. The work is
    spread evenly, and where the count does not divide, the last chunk has more context before it.
    """
    if n == 0:
        return ()
    count = max(1, -(-(n - before - after) // (size - before - after)))
    step = -(-(n - before - after) // count)
    length = min(n, step + before + after)
    made: list[Chunk] = []
    kept = 0
    for k in range(count):
        start = min(k * step, n - length)
        keep_stop = n if k == count - 1 else start + length - after
        made.append(Chunk(start, start + length, kept, keep_stop))
        kept = keep_stop
    return tuple(made)


def cut(audio: Floats, framing: Framing, chunk: Chunk) -> Floats:
    """Take a chunk's samples out of (N,) audio, which may be a memory map; zeros where it reaches past the end. A copy."""
    length = (chunk.stop - chunk.start - 1) * framing.hop + framing.window
    piece = np.zeros(length, np.float32)
    found = audio[chunk.start * framing.hop : chunk.start * framing.hop + length]
    piece[: len(found)] = found
    return piece


def ask_in_chunks(
    audio: Floats, framing: Framing, ask: Ask, *, progress: Callable[[float], None] | None = None
) -> Floats:
    """Run a network over the whole of a sound, up to `framing.batch` chunks at once.

    Args:
        audio: (N,) mono, -1..1, at the network's rate; may be a memory map, read in pieces.
        framing: the network's.
        ask: one batch of equal chunks, (B, samples) float32, to (B, chunk frames, ...); more frames than asked for are cut off.
        progress: told the share done, 0..1, after each batch.

    Returns:
        (frames, ...) float32 with one row per frame of the sound; (0,) for a sound without samples.

    Raises:
        ValueError: when the network answers with fewer frames than its framing says.
    """
    plan = chunks(framing.frames(len(audio)), framing.size, framing.before, framing.after)
    kept: list[Floats] = []
    for at in range(0, len(plan), framing.batch):
        group = plan[at : at + framing.batch]
        answers = ask(np.stack([cut(audio, framing, chunk) for chunk in group]))
        for chunk, answer in zip(group, answers, strict=True):
            if len(answer) < chunk.stop - chunk.start:
                raise ValueError(f"a chunk of {chunk.stop - chunk.start} frames was answered with {len(answer)}")
            kept.append(answer[chunk.keep_start - chunk.start : chunk.keep_stop - chunk.start])
        if progress is not None:
            progress((at + len(group)) / len(plan))
    return np.concatenate(kept).astype(np.float32, copy=False) if kept else np.zeros(0, np.float32)


def spread_patches(audio: Floats, length: int, most: int, where: NDArray[np.bool_]) -> Floats:
    """Take evenly spread excerpts of one length: a sample of a long sound where the whole would cost too much.

    Args:
        audio: (N,) mono; may be a memory map.
        length: samples of each excerpt; a shorter sound gives one, filled up with zeros.
        most: largest number of excerpts.
        where: for each whole excerpt of the sound, `N // length` of them, whether it is worth taking; all are when none is.

    Returns:
        (P, length) float32, P from 1 to `most`; (0, length) for a sound without samples.
    """
    count = len(audio) // length
    if len(audio) == 0:
        return np.zeros((0, length), np.float32)
    if count == 0:
        return np.pad(np.asarray(audio, np.float32), (0, length - len(audio)))[None]
    worth = np.flatnonzero(where) if where.any() else np.arange(count)
    # the middles of `most` equal parts, so that neither the start nor the end weighs more
    picks = worth if len(worth) <= most else worth[((np.arange(most) + 0.5) * len(worth) / most).astype(int)]
    return np.stack([np.asarray(audio[k * length : (k + 1) * length], np.float32) for k in picks])
