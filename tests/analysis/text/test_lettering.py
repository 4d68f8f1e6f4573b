"""From the recogniser's columns to words."""

import numpy as np
import pytest

from clipzy.analysis.text.lettering import spaced_text

SIGNS = ("empty", "a", "b", "c", "い", "ろ", " ")


def columns(*said, **shares):
    """Probabilities of a line whose columns most likely hold these signs; `blank` names shares of a blank by column."""
    rows = np.full((len(said), len(SIGNS)), 1e-4)
    for row, sign in zip(rows, said, strict=True):
        row[SIGNS.index(sign)] = 0.9
    for column, share in shares.get("blank", {}).items():
        rows[column, SIGNS.index(" ")] = share
    return rows


@pytest.mark.parametrize(
    ("said", "blank", "text"),
    [
        (("a", "a", "empty", "a", "b"), {}, "aab"),
        (("a", " ", "b"), {}, "a b"),
        (("a", "empty", "empty", "b"), {2: 0.05}, "a b"),
        (("a", "empty", "empty", "b"), {2: 0.01}, "ab"),
        (("empty", "a", "empty"), {0: 0.3, 2: 0.3}, "a"),
        (("a", "empty", " ", "empty", "b"), {1: 0.2, 3: 0.2}, "a b"),
        (("い", "empty", "ろ"), {1: 0.2}, "いろ"),
    ],
    ids=[
        "repeated columns are one sign, parted ones two",
        "a blank that is likeliest",
        "a blank that is not ruled out",
        "a blank that is ruled out",
        "no blanks at the ends",
        "one blank in a gap",
        "no blanks within kana",
    ],
)
def test_what_the_columns_spell(said, blank, text):
    """Signs in order, with a blank wherever one is not ruled out between two of them."""
    assert spaced_text(columns(*said, blank=blank), SIGNS)[0] == text


def test_the_score_is_that_of_the_signs():
    """Blanks that were added do not count."""
    rows = columns("a", "empty", "b", blank={1: 0.05})
    rows[2, SIGNS.index("b")] = 0.7
    assert spaced_text(rows, SIGNS) == ("a b", pytest.approx(0.8))


def test_empty_columns_hold_no_text():
    """Nothing is read, and that with no confidence."""
    assert spaced_text(columns("empty", "empty"), SIGNS) == ("", 0.0)
