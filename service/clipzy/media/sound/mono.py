"""The mono mix of a sound for the networks, at the rates that they take; right is inverted where it would cancel left."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.layout import AudioLayout
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from clipzy.media.decoding.samples import Sound
from clipzy.media.sound.polarity import inverted_seconds, right_of

MONO_RATES = (22050, 16000)  # of the beat network, and of all others
TURNING_S = 0.02  # time in which right changes its sign, so that nothing clicks


class MonoMix:
    """Mixes a sound second by second into a file for each rate, and finds where left and right cancel each other."""

    def __init__(self, folder: Path, layout: str, rate: int, inverted: Sequence[bool], gain: float) -> None:
        """`layout`: FFmpeg's name; `rate`: of the sound, Hz; `inverted`: whether right is inverted, for each second; `gain`: linear."""
        self._rate, self._inverted = rate, inverted
        self._weights = mono_weights(layout) * np.float32(gain)
        self._right = right_of(channel_names(layout))
        self._spools = [_Spool(mono_path(folder, each), each) for each in MONO_RATES]
        self._powers: list[tuple[float, float]] = []
        self._fed = 0

    def add(self, sound: Sound) -> None:
        """Add the next second; only the last one may be shorter."""
        mixed = self._weights @ sound
        if self._right is not None:
            right = self._weights[self._right] * sound[self._right]
            self._powers.append((_power(mixed), _power(mixed - 2 * right)))
            mixed = mixed + (self._signs(sound.shape[1]) - 1) * right
        frame = AudioFrame.from_ndarray(mixed[None], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = self._rate, self._fed, Fraction(1, self._rate)
        self._fed += sound.shape[1]
        for spool in self._spools:
            spool.add(frame)

    def close(self) -> NDArray[np.bool_]:
        """Finish the files; returns in which seconds right has to be inverted, whether it was or not."""
        for spool in self._spools:
            spool.close()
        plain, turned = np.array(self._powers, np.float64).reshape(-1, 2).T
        return inverted_seconds(plain, turned)

    def _signs(self, samples: int) -> NDArray[np.float32]:
        """Factors for right in the coming second: 1, -1, or a ramp between them."""
        second = self._fed // self._rate
        before, now = (-1.0 if self._is_inverted(at) else 1.0 for at in (max(second - 1, 0), second))
        way = np.arange(1, samples + 1) / (TURNING_S * self._rate)
        return (before + (now - before) * np.minimum(way, 1.0)).astype(np.float32)

    def _is_inverted(self, second: int) -> bool:
        return second < len(self._inverted) and bool(self._inverted[second])


def mono_weights(layout: str) -> NDArray[np.float32]:
    """The weight of each channel in the mono mix, (channels,): the mean of the stereo downmix of ITU-R BS.775-4, which leaves out the LFE.

    It is not scaled down for all channels at full level together, which would make every dialogue 8 dB quieter: such peaks are clipped.
    """
    centre, side = math.sqrt(0.5), math.sqrt(0.125)
    share = {"FL": 0.5, "FR": 0.5, "FC": centre, "LFE": 0.0, "LFE2": 0.0, "BC": 0.5, "FLC": 0.5, "FRC": 0.5}
    names = channel_names(layout)
    if len(names) == 1:
        return np.ones(1, np.float32)
    return np.array([share.get(name, side) for name in names], np.float32)


def channel_names(layout: str) -> list[str]:
    """FFmpeg's names of the loudspeakers, in the order of the channels."""
    return [channel.name for channel in AudioLayout(layout).channels]


def mono_path(folder: Path, rate: int) -> Path:
    """The file of the mix at that rate, raw float32."""
    return folder / f"mono_{rate}.f32"


def _power(sound: NDArray[np.float32]) -> float:
    return float(np.square(sound, dtype=np.float64).mean()) if sound.size else 0.0


class _Spool:
    """A raw float32 file of a mono sound at one rate."""

    def __init__(self, path: Path, rate: int) -> None:
        self._resampler = AudioResampler(format="flt", layout="mono", rate=rate)
        self._file = path.open("wb")

    def add(self, frame: AudioFrame) -> None:
        self._write(self._resampler.resample(frame))

    def close(self) -> None:
        self._write(self._resampler.resample(None))
        self._file.close()

    def _write(self, frames: list[AudioFrame]) -> None:
        for frame in frames:
            # PyAV's flush returns the None it was given if nothing is resampled
            if frame is not None:
                self._file.write(np.clip(frame.to_ndarray(), -1.0, 1.0).tobytes())
