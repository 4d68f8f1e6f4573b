"""Scores of the accuracy benchmarks, on counts that can be told by hand."""

import math

import numpy as np
import pytest
from report import Report, Row, options
from scoring import (
    Counts,
    Estimate,
    bootstrap,
    bootstrap_difference,
    f1,
    match_intervals,
    pooled,
    recall,
    share,
    total,
)


def test_counts_give_precision_recall_and_f1():
    """Three of four found are right, three of six true ones are found."""
    counts = Counts(3, 4, 6)
    assert (counts.precision, counts.recall, counts.f1) == (0.75, 0.5, 0.6)


def test_nothing_found_where_nothing_is_has_no_score():
    """No score is made up where there is nothing to score."""
    assert all(math.isnan(v) for v in (Counts(0, 0, 0).precision, Counts(0, 0, 0).recall, Counts(0, 0, 0).f1))


def test_counts_of_units_are_pooled_before_scoring():
    """A unit with many boundaries counts for more than one with few."""
    units = [Counts(1, 1, 1), Counts(0, 9, 9)]
    assert total(units) == Counts(1, 10, 10)
    assert f1(units) == recall(units) == 0.1


@pytest.mark.parametrize(
    ("found", "true", "pairs"),
    [
        ([(10, 10)], [(12, 12)], [(0, 0)]),
        ([(10, 10)], [(13, 13)], []),
        ([(10, 10)], [(12, 30)], [(0, 0)]),
        ([(20, 20)], [(12, 30)], [(0, 0)]),
        ([(10, 10), (11, 11)], [(10, 10)], [(0, 0)]),
        # the nearer pair of both is the wrong choice where it would leave the other without a partner
        ([(10, 10), (12, 12)], [(11, 11), (13, 13)], [(0, 0), (1, 1)]),
        ([(12, 12), (13, 13)], [(11, 11), (13, 13)], [(0, 0), (1, 1)]),
        ([(10, 10), (12, 12)], [(12, 12), (14, 14)], [(0, 0), (1, 1)]),
        ([], [(1, 1)], []),
    ],
    ids=["near", "far", "touching", "within", "twice", "crossed", "moved", "as many as can be", "none"],
)
def test_intervals_pair_one_to_one_within_the_tolerance(found, true, pairs):
    """Each is used once, and as many are paired as can be."""
    assert match_intervals(found, true, 2) == pairs


def test_interval_of_a_share_is_as_wide_as_chance():
    """A bootstrap over 400 units of a fair coin is about as wide as theory says, and holds the value."""
    random = np.random.default_rng(1)
    units = [(int(v), 1) for v in random.random(400) < 0.5]
    estimate = bootstrap(units, share)
    assert estimate.low < estimate.value < estimate.high
    assert estimate.high - estimate.low == pytest.approx(2 * 1.96 * 0.5 / 20, rel=0.15)


def test_differences_are_paired():
    """A peer that is worse by the same on every unit is worse for sure, however much units differ."""
    ours = [Counts(k, 10, 10) for k in (2, 5, 9)]
    theirs = [Counts(k - 1, 10, 10) for k in (2, 5, 9)]
    ahead = bootstrap_difference(ours, theirs, f1)
    assert (ahead.value, ahead.low, ahead.high) == pytest.approx((0.1, 0.1, 0.1))
    with pytest.raises(ValueError, match="cannot be paired"):
        bootstrap_difference(ours, theirs[:2], f1)


def test_medians_pool_the_numbers_of_all_units():
    """Units hold several numbers each, and some none."""
    assert pooled(np.median)([[1, 2], [], [9]]) == 2
    assert math.isnan(pooled(np.median)([[]]))


def test_no_units_no_estimate():
    """Nothing measured is said to be nothing, not zero."""
    assert math.isnan(bootstrap([], f1).value)


def sure(value):
    """An estimate without doubt."""
    return Estimate(value, value, value, 1)


@pytest.mark.parametrize(("value", "more", "reached"), [(0.9, True, True), (0.7, True, False), (3.0, False, False)])
def test_rows_say_whether_the_bar_is_reached(value, more, reached):
    """More is better for some figures, less for others."""
    assert Row("figure", sure(value), 0.8, more).reached is reached


def test_report_names_what_is_lost():
    """A missed bar and a peer that is ahead stand under "Where we lose"."""
    rows = (
        Row("found", sure(0.7), 0.8, peers={"peer": sure(0.9)}),
        Row("errors", sure(1.0), 2.0, more=False, peers={"peer": sure(3.0)}),
    )
    text = Report("subject", 7, "two units", rows).text()
    assert "Where we lose:\n  found: 0.7, the bar is 0.8, peer has 0.9" in text
    assert "seed 7" in text
    assert text.count("better than ours") == 1
    assert "No bar missed" in Report("subject", 7, "two units", rows[1:]).text()


def test_where_nothing_is_drawn_there_is_no_seed():
    """Neither asked for nor told."""
    assert options("subject").parse_args(["--seed", "3"]).seed == 3
    with pytest.raises(SystemExit):
        options("subject", drawn=False).parse_args(["--seed", "3"])
    assert "seed" not in Report("subject", None, "two units", ()).text()
