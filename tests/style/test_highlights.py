"""The best moments: chosen by what is seen and heard, never twice, whole words, on beats, as long as is wanted."""

from dataclasses import replace
from fractions import Fraction
from itertools import accumulate, pairwise

import pytest

import measured
from clipzy.style.apply import build_plan
from clipzy.style.config import JobConfig
from clipzy.style.cut_points import CutPoint, Speech
from clipzy.style.dna import BeatBand, Transition, TransitionType
from clipzy.style.highlights import Heard, best_takes
from clipzy.style.interest import interest_of
from clipzy.style.measurements import Beat, Course, SoundKind, SoundSpan, Subject, View
from clipzy.style.moments import Choices, Moment, lengthened, wanted_for
from clipzy.style.phrasing import Phrasing
from clipzy.style.plan import joins
from clipzy.style.time import Span
from clipzy.style.to_beats import on_beats

SECONDS = 120
TINY = 1e-6


def footage(shots=6, views=None, faces=(), lively=(), blurred=(), beats=(), speech=(), pauses=(), seconds=SECONDS):
    """Footage of two minutes in equal shots; spans of seconds with a face, with movement, out of focus, with speech.

    `views`: what is seen at a time, by default something new every half second.
    """
    times = [k / 2 for k in range(2 * seconds)]

    def within(spans, time):
        return any(start <= time < end for start, end in spans)

    looks = [View(t, 0.2 if within(blurred, t) else 0.6, int(views(t) if views else 2 * t)) for t in times]
    subjects = [Subject(t, 0.4, 0.2, 0.6, 0.6, 1.0, is_face=True) for t in times if within(faces, t)]
    return measured.measurements(
        measured.video(
            shots=shots,
            facts=measured.facts(duration=Fraction(seconds)),
            views=tuple(looks),
            subjects=tuple(subjects),
        ),
        measured.audio(
            beats=tuple(beats),
            sounds=tuple(SoundSpan(span(*each), SoundKind.SPEECH) for each in speech),
            pauses=tuple(span(*each) for each in pauses),
        ),
        measured.motion(subject_flow=Course(0.5, tuple(0.1 if within(lively, t) else 0.001 for t in times))),
    )


def span(start, end):
    """A span in seconds."""
    return Span(Fraction(str(start)), Fraction(str(end)))


def taken(of, target=20, cut_frequency=24.0, heard=None, phrasing=None, **style):
    """The takes of a plan, and what was said."""
    dna = measured.style(cut_frequency=cut_frequency, **style)
    heard, phrasing = heard or Heard(of.audio.beats), phrasing or Phrasing()
    return best_takes(dna, of, heard, target, transitions=True, phrasing=phrasing)


def whole(takes):
    """The moments, without the virtual cuts within them."""
    begins = [at for at, take in enumerate(takes) if not take.virtual]
    ends = [takes[at - 1].span.end for at in [*begins[1:], len(takes)]]
    return [replace(takes[at], span=Span(takes[at].span.start, end)) for at, end in zip(begins, ends, strict=True)]


def chosen(of, target=20, cut_frequency=24.0, heard=None, **style):
    """Start and end in seconds of each moment, the reasons, and what was said."""
    takes, told = taken(of, target, cut_frequency, heard, **style)
    moments = whole(takes)
    return [(float(take.span.start), float(take.span.end)) for take in moments], [take.reason for take in moments], told


def total(takes):
    """Seconds of all of them."""
    return sum(end - start for start, end in takes)


def covered(takes, start, end):
    """Seconds of a stretch that are shown."""
    return sum(max(0, min(end, b) - max(start, a)) for a, b in takes)


@pytest.mark.parametrize("beats", [(), [k * 0.5 for k in range(240)]], ids=["silence", "music"])
@pytest.mark.parametrize(("target", "cut_frequency"), [(10, 30.0), (20, 24.0), (30, 60.0), (60, 12.0)])
def test_they_last_as_long_as_is_wanted(target, cut_frequency, beats):
    """In the footage's order, without overlaps, as many as the template would cut, never longer and hardly shorter."""
    beats = [Beat(time, 0.9, BeatBand.BASS, downbeat=time % 2 == 0) for time in beats]
    takes, _, told = chosen(footage(beats=beats), target, cut_frequency)
    assert target - 0.5 <= total(takes) <= target + 1e-9
    assert all(before[1] < after[0] for before, after in pairwise(takes))
    assert abs(len(takes) - 1 - round(cut_frequency * target / 60)) <= 0.35 * len(takes) + 1
    assert f"of the {target} s wanted" in told


@pytest.mark.parametrize("kind", ["faces", "lively", "speech"])
def test_the_best_is_shown(kind):
    """Faces, movement, speech: where they are, the edit is, as long as it is worth more than variety."""
    takes, reasons, _ = chosen(footage(**{kind: [(45, 56), (84, 95)]}), target=12)
    assert covered(takes, 44, 57) + covered(takes, 83, 96) > 0.6 * 12
    named = {"faces": "a face", "lively": "movement", "speech": "complete speech"}[kind]
    assert sum(named in reason for reason in reasons) >= len(reasons) // 2


@pytest.mark.parametrize("cut_frequency", [12.0, 30.0, 100.0])
@pytest.mark.parametrize("beats", [(), [k * 0.5 for k in range(240)]], ids=["silence", "music"])
@pytest.mark.parametrize("on_output", [False, True], ids=["own sound", "template's sound"])
def test_what_happens_at_a_stretch_is_shown_at_a_stretch(on_output, beats, cut_frequency):
    """All of eight seconds of movement in one take, however short the template's shots are, not every other second and what is elsewhere."""
    beats = [Beat(time, 0.9, BeatBand.BASS, downbeat=time % 2 == 0) for time in beats]
    of, heard = footage(shots=1, lively=[(20, 28)], beats=beats), Heard(beats, on_output=on_output)
    takes, _, _ = chosen(of, 10, cut_frequency, heard)
    assert covered(takes, 20, 28) >= 7


@pytest.mark.parametrize("cut_frequency", [12.0, 30.0, 60.0, 100.0])
@pytest.mark.parametrize("target", [5, 10, 20])
@pytest.mark.parametrize("seconds", [22, 40])
def test_moments_of_one_shot_touch_or_are_a_second_apart(seconds, target, cut_frequency):
    """Closer ones would be seen as a jump; those that touch are one."""
    faces, lively = [(3, 7), (15, 18)], [(8, 10), (12, 19)]
    takes, _, _ = chosen(footage(1, faces=faces, lively=lively, seconds=seconds), target, cut_frequency)
    assert all(new[0] - old[1] >= 1 - TINY for old, new in pairwise(takes))


def test_what_happens_in_one_shot_leaves_others_their_turn():
    """Moments are given up for better ones of their own shot alone."""
    takes, _, _ = chosen(footage(shots=2, lively=[(20, 28)]), 10, 100.0)
    assert covered(takes, 20, 28) >= 4.5
    assert covered(takes, 60, 120) >= 2


def test_moments_grow_into_what_is_worth_most():
    """Of a shot with a face after the moment that was chosen and nothing before it, however short the other moments are."""
    points = tuple(CutPoint(Fraction(k, 2)) for k in range(41))
    shots = [Choices(number, points) for number in range(2)]
    shots[1] = Choices(1, tuple(CutPoint(Fraction(20) + point.time) for point in points))
    of = footage(shots=2, faces=[(26, 40)], seconds=40)
    wanted = wanted_for(Fraction(10), 30.0, Fraction(0))
    moments = [Moment(shots[0], 10, 14, 0), Moment(shots[1], 8, 14, 0)]
    grown = lengthened(moments, wanted, interest_of(of))
    assert [each.span for each in grown] == [span(5, 7), span(24, 32)]


@pytest.mark.parametrize("on_output", [False, True], ids=["own sound", "template's sound"])
def test_neighbours_of_one_shot_are_framed_differently(on_output):
    """A cut that leaves out a few seconds of one framing is seen as an error; so is none where the shot changes."""
    beats = [Beat(k * 0.5, 0.9, BeatBand.BASS, downbeat=k % 4 == 0) for k in range(240)]
    dna, of = measured.style(cut_frequency=60.0), footage(shots=2, beats=beats)
    takes, _ = best_takes(dna, of, Heard(beats, on_output=on_output), 30, transitions=True, phrasing=Phrasing())
    takes = whole(takes)
    same = [before.span.end <= 60 <= after.span.start for before, after in pairwise(takes)]
    assert [take.jumps for take in takes] == [False, *(not changes for changes in same)]
    plan = build_plan(dna, of, JobConfig(pacing="highlights", target_duration_seconds=30))
    for before, after in pairwise(plan.clips):
        if before.source.end > 60 or after.source.start < 60:
            assert before.crop != after.crop


def music(period_s=0.5, begins_s=0.0, count=240):
    """Every fourth beat a downbeat."""
    return [Beat(begins_s + k * period_s, 0.9, BeatBand.BASS, downbeat=k % 4 == 0) for k in range(count)]


@pytest.mark.parametrize("beats", [(), music()], ids=["silence", "music"])
@pytest.mark.parametrize("shots", [1, 2, 6])
@pytest.mark.parametrize("cut_frequency", [12.0, 40.0, 100.0])
def test_long_moments_are_cut_as_often_as_the_template(cut_frequency, shots, beats):
    """By virtual cuts, so that nothing more is left out; each piece is long enough to be seen."""
    takes, told = taken(footage(shots, beats=beats, seconds=18), 15, cut_frequency)
    lasts = sum(take.span.duration for take in takes)
    assert abs(len(takes) - 1 - round(cut_frequency * float(lasts) / 60)) <= (2 if shots == 6 else 1)
    assert min(take.span.duration for take in takes) >= 0.4
    virtual = sum(take.virtual for take in takes)
    assert (f"{virtual} virtual cut" in told) is (virtual > 0)
    assert all(old.span.end == new.span.start for old, new in pairwise(takes) if new.virtual)


def test_virtual_cuts_lie_on_the_beats_that_are_heard():
    """Of the footage's own music, or of the template's, wherever in the footage a moment lies."""
    takes, told = taken(footage(shots=2, beats=music(), seconds=18), 15, 90.0)
    assert all(float(take.span.start) * 2 % 1 == 0 for take in takes if take.virtual)
    virtual = sum(take.virtual for take in takes)
    assert f"; {virtual} virtual cuts within them, {virtual} on beats" in told
    takes, told = taken(footage(shots=2, seconds=18), 15, 60.0, Heard(music(0.6, 0.3, 40), on_output=True))
    begins = accumulate((float(take.span.duration) for take in takes), initial=0.0)
    beats = [(at - 0.3) / 0.6 for at, take in zip(begins, takes, strict=False) if take.virtual]
    assert beats == pytest.approx([round(beat) for beat in beats], abs=1e-4)
    assert len(beats) > 5
    [said] = {take.reason for take in takes if take.virtual and take.reason.endswith(f" {round(beats[-1]) + 1}")}
    assert said.startswith("virtual cut on ")


def test_virtual_cuts_keep_to_the_rhythm_of_the_templates_shots_without_beats():
    """Twice as long, then half as long, over all moments."""
    phrasing = Phrasing(lengths=(Fraction(2), Fraction(1)))
    takes, told = taken(footage(shots=1, seconds=14), 12, 40.0, phrasing=phrasing)
    lengths = [float(take.span.duration) for take in takes]
    assert "without beats to lie on" in told
    assert max(lengths) / min(lengths) > 1.8


def test_the_footages_own_style_adds_no_virtual_cuts():
    """Nobody asked for a pace."""
    takes, told = best_takes(None, footage(shots=2, seconds=18), Heard(()), 15, transitions=True, phrasing=Phrasing())
    assert not any(take.virtual for take in takes)
    assert "virtual" not in told


def test_what_is_out_of_focus_is_left_out():
    """Though it has a face."""
    takes, _, _ = chosen(footage(faces=[(0, SECONDS)], blurred=[(0, 70)]), target=20)
    assert covered(takes, 0, 70) < 0.1 * 20


def test_a_reason_tells_why_and_on_what_beat_it_begins():
    """Its shot, its rank in it, what is there."""
    beats = [Beat(k * 0.5, 0.9, BeatBand.BASS, downbeat=k % 4 == 0) for k in range(240)]
    _, [reason], _ = chosen(footage(faces=[(60, 80)], beats=beats), target=2, cut_frequency=1.0)
    rank, _, rest = reason.partition(": ")
    assert rank == "best of shot 4"
    assert rest.startswith("a face; starts on downbeat ")
    assert int(rest.rpartition(" ")[2]) % 4 == 1


def test_cuts_lie_on_beats_where_there_is_music():
    """From beat to beat, so that the pulse goes on over the joint."""
    beats = [Beat(k * 0.5, 0.9, BeatBand.BASS, downbeat=k % 4 == 0) for k in range(240)]
    takes, _, told = chosen(footage(beats=beats), target=20)
    inner = [edge for take in takes for edge in take][1:-1]
    assert all(edge * 2 == int(edge * 2) for edge in inner)
    assert f"{len(takes) - 1} cuts, {len(takes) - 1} from beat to beat" in told


@pytest.mark.parametrize("target", [8, 20, 33])
@pytest.mark.parametrize("bpm", [60, 90, 120, 174])
def test_the_last_one_ends_where_a_bar_has_begun_and_rung_out(bpm, target):
    """Music is heard to come to an end: on the first beat of a bar, and until a beat that follows it by .4 s or more."""
    step = 60 / bpm
    beats = [Beat(k * step, 0.9, BeatBand.BASS, downbeat=k % 4 == 0) for k in range(int(SECONDS / step))]
    takes, _, _ = chosen(footage(beats=beats), target, cut_frequency=12.0)
    rings = 1 if step >= 0.4 else 2
    assert round(takes[-1][1] / step) % 4 == rings
    assert takes[-1][1] == pytest.approx(round(takes[-1][1] / step) * step, abs=1e-6)
    assert target - 0.5 - step <= total(takes) <= target + TINY


@pytest.mark.parametrize(
    ("seen", "shows_both"),
    [({"faces": [(0, 60)], "lively": [(60, 120)]}, True), ({"lively": [(0, 60)]}, False)],
    ids=["a little better", "far better"],
)
def test_what_else_a_shot_has_to_offer_counts_less(seen, shows_both):
    """The other of two shots is shown too, unless what is left of the first is far better."""
    takes, _, _ = chosen(footage(shots=2, **seen), target=4, cut_frequency=30.0)
    assert covered(takes, 0, 60) > 0
    assert (covered(takes, 60, 120) > 0) == shows_both


def test_the_same_is_not_shown_twice():
    """Shots three and five are the first again, frame for frame: of the three one is taken, the best."""
    repeated = {0: 0, 2: 0, 4: 0}
    again = footage(views=lambda t: 2 * (t % 20) + 1000 * repeated.get(t // 20, t // 20), faces=[(40, 60)])
    takes, _, _ = chosen(again, target=60)
    shown = [
        round((start % 20 + moment / 2) * 2)
        for start, end in takes
        if start // 20 in repeated
        for moment in range(int((end - start) * 2))
    ]
    assert len(shown) - len(set(shown)) <= 0.1 * len(shown)
    first, third, fifth = (covered(takes, at, at + 20) for at in (0, 40, 80))
    assert third > first + fifth


def test_a_standing_picture_is_one_moment_but_not_while_somebody_speaks():
    """A slide shown for two minutes has no second moment; a speaker before it has."""
    still = footage(shots=1, views=lambda _: 0)
    assert len(chosen(still)[0]) == 1
    talk = footage(shots=1, views=lambda _: 0, speech=[(k, k + 3) for k in range(0, 120, 4)])
    assert len(chosen(talk)[0]) > 3


def test_no_word_is_cut_and_phrases_are_kept_whole():
    """Speech all along with breaths every three seconds or so, and pauses between some words."""
    phrases = [(k * 3.5 + 0.25, k * 3.5 + 3.25) for k in range(34)]
    pauses = [(start + 1.2, start + 1.4) for start, _ in phrases]
    takes, reasons, _ = chosen(footage(speech=phrases, pauses=pauses), target=20, cut_frequency=20.0)
    for edge in (edge for take in takes for edge in take):
        assert not any(
            start - 0.06 + TINY < edge < end + 0.06 - TINY and not a + 0.06 - TINY <= edge <= b - 0.06 + TINY
            for (start, end), (a, b) in zip(phrases, pauses, strict=True)
        )
    assert sum("complete speech" in reason for reason in reasons) > len(reasons) / 2


def test_speech_without_a_pause_stays_in_one_piece():
    """There is no place to cut it: all of the footage is kept, and the plan says why."""
    takes, _, told = chosen(footage(shots=1, speech=[(0, 120)]), target=20)
    assert takes == [(0, 120)]
    assert told == "all of the footage: no part of it is long enough and free of cut words"


@pytest.mark.parametrize("cut_frequency", [0.0, 6.0, 12.0, 20.0, 30.0])
@pytest.mark.parametrize("shots", [80, 120], ids=["1.5 s", "1 s"])
def test_footage_of_short_shots_lasts_as_long_as_is_wanted_for_a_calm_template(shots, cut_frequency):
    """Moments are as short as the footage's shots, each in one of them, where these are shorter than the template's moments."""
    of = footage(shots=shots)
    takes, _, told = chosen(of, 20, cut_frequency)
    assert 0.9 * 20 <= total(takes) <= 20 + TINY
    assert all(any(shot.start <= a and b <= shot.end for shot in of.video.shots) for a, b in takes)
    assert "all of the footage" not in told


@pytest.mark.parametrize("cut_frequency", [6.0, 24.0, 120.0])
def test_shots_of_half_a_second_are_long_enough(cut_frequency):
    """At 30 frames a second a moment keeps a frame from either cut, where two would leave less than can be seen."""
    of = footage(shots=240)
    takes, _, told = chosen(of, 20, cut_frequency)
    assert "all of the footage" not in told
    assert 0.9 * 20 <= total(takes) <= 20 + TINY
    for start, end in takes:
        assert start == 0 or min(start % 0.5, 0.5 - end % 0.5) >= 1 / 30 - TINY


def test_few_long_shots_do_not_have_to_do_for_all_of_it():
    """Two shots are as long as the template's moments, and forty are not: these fill the time that those leave."""
    of = footage(shots=80)
    two = [span(0, 6), span(6, 12)]
    of = replace(of, video=replace(of.video, shots=(*two, *(s for s in of.video.shots if s.start >= 12))))
    takes, _, _ = chosen(of, 30, 6.0)
    assert 0.9 * 30 <= total(takes) <= 30 + TINY
    assert covered(takes, 0, 12) > 8


def test_moments_as_long_as_the_templates_stay_where_shorter_ones_fill_up():
    """Four shots are long enough for a calm template and leave a fifth of the time: these four are shown nearly whole, and few of a second."""
    of = footage(shots=120)
    four = [span(6 * k, 6 * k + 6) for k in range(4)]
    of = replace(of, video=replace(of.video, shots=(*four, *(s for s in of.video.shots if s.start >= 24))))
    takes, _, _ = chosen(of, 30, 10.0)
    assert 0.9 * 30 <= total(takes) <= 30 + TINY
    assert sum(end - start > 4.5 for start, end in takes) == 4
    assert len(takes) <= 12


def test_a_word_is_blamed_only_where_somebody_speaks():
    """Shots of a third of a second are too short to be moments, and the plan says so."""
    takes, _, told = chosen(footage(shots=360), target=20)
    assert total(takes) == pytest.approx(SECONDS)
    assert told == "all of the footage: none of its shots is long enough"


def test_footage_that_is_short_is_kept_whole():
    """And divided by virtual cuts as ever; without a style it is left as it is."""
    takes, _, told = chosen(footage(shots=2, seconds=10), target=12)
    assert (takes[0][0], takes[-1][1]) == (0, 10)
    assert told.startswith("all of the footage: it lasts 10 s, and the target is 12 s; ")
    own, told = best_takes(None, footage(shots=2, seconds=10), Heard(()), 12, transitions=True, phrasing=Phrasing())
    assert [float(take.span.end) for take in own] == [5, 10]


@pytest.mark.parametrize(
    ("template", "expected"),
    [(15.0, 15), (600.0, 60), (0.2, 1), (None, 30)],
    ids=["own", "long", "tiny", "no-template"],
)
def test_without_a_word_it_lasts_as_long_as_the_template(template, expected):
    """A minute at most; half a minute without a template."""
    style = None if template is None else measured.style(source_duration_seconds=template)
    takes, _ = best_takes(style, footage(), Heard(()), None, transitions=True, phrasing=Phrasing())
    assert expected - 0.5 <= sum(float(take.span.duration) for take in takes) <= expected


def test_moments_leave_handles_for_the_templates_transitions():
    """The plan has a dissolve at every cut between moments, of its full length where they allow, none across a cut of the footage."""
    dissolve = Transition(TransitionType.DISSOLVE, 600)
    of = footage(faces=[(18, 24), (61, 70)])
    config = JobConfig(pacing="highlights", target_duration_seconds=20)
    plan = build_plan(measured.style(cut_frequency=20.0, primary_transition=dissolve), of, config)
    crossed = joins(plan.clips)
    apart = [old.source.end != new.source.start for old, new in pairwise(plan.clips)]
    assert len(crossed) >= sum(apart) > 3
    assert all(plan.clips[at].transition_in == dissolve for at, cut in enumerate(apart, 1) if cut)
    assert {join.transition.duration_ms for join in crossed} == {600}
    for join in crossed:
        [old] = [s for s in of.video.shots if s.start <= join.old.source.start < s.end]
        [new] = [s for s in of.video.shots if s.start <= join.new.source.start < s.end]
        assert join.old.source.end + join.duration / 2 <= old.end
        assert join.new.source.start - join.duration / 2 >= new.start


def test_the_edit_is_the_same_every_time():
    """Nothing is left to chance."""
    of = footage(faces=[(18, 24)], lively=[(60, 80)])
    assert chosen(of) == chosen(replace(of))


def test_what_was_never_measured_still_gives_an_edit():
    """Analyses without views, courses and subjects: length and cuts are as wanted."""
    bare = measured.measurements(measured.video(shots=4), measured.audio(present=False, beats=()))
    takes, _, _ = chosen(bare, target=10)
    assert total(takes) == pytest.approx(10, abs=0.5)


def test_a_target_goes_with_highlights_alone():
    """And lies between a second and an hour."""
    with pytest.raises(ValueError, match="target_duration_seconds needs pacing 'highlights'"):
        JobConfig(target_duration_seconds=20)
    for wrong in (0.5, 4000, float("nan")):
        with pytest.raises(ValueError, match=r"target_duration_seconds must lie in 1\.\.3600"):
            JobConfig(pacing="highlights", target_duration_seconds=wrong)


def test_cuts_lie_on_the_beats_of_a_sound_that_runs_on_beneath_them():
    """The template's: counted on the output's clock; the footage's own beats, which nobody hears, count for nothing."""
    own = [Beat(0.13 + k * 0.5, 0.9, BeatBand.BASS, downbeat=False) for k in range(230)]
    theirs = [Beat(0.3 + k * 0.6, 0.9, BeatBand.BASS, downbeat=k % 4 == 0) for k in range(190)]
    takes, reasons, told = chosen(footage(beats=own), target=20, heard=Heard(theirs, on_output=True))
    joints = list(accumulate(end - start for start, end in takes))
    assert 19.5 <= joints[-1] <= 20 + TINY
    for time, reason in zip(joints, reasons[1:], strict=False):
        beat = round((time - 0.3) / 0.6)
        assert time == pytest.approx(0.3 + beat * 0.6, abs=1e-4)
        assert reason.endswith(
            f"starts on {'downbeat' if beat % 4 == 0 else 'beat'} {beat + 1} of the template's sound"
        )
    assert f"{len(takes) - 1} cuts, {len(takes) - 1} on beats of the template's sound" in told


def test_no_word_is_cut_for_a_beat_of_the_template():
    """Such a joint stays in its pause."""
    phrases = [(k * 3.5 + 0.25, k * 3.5 + 3.25) for k in range(34)]
    theirs = [Beat(k * 1.7, 0.9, BeatBand.BASS, downbeat=False) for k in range(70)]
    takes, _, _ = chosen(footage(speech=phrases), target=20, heard=Heard(theirs, on_output=True))
    for edge in (edge for take in takes for edge in take):
        assert not any(start - 0.06 + TINY < edge < end + 0.06 - TINY for start, end in phrases)


def test_words_that_nobody_hears_keep_no_cut_from_a_beat():
    """Under the template's sound alone, of somebody who speaks without a pause; nothing is said of whole phrases."""
    theirs = [Beat(k * 0.5, 0.9, BeatBand.BASS, downbeat=k % 4 == 0) for k in range(240)]
    of = footage(shots=1, seconds=30, speech=[(0.5, 29.5)])
    takes, reasons, told = chosen(of, target=10, heard=Heard(theirs, on_output=True, footage=False))
    assert len(takes) == 5
    assert "4 cuts, 4 on beats of the template's sound" in told
    assert all("somebody speaks" in reason for reason in reasons)
    assert len(chosen(of, target=10, heard=Heard(theirs, on_output=True))[0]) < 5


@pytest.mark.parametrize("bpm", [50, 60, 75, 100])
@pytest.mark.parametrize("target", [1.0, 1.5, 2.0, 3.0])
@pytest.mark.parametrize("cut_frequency", [60.0, 120.0])
def test_beats_that_are_far_apart_take_no_time_of_later_moments(bpm, target, cut_frequency):
    """Of a second or three with beats as far apart as the moments are long all is filled, and nothing is longer."""
    theirs = [Beat(0.2 + k * 60 / bpm, 0.9, BeatBand.BASS, downbeat=k % 4 == 0) for k in range(40)]
    heard = Heard(theirs, on_output=True)
    takes, _, _ = chosen(footage(shots=20), target, cut_frequency, heard=heard)
    assert 0.85 * target <= total(takes) <= target + TINY
    assert min(end - start for start, end in takes) >= 0.4 - TINY


def test_the_last_moment_ends_sooner_rather_than_not_being_seen():
    """Where words keep a moment longer than its place on the beats, the last one has what is left, up to a pause."""
    points = tuple(CutPoint(Fraction(k, 2)) for k in range(9))
    first, last = (Moment(Choices(number, points), 0, 4, 0) for number in range(2))
    silence, speech = (
        Speech(measured.audio(sounds=tuple(SoundSpan(span(*each), SoundKind.SPEECH) for each in spoken)))
        for spoken in ([], [(1.1, 1.4), (2.7, 2.9)])
    )
    for heard, ends in ((silence, Fraction(6, 5)), (speech, Fraction(1))):
        placed = on_beats([first, last], [], heard, Fraction(16, 5))
        assert [each.span for each in placed] == [Span(Fraction(0), Fraction(2)), Span(Fraction(0), ends)]
    placed = on_beats([first, last], [], silence, Fraction(11, 5))
    assert [each.span.duration for each in placed] == [Fraction(9, 5), Fraction(2, 5)]
