"""Whether known changes of shot are seen in the pictures."""

import numpy as np
import pytest

import scenes
from clipzy.analysis.change_witness import Known, witness
from clipzy.style.dna import TransitionType

CUT = TransitionType.CUT


@pytest.mark.parametrize(
    ("kind", "during", "told"),
    [
        ("cut", 0, CUT),
        ("dissolve", 12, TransitionType.DISSOLVE),
        ("fade-black", 12, TransitionType.FADE),
        ("wipe-right", 12, TransitionType.WIPE),
    ],
)
def test_a_change_is_seen_for_what_it_is(kind, during, told):
    """Where it is known to be, though nothing else is known."""
    clip, last_old, first_new = scenes.edit(kind, during=during)
    found = witness(scenes.as_bytes(clip), [Known(last_old + 1, first_new, told)], scenes.RATE)
    assert found.seen == (told,)
    assert found.others == 0


@pytest.mark.parametrize("known", [Known(40, 40, CUT), Known(36, 48, TransitionType.DISSOLVE)], ids=["cut", "dissolve"])
def test_a_change_that_is_not_there_is_not_seen(known):
    """One take, however its camera drifts."""
    found = witness(scenes.as_bytes(scenes.shot(3, 90)), [known], scenes.RATE)
    assert found.seen == (None,)


def test_a_cut_that_nobody_planned_is_told():
    """Beside the one that was."""
    clip = np.concatenate([scenes.shot(seed, 30) for seed in (1, 2, 3)])
    found = witness(scenes.as_bytes(clip), [Known(30, 30, CUT)], scenes.RATE)
    assert (found.seen, found.others) == ((CUT,), 1)
