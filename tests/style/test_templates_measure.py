"""Plans for footage take on a template's mixture of transitions, their lengths and easing, and its pace: the loop closed on plans alone."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest

import measured
from clipzy.style.apply import build_plan
from clipzy.style.config import JobConfig
from clipzy.style.dna import Easing, TransitionType
from clipzy.style.extract import extract
from clipzy.style.measurements import Boundary, SoundKind, SoundSpan, Subject
from clipzy.style.shown import changes_shown
from clipzy.style.time import Span

CUT, DISSOLVE, FADE = TransitionType.CUT, TransitionType.DISSOLVE, TransitionType.FADE
LASTS = Fraction(3, 5)


def template(leading, share, changes=20, easing=Easing.EASE_OUT):
    """Forty seconds with so many changes of shot, that share of them of one kind and the others plain cuts (dissolves, where it cuts)."""
    share, other = Fraction(str(share)), DISSOLVE if leading is CUT else CUT
    edges = [Fraction(40 * k, changes + 1) for k in range(1, changes + 1)]
    kinds = [leading if (k * share) % 1 + share >= 1 else other for k in range(1, changes + 1)]
    lasting = [Fraction(0) if kind is CUT else LASTS for kind in kinds]
    made = [
        Boundary(edge - length / 2, edge + length / 2, kind, 0.9, easing)
        for edge, kind, length in zip(edges, kinds, lasting, strict=True)
    ]
    gaps = zip([Fraction(0), *(b.end for b in made)], [*(b.start for b in made), Fraction(40)], strict=True)
    shots = tuple(Span(start, end) for start, end in gaps)
    return measured.measurements(replace(measured.video(), boundaries=tuple(made), shots=shots))


def planned(seen, footage):
    """The plan for it, and the changes of shot that its output shows."""
    dna = extract(seen, created_at="2025-01-01T00:00:00Z")
    plan = build_plan(dna, footage, JobConfig(), template_video=seen.video)
    return plan, changes_shown(plan, footage.video.boundaries)


@pytest.mark.parametrize("shots", [1, 8, 21], ids=["a-take", "some-cuts", "as-many-cuts"])
@pytest.mark.parametrize(
    ("leading", "share"),
    [(DISSOLVE, 0.8), (TransitionType.WIPE, 0.7), (TransitionType.SLIDE, 0.6), (FADE, 0.9), (CUT, 0.75)],
    ids=["dissolves", "wipes", "slides", "fades", "cuts"],
)
def test_an_output_has_the_templates_mixture_and_pace(leading, share, shots):
    """Calm footage of one take, of half of the template's cuts, of all of them: each kind's share to the nearest cut, as long and eased alike."""
    seen, footage = template(leading, share), measured.measurements(measured.video(shots=shots))
    _, changes = planned(seen, footage)
    theirs = Counter(change.type for change in seen.video.boundaries)
    ours = Counter(change.type for change in changes)
    assert abs(len(changes) - len(seen.video.boundaries)) <= 1
    assert ours.most_common(1)[0][0] == theirs.most_common(1)[0][0] == leading
    for kind, count in theirs.items():
        assert abs(ours[kind] / len(changes) - count / 20) <= 1 / len(changes)
    gradual = [change for change in changes if change.type is not CUT]
    assert {change.easing for change in gradual} == {Easing.EASE_OUT}
    assert sum(change.end - change.start >= LASTS * Fraction(2, 3) for change in gradual) >= 0.75 * len(gradual)


def test_where_people_speak_all_the_time_dissolves_are_left_out():
    """The footage's own cuts stay plain beside lips, and the virtual ones, where faces would be seen twice."""
    faces = tuple(Subject(k + 0.5, 0.4, 0.2, 0.6, 0.6, 0.99, is_face=True) for k in range(40))
    talk = measured.audio(sounds=(SoundSpan(Span(Fraction(0), Fraction(40)), SoundKind.SPEECH),))
    footage = measured.measurements(measured.video(shots=10, subjects=faces), talk)
    plan, _ = planned(template(DISSOLVE, 1.0), footage)
    assert not any(clip.slowed or clip.transition_in for clip in plan.clips)
    assert "somebody speaks in the picture there" in plan.reasons[2]
