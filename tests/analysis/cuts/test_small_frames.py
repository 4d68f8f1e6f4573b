"""Sums over the colours and pixels of small frames."""

import numpy as np

from clipzy.analysis.cuts.small_frames import blocks, changes, grey

FRAMES = np.random.default_rng(3).integers(0, 256, (6, 28, 50, 3), np.uint8)


def test_all_sums_are_the_means_that_numpy_takes():
    """To the bit: thresholds upon them stay where they were set. What is over of a block's size is left out."""
    values = FRAMES.astype(np.float32)
    np.testing.assert_array_equal(grey(FRAMES), values.mean(-1) / 255)
    np.testing.assert_array_equal(grey(FRAMES[2]), values[2].mean(-1) / 255)
    steps = np.abs(np.diff(FRAMES.astype(np.int16), axis=0)).mean((1, 2, 3)) / 255
    np.testing.assert_array_equal(changes(FRAMES), steps.astype(np.float32))
    tiles = FRAMES[:, :27, :48].reshape(6, 9, 3, 16, 3, 3).mean((2, 4), dtype=np.float32) / 255
    np.testing.assert_array_equal(blocks(FRAMES), tiles.reshape(6, -1))
