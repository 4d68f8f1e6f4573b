"""Long-term spectrum."""

import numpy as np
import pytest

from clipzy.analysis.audio.spectrum import band_levels, mean_power
from synth import sine

EVERYWHERE = np.ones(10, bool)  # seconds


def test_a_sine_shows_its_power_in_its_band():
    """A sine of -20 dBFS peak has -23 dB in its third-octave and at least 60 dB less elsewhere."""
    power = mean_power(sine(1000, 3, 16000, peak_dbfs=-20)[:, 0], 16000, EVERYWHERE, 1.0)
    inside, outside = band_levels(power, 16000, ((890, 1122), (2000, 4000)))
    assert inside == pytest.approx(-23.01, abs=0.05)
    assert outside < inside - 60


def test_only_chosen_parts_count():
    """A mask picks the windows by their middle."""
    audio = np.concatenate([sine(500, 5, 16000)[:, 0], sine(2000, 5, 16000)[:, 0]])
    early = mean_power(audio, 16000, np.arange(10) < 4, 1.0)
    low, high = band_levels(early, 16000, ((400, 600), (1900, 2100)))
    assert low > high + 60


def test_no_part_has_no_spectrum():
    """Nothing chosen, no answer."""
    assert mean_power(np.ones(20000, np.float32), 16000, np.zeros(2, bool), 1.0) is None
    assert mean_power(np.ones(20000, np.float32), 16000, np.zeros(0, bool), 1.0) is None


def test_short_sounds_are_filled_up():
    """Less than one window is measured too."""
    assert mean_power(np.ones(100, np.float32), 16000, EVERYWHERE, 1.0).shape == (4097,)
