"""Whether known changes of shot are seen in the pictures."""

import cv2
import numpy as np
import pytest

import scenes
from clipzy.analysis.cuts.change_witness import Known, witness
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


@pytest.mark.parametrize("length", [1, 2, 3])
@pytest.mark.parametrize("first", [0, 20, 57], ids=["it begins with", "within", "it ends with"])
def test_a_flash_is_no_change(first, length):
    """Nor where pictures begin with one, as they do at key frames, or end."""
    clip = scenes.shot(3, 57 + length if first == 57 else 60)
    clip[first : first + length] = 0.98
    assert witness(scenes.as_bytes(clip), [], scenes.RATE).others == 0


def test_a_bright_shot_is_no_flash():
    """It stays, or another picture follows it."""
    dim, bright, other = scenes.shot(3, 30) * 0.5, scenes.shot(4, 30) * 0.3 + 0.7, scenes.shot(5, 30) * 0.5
    assert witness(scenes.as_bytes(np.concatenate([dim, bright, other])), [], scenes.RATE).others == 2


def test_a_dissolve_to_a_closer_framing_is_seen():
    """Of one take, whose pictures agree in most pixels."""
    large = scenes.picture(7, 27 * 8, 48 * 8, detail=9)
    random = np.random.default_rng(2)

    def framed(closer):
        height, width = (round(side / closer) for side in large.shape[:2])
        return cv2.resize(large[:height, :width], (48, 27), interpolation=cv2.INTER_AREA)

    shares = np.clip((np.arange(60) - 24) / 13, 0, 1)
    clip = np.stack([(1 - p) * framed(1.0) + p * framed(1.3) for p in shares])
    frames = scenes.as_bytes(clip + random.normal(0, 0.008, clip.shape))
    found = witness(frames, [Known(25, 37, TransitionType.DISSOLVE)], scenes.RATE)
    assert found.seen == (TransitionType.DISSOLVE,)
    assert witness(frames[:24], [Known(6, 18, TransitionType.DISSOLVE)], scenes.RATE).seen == (None,)
