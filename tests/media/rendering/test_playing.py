"""Clips that lap over each other: two instants of the source at once, to the frame."""

from dataclasses import replace
from fractions import Fraction

import pytest

import synth
from clipzy.media.rendering.footage import examine
from clipzy.media.rendering.playing import Player, Score
from clipzy.style.dna import Transition, TransitionType
from clipzy.style.plan import WHOLE_PICTURE, Clip, EditPlan, OutputFormat, Slowed
from clipzy.style.time import Span

SIZE = (160, 90)
DISSOLVE = Transition(TransitionType.DISSOLVE, 800)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Twelve seconds of numbered frames, 25 a second, with rare key frames."""
    path = tmp_path_factory.mktemp("playing") / "s.mp4"
    synth.write_video(path, synth.numbered_frames(300, SIZE), options={"g": "50", "bf": "2"})
    return examine(path)


def edit(*clips, rate=25, slowed=None):
    """(start, end, transition into it) of each, in that order; `slowed`: for the last one's."""
    made = [Clip(Span(Fraction(a), Fraction(b)), WHOLE_PICTURE, None, how, "") for a, b, how in clips]
    made[-1] = replace(made[-1], slowed=slowed)
    return EditPlan(tuple(made), (), None, OutputFormat(*SIZE, Fraction(rate), "h264", 16, "veryfast", 160), ())


def played(plan, source, *sections):
    """Of each output frame the number in the picture, and of that beneath it, None without."""
    found = []
    for section in sections or [range(round(plan.duration * plan.output.frame_rate))]:
        with Player(Score.of(plan), source, 1) as player:
            for each in player.frames(section):
                beneath = None if each.beneath is None else synth.read_index(each.beneath.to_ndarray(format="gray"))
                number = synth.read_index(each.frame.to_ndarray(format="gray"))
                found += [(number, beneath)] * each.count
    return found


def test_both_clips_go_on_in_a_transition(source):
    """The old one past its end, the new one from before its start, each at its own time; around it each is alone."""
    found = played(edit((2, 4, None), (8, 10, DISSOLVE)), source)
    plain = [(50 + n, None) for n in range(40)], [(210 + n, None) for n in range(40)]
    assert found == [*plain[0], *((190 + n, 90 + n) for n in range(20)), *plain[1]]


def test_transitions_may_follow_each_other_without_a_pause(source):
    """Backwards in the source, too; each clip is only seen in its two transitions."""
    found = played(edit((8, 9, None), (5, "5.8", DISSOLVE), (1, 2, DISSOLVE)), source)
    assert len(found) == 70
    assert found[15:35] == [(115 + n, 215 + n) for n in range(20)]
    assert found[35:55] == [(15 + n, 135 + n) for n in range(20)]
    assert found[55:] == [(35 + n, None) for n in range(15)]


@pytest.mark.parametrize("border", [10, 40, 45, 50, 55, 60, 99])
def test_a_section_may_begin_anywhere(border, source):
    """Also in the middle of a transition: both clips are found again."""
    plan = edit((2, 4, None), (8, 10, DISSOLVE))
    assert played(plan, source, range(border), range(border, 100)) == played(plan, source)


def test_a_source_that_runs_on_is_read_once(source):
    """A virtual cut: one frame is shown in both framings; so it is in a fade, which never shows both."""
    fade = Transition(TransitionType.FADE, 800)
    assert all(beneath is None for _, beneath in played(edit((2, 4, None), (4, 6, DISSOLVE)), source))
    assert all(beneath is None for _, beneath in played(edit((2, 4, None), (8, 10, fade)), source))


def test_frames_of_another_rate_are_counted_out_on_both_sides(source):
    """Fifty frames a second of twenty-five: each is seen twice on either side."""
    found = played(edit((2, 4, None), (8, 10, DISSOLVE), rate=50), source)
    assert len(found) == 200
    assert found[80:120] == [(190 + n // 2, 90 + n // 2) for n in range(40)]


def test_footage_that_ends_in_a_transition_is_held(source):
    """The last picture stands in for half of the time, and how much is missing is told."""
    plan = edit((10, "11.8", None), (2, 4, DISSOLVE))
    with Player(Score.of(plan), source, 1) as player:
        frames = list(player.frames(range(95)))
        assert sum(each.count for each in frames) == 95
        assert float(player.missing) == pytest.approx(0.2)


ONE_EACH = Slowed(Fraction(1), Fraction(1))


def test_pictures_are_slowed_for_a_transition_at_a_cut_of_the_sources_own(source):
    """The last second lasts until the transition ends, the first one since it begins: each in its own shot, in time with the sound elsewhere."""
    found = played(edit((2, 4, None), (4, 6, DISSOLVE), slowed=ONE_EACH), source)
    assert found[:26] == [(50 + n, None) for n in range(26)]
    assert found[75:] == [(125 + n, None) for n in range(25)]
    for number, (new, old) in enumerate(found[25:75], 25):
        middle = number - 50  # frames since the cut
        if middle < -10:
            assert abs(new - (75 + (number - 25) / 1.4)) <= 1
            assert old is None
        elif middle < 10:
            assert abs(old - (75 + (number - 25) / 1.4)) <= 1
            assert abs(new - (100 + (middle + 10) / 1.4)) <= 1
            assert old < 100 <= new
        else:
            assert abs(new - (100 + (middle + 10) / 1.4)) <= 1
            assert old is None
    assert len(found) == 100


@pytest.mark.parametrize("border", [20, 30, 40, 45, 60, 70])
def test_a_section_may_begin_where_pictures_are_slowed(border, source):
    """It goes on as the whole would."""
    plan = edit((2, 4, None), (4, 6, DISSOLVE), slowed=ONE_EACH)
    assert played(plan, source, range(border), range(border, 100)) == played(plan, source)


@pytest.mark.parametrize("rate", [24, 30, 50])
def test_slowed_pictures_never_show_the_other_shot(rate, source):
    """At any rate: nothing of the new one is seen before the transition, nor of the old one within the new."""
    plan = edit((2, 4, None), (4, 6, DISSOLVE), rate=rate, slowed=Slowed(Fraction(3, 2), Fraction(1, 2)))
    found = played(plan, source)
    assert len(found) == 4 * rate
    beside = [pair for pair in found if pair[1] is not None]
    assert abs(len(beside) - 0.8 * rate) < 1
    assert all(old < 100 <= new for new, old in beside)
    assert [number for number, _ in found] == sorted(number for number, old in found)


@pytest.mark.parametrize("kind", [TransitionType.DISSOLVE, TransitionType.FADE])
def test_a_transition_may_take_all_of_a_clip_that_begins_between_two_frames(kind, source):
    """The frame half of which is before the cut is one clip's or the other's: none is shown twice, nor in the next transition's colours."""
    plan = edit((0, "1.05", None), (2, "2.5", None), (8, 10, Transition(kind, 1000)), rate=30)
    with Player(Score.of(plan), source, 1) as player:
        shown = [each for each in player.frames(range(106)) for _ in range(each.count)]
    assert len(shown) == 106
    assert all(each.clip is plan.clips[0] for each in shown[:32])
    assert [each.join is not None for each in shown] == [32 <= number < 62 for number in range(106)]
