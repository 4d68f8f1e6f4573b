"""A compressor, FFmpeg's acompressor, whose threshold follows the loudness of the whole sound."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.filter import Graph

from clipzy.media.decoding.samples import Sound
from clipzy.media.sound.decibels import linear

# Levels down to 20 LU under the integrated loudness are compressed. So the ratio applies to the whole programme, as a style means it; lower levels are
# pauses (the gate of EBU Tech 3342), whose noise is not raised any further
REACH_LU = 20.0
WORKING_LUFS = -20.0  # the sound is brought there first, since acompressor's threshold is fixed
MOST_DB = 36.0  # of acompressor's input gain
ATTACK_MS, RELEASE_MS = 20.0, 250.0  # evens out syllables and notes without flattening their attacks


class Compressor:
    """Divides, in decibels, what lies over the threshold by `ratio`; the gain follows the mean power of all channels, without delay.

    The overall level changes: a later gain has to set it.
    """

    def __init__(self, ratio: float, programme_lufs: float, sample_rate: int, layout: str) -> None:
        """`ratio`: 1..20. `programme_lufs`: integrated loudness of the whole sound. `layout`: FFmpeg's name, as `stereo`."""
        self._rate, self._layout = sample_rate, layout
        gain_db = min(max(WORKING_LUFS - programme_lufs, -MOST_DB), MOST_DB)
        self._graph = Graph()
        self._source = self._graph.add(
            "abuffer", f"sample_rate={sample_rate}:sample_fmt=fltp:channel_layout={layout}:time_base=1/{sample_rate}"
        )
        compressor = self._graph.add(
            "acompressor",
            f"level_in={linear(gain_db)}:threshold={linear(WORKING_LUFS - REACH_LU)}:ratio={ratio}"
            f":attack={ATTACK_MS}:release={RELEASE_MS}:detection=rms:link=average",
        )
        planar = self._graph.add("aformat", "sample_fmts=fltp")  # the compressor computes in double
        self._sink = self._graph.add("abuffersink")
        self._graph.link_nodes(self._source, compressor, planar, self._sink).configure()
        self._samples = 0

    def __call__(self, sound: Sound) -> Sound:
        """The next piece, (channels, samples) with at least one, C-contiguous, compressed."""
        frame = AudioFrame.from_ndarray(sound, format="fltp", layout=self._layout)
        frame.sample_rate, frame.pts, frame.time_base = self._rate, self._samples, Fraction(1, self._rate)
        self._samples += sound.shape[1]
        self._source.push(frame)
        return np.concatenate(list(self._ready()), axis=1)

    def _ready(self) -> Iterator[Sound]:
        """The filter's output: as much as it was given, since it does not look ahead."""
        while True:
            try:
                frame = self._sink.pull()
            except av.error.BlockingIOError:
                return
            assert isinstance(frame, AudioFrame)  # of a graph of sound
            yield np.asarray(frame.to_ndarray(), np.float32)
