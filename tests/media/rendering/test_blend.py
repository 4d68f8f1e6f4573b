"""Two planes of a transition, mixed in each way."""

from itertools import pairwise

import numpy as np
import pytest

from clipzy.media.rendering.blend import mix
from clipzy.style.dna import TransitionType
from clipzy.style.measurements import Direction

KINDS = [kind for kind in TransitionType if kind is not TransitionType.CUT]
OLD, NEW = np.full((90, 160), 200, np.uint8), np.full((90, 160), 40, np.uint8)
# a direction, and by how many quarters a picture is turned to the left so that what goes there goes right
TURNS = [(None, 0), (Direction.RIGHT, 0), (Direction.DOWN, 1), (Direction.LEFT, 2), (Direction.UP, 3)]


def mixed(kind, progress):
    """The bright plane giving way to the dark one; black is 16."""
    return mix(OLD, NEW, TransitionType(kind), progress, ground=16)


@pytest.mark.parametrize("kind", KINDS)
def test_at_its_ends_one_picture_is_alone(kind):
    """The old one at 0, the new one at 1."""
    assert (mixed(kind, 0.0) == OLD).all()
    assert (mixed(kind, 1.0) == NEW).all()


@pytest.mark.parametrize("kind", KINDS)
def test_the_new_picture_only_grows(kind):
    """From step to step the whole gets darker, but for a fade, which comes back from black."""
    levels = [mixed(kind, step / 10).mean() for step in range(11)]
    if kind is TransitionType.FADE:
        assert levels[5] == 16
        levels = levels[:6]
    assert all(later < earlier for earlier, later in pairwise(levels))


def test_a_cut_is_not_mixed():
    """Its pictures would be rendered as some transition's."""
    with pytest.raises(ValueError, match="a cut"):
        mixed("cut", 0.5)


@pytest.mark.parametrize(("direction", "turns"), TURNS)
def test_a_wipes_edge_moves_in_its_direction(direction, turns):
    """To the right unless something else is said, with a soft edge of a few pixels."""
    half = np.rot90(mix(OLD, NEW, TransitionType.WIPE, 0.4, 16, direction=direction), turns)
    assert half[:, 0].max() == 40
    assert half[:, -1].min() == 200
    assert (half == half[:1]).all()
    assert ((half > 40) & (half < 200)).any(0).sum() <= 8
    assert (half < 120).mean() == pytest.approx(0.4, abs=0.02)


@pytest.mark.parametrize(("direction", "turns"), TURNS)
def test_a_slide_pushes_the_old_picture_out(direction, turns):
    """The new one comes in from the side that the direction leaves, from the right unless something is said; both keep their pixels."""
    turns = 0 if direction is None else turns + 2
    line = np.tile(np.arange(200, dtype=np.uint8), (10, 1))
    old, new = (np.rot90(part, -turns) for part in (line[:, :100], line[:, 100:]))
    pushed = np.rot90(mix(old, new, TransitionType.SLIDE, 0.3, 16, direction=direction), turns)
    assert pushed.tolist() == line[:, 30:130].tolist()


def test_a_circle_opens_in_the_middle():
    """Of a picture of any shape, round on the screen."""
    half = mixed("circle", 0.5)
    assert half[45, 80] == 40
    assert {int(half[y, x]) for y in (0, -1) for x in (0, -1)} == {200}
    dark = half < 100
    assert dark.sum(1).max() == pytest.approx(dark.sum(0).max(), abs=4) or dark.all(0).any()


def test_a_zoom_magnifies_what_it_leaves():
    """A square in the middle of the old picture is larger, and paler."""
    old = np.zeros((90, 160), np.uint8)
    old[35:55, 70:90] = 240
    later = mix(old, np.zeros_like(old), TransitionType.ZOOM, 0.5, ground=16)
    assert later.max() == pytest.approx(120, abs=2)
    assert (later > 60).sum() == pytest.approx(400 * 1.3**2, rel=0.1)
