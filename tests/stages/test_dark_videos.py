"""Shots of dark videos, from their small frames."""

from fractions import Fraction
from types import SimpleNamespace

import numpy as np

import scenes
from clipzy.stages.video_analysis import find_shots


def test_the_cuts_of_a_dark_video_are_found(networks, tmp_path):
    """Though no code is over 20; nothing is left of the lighter copy that is looked at."""
    frames = scenes.as_bytes(np.concatenate([scenes.shot(k, 40, noise=0.001) for k in range(3)]) * 0.08)
    decoded = SimpleNamespace(
        frame_count=120, duration=Fraction(120, 25), ticks=np.arange(120), time_base=Fraction(1, 25)
    )
    found = find_shots(networks, frames, decoded, scratch=tmp_path)
    assert [int(each.start * 25) for each in found] == [40, 80]
    assert list(tmp_path.iterdir()) == []
