"""Mixes the footage's sound with the template's by a plan's soundtrack: gains, ducking, and a fade at the end."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipzy.media.decoding.samples import Sound, silence
from clipzy.media.sound.decibels import linear
from clipzy.media.sound.recording import even
from clipzy.style.soundtrack import Ducking, Soundtrack

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Mix:
    """The template's sound on the output's timeline, with the footage's over it."""

    soundtrack: Soundtrack
    sample_rate: int  # Hz
    channels: int
    total: int  # samples of the output

    def under(self, footage: Iterator[Sound], template: Iterator[Sound]) -> Iterator[Sound]:
        """Both sounds mixed. The footage's, or silence, is as long as the output, the template's no longer."""
        gain = np.float32(linear(self.soundtrack.footage_gain_db or 0.0))
        for own, theirs in zip(even(footage), even(self._bed(template)), strict=True):
            yield _widened(own, self.channels) * gain + theirs

    def _bed(self, template: Iterator[Sound]) -> Iterator[Sound]:
        """The template's sound with its gains, padded with silence to the output's length."""
        at = 0
        for piece in even(template):
            yield _widened(piece, self.channels) * self._gains(at, piece.shape[1])
            at += piece.shape[1]
        yield from silence(self.channels, self.total - at, self.sample_rate)

    def _gains(self, at: int, length: int) -> NDArray[np.float32]:
        """Linear gains of `length` samples of the template's sound from sample `at` on."""
        times = np.arange(at, at + length) / self.sample_rate
        gains = np.full(length, linear(self.soundtrack.gain_db))
        if self.soundtrack.ducking is not None:
            gains *= 10 ** (-self.soundtrack.ducking.depth_db / 20 * lowered(self.soundtrack.ducking, times))
        fade, ends = (
            float(self.soundtrack.fade_out_s),
            min(float(self.soundtrack.duration), self.total / self.sample_rate),
        )
        if fade and times[-1] > ends - fade:
            # a quarter of a cosine: flat where it begins
            gains *= np.cos(np.clip((times - ends + fade) / fade, 0, 1) * np.pi / 2)
        return gains.astype(np.float32)


def lowered(ducking: Ducking, times_s: Floats) -> Floats:
    """How far the template's sound is ducked at each of these ascending seconds of the output: 0 not at all, 1 by the full depth."""
    attack, release = float(ducking.attack_s), float(ducking.release_s)
    first = bisect_left(ducking.spans, times_s[0] - release, key=lambda span: float(span.end))
    last = bisect_right(ducking.spans, times_s[-1] + attack, key=lambda span: float(span.start))
    way = np.zeros(len(times_s))
    for span in ducking.spans[first:last]:
        down = (times_s - float(span.start) + attack) / attack
        up = (float(span.end) + release - times_s) / release
        np.maximum(way, np.minimum(down, up), out=way)
    eased: Floats = 0.5 - 0.5 * np.cos(np.pi * np.clip(way, 0, 1))
    return eased


def _widened(sound: Sound, channels: int) -> Sound:
    """Mono on all channels at full level, as a player does it."""
    return sound if len(sound) == channels else np.repeat(sound, channels, axis=0)
