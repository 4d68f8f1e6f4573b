"""Loudness after EBU R 128 (ITU-R BS.1770-4, EBU Tech 3342), measured by FFmpeg's ebur128 filter as the sound streams by."""

from __future__ import annotations

import math
from fractions import Fraction

import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.layout import AudioLayout
from av.filter import Graph
from numpy.typing import NDArray

from clipzy.style.measurements import Loudness

GATED_SILENCE_LUFS = -70.0  # what the filter says when the absolute gate of BS.1770-4 leaves nothing
PEAK_ROUNDING = 0.0005  # the filter's peaks have three decimals
RANGE_WINDOW_S = 3  # EBU Tech 3342 looks at the loudness over 3 s: shorter sounds have no range


class LoudnessMeter:
    """Feed it all of a sound, then ask. One channel counts as played on two loudspeakers, as it will be (dual mono)."""

    def __init__(self, sample_rate: int, layout: str, *, peaks: bool = True) -> None:
        """`peaks`: measure the true peak too, which costs more than twice as much as all the rest."""
        self._rate, self._layout, self._peaks = sample_rate, layout, peaks
        self._graph = Graph()
        self._source = self._graph.add(
            "abuffer", f"sample_rate={sample_rate}:sample_fmt=flt:channel_layout={layout}:time_base=1/{sample_rate}"
        )
        meter = self._graph.add(
            "ebur128", f"metadata=1:peak={'true' if peaks else 'none'}:dualmono={int(layout == 'mono')}"
        )
        self._sink = self._graph.add("abuffersink")
        self._graph.link_nodes(self._source, meter, self._sink).configure()
        self._samples = self._pushed = 0
        self._sample_peak = 0.0
        self._said: dict[str, str] = {}
        # A block of BS.1770-4, .4 s, which measures nothing that is shorter. The filter looks at one after each .1 s, both in whole samples:
        # where these do not go together, as at 11025 Hz, so much silence comes first that one looked at begins where the sound does
        self._block, step = sample_rate * 4 // 10, sample_rate // 10
        lead = -self._block % step
        if lead:
            self._push_silence(lead)

    def add(self, sound: NDArray[np.float32]) -> None:
        """The next piece, (channels, samples)."""
        self._push(sound)
        self._samples += sound.shape[1]
        self._sample_peak = max(self._sample_peak, float(np.abs(sound).max(initial=0.0)))
        self._drain()

    def result(self) -> Loudness:
        """Integrated loudness, range and true peak of all that was fed; each None where it has no value, as in silence, or was not asked for.

        The filter gives the true peak with three decimals of amplitude, 0.04 dB at -20 dBTP but 0.4 dB at -40: within that rounding
        the exact peak of the samples stands for it. Sound that is shorter than a block of BS.1770-4 is one block of its own, without a relative gate.
        """
        if 0 < self._samples < self._block:
            integrated = self._of_one_block()
        else:
            self._source.push(None)
            self._drain()
            integrated = float(self._said.get("lavfi.r128.I", "nan"))
        if not integrated > GATED_SILENCE_LUFS:
            integrated = math.nan
        spread = float(self._said.get("lavfi.r128.LRA", "nan"))
        if math.isnan(integrated) or self._samples < RANGE_WINDOW_S * self._rate:
            spread = math.nan
        peak = float(self._said.get("lavfi.r128.true_peak", "0"))
        if peak <= self._sample_peak + PEAK_ROUNDING:
            peak = self._sample_peak
        return Loudness(
            integrated_lufs=None if math.isnan(integrated) else integrated,
            range_lu=None if math.isnan(spread) else spread,
            true_peak_dbtp=20 * math.log10(peak) if peak > 0 and self._peaks else None,
        )

    def _push(self, sound: NDArray[np.float32]) -> None:
        # sample by sample, since PyAV cannot fill planes of eight channels
        frame = AudioFrame.from_ndarray(sound.T.reshape(1, -1), format="flt", layout=self._layout)
        frame.sample_rate, frame.pts, frame.time_base = self._rate, self._pushed, Fraction(1, self._rate)
        self._pushed += sound.shape[1]
        self._source.push(frame)

    def _push_silence(self, samples: int) -> None:
        self._push(np.zeros((AudioLayout(self._layout).nb_channels, samples), np.float32))

    def _of_one_block(self) -> float:
        """Loudness of all that was fed, which is less than a block, LUFS."""
        # silence fills the block, and its share is then taken out of the mean power
        self._push_silence(self._block - self._samples)
        self._source.push(None)
        self._drain()
        return float(self._said.get("lavfi.r128.M", "nan")) + 10 * math.log10(self._block / self._samples)

    def _drain(self) -> None:
        while True:
            try:
                said = self._sink.pull().metadata
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            if said:  # the last frame may be too short to be measured
                self._said = said
