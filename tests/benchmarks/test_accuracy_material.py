"""The edits that the accuracy benchmark makes: their truth is that of their pixels."""

from dataclasses import replace

import numpy as np
import pytest
from edits import annotated_media, write_edit
from joins import XFADES, Join, mixed
from material import adjusted_gains, random_shot

from clipzy.style.dna import TransitionType


def takes(count, seed=3):
    """Frames of two takes, small."""
    random = np.random.default_rng(seed)
    return [list(random_shot(random, 25, size=(96, 54)).frames(count)) for _ in range(2)]


def apart(one, other):
    """Mean difference of two pictures in code values."""
    return np.abs(one.astype(float) - other).mean()


def test_a_camera_that_adjusts_does_so_slowly_and_both_ways():
    """No step of more than an eighth, lighter and darker, and each frame has the gains that were asked for."""
    random = np.random.default_rng(4)
    gains = np.array(adjusted_gains(random, 750, 25))
    steps = np.log(gains[1:] / gains[:-1])
    assert np.abs(steps).max() < np.log(9 / 8)
    assert gains.mean(1).max() > 1.1
    assert gains.mean(1).min() < 0.9
    shot = replace(random_shot(random, 25, size=(96, 54)), noise=0.0, subjects=0, camera="still")
    plain, dark = (list(each.frames(2)) for each in (shot, replace(shot, gains=((1, 1, 1), (0.5, 1, 1)))))
    assert np.array_equal(plain[0], dark[0])
    assert np.abs(dark[1][..., 0] - plain[1][..., 0] / 2).max() <= 1


@pytest.mark.parametrize("name", [name for names in XFADES.values() for name in names])
def test_xfade_leads_from_the_old_take_to_the_new(name):
    """As many mixed frames as asked for, the first nearer to the old take, the last nearer to the new one."""
    old, new = takes(9)
    kind = next(kind for kind, names in XFADES.items() if name in names)
    between = mixed(Join(kind, 9, xfade=name), old, new)
    assert len(between) == 9
    if kind is not TransitionType.FADE:
        assert apart(between[0], old[0]) < apart(between[0], new[0])
        assert apart(between[-1], new[-1]) < apart(between[-1], old[-1])


@pytest.mark.parametrize("kind", sorted(set(XFADES) - {TransitionType.FADE}))
@pytest.mark.parametrize("direction", range(4))
def test_own_mixing_leads_from_the_old_take_to_the_new(kind, direction):
    """The same of the mixes made here."""
    old, new = takes(9)
    between = mixed(Join(kind, 9, direction=direction), old, new)
    assert apart(between[0], old[0]) < apart(between[0], new[0])
    assert apart(between[-1], new[-1]) < apart(between[-1], old[-1])


@pytest.mark.parametrize(("direction", "colour"), [(0, 0), (1, 255)])
def test_own_fade_passes_through_one_colour(direction, colour):
    """Halfway nothing is left of either take."""
    between = mixed(Join(TransitionType.FADE, 9, direction=direction), *takes(9))
    assert (between[4] == colour).all()


def test_truth_lies_beside_the_file_and_is_read_back(tmp_path):
    """What `write_edit` says of an edit is what a folder of annotated media says of it, and the same seed makes the same edit."""
    made = write_edit(tmp_path / "edit.mp4", 5, 4, size=(96, 54))
    (tmp_path / "take.mp4").write_bytes(made.path.read_bytes())
    known, plain = annotated_media(tmp_path)
    assert known == [made]
    assert plain == [tmp_path / "take.mp4"]
    assert len(made.boundaries) == 4
    again = write_edit(tmp_path / "again.mp4", 5, 4, size=(96, 54))
    assert again.boundaries == made.boundaries
