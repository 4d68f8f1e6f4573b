"""A sound as a picture: its waveform, with beats and cuts on the same axis."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from clipzy.media.decoding.samples import Sound
from clipzy.media.stills import Picture

WIDTH, HEIGHT = 1600, 320
GROUND, WAVE, BEAT, DOWNBEAT, CUT = (16, 18, 24), (96, 165, 250), (71, 85, 105), (250, 204, 21), (248, 113, 113)
MARKED_SHARE = 0.12  # of the height, at the top for cuts and at the bottom for beats


class Envelope:
    """The lowest and the highest sample of each column of a picture, of a sound in pieces."""

    def __init__(self, samples: int) -> None:
        """`samples`: of the whole sound, at least 1."""
        self._samples = samples
        self._lows_highs = np.zeros((WIDTH, 2), np.float32)
        self._at = 0

    def add(self, sound: Sound) -> None:
        """Add the next piece, (channels, n), not beyond `samples`."""
        if not sound.shape[1]:
            return
        columns, begins = np.unique(
            (np.arange(self._at, self._at + sound.shape[1]) * WIDTH) // self._samples, return_index=True
        )
        lows, highs = np.minimum.reduceat(sound.min(0), begins), np.maximum.reduceat(sound.max(0), begins)
        self._lows_highs[columns, 0] = np.minimum(self._lows_highs[columns, 0], lows)
        self._lows_highs[columns, 1] = np.maximum(self._lows_highs[columns, 1], highs)
        self._at += sound.shape[1]

    @property
    def columns(self) -> NDArray[np.float32]:
        """(1600, 2) lowest and highest sample of each column, -1..1, lowest at most 0 and highest at least 0."""
        return self._lows_highs.clip(-1, 1)


def waveform(
    envelope: Envelope, duration: Fraction, beats: Sequence[tuple[float, bool]], cuts: Sequence[Fraction]
) -> Picture:
    """Draw a sound.

    Args:
        envelope: of all of it.
        duration: of the picture's width, seconds.
        beats: seconds, and whether it is a downbeat (yellow) or another beat (grey); at the bottom.
        cuts: seconds; red, at the top.

    Returns:
        (320, 1600, 3) uint8 RGB; each column goes from the lowest to the highest sample of its time.
    """
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
    for x, (low, high) in enumerate(envelope.columns):
        draw.line((x, round(middle - high * reach), x, round(middle - low * reach)), fill=WAVE)
    return np.asarray(image)
