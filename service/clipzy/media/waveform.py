"""The sound of a file as a picture: its waveform, with beats and cuts on the same axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from clipzy.media.footage import Sound, SoundReader, examine
from clipzy.media.recording import even
from clipzy.media.stills import Picture

WIDTH, HEIGHT = 1600, 320
GROUND, WAVE, BEAT, DOWNBEAT, CUT = (16, 18, 24), (96, 165, 250), (71, 85, 105), (250, 204, 21), (248, 113, 113)
MARKED_SHARE = 0.12  # of the height, at the top for cuts and at the bottom for beats


def waveform(
    path: Path,
    duration: Fraction,
    beats: Sequence[tuple[float, bool]],
    cuts: Sequence[Fraction],
    listen: Callable[[Sound, int], None] | None = None,
) -> Picture | None:
    """Draw the sound of a file, None where it has none that can be decoded.

    Args:
        path: one of the accepted containers.
        duration: seconds that the picture's width stands for.
        beats: seconds, and whether it is a downbeat (yellow) or another beat (grey); at the bottom.
        cuts: seconds; red, at the top.
        listen: is given every piece of the sound, (channels, samples), and its sample rate in Hz, as it passes by.

    Returns:
        (320, 1600, 3) uint8 RGB; each column from the lowest to the highest sample of its time, full height for full scale.
    """
    lows_highs = _envelope(path, duration, listen)
    if lows_highs is None:
        return None
    image = Image.new("RGB", (WIDTH, HEIGHT), GROUND)
    draw = ImageDraw.Draw(image)
    marked = round(HEIGHT * MARKED_SHARE)

    def column(time_s: float) -> int:
        return min(int(time_s / float(duration) * WIDTH), WIDTH - 1)

    for time_s, is_downbeat in beats:
        x = column(time_s)
        draw.line((x, HEIGHT - marked, x, HEIGHT - 1), fill=DOWNBEAT if is_downbeat else BEAT)
    for cut in cuts:
        draw.line((column(float(cut)), 0, column(float(cut)), marked), fill=CUT, width=2)
    middle, reach = HEIGHT / 2, HEIGHT / 2 - marked
    for x, (low, high) in enumerate(lows_highs):
        draw.line((x, round(middle - high * reach), x, round(middle - low * reach)), fill=WAVE)
    return np.asarray(image)


def _envelope(
    path: Path, duration: Fraction, listen: Callable[[Sound, int], None] | None
) -> NDArray[np.float32] | None:
    """(1600, 2) lowest and highest sample of each column, -1..1; decoded piece by piece."""
    source = examine(path)
    if source.sample_rate is None:
        return None
    samples = max(round(duration * source.sample_rate), 1)
    envelope = np.zeros((WIDTH, 2), np.float32)
    at = 0
    with SoundReader(source) as reader:
        for block in even(reader.blocks(Fraction(0), samples)):
            if listen is not None:
                listen(block, source.sample_rate)
            columns, begins = np.unique((np.arange(at, at + block.shape[1]) * WIDTH) // samples, return_index=True)
            lows, highs = np.minimum.reduceat(block.min(0), begins), np.maximum.reduceat(block.max(0), begins)
            envelope[columns, 0] = np.minimum(envelope[columns, 0], lows)
            envelope[columns, 1] = np.maximum(envelope[columns, 1], highs)
            at += block.shape[1]
    return envelope.clip(-1, 1)
