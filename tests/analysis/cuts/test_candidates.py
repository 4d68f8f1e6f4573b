"""Stretches in which one shot may give way to another."""

import numpy as np
import pytest

import scenes
from clipzy.analysis.cuts import candidates
from clipzy.analysis.cuts.candidates import fitted
from clipzy.style.dna import TransitionType


def panned(seed, frames, first=0.0):
    """A fast even pan over a wide place: (frames, 27, 48, 3) float 0..1."""
    wide = scenes.picture(seed, 27, 48 * 4, detail=2)
    return np.stack([wide[:, (at := round(first + k)) : at + 48] for k in range(frames)])


@pytest.mark.parametrize(
    ("kind", "type_"), [("wipe-right", TransitionType.WIPE), ("dissolve", TransitionType.DISSOLVE)]
)
def test_pans_on_both_sides_hide_no_transition(kind, type_):
    """Both takes move on under it, and it is explained as one between pictures that stand is."""
    old, new = panned(21, 60), panned(22, 60)
    mixed = [scenes.mix(kind, old[k], new[k], float(np.clip((k - 23) / 13, 0, 1))) for k in range(60)]
    found = fitted(scenes.as_bytes(np.stack(mixed)), (26, 33), (0, 59), 25, 0.5)
    assert found.fit is not None
    assert found.fit.type is type_
    assert found.fit.residual < 0.2
    assert found.last_old + 1 == pytest.approx(24, abs=2)
    assert found.first_new == pytest.approx(36, abs=2)


@pytest.mark.parametrize(("one", "other"), [(31, 32), (51, 52)])
def test_a_dissolve_between_cameras_that_stop_for_it_is_one(one, other):
    """Each pans beside it and stands while it lasts: what the pans say goes for nothing then."""
    old = panned(one, 24)[[min(k, 23) for k in range(60)]]
    new = panned(other, 24)[[max(0, k - 36) for k in range(60)]]
    mixed = [scenes.mix("dissolve", old[k], new[k], float(np.clip((k - 23) / 13, 0, 1))) for k in range(60)]
    found = fitted(scenes.as_bytes(np.stack(mixed)), (26, 33), (0, 59), 25, 0.5)
    assert found.fit is not None
    assert found.fit.type is TransitionType.DISSOLVE
    assert (found.last_old, found.first_new) == pytest.approx((23, 36), abs=1)


def test_where_walls_leave_no_room_the_change_is_a_cut():
    """At the place where it was seen."""
    found = fitted(scenes.as_bytes(scenes.shot(3, 20)), (8, 9), (8, 8), 25, 0.7)
    assert (found.last_old, found.first_new, found.fit) == (8, 9, None)


@pytest.mark.parametrize(("believed", "windows"), [(0.0, 1), (0.9, 3)])
def test_a_settled_fit_is_not_tried_wider_unless_the_network_saw_more(monkeypatch, believed, windows):
    """A wipe with pure pictures on both sides is explained once; where the network saw something, all widths are held against each other."""
    tried = []
    fit = candidates.fit_transition
    monkeypatch.setattr(candidates, "fit_transition", lambda *a, **k: tried.append(a) or fit(*a, **k))
    clip, last_old, first_new = scenes.edit("wipe-right")
    found = fitted(scenes.as_bytes(clip), (last_old, first_new), (0, len(clip) - 1), 25, believed)
    assert (found.last_old, found.first_new) == pytest.approx((last_old, first_new), abs=2)
    assert len(tried) == windows
