"""Loudness by EBU R 128 (ITU-R BS.1770-4, EBU Tech 3342), measured by FFmpeg's ebur128 filter piece by piece."""

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

GATED_SILENCE_LUFS = -70.0  # the filter's value if the absolute gate of BS.1770-4 leaves nothing
PEAK_ROUNDING = 0.0005  # the filter's peaks have three decimals
RANGE_WINDOW_S = 3  # of EBU Tech 3342: shorter sounds have no range


class LoudnessMeter:
    """Add all of a sound, then take the result. Mono counts as played on two loudspeakers, as it will be (dual mono)."""

    def __init__(self, sample_rate: int, layout: str, *, peaks: bool = True) -> None:
        """`peaks`: measure the true peak too, which takes more than twice as long as the rest."""
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
        # BS.1770-4 measures blocks of .4 s, the filter one every .1 s, both in whole samples. If the block is not a multiple of the step, as at
        # 11025 Hz, silence is added in front so that one of the blocks begins with the sound
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
        """Integrated loudness, range and true peak of all that was added; None for a value that does not exist, as in silence, or was not asked for.

        The filter rounds the true peak to three decimals of amplitude, 0.04 dB at -20 dBTP but 0.4 dB at -40: within that rounding the exact sample peak is
        given. A sound shorter than a block of BS.1770-4 is measured as a single block, without a relative gate.
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
        # interleaved, since PyAV cannot fill planes of eight channels
        frame = AudioFrame.from_ndarray(sound.T.reshape(1, -1), format="flt", layout=self._layout)
        frame.sample_rate, frame.pts, frame.time_base = self._rate, self._pushed, Fraction(1, self._rate)
        self._pushed += sound.shape[1]
        self._source.push(frame)

    def _push_silence(self, samples: int) -> None:
        self._push(np.zeros((AudioLayout(self._layout).nb_channels, samples), np.float32))

    def _of_one_block(self) -> float:
        """LUFS of a sound shorter than a block."""
        # the block is filled up with silence, whose share is then taken out of the mean power
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
