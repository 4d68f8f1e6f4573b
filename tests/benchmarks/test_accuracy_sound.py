"""The sounds of known level that the benchmark of loudness makes."""

import numpy as np
import pytest
from sound_levels import RATE, known_answers, oversampled_peak

CASES = [known for seed in (1, 2) for known in known_answers(np.random.default_rng(seed))]
PEAKS = [known for known in CASES if known.answer.true_peak is not None]


def test_the_cases_of_true_peaks_are_those_of_the_document():
    """15 to 19 of EBU Tech 3341, the last over full scale."""
    assert [known.name for known in PEAKS[:5]] == [f"3341-{number}" for number in range(15, 20)]


@pytest.mark.parametrize("known", PEAKS, ids=[f"{known.name}, {n // 5}" for n, known in enumerate(PEAKS)])
def test_a_peak_lies_where_its_answer_says(known):
    """Between the samples, by sixteenfold oversampling."""
    assert oversampled_peak(known.audio.astype(np.float64)) == pytest.approx(known.answer.true_peak, abs=0.05)


@pytest.mark.parametrize("known", CASES, ids=[f"{known.name}, {n}" for n, known in enumerate(CASES)])
def test_levels_can_be_coded_without_clipping(known):
    """In every case, whatever gain was drawn."""
    assert known.audio.shape[0] >= 2 * RATE
    assert np.abs(known.audio).max() <= 1.0
