"""Transitions of a template at the cuts of a plan."""

from dataclasses import replace
from fractions import Fraction

import pytest

import measured
from clipzy.style.dna import Easing, TextOverlay, Transition, TransitionType
from clipzy.style.doubling import STILL, Doubling
from clipzy.style.joining import joined
from clipzy.style.leeway import Slowable
from clipzy.style.measurements import Boundary, Course, DipColor, Direction, SoundKind, SoundSpan, Subject
from clipzy.style.mixture import Portion, told_mixture
from clipzy.style.plan import WHOLE_PICTURE, Clip, joins
from clipzy.style.time import Span

CUT = Transition(TransitionType.CUT, 0)
DISSOLVE = Transition(TransitionType.DISSOLVE, 400, Easing.EASE_IN_OUT)
FADE = Transition(TransitionType.FADE, 600)


def clips(count=7, seconds=2):
    """So many clips of that length, end to end."""
    return [
        Clip(
            Span(Fraction(seconds) * k, Fraction(seconds) * (k + 1)),
            WHOLE_PICTURE,
            look=None,
            transition_in=None,
            reason="",
        )
        for k in range(count)
    ]


WHOLE = [Span(Fraction(0), Fraction(100))]
OWN = [clip.source for clip in clips()]


def give(made, virtual, shots, primary, secondary=None, *, is_heard=True, warnings=None, **footage):
    """Those clips with these transitions of a style; `warnings` is filled, `footage`: what else was measured of it, in which the camera goes slowly and nobody is seen unless said so."""
    sound = footage.pop("audio_analysis", measured.audio())
    motion = footage.pop("motion", measured.motion(flow=Course(0.5, (0.1,) * 80)))
    video = replace(measured.video(**{"boundaries": (), **footage}), shots=tuple(shots))
    seen = measured.measurements(video, sound, motion)
    slowable = Slowable(seen, is_heard=is_heard)
    mixture = told_mixture(primary, secondary)
    found, said, told = joined(made, virtual, seen.video, mixture, slowable, doubling=Doubling(seen), whose="style")
    if warnings is not None:
        warnings.extend(told)
    return found, said


def spoken(*spans):
    """Sound in which somebody speaks there."""
    return measured.audio(sounds=tuple(SoundSpan(Span(Fraction(a), Fraction(b)), SoundKind.SPEECH) for a, b in spans))


FACE = (Subject(1.0, 0.4, 0.2, 0.6, 0.6, 0.99, is_face=True), Subject(3.0, 0.4, 0.2, 0.6, 0.6, 0.99, is_face=True))


def kinds(made):
    """The kind of each cut, in order."""
    return [clip.transition_in.type.value if clip.transition_in else "cut" for clip in made[1:]]


def test_virtual_cuts_take_the_primary_transition():
    """With its length and easing; the first clip comes out of nothing."""
    made, said = give(clips(), [False] + [True] * 6, WHOLE, DISSOLVE)
    assert made[0].transition_in is None
    assert {clip.transition_in for clip in made[1:]} == {DISSOLVE}
    assert {clip.slowed for clip in made} == {None}
    assert said == "transitions like the style's: 6 of 6 cuts became a dissolve"


@pytest.mark.parametrize(("seconds", "kind"), [(Fraction(3, 10), "cut"), (Fraction(6, 10), "fade")])
def test_a_slow_fade_is_no_blink(seconds, kind):
    """Cut to less than a quarter of itself, and under .25 s, it would be a black frame."""
    made, _ = give(clips(2, seconds), [False, True], WHOLE, Transition(TransitionType.FADE, 900))
    assert kinds(made) == [kind]


def test_the_secondary_transition_takes_a_third_of_the_cuts():
    """Spread over all; so does a plain cut, where that is the secondary."""
    assert sorted(kinds(give(clips(), [True] * 7, WHOLE, FADE, DISSOLVE)[0])) == ["dissolve"] * 2 + ["fade"] * 4
    assert sorted(kinds(give(clips(), [True] * 7, WHOLE, DISSOLVE, CUT)[0])) == ["cut"] * 2 + ["dissolve"] * 4
    assert kinds(give(clips(), [True] * 7, WHOLE, CUT, DISSOLVE)[0]) == ["cut", "dissolve", "cut"] * 2


def test_a_second_length_of_the_same_kind_is_used():
    """Every third fade is the long one."""
    made, _ = give(clips(), [True] * 7, WHOLE, FADE, replace(FADE, duration_ms=200))
    assert [clip.transition_in.duration_ms for clip in made[1:]] == [600, 200, 600] * 2


@pytest.mark.parametrize(("shown", "made"), [((3, 10), 2), ((0, 14), 1)], ids=["none", "two"])
def test_fades_of_the_footages_own_count_where_they_change_its_shot(shown, made):
    """A third of all are to be fades: beside two of its own one of six is made, and two where those lead into its first shot and out of its last."""
    own = tuple(
        Boundary(Fraction(a), Fraction(b), TransitionType.FADE, 0.9) for a, b in (("2.3", "2.7"), ("11.3", "11.7"))
    )
    clips_made, _ = give(clips(), [True] * 7, [Span(*map(Fraction, shown))], CUT, FADE, boundaries=own)
    assert kinds(clips_made).count("fade") == made


def test_what_is_cut_off_of_a_transition_of_the_footages_own_is_none():
    """Fades that clips begin or end in are not seen to join anything: a third of six cuts is made, as without them."""
    own = tuple(
        Boundary(Fraction(a), Fraction(b), TransitionType.FADE, 0.9) for a, b in (("1.8", "2.2"), ("11.8", "12.2"))
    )
    assert kinds(give(clips(), [True] * 7, WHOLE, CUT, FADE, boundaries=own)[0]).count("fade") == 2


LONG_FADE = replace(FADE, duration_ms=2000)


def test_transitions_that_are_shortened_say_so():
    """By how much, at how many cuts and why; a person is warned where most last under half of what is wanted."""
    warnings = []
    _, said = give(clips(seconds=3), [True] * 7, WHOLE, LONG_FADE, warnings=warnings)
    assert said == (
        "transitions like the style's: 6 of 6 cuts became a fade; the fade is shortened to 1500 of 2000 ms at 6 of 6 cuts: at most half of a clip"
    )
    assert warnings == []
    uneven = [*clips(2, seconds=3), Clip(Span(Fraction(6), Fraction(7)), WHOLE_PICTURE, None, None, "")]
    uneven.append(Clip(Span(Fraction(7), Fraction(15, 2)), WHOLE_PICTURE, None, None, ""))
    _, said = give(uneven, [True] * 4, WHOLE, LONG_FADE, warnings=warnings)
    short = "fade is shortened to 250-1500 of 2000 ms at 3 of 3 cuts: at most half of a clip"
    assert said.endswith(f"; the {short}")
    assert warnings == [f"the style's {short}"]


def test_each_reason_for_which_transitions_are_shortened_is_told():
    """A transition of the footage's own nearby, and pictures that cannot be slowed further."""
    own = Boundary(Fraction("2.2"), Fraction("2.8"), TransitionType.DISSOLVE, 0.9)
    assert (
        "shortened to 200 of 600 ms: to stay clear of the footage's own transition"
        in give(clips(2), [False, False], WHOLE, FADE, boundaries=(own,))[1]
    )
    shots = clips(2, seconds=Fraction(6, 5))
    _, said = give(shots, [False, False], [clip.source for clip in shots], DISSOLVE)
    assert said.endswith(
        "shortened to 300 of 400 ms: there are no more frames beside the cut, and these cannot be slowed further"
    )


@pytest.mark.parametrize("length_ms", [0, 60, 83])
def test_a_transition_of_less_than_two_frames_is_a_cut_and_told_to_be(length_ms):
    """Not for want of time, nor for anything that a cut cannot bear; what else the style has is made."""
    warnings, wipe = [], Transition(TransitionType.WIPE, length_ms)
    why = f"wipe of {length_ms} ms becomes a plain cut: it is shorter than two film frames (83 ms)"
    made, said = give(clips(), [True] * 7, WHOLE, wipe, warnings=warnings)
    assert (kinds(made), said, warnings) == (["cut"] * 6, f"cuts are plain; the {why}", [f"the style's {why}"])
    made, said = give(clips(), [True] * 7, WHOLE, wipe, FADE)
    assert sorted(kinds(made)) == ["cut"] * 4 + ["fade"] * 2
    assert said == f"transitions like the style's: 2 of 6 cuts became a fade; the {why}"
    made, _ = give(clips(), [True] * 7, WHOLE, replace(wipe, duration_ms=84))
    assert kinds(made) == ["wipe"] * 6


def test_fades_go_through_what_the_templates_go_through():
    """White as black, and the sentence says so."""
    cut_up, seen = clips(count=3), replace(measured.video(boundaries=()), shots=tuple(WHOLE))
    whole = measured.measurements(seen)
    slowable, white = Slowable(whole, is_heard=True), [Portion(FADE, 1.0, DipColor.WHITE)]
    made, said, _ = joined(cut_up, [True] * 3, seen, white, slowable, doubling=Doubling(whole))
    assert [clip.dips_to for clip in made] == [DipColor.BLACK, DipColor.WHITE, DipColor.WHITE]
    assert said == "transitions like the template's: 2 of 2 cuts became a fade through white"


def test_wipes_go_the_ways_of_the_templates_one_after_another():
    """Again from the first where there are more; a style that knows none leaves them as they are."""
    seen = replace(measured.video(boundaries=()), shots=tuple(WHOLE))
    whole = measured.measurements(seen)
    ways = (Direction.LEFT, Direction.UP)
    for directions, expected in ((ways, [None, *ways, *ways, *ways]), ((), [None] * 7)):
        mixture = [Portion(Transition(TransitionType.WIPE, 400), 1.0, directions=directions)]
        slowable = Slowable(whole, is_heard=True)
        made, _, _ = joined(clips(), [True] * 7, seen, mixture, slowable, doubling=Doubling(whole))
        assert [clip.direction for clip in made] == expected


def test_slides_that_lack_room_are_not_told_to_double_a_still_picture():
    """They double faces alone."""
    slide, still = Transition(TransitionType.SLIDE, 400), measured.motion(flow=Course(0.5, (0.0,) * 80))
    _, said = give(clips(3, Fraction(1, 10)), [False, True, True], WHOLE, slide, motion=still)
    assert said.endswith("2 found no place (no room for more)")


def test_the_footages_own_cuts_bear_transitions_of_slowed_pictures():
    """At most half of either clip, to four fifths of its speed at most; nothing of another shot is ever shown."""
    made, said = give(clips(seconds=4), [False] * 7, [clip.source for clip in clips(seconds=4)], DISSOLVE)
    assert kinds(made) == ["dissolve"] * 6
    assert said == "transitions like the style's: 6 of 6 cuts became a dissolve, 6 of them slowed"
    for join in joins(made):
        assert join.duration == Fraction(2, 5)
        assert not join.has_handles
        assert join.new.slowed.before_s == join.new.slowed.after_s == 2
        assert min(join.new.slowed.speeds(join.duration / 2)) == Fraction(10, 11)
    assert made[1].reason.endswith("slowed to 91% for the dissolve")


@pytest.mark.parametrize("seconds", [0.3, 0.8, 1.2, 3])
def test_short_shots_are_not_slowed_further(seconds):
    """Their transitions are made shorter, and none where they would be seen as a cut."""
    shots = clips(seconds=Fraction(str(seconds)))
    made, _ = give(shots, [False] * 7, [clip.source for clip in shots], DISSOLVE)
    assert bool(joins(made)) == (seconds > 0.4)
    for join in joins(made):
        assert min(join.new.slowed.speeds(join.duration / 2)) >= Fraction(4, 5)
        assert join.duration == min(Fraction(2, 5), Fraction(str(seconds)) / 4)


@pytest.mark.parametrize(
    ("measured_of_it", "slowed", "why"),
    [
        ({"audio_analysis": spoken((1, 3)), "subjects": FACE}, False, "somebody speaks in the picture there"),
        ({"audio_analysis": spoken((1, 3))}, True, ""),
        ({"audio_analysis": spoken((1, 3)), "subjects": FACE, "is_heard": False}, True, ""),
        ({"subjects": FACE}, True, ""),
        ({"motion": measured.motion(flow=Course(0.5, (0.3,) * 80))}, False, "the picture moves too fast"),
        ({"motion": measured.motion(flow=Course(0.5, (0.2,) * 80))}, True, ""),
        ({"motion": measured.motion(flow=Course(0.5, (None,) * 80))}, True, ""),
        ({"motion": measured.motion(subject_flow=Course(0.5, (0.08,) * 80))}, False, "the motion there"),
        ({"motion": measured.motion(subject_flow=Course(0.5, (0.04,) * 80))}, True, ""),
        ({"motion": measured.motion(subject_flow=Course(0.5, (0.2,) * 80)), "is_heard": False}, True, ""),
    ],
    ids=[
        *("lips", "narrator", "lips-unheard", "silent-face"),
        *("fast pan", "slow pan", "unknown", "action", "calm", "action-unheard"),
    ],
)
def test_pictures_are_slowed_where_nobody_sees_it(measured_of_it, slowed, why):
    """Not beside lips that speak, nor what moves in time with its sound, nor where a frame shown twice is a stumble; the cut stays plain then."""
    pair = clips(count=2)
    made, said = give(pair, [False, False], [clip.source for clip in pair], DISSOLVE, **measured_of_it)
    assert kinds(made) == ["dissolve" if slowed else "cut"]
    assert why in made[1].reason
    assert why in said


def test_pictures_are_slowed_up_to_the_nearest_word():
    """And no further: lips that speak do so in time."""
    pair = clips(count=2, seconds=4)
    shots = [clip.source for clip in pair]
    sound = spoken(("1/2", "5/2"), (7, 8))
    made, _ = give(pair, [False, False], shots, DISSOLVE, audio_analysis=sound, subjects=FACE)
    assert made[1].slowed.before_s == Fraction(3, 2) - Fraction(3, 50)
    assert made[1].slowed.after_s == 2


def test_pictures_are_slowed_up_to_where_things_begin_to_move():
    """Half a second of calm is enough for a short dissolve."""
    pair = clips(count=2, seconds=4)
    moves = measured.motion(subject_flow=Course(0.5, (*[0.2] * 7, *[0.01] * 9)))
    made, _ = give(pair, [False, False], [clip.source for clip in pair], DISSOLVE, motion=moves)
    assert (made[1].slowed.before_s, made[1].slowed.after_s) == (Fraction(1, 2), 2)
    assert made[1].transition_in.duration_ms == 250


def test_a_fade_needs_no_slowed_pictures():
    """It goes through black, also beside somebody who speaks."""
    pair = clips(count=2)
    made, _ = give(pair, [False] * 2, [c.source for c in pair], FADE, audio_analysis=spoken((1, 3)), subjects=FACE)
    assert kinds(made) == ["fade"]
    assert made[1].slowed is None


def test_transitions_go_to_real_changes_of_shot_first():
    """A dissolve between two framings of one take is the weaker one; of plain cuts it is the other way about."""
    own = [False, True, False, True, False, True, False]
    pairs = [Span(Fraction(4 * k), Fraction(4 * k + 4)) for k in range(4)]
    made, _ = give(clips(), own, pairs, CUT, replace(DISSOLVE, duration_ms=200))
    assert kinds(made) == ["cut", "dissolve", "cut", "cut", "cut", "dissolve"]


TITLE = TextOverlay("BUNNY", None, 0.1, "#ffffff", (0.5, 0.5), duration_ms=200, start_ms=2100)


@pytest.mark.parametrize(
    ("measured_of_it", "why"),
    [
        ({"subjects": (replace(FACE[0], time_s=2.4),)}, "a face there"),
        ({"text_overlays": (TITLE,)}, "text there"),
        ({"motion": measured.motion(flow=Course(0.5, (STILL / 2,) * 80))}, "the picture there is still"),
    ],
    ids=["face", "text", "still"],
)
@pytest.mark.parametrize("kind", list(TransitionType))
def test_no_virtual_cut_doubles_what_is_seen(kind, measured_of_it, why):
    """A dissolve or a zoom between two framings shows all twice, a slide a face: the cut stays plain and says why; other kinds show nothing twice."""
    if kind is TransitionType.CUT:
        return
    made, said = give(clips(count=2), [False, True], WHOLE, Transition(kind, 400), **measured_of_it)
    shows_both = {TransitionType.DISSOLVE, TransitionType.ZOOM}
    if kind in shows_both or (kind is TransitionType.SLIDE and why == "a face there"):
        assert kinds(made) == ["cut"]
        assert why in made[1].reason
        assert said.startswith("transitions like the style's: 1 found no place")
        assert why in said
    else:
        assert kinds(made) == [kind.value]


def test_a_cut_at_once_after_the_beginning_is_looked_at():
    """Half a second before it there is no footage."""
    made, _ = give(clips(count=2, seconds=Fraction(2, 5)), [False, True], WHOLE, DISSOLVE, subjects=FACE)
    assert kinds(made) == ["cut"]


def test_what_is_seen_elsewhere_is_not_doubled():
    """A face two seconds before the cut, and text that has gone."""
    gone = replace(TITLE, start_ms=0, duration_ms=1500)
    made, _ = give(
        clips(count=2), [False, True], WHOLE, DISSOLVE, subjects=(replace(FACE[0], time_s=0.5),), text_overlays=(gone,)
    )
    assert kinds(made) == ["dissolve"]


def test_fades_take_the_cuts_that_bear_nothing_else():
    """Beside speech there is a fade, and the dissolves are where they can be."""
    shots = clips(count=4)
    seen = (*FACE, Subject(5.0, 0.4, 0.2, 0.6, 0.6, 0.99, is_face=True))
    sound = spoken((0, "9/2"))
    made, _ = give(shots, [False] * 4, [c.source for c in shots], DISSOLVE, FADE, audio_analysis=sound, subjects=seen)
    assert kinds(made) == ["cut", "fade", "dissolve"]
    assert made[1].reason.endswith("kept plain: somebody speaks in the picture there")


def test_fades_leave_to_other_kinds_the_cuts_that_those_need():
    """Of two real changes of shot the second alone has pictures beyond it: the dissolve goes there, whichever comes first in the style."""
    made = [clips(2)[0], clips(2)[1], replace(clips(1)[0], source=Span(Fraction(20), Fraction(22)))]
    shots = [Span(Fraction(0), Fraction(2)), Span(Fraction(2), Fraction(10)), Span(Fraction(12), Fraction(40))]
    for style in ((FADE, DISSOLVE), (DISSOLVE, FADE)):
        found, _ = give(made, [False] * 3, shots, *style, audio_analysis=spoken((0, 40)))
        assert kinds(found) == ["fade", "dissolve"]


def test_no_picture_is_slowed_that_a_transition_of_the_footages_own_lies_in():
    """It would be slowed, too."""
    pair = clips(count=2)
    fades = (Boundary(Fraction(3, 2), Fraction(2), TransitionType.FADE, 0.9),)
    shots = [Span(Fraction(0), Fraction(3, 2)), Span(Fraction(2), Fraction(4))]
    made, said = give(pair, [False, False], shots, DISSOLVE, boundaries=fades)
    assert kinds(made) == ["cut"]
    assert "the footage has a transition there" in said


@pytest.mark.parametrize("seconds", [0.1, 0.3, 0.5, 1, 5])
def test_transitions_fit_into_their_clips(seconds):
    """Shorter than the template's where clips are short, and none where they are too short for any; never an impossible plan."""
    made, _ = give(clips(seconds=Fraction(str(seconds))), [True] * 7, WHOLE, FADE)
    for join in joins(made):
        assert join.duration <= Fraction(str(seconds)) / 2
    assert bool(joins(made)) == (seconds > 0.15)


def test_a_template_that_only_cuts_changes_nothing():
    """And says so."""
    assert give(clips(), [True] * 7, WHOLE, CUT) == (tuple(clips()), "cuts stay plain, like the style's")


@pytest.mark.parametrize(
    ("before", "after", "lasts_ms"),
    [(1, 1, 400), (0.1, 1, 200), (1, 0.15, 300), (0.04, 1, None), (0, 1, None), (1, 0, None)],
    ids=["room", "little-after-the-old", "little-before-the-new", "too-little", "none-after", "none-before"],
)
def test_clips_that_are_apart_take_transitions_as_long_as_their_handles(before, after, lasts_ms):
    """Twice the shorter one, for half of a transition lies on either side; nothing of a neighbouring shot is ever shown."""
    apart = [clips()[1], clips()[4]]
    ends, begins = apart[0].source.end + Fraction(str(before)), apart[1].source.start - Fraction(str(after))
    shots = [Span(Fraction(0), ends), Span(ends, begins), Span(begins, Fraction(100))]
    fast = measured.motion(flow=Course(0.5, (1.0,) * 80))
    made, _ = give(apart, [False, False], shots, DISSOLVE, motion=fast)
    assert (made[1].transition_in and made[1].transition_in.duration_ms) == lasts_ms
    for join in joins(made):
        assert join.old.source.end + join.duration / 2 <= ends
        assert join.new.source.start - join.duration / 2 >= begins


def test_clips_that_are_apart_are_slowed_where_their_handles_are_short():
    """Calm ones get the template's length all the same."""
    apart = [clips()[1], clips()[4]]
    shots = [Span(Fraction(0), apart[0].source.end), Span(apart[1].source.start, Fraction(100))]
    made, _ = give(apart, [False, False], shots, DISSOLVE)
    assert made[1].transition_in == DISSOLVE
    assert made[1].slowed is not None


@pytest.mark.parametrize(
    ("virtual", "kind"), [(False, TransitionType.FADE), (True, TransitionType.DISSOLVE)], ids=["own cut", "virtual cut"]
)
@pytest.mark.parametrize(("starts", "ends"), [("1.2", "1.8"), ("2.2", "2.8")], ids=["before", "after"])
def test_a_transition_keeps_clear_of_one_of_the_footages_own(virtual, kind, starts, ends):
    """A dissolve that ends a fifth of a second before the cut, or begins as much after it, leaves half of that plain."""
    own = Boundary(Fraction(starts), Fraction(ends), TransitionType.DISSOLVE, 0.9)
    made, _ = give(clips(2), [False, virtual], WHOLE, Transition(kind, 800), boundaries=(own,))
    [join] = joins(made)
    assert join.duration == Fraction(1, 5)
    assert join.ends < own.start or own.end < join.starts


def test_a_cut_within_a_transition_of_the_footages_own_stays_plain():
    """Two transitions cannot be seen at once."""
    own = Boundary(Fraction("1.7"), Fraction("2.3"), TransitionType.DISSOLVE, 0.9)
    assert kinds(give(clips(2), [False, False], WHOLE, FADE, boundaries=(own,))[0]) == ["cut"]
