"""Samples are looked at as often as their subject asks for."""

from fractions import Fraction

import numpy as np

from clipzy.analysis.framing.bars import Bars
from clipzy.media.decoding.taps import Frames
from clipzy.stages.subjects import look
from portraits import astronaut


def test_a_face_that_moves_is_seen_twice_a_second(networks, monkeypatch):
    """It rests for half of the time, in which it is seen once a second, and walks in the other half."""
    monkeypatch.setattr("clipzy.stages.subjects.COMPOSED", 12)
    person, count, step = astronaut(160), 16, 20
    pictures = np.full((count, 160, 320, 3), 90, np.uint8)
    for number in range(count):
        left = step * max(0, number - count // 2)
        pictures[number, :, left : left + 160] = person
    samples = Frames(pictures, np.arange(count), Fraction(1, 2))
    subjects, composition = look(networks, samples, Bars())
    times = [subject.time_s for subject in subjects]
    assert times == [*range(count // 4), *np.arange(count // 4, count // 2 - 1, 0.5), count // 2 - 1]
    assert all(subject.is_face for subject in subjects)
    walked = (subjects[-1].centre[0] - subjects[0].centre[0]) * 320
    assert abs(walked - step * (count // 2 - 2)) < 5
    assert composition.headroom is not None
