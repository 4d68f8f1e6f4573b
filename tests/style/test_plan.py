"""Edit plans as values: where things lie on the output's timeline."""

from dataclasses import replace
from fractions import Fraction

import pytest

import measured
from clipzy.style.apply import build_plan
from clipzy.style.config import JobConfig
from clipzy.style.dna import Transition, TransitionType
from clipzy.style.given_plan import check_fits
from clipzy.style.measurements import DipColor, Direction
from clipzy.style.plan import WHOLE_PICTURE, Clip, Crop, CropKey, EditPlan, Look, Slowed, joins, placed
from clipzy.style.shown import when_shown
from clipzy.style.soundtrack import Soundtrack, Stretch
from clipzy.style.time import Span


def clip(start, end):
    """A clip of these seconds of the source."""
    return Clip(Span(Fraction(start), Fraction(end)), WHOLE_PICTURE, look=None, transition_in=None, reason="")


def after(start, end, how):
    """The same, coming out of the clip before."""
    return replace(clip(start, end), transition_in=how)


DISSOLVE, FADE = Transition(TransitionType.DISSOLVE, 1000), Transition(TransitionType.FADE, 1000)


def plan(*clips):
    """Clips in that order."""
    made = build_plan(None, measured.measurements(), JobConfig())
    return EditPlan(clips, (), made.audio, made.output, ())


def test_clips_follow_each_other_in_the_output():
    """Each begins where the one before ends."""
    edit = plan(clip(10, 12), clip(0, 1), clip(5, 9))
    assert [begins for begins, _ in placed(edit.clips)] == [0, 2, 3]
    assert edit.duration == 7


@pytest.mark.parametrize(("moment", "shown"), [(10, 0), (11, 1), (0, 2), (6, 4), (12, None), (3, None)])
def test_an_instant_of_the_source_is_found_in_the_output(moment, shown):
    """Or not, where the plan leaves it out."""
    assert when_shown(plan(clip(10, 12), clip(0, 1), clip(5, 9)), Fraction(moment)) == shown


def test_a_plan_without_clips_is_none():
    """There would be nothing to write."""
    with pytest.raises(ValueError, match="at least one clip"):
        plan()


def test_a_plan_of_another_version_is_none():
    """It might be rendered otherwise than it means."""
    with pytest.raises(ValueError, match="version must be '1', not '0'"):
        replace(plan(clip(0, 1)), version="0")


def test_a_clip_wears_a_look_of_its_plan():
    """Another one nobody has made."""
    worn = replace(clip(0, 1), look="lut-2.cube")
    with pytest.raises(ValueError, match=r"clip 1 wears lut-2\.cube, which is none"):
        replace(plan(clip(0, 1)), clips=(worn,), looks=(Look("lut-1.cube"),))


def test_looks_have_names_of_their_own():
    """Two files of one name would be one."""
    with pytest.raises(ValueError, match="names of their own"):
        replace(plan(clip(0, 1)), looks=(Look("lut.cube"), Look("lut.cube", (1,))))


@pytest.mark.parametrize("name", ["../lut.cube", "lut-10.cube", "lut.cube\n", "look.cube"])
def test_a_look_is_called_what_its_file_is(name):
    """The name is a file's: nothing else is taken."""
    with pytest.raises(ValueError, match=r"a look is called lut\.cube"):
        Look(name)


@pytest.mark.parametrize("given", [{"shots": (0, -1)}, {"own": -0.01}, {"own": 1.01}], ids=str)
def test_a_look_is_for_shots_that_there_can_be_and_goes_no_further_than_all_the_way(given):
    """Shots are counted from the first; none of the way and all of it are looks."""
    assert [Look("lut.cube", (0,), own).own for own in (0, 1)] == [0, 1]
    with pytest.raises(ValueError, match=r"counted from 0, not -1|own must lie in 0\.\.1"):
        Look("lut.cube", **given)


@pytest.mark.parametrize("how", [None, DISSOLVE], ids=["cut", "dissolve"])
def test_only_a_fade_goes_through_a_colour(how):
    """What another transition goes through are both pictures."""
    assert replace(after(0, 4, FADE), dips_to=DipColor.WHITE).dips_to is DipColor.WHITE
    with pytest.raises(ValueError, match="a fade alone goes through white"):
        replace(after(0, 4, how), dips_to=DipColor.WHITE)


@pytest.mark.parametrize("how", [None, FADE, DISSOLVE], ids=["cut", "fade", "dissolve"])
def test_only_wipes_and_slides_have_a_direction(how):
    """What another transition does is the same all over the picture."""
    wipe = Transition(TransitionType.WIPE, 400)
    assert replace(after(0, 4, wipe), direction=Direction.UP).direction is Direction.UP
    with pytest.raises(ValueError, match="only a wipe or a slide goes up"):
        replace(after(0, 4, how), direction=Direction.UP)


@pytest.mark.parametrize(("width", "height", "fits"), [(0.2, 0.1, True), (0.1, 0.2, False), (0.2, 0.2, False)])
def test_a_crop_keeps_its_shape_on_its_way(width, height, fits):
    """Whatever its size: the picture would be pulled out of shape."""
    path = (CropKey(Fraction(1), Crop(0, 0, width, height)),)
    if fits:
        assert replace(clip(0, 2), crop=Crop(0, 0, 0.8, 0.4), crop_path=path).crop_path == path
    else:
        with pytest.raises(ValueError, match="the shape of the clip's first one"):
            replace(clip(0, 2), crop=Crop(0, 0, 0.8, 0.4), crop_path=path)


def test_a_transition_between_clips_that_are_apart_shows_both():
    """Half of its time of each beyond its end; where the source runs on, and in a fade, nothing more is needed."""
    apart, runs_on, fades = (
        joins(plan(clip(2, 6), second).clips)[0]
        for second in (after(20, 24, DISSOLVE), after(6, 9, DISSOLVE), after(20, 24, FADE))
    )
    assert [join.has_handles for join in (apart, runs_on, fades)] == [True, False, False]
    assert (apart.starts, apart.middle, apart.ends, apart.number) == (Fraction(7, 2), 4, Fraction(9, 2), 2)


def test_handles_lie_in_the_footage():
    """What is missing before its beginning is no plan; what is missing after its end is found once the footage is known."""
    with pytest.raises(
        ValueError, match=r"dissolve into clip 2 needs 0.50 s of footage before that clip, but only 0.25 s are left"
    ):
        plan(clip(2, 6), after("0.25", 4, DISSOLVE))
    plan(clip(2, 6), after("0.25", 4, FADE))
    check_fits(plan(clip(30, "39.5"), after(4, 8, DISSOLVE)), measured.video())
    with pytest.raises(
        ValueError,
        match=r"dissolve into clip 2 needs 0.50 s of footage after the end of the previous clip, but only 0.28 s are left",
    ):
        check_fits(plan(clip(30, "39.75"), after(4, 8, DISSOLVE)), measured.video())


@pytest.mark.parametrize(
    ("clips", "why"),
    [
        ((after(0, 4, DISSOLVE),), "the first clip cannot come out of another one"),
        ((clip(0, 4), after(9, 12, replace(DISSOLVE, duration_ms=0))), "into clip 2 has no length"),
    ],
    ids=["first", "no length"],
)
def test_a_transition_leads_from_one_clip_to_another_in_its_time(clips, why):
    """Else there is none."""
    with pytest.raises(ValueError, match=why):
        plan(*clips)


def test_pictures_are_slowed_to_half_of_their_speed_at_most():
    """Half of it is allowed: half a second that lasts a whole one, with the half of the transition."""
    half, less = (
        replace(after(20, 24, DISSOLVE), slowed=Slowed(Fraction(beside), Fraction(3))) for beside in ("0.5", "0.49")
    )
    assert len(joins(plan(clip(2, 6), half).clips)) == 1
    with pytest.raises(ValueError, match="slows pictures to less than half of their speed"):
        plan(clip(2, 6), less)


def test_a_transition_tells_which_pictures_of_both_clips_it_shows():
    """From whichever clip's beginning its time is counted; slowed ones are of within the clips."""
    [join] = joins(plan(clip(2, 6), after(20, 24, DISSOLVE)).clips)
    assert (
        join.times(join.new, Fraction("0.25"))
        == join.times(join.old, Fraction("4.25"))
        == (Fraction("4.25"), Fraction("0.25"))
    )
    slowed = replace(after(20, 24, DISSOLVE), slowed=Slowed(Fraction(1), Fraction(2)))
    [join] = joins(plan(clip(2, 6), slowed).clips)
    assert join.times(join.new, Fraction("-0.5")) == (Fraction(10, 3), 0)
    assert join.times(join.new, Fraction("0.5")) == (4, Fraction(4, 5))


def test_a_soundtrack_is_heard():
    """Where a plan has no sound there is none."""
    stretches = (Stretch(Span(Fraction(0), Fraction(1)), Fraction(0), ""),)
    heard = replace(plan(clip(0, 1)), soundtrack=Soundtrack(stretches, 0.0, None, None, Fraction(0), ""))
    with pytest.raises(ValueError, match="a soundtrack is not heard in a plan without audio"):
        replace(heard, audio=None)
    assert replace(plan(clip(0, 1)), audio=None).audio is None


def test_a_transition_may_take_its_clips_and_the_footage_to_the_last_instant():
    """Half of a second on either side is all that these clips have, and all that lies before the new one."""
    [join] = joins(plan(clip(2, "2.5"), after("0.5", 1, DISSOLVE)).clips)
    assert (join.starts, join.ends) == (0, 1)


@pytest.mark.parametrize(
    "clips",
    [
        (clip(2, "2.4"), after(20, 24, DISSOLVE)),
        (clip(2, 6), after(20, "20.4", DISSOLVE)),
        (clip(0, 6), clip(8, "8.4"), after(20, 24, DISSOLVE)),
        (clip(0, 6), after(8, "8.9", DISSOLVE), after(20, 24, DISSOLVE)),
    ],
    ids=["old", "new", "old, after another", "between two"],
)
def test_a_transition_that_is_longer_than_its_clips_is_none(clips):
    """It would show a clip that is not there yet, or not any more; beside another transition they share what there is."""
    with pytest.raises(ValueError, match=f"into clip {len(clips)} is longer than its clips have room for"):
        plan(*clips)


@pytest.mark.parametrize("fades", [(-1, 1), (1, -1)])
def test_a_fade_of_the_sound_lasts_no_less_than_nothing(fades):
    """Whatever the other one does."""
    with pytest.raises(ValueError, match="a fade cannot last -1 s"):
        replace(plan(clip(0, 1)).audio, fade_in_s=Fraction(fades[0]), fade_out_s=Fraction(fades[1]))


@pytest.mark.parametrize("size", [(0, 2), (2, 0), (-2, 2), (3, 2), (2, 3)])
def test_an_output_has_an_even_size(size):
    """Of two pixels at least each way."""
    with pytest.raises(ValueError, match="even and positive"):
        replace(plan(clip(0, 1)).output, width=size[0], height=size[1])


@pytest.mark.parametrize("crop", [(-0.1, 0, 1, 1), (0, 0, 0, 1), (0, 0, 1, 0), (0.5, 0, 0.6, 1), (0, 0.5, 1, 0.6)])
def test_a_crop_lies_in_the_picture(crop):
    """Nothing outside can be shown."""
    with pytest.raises(ValueError, match="crop must"):
        Crop(*crop)
