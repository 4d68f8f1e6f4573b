"""Which instant of the source a clip shows where pictures are slowed for a transition."""

from dataclasses import replace
from fractions import Fraction

import pytest

from clipzy.style.dna import Easing, Transition, TransitionType
from clipzy.style.plan import WHOLE_PICTURE, Clip, Slowed, joins
from clipzy.style.slowing import Part, paces, parts_of
from clipzy.style.time import Span

DISSOLVE = Transition(TransitionType.DISSOLVE, 500, Easing.LINEAR)
TWO = Slowed(Fraction(2), Fraction(2))


def edit(*spans, how=DISSOLVE, slowed=TWO):
    """Clips of those spans, each but the first out of that transition."""
    made = [Clip(Span(Fraction(a), Fraction(b)), WHOLE_PICTURE, None, None, "") for a, b in spans]
    return [made[0], *(replace(clip, transition_in=how, slowed=slowed) for clip in made[1:])]


@pytest.fixture
def two():
    """Two shots of five seconds that meet in a cut of the footage's own, and what both show when."""
    return paces(edit((0, 5), (5, 10)))


def test_both_clips_end_and_begin_with_their_transition(two):
    """The old one's last picture is shown as the transition ends, the new one's first as it begins."""
    old, new = two
    assert old.source(Fraction(21, 4)) == 5
    assert new.source(Fraction(19, 4)) == 5


def test_pictures_run_in_time_with_their_sound_elsewhere(two):
    """Up to two seconds before the cut, and from two seconds after it; to the source's very instants."""
    old, new = two
    for time in (Fraction(0), Fraction(1), Fraction(3)):
        assert old.source(time) == time
    for time in (Fraction(7), Fraction(8), Fraction(10)):
        assert new.source(time) == time


def test_the_pace_is_even_and_nearly_its_own(two):
    """Eight ninths of its own, where two seconds last a quarter of a second longer."""
    old, new = two
    steps = [old.source(3 + Fraction(k + 1, 10)) - old.source(3 + Fraction(k, 10)) for k in range(20)]
    assert set(steps) == {Fraction(8, 90)}
    assert new.source(Fraction(6)) - new.source(Fraction(5)) == Fraction(8, 9)


def test_pictures_are_never_further_from_their_sound_than_half_of_the_transition(two):
    """Neither behind it nor before it."""
    times = [Fraction(k, 40) for k in range(401)]
    old, new = two
    assert max(time - old.source(time) for time in times if time <= Fraction(21, 4)) == Fraction(1, 4)
    assert max(new.source(time) - time for time in times if time >= Fraction(19, 4)) == Fraction(1, 4)
    assert min(time - old.source(time) for time in times if time <= Fraction(21, 4)) == 0


def test_what_is_shown_when_can_be_asked_either_way(two):
    """The moment at which an instant is shown shows that instant."""
    for pace, instants in zip(two, (range(50), range(50, 100)), strict=True):
        for tenth in instants:
            assert pace.source(pace.output(Fraction(tenth, 10))) == Fraction(tenth, 10)


def test_a_clip_may_be_slowed_at_both_ends():
    """In three parts, or in two where nothing is left between them."""
    one = edit((0, 5), (5, 10), (10, 15))
    speed, early = Fraction(8, 9), Fraction(1, 4)
    assert parts_of(one)[1] == [
        Part(Span(Fraction(5), Fraction(7)), speed, early),
        Part(Span(Fraction(7), Fraction(8))),
        Part(Span(Fraction(8), Fraction(10)), speed),
    ]
    assert [len(parts) for parts in parts_of(edit((0, 4), (4, 8), (8, 12)))] == [2, 2, 2]
    assert parts_of(edit((0, 5), (5, 10), slowed=None)) == [
        [Part(Span(Fraction(0), Fraction(5)))],
        [Part(Span(Fraction(5), Fraction(10)))],
    ]


@pytest.mark.parametrize(
    ("spans", "how", "slowed", "words"),
    [
        (((0, 5), (5, 10)), None, TWO, "comes out of none"),
        (((0, 5), (5, 10)), Transition(TransitionType.CUT, 0), TWO, "comes out of none"),
        (((0, 5), (5, 6)), DISSOLVE, TWO, "slowed for it is longer than its clips have room for"),
        (((4, 5), (5, 10)), DISSOLVE, TWO, "slowed for it is longer than its clips have room for"),
        (((0, 5), (5, 8), (8, 13)), DISSOLVE, TWO, "into clip 3 with the pictures that are slowed for it is longer"),
        (((0, 5), (5, 10)), DISSOLVE, Slowed(Fraction(1, 5), Fraction(2)), "less than half of their speed"),
        (((0, 5), (5, 10)), DISSOLVE, Slowed(Fraction(2), Fraction(0)), "less than half of their speed"),
    ],
    ids=["no-transition", "cut", "short-new", "short-old", "two-at-once", "too-slow", "held"],
)
def test_what_cannot_be_slowed_is_refused(spans, how, slowed, words):
    """In words, and not while rendering."""
    with pytest.raises(ValueError, match=words):
        joins(edit(*spans, how=how, slowed=slowed))


def test_slowed_pictures_need_no_footage_beyond_their_clips():
    """Also where the clips are apart in the source."""
    [join] = joins(edit((0, 5), (20, 25)))
    assert join.laps
    assert not join.has_handles
