"""Ways to one colour and back, joined to one boundary."""

import numpy as np
import pytest

import scenes
from clipzy.analysis.cuts.candidates import Found, fitted
from clipzy.analysis.cuts.dips import merge_dips
from clipzy.analysis.cuts.transitions import TransitionFit
from clipzy.style.dna import Easing, TransitionType

FIRST, LAST = 30, 50  # mixed frames


def zoom_without_end():
    """Two shots with a zoom to one colour between them, and from that to the new one."""
    old, new = (scenes.picture(seed) for seed in (3, 5))
    progress = np.clip((np.arange(80) - FIRST + 1) / (LAST - FIRST + 2), 0, 1)
    return scenes.as_bytes(np.stack([scenes.without_end(old, new, p) for p in progress]))


def boundary(kind, last_old, first_new):
    """One that was found, of a kind."""
    fit = TransitionFit(kind, last_old, first_new, Easing.LINEAR, 0.1, 0.8, 0.2)
    return Found(last_old, first_new, fit, 0.8)


def test_a_zoom_of_which_only_the_second_half_was_seen_is_found_whole():
    """What comes out of one colour that is not held began before that."""
    found = fitted(zoom_without_end(), (43, 48), (0, 79), 25, 0.6)
    assert found.fit is not None
    assert found.fit.type is TransitionType.ZOOM
    assert found.last_old + 1 == pytest.approx(FIRST, abs=3)
    assert found.first_new == pytest.approx(LAST + 1, abs=3)


@pytest.mark.parametrize("way_in", [TransitionType.ZOOM, TransitionType.FADE, TransitionType.DISSOLVE])
def test_both_halves_of_a_zoom_are_one(way_in):
    """Whatever its way to the colour was taken for."""
    halves = [boundary(way_in, FIRST - 1, 40), boundary(TransitionType.FADE, 40, LAST)]
    (one,) = merge_dips(halves, zoom_without_end(), 25)
    assert (one.last_old, one.first_new) == (FIRST - 1, LAST)
    assert one.fit.type is TransitionType.ZOOM


def test_both_halves_of_a_fade_are_one():
    """A fade to black stays one."""
    old, new = (scenes.picture(seed) for seed in (3, 5))
    progress = np.clip((np.arange(80) - FIRST + 1) / (LAST - FIRST + 2), 0, 1)
    clip = scenes.as_bytes(np.stack([scenes.mix("fade-black", old, new, p) for p in progress]))
    halves = [boundary(TransitionType.FADE, FIRST - 1, 40), boundary(TransitionType.FADE, 40, LAST)]
    (one,) = merge_dips(halves, clip, 25)
    assert one.fit.type is TransitionType.FADE


def test_a_circle_before_a_fade_is_a_boundary_of_its_own():
    """An edge that runs over the picture is not the way to a colour."""
    old, fog, new = scenes.picture(3), np.full((27, 48, 3), 0.1), scenes.picture(5)
    way = np.clip((np.arange(20) + 1) / 21, 0, 1)
    clip = np.concatenate(
        [
            np.repeat(old[None], 10, 0),
            [scenes.mix("circle", old, fog, p) for p in way[::4]],
            [scenes.mix("dissolve", fog, new, p) for p in way],
            np.repeat(new[None], 10, 0),
        ]
    )
    two = [boundary(TransitionType.CIRCLE, 9, 15), boundary(TransitionType.FADE, 14, 35)]
    assert len(merge_dips(two, scenes.as_bytes(clip), 25)) == 2


def test_a_dark_shot_between_a_cut_and_a_fade_is_a_shot():
    """It lies on the way from a light picture to black, and is neither that nor the way back."""
    light, dark, new = 0.6 + 0.4 * scenes.picture(3), 0.4 * scenes.picture(4), scenes.picture(5)
    fade = [scenes.mix("fade-black", dark, new, p) for p in (np.arange(20) + 1) / 21]
    clip = np.concatenate(
        [np.repeat(light[None], 10, 0), np.repeat(dark[None], 15, 0), fade, np.repeat(new[None], 9, 0)]
    )
    two = [Found(9, 10, None, 0.9), boundary(TransitionType.FADE, 24, 45)]
    assert len(merge_dips(two, scenes.as_bytes(clip), 25)) == 2


@pytest.mark.parametrize(
    ("contrast", "boundaries"), [(0.15, 2), (0.0, 1)], ids=["a pale shot", "a colour under a logo"]
)
def test_a_pale_shot_between_two_dissolves_is_a_shot(contrast, boundaries):
    """As a street seen from above: nearly one colour beside the shots around it; a colour with a logo on it is a fade."""
    old, street, new = scenes.picture(3), 0.45 + contrast * (scenes.picture(4) - 0.5), scenes.picture(5)
    street[20:23, 38:45] += 0.1
    way = (np.arange(12) + 1) / 13
    clip = np.concatenate(
        [
            np.repeat(old[None], 10, 0),
            [scenes.mix("dissolve", old, street, p) for p in way],
            np.repeat(street[None], 15, 0),
            [scenes.mix("dissolve", street, new, p) for p in way],
            np.repeat(new[None], 10, 0),
        ]
    )
    two = [boundary(TransitionType.DISSOLVE, 9, 22), boundary(TransitionType.DISSOLVE, 36, 49)]
    assert len(merge_dips(two, scenes.as_bytes(clip), 25)) == boundaries
