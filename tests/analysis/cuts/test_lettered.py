"""Titles over one take are no boundaries; changes of the picture at which a text changes are."""

from fractions import Fraction

import numpy as np
import pytest

import scenes
from clipzy.analysis.cuts.lettered import without_titles
from clipzy.style.dna import TransitionType
from clipzy.style.measurements import Boundary
from clipzy.style.standing_text import StandingText

TICK = Fraction(1, 25)
FRAMES, AT = 100, 50
TITLE = StandingText(2.1, 3.9, 0.25, 0.35, 0.75, 0.6)  # by samples: it comes with frame 50


def titled(clip, shown, light=1.0):
    """The clip as bytes with thick white letters where the title stands, as strong as `shown` (N,), in that light."""
    clip = clip.copy()
    part = clip[:, 10:16, 13:35]
    clip[:, 10:16, 13:35] = part + np.asarray(shown)[:, None, None, None] * (1 - part)
    return scenes.as_bytes(light * clip)


def boundary(end=AT, kind=TransitionType.CUT):
    """One from frame 50 on."""
    return Boundary(AT * TICK, end * TICK, kind, 0.8)


def kept(frames, *boundaries, texts=(TITLE,)):
    """What stays of these boundaries."""
    return without_titles(boundaries, texts, frames, np.arange(len(frames) + 1), TICK)


@pytest.mark.parametrize("frames", [1, 8], ids=["at once", "faded in"])
@pytest.mark.parametrize("drift", [0.0, 0.05], ids=["still", "moving"])
def test_a_title_over_one_take_is_no_boundary(frames, drift):
    """Beside it the picture goes on as before."""
    found = boundary(AT + frames - 1, TransitionType.CUT if frames == 1 else TransitionType.DISSOLVE)
    shown = np.clip((np.arange(FRAMES) - AT + 1) / frames, 0, 1)
    assert kept(titled(scenes.shot(4, FRAMES, drift), shown), found) == ()


@pytest.mark.parametrize("light", [1.0, 0.1], ids=["by day", "by night"])
@pytest.mark.parametrize("other", ["picture", "framing", "speaker"])
def test_a_cut_at_which_a_title_comes_stays(other, light):
    """Also a punch-in, and a jump cut before a ground that stays, of which little of the picture changes."""
    first = scenes.shot(4, FRAMES, 0.05)
    second = scenes.shot(5, FRAMES, 0.05) if other == "picture" else first.copy()
    if other == "framing":
        second = np.repeat(np.repeat(first[:, 3:24, 6:42], 2, 1), 2, 2)[:, 7:34, 12:60]
    if other == "speaker":
        first[:, 4:27, 2:9], second[:, 4:27, 6:13] = 0.3, 0.3
    clip = np.concatenate([first[:AT], second[AT:]])
    assert kept(titled(clip, np.arange(FRAMES) >= AT, light), boundary()) == (boundary(),)


def test_a_title_beside_a_cut_is_judged_by_its_own_take():
    """What changes at the next cut does not count as usual: a change of the picture stays one."""
    clip = np.concatenate([scenes.shot(4, AT), scenes.shot(4, 6)[::-1] * 0.9, scenes.shot(5, FRAMES - AT - 6)])
    found = boundary(), Boundary((AT + 6) * TICK, (AT + 6) * TICK, TransitionType.CUT, 0.8)
    assert kept(titled(clip, np.arange(FRAMES) >= AT), *found) == found


@pytest.mark.parametrize(
    ("found", "texts"),
    [
        (boundary(), ()),
        (boundary(), (StandingText(0.3, 3.9, 0.25, 0.35, 0.75, 0.6),)),
        (boundary(), (StandingText(2.1, 3.9, 0.0, 0.0, 1.0, 0.9),)),
        (boundary(AT + 10, TransitionType.FADE), (TITLE,)),
    ],
    ids=["no text", "text that stays", "text all over the picture", "a fade"],
)
def test_what_text_does_not_explain_stays(found, texts):
    """A boundary is left out only if a text comes or goes then, and there is picture beside it to tell by; a dip to black has none."""
    assert kept(titled(scenes.shot(4, FRAMES), np.arange(FRAMES) >= AT), found, texts=texts) == (found,)
