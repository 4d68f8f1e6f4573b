"""The sounds of known level that the benchmark of loudness makes."""

from functools import cache

import numpy as np
import pytest
from sound_levels import RATE, known_answers, oversampled_peak

SEEDS = (1, 2)
PEAKS = [f"3341-{number}" for number in range(15, 20)]  # of EBU Tech 3341, the last over full scale


@cache
def peaks(seed):
    """The sounds whose true peak is known, by name."""
    known = known_answers(np.random.default_rng(seed))
    return {each.name: each for each in known if each.answer.true_peak is not None}


def test_the_cases_of_true_peaks_are_those_of_the_document():
    """All that are known, in its order."""
    assert [*peaks(SEEDS[0])] == PEAKS


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", PEAKS)
def test_a_peak_lies_where_its_answer_says(name, seed):
    """Between the samples, by sixteenfold oversampling."""
    known = peaks(seed)[name]
    assert oversampled_peak(known.audio.astype(np.float64)) == pytest.approx(known.answer.true_peak, abs=0.05)


@pytest.mark.parametrize("seed", SEEDS)
def test_levels_can_be_coded_without_clipping(seed):
    """In every case, whatever gain was drawn."""
    for known in known_answers(np.random.default_rng(seed)):
        assert known.audio.shape[0] >= 2 * RATE, known.name
        assert np.abs(known.audio).max() <= 1.0, known.name
