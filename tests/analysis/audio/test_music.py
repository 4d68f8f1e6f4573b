"""Whether there is music, and silence."""

import numpy as np
import pytest

from clipzy.analysis.audio.music import has_music, level_dbfs, passages, silence_mask, singing_mask, steadiness
from clipzy.analysis.stretches import runs

LOUD = np.full(1200, 0.1, np.float32)


def events(*stretches, seconds=60):
    """Probabilities of music, .95 in the stretches (start, end) in seconds and .02 elsewhere."""
    music = np.full(seconds * 100, 0.02, np.float32)
    for start, end in stretches:
        music[round(start * 100) : round(end * 100)] = 0.95
    return music


@pytest.mark.parametrize(
    ("stretches", "music"),
    [
        ([(0, 60)], True),
        ([(0, 23)], True),
        ([(10, 19)], True),
        ([(k, k + 0.6) for k in range(0, 60, 3)], False),
        ([(10, 16)], False),
        ([], False),
    ],
    ids=["throughout", "two-fifths", "nine-seconds-in-a-row", "knocks", "jingle", "none"],
)
def test_music_by_share_or_by_passage(stretches, music):
    """Music is 40 % of the frames, or 8 s in a row; single noises are not."""
    assert music is has_music(events(*stretches), LOUD)


def test_silence_is_never_music():
    """Below -60 dBFS nothing is music, whatever the network says."""
    assert not has_music(events((0, 60)), np.full(1200, 1e-4, np.float32))
    assert not has_music(np.zeros(0, np.float32), np.zeros(0, np.float32))


def test_music_passages_are_joined_and_cleaned():
    """Gaps up to a second close, and what is shorter than a second goes."""
    mask = passages(events((5, 10), (10.8, 20), (40, 40.4)))
    assert runs(mask).tolist() == [[500, 2000]]


def test_steadiness_is_how_much_of_the_passages_is_heard_as_music():
    """Gaps that were closed count against it; without passages there is nothing to waver."""
    broken = events(*((10 + k, 10 + k + 0.75) for k in range(8)))
    assert steadiness(broken, passages(broken)) == pytest.approx(0.75, abs=0.03)
    assert steadiness(events((10, 20)), passages(events((10, 20)))) == 1
    assert steadiness(events(), passages(events())) == 1


def test_singing_must_be_likelier_than_speech():
    """Where speech is likelier nobody sings."""
    probabilities = np.zeros((1000, 3), np.float32)
    probabilities[100:400, 1] = 0.9
    probabilities[600:900] = (0.95, 0.8, 0.0)
    assert runs(singing_mask(probabilities)).tolist() == [[100, 400]]


def test_silence_lasts_half_a_second():
    """Half a second below -60 dBFS is silence, less is a pause."""
    level = np.full(100, 0.1, np.float32)
    level[10:20] = level[50:59] = 1e-4
    assert runs(silence_mask(level)).tolist() == [[10, 20]]


def test_level_in_decibels():
    """A constant level of a tenth is -20 dBFS; nothing at all is -120."""
    assert level_dbfs(LOUD) == pytest.approx(-20)
    assert level_dbfs(np.zeros(0, np.float32)) == pytest.approx(-120)
