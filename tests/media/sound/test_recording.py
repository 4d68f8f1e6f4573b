"""Sounds heard more than once and made once."""

import numpy as np
import pytest

from clipzy.media.sound import recording
from clipzy.media.sound.recording import PIECE, Recording


@pytest.mark.parametrize("samples", [0, 1, PIECE, PIECE + 1, 3 * PIECE + 5])
@pytest.mark.parametrize("in_memory", [1 << 25, 1000], ids=["memory", "file"])
def test_what_is_played_is_what_was_recorded(samples, in_memory, monkeypatch, tmp_path):
    """Bit for bit, piece for piece, at each hearing; the sound is made once and nothing is left behind."""
    monkeypatch.setattr(recording, "IN_MEMORY_BYTES", in_memory)
    sound = np.random.default_rng(0).standard_normal((2, samples)).astype(np.float32)
    made = []

    def blocks():
        made.append(1)
        return (sound[:, at : at + 777] for at in range(0, samples, 777))

    with Recording(blocks, 2, tmp_path) as recorded:
        first, *again = (list(recorded()) for _ in range(3))
    assert np.array_equal(np.concatenate([np.zeros((2, 0), np.float32), *first], axis=1), sound)
    for pieces in again:
        assert all(np.array_equal(a, b) for a, b in zip(pieces, first, strict=True))
    assert made == [1]
    assert list(tmp_path.iterdir()) == []


def test_a_hearing_that_was_broken_off_is_made_anew():
    """Half a recording is none."""
    sound = np.ones((1, 3 * PIECE), np.float32)
    with Recording(lambda: iter([sound]), 1) as recorded:
        next(recorded())
        assert sum(piece.shape[1] for piece in recorded()) == 3 * PIECE
        assert sum(piece.shape[1] for piece in recorded()) == 3 * PIECE
