"""The state machine as a table, and progress as bands."""

from __future__ import annotations

import itertools

import pytest

from clipzy.jobs.lifecycle import BANDS, MOVES, Stage, Status, progress_percent

ALLOWED = {
    ("queued", "processing"),
    ("queued", "cancelled"),
    ("processing", "completed"),
    ("processing", "failed"),
    ("processing", "cancelled"),
}
PAIRS = list(itertools.product(Status, Status))


@pytest.mark.parametrize(("current", "to"), PAIRS, ids=[f"{current}-{to}" for current, to in PAIRS])
def test_only_documented_moves_are_allowed(current, to):
    """Of the 25 pairs of statuses exactly the five documented ones are moves."""
    assert ((current.value, to.value) in ALLOWED) == (to in MOVES[current])


def test_bands_cover_1_to_99_without_gap():
    """Each stage begins one percent after the one before it ended."""
    bands = [BANDS[stage] for stage in Stage]
    assert bands[0][0] == 1
    assert bands[-1][1] == 99
    assert [last + 1 for _, last in bands[:-1]] == [first for first, _ in bands[1:]]


@pytest.mark.parametrize(
    ("fraction", "percent"),
    [(-1.0, 86), (0.0, 86), (0.5, 92), (0.999, 98), (1.0, 99), (7.0, 99)],
)
def test_progress_stays_inside_its_band(fraction, percent):
    """A share of rendering is a whole percent of 86..99, whatever the stage says."""
    assert percent == progress_percent(Stage.RENDERING, fraction)
