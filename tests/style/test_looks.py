"""Which takes share a look, and how far groups of them go each their own way."""

from dataclasses import replace
from fractions import Fraction

import pytest

import measured
from clipzy.api.schemas.plan import LONGEST_REASON
from clipzy.style.apply import build_plan
from clipzy.style.config import JobConfig
from clipzy.style.dna import ColorGrade, TransitionType
from clipzy.style.looks import MOST_GROUPS, MOST_OWN, ONE_LOOK, own_share, told, wardrobe
from clipzy.style.measurements import Boundary, ColorMeasure, ShotColor, Subject

DAY, NIGHT, FOREST = (0.7, 0.0, 0.02, 0.15), (0.3, 0.0, -0.06, 0.1), (0.5, -0.08, 0.07, 0.15)


def colors(*places, start=0):
    """Colours of shots: of each lightness, a, b and contrast; None: nothing was seen of it."""
    shots = tuple(
        ShotColor(shot, "#808080", *place, chroma=0.05) for shot, place in enumerate(places, start) if place is not None
    )
    return ColorMeasure(ColorGrade(), (), 0.5, consistency=0.7, confidence=0.5, shots=shots)


def footage(*places, **changes):
    """Footage of 40 s in equal shots of those colours."""
    return measured.video(shots=len(places), color=colors(*places), **changes)


def worn(video, template):
    """The number of each shot's look, in order."""
    made = wardrobe(video, template)
    names = [look.name for look in made.looks]
    return [names.index(made.at(shot.start)) for shot in video.shots]


ALIKE = colors(DAY, DAY, DAY)


def test_footage_of_one_colour_has_one_look():
    """However much alike the template's shots are."""
    like = [(0.7 + 0.02 * k, 0.002 * k, 0.02, 0.15) for k in range(4)]
    assert wardrobe(footage(*like), ALIKE) == ONE_LOOK


def test_unlike_takes_have_looks_of_their_own():
    """Two kinds by turns are two groups, each named with its shots; together they are all shots."""
    video = footage(DAY, NIGHT, DAY, NIGHT)
    made = wardrobe(video, ALIKE)
    assert [(look.name, look.shots) for look in made.looks] == [("lut-1.cube", (0, 2)), ("lut-2.cube", (1, 3))]
    assert worn(video, ALIKE) == [0, 1, 0, 1]


def test_three_kinds_are_told_apart():
    """Green is as far from day as night is."""
    assert worn(footage(DAY, FOREST, NIGHT, NIGHT, FOREST, DAY), ALIKE) == [0, 1, 2, 2, 1, 0]


def test_there_are_never_more_than_a_few_looks():
    """However many kinds there are."""
    many = [(0.1 + 0.1 * k, 0.2 * (k % 3 - 1), 0.2 * (k % 2), 0.1) for k in range(9)]
    assert 1 < len(wardrobe(footage(*many), ALIKE).looks) <= MOST_GROUPS


def test_a_template_as_varied_as_the_footage_keeps_one_look():
    """What lies between its shots is part of its style; a common look keeps it."""
    assert wardrobe(footage(DAY, NIGHT, DAY, NIGHT), colors(NIGHT, DAY)) == ONE_LOOK


def test_a_style_without_a_video_gives_one_look():
    """Nothing is known of its shots."""
    assert wardrobe(footage(DAY, NIGHT), None) == ONE_LOOK


def test_a_single_shot_has_one_look():
    """There is nothing to be told apart."""
    assert wardrobe(footage(DAY), ALIKE) == ONE_LOOK


def test_no_look_changes_within_a_dissolve():
    """Shots joined by a gradual transition are one take."""
    edges = (
        measured.cut_at(10),
        Boundary(Fraction(19), Fraction(21), TransitionType.DISSOLVE, 0.9),
        measured.cut_at(30),
    )
    video = footage(DAY, DAY, NIGHT, NIGHT, boundaries=edges)
    made = wardrobe(video, ALIKE)
    assert [look.shots for look in made.looks] in ([(0,), (1, 2), (3,)], [(0, 1, 2), (3,)], [(0,), (1, 2, 3)])
    assert len({made.at(Fraction(moment)) for moment in (10, 15, 19, 20, 21, 29)}) == 1


def test_a_moment_is_not_worth_a_look():
    """A second of another colour takes the look of the nearest group."""
    about = measured.facts(duration=Fraction(5))
    made = wardrobe(footage(DAY, DAY, DAY, DAY, NIGHT, facts=about), ALIKE)
    assert made == ONE_LOOK


def test_shots_that_were_not_seen_go_with_their_neighbours():
    """Too short for a sample, they still wear something."""
    video = footage(None, DAY, NIGHT, None, DAY, NIGHT)
    assert worn(video, ALIKE) == [0, 0, 1, 1, 0, 1]
    assert [look.shots for look in wardrobe(video, ALIKE).looks] == [(0, 1, 4), (2, 3, 5)]


def test_how_far_groups_go_grows_with_the_templates_agreement():
    """From nothing where it is as varied to a half where all its shots are alike, and no further: night stays darker than day."""
    have = colors(DAY, NIGHT)
    nearer = [
        colors(DAY, tuple(d + share * (n - d) for d, n in zip(DAY, NIGHT, strict=True))) for share in (1, 0.7, 0.4, 0)
    ]
    shares = [own_share(have, template) for template in nearer]
    assert shares[0] == 0
    assert shares == sorted(shares)
    assert 0 < shares[1] < shares[3] == MOST_OWN
    assert own_share(have, colors(DAY)) == MOST_OWN


def test_a_plan_cuts_where_the_look_changes():
    """Takes that are framed alike are one clip where they wear one look, and two where they do not; the reason says which shots."""
    video = footage(DAY, DAY, NIGHT, DAY)
    config, template = JobConfig(pacing=False, framing=False), footage(DAY, DAY, DAY)
    made = build_plan(measured.style(), measured.measurements(video), config, template_video=template)
    assert [(clip.look, clip.source.start, clip.source.end) for clip in made.clips] == [
        ("lut-1.cube", 0, 20),
        ("lut-2.cube", 20, 30),
        ("lut-1.cube", 30, 40),
    ]
    assert (
        "with 2 looks of strength 0.7, since its shots look more alike than the footage's: shots 1-2, 4; 3"
        in "".join(made.reasons)
    )


def test_of_many_shots_a_look_is_told_by_the_first():
    """A plan of a film whose places take turns is still one that can be given back, with all of them in its looks."""
    video = footage(*[DAY, NIGHT] * 350)
    made = wardrobe(video, ALIKE)
    assert [len(look.shots) for look in made.looks] == [350, 350]
    said = told(made.looks, 0.7)
    assert said.endswith(
        f": shots {', '.join(map(str, range(1, 40, 2)))} and 330 more; {', '.join(map(str, range(2, 41, 2)))} and 330 more"
    )
    assert len(said) < LONGEST_REASON


def test_a_look_that_nothing_shown_wears_is_not_made():
    """Of best moments that all lie in daylight; the others are numbered anew, and one alone has the name of one."""
    made = wardrobe(footage(FOREST, NIGHT, DAY), ALIKE)
    assert [look.shots for look in made.looks] == [(0,), (1,), (2,)]
    two = made.shown([Fraction(15), Fraction(30)])
    assert [(look.name, look.shots) for look in two.looks] == [("lut-1.cube", (1,)), ("lut-2.cube", (2,))]
    assert (two.at(Fraction(15)), two.at(Fraction(30))) == ("lut-1.cube", "lut-2.cube")
    one = made.shown([Fraction(30)])
    assert [(look.name, look.shots, look.own) for look in one.looks] == [("lut.cube", (2,), made.looks[2].own)]
    assert one.at(Fraction(30)) == "lut.cube"


def test_best_moments_of_one_light_have_one_look():
    """Somebody is seen by day alone: what is left out has none, and no word."""
    seen = tuple(Subject(k / 2, 0.4, 0.3, 0.6, 0.7, 0.95, is_face=True) for k in range(80) if k // 20 in {0, 2})
    video, config = (
        footage(DAY, NIGHT, DAY, NIGHT, subjects=seen),
        JobConfig(pacing="highlights", target_duration_seconds=6),
    )
    sources = measured.measurements(video, measured.audio(beats=()))
    made = build_plan(measured.style(cut_frequency=12.0), sources, config, template_video=footage(DAY, DAY))
    assert [(look.name, look.shots) for look in made.looks] == [("lut.cube", (0, 2))]
    assert {clip.look for clip in made.clips} == {"lut.cube"}
    assert "colours matched to the template with a look of strength 0.7" in made.reasons


def test_virtual_cuts_keep_the_look_of_their_take():
    """Each piece of a take wears what the take wears."""
    video = footage(DAY, NIGHT)
    style, template = measured.style(cut_frequency=30.0), footage(DAY, DAY, DAY)
    made = build_plan(style, measured.measurements(video), JobConfig(), template_video=template)
    assert len(made.clips) > 4
    assert {clip.look for clip in made.clips if clip.source.end <= 20} == {"lut-1.cube"}
    assert {clip.look for clip in made.clips if clip.source.start >= 20} == {"lut-2.cube"}


@pytest.mark.parametrize("own", [-0.1, 1.1])
def test_a_look_goes_its_own_way_from_not_at_all_to_wholly(own):
    """Beyond the ends it would not be bounded."""
    with pytest.raises(ValueError, match="own must lie in"):
        replace(ONE_LOOK.looks[0], own=own)
