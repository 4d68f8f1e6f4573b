"""A template's sound laid under footage: repeated on bars, lowered under speech, faded at its end."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

import measured
from clipzy.style.apply import build_plan, sound_missing
from clipzy.style.config import JobConfig
from clipzy.style.dna import AudioStyle, BeatBand
from clipzy.style.given_plan import check_soundtrack
from clipzy.style.laying import dies_away, laid, soundtrack, speaks, unusable
from clipzy.style.measurements import Beat, Course, Loudness, SoundKind, SoundSpan
from clipzy.style.plan import WHOLE_PICTURE, Clip
from clipzy.style.soundtrack import Ducking, Soundtrack, Stretch, heard_beats
from clipzy.style.time import Span

SILENT = measured.audio(loudness=Loudness(None, None, None))


def span(start, end):
    """Exact seconds."""
    return Span(Fraction(str(start)), Fraction(str(end)))


def music(seconds, bpm=120.0, *, beats=True, jitter_s=0.0, **changes):
    """A template's sound of that length, its beats from 0.25 s on and known to within the jitter."""
    rng = np.random.default_rng(0)
    times = np.arange(0.25, seconds, 60 / bpm) + rng.uniform(
        -jitter_s, jitter_s, len(np.arange(0.25, seconds, 60 / bpm))
    )
    found = tuple(Beat(float(at), 0.9, BeatBand.BASS, k % 4 == 0) for k, at in enumerate(times)) if beats else ()
    return measured.audio(duration_s=seconds, beats=found, **changes)


def speaking(*spans, lufs=-20.0):
    """Footage of 40 s with speech there."""
    return measured.audio(
        loudness=Loudness(lufs, 5.0, -3.0),
        sounds=tuple(SoundSpan(span(*each), SoundKind.SPEECH) for each in spans),
        speech_ratio=sum(end - start for start, end in spans) / 40,
        music_ratio=0.0,
    )


def clips(*spans):
    """Those of the footage, one after the other."""
    return [Clip(span(*each), WHOLE_PICTURE, look=None, transition_in=None, reason="") for each in spans]


def made(template, footage, *spans, mixed=True):
    """The soundtrack for these clips, of 40 s by default."""
    shown = clips(*(spans or [(0, 40)]))
    duration = sum((clip.source.duration for clip in shown), Fraction(0))
    return soundtrack(laid(template, duration), template, footage, shown, mixed=mixed)


def test_a_longer_sound_is_played_once():
    """From its beginning to the output's end."""
    assert [each.template for each in laid(music(60), Fraction(40))] == [span(0, 40)]


@pytest.mark.parametrize("lacks", [0.0, 0.05, 0.1])
def test_a_sound_is_not_begun_again_for_a_tenth_of_a_second(lacks):
    """By which the sound of many files is shorter than their pictures: it ends a little sooner."""
    [only] = laid(music(15 - lacks), Fraction(15))
    assert float(only.template.end) == pytest.approx(15 - lacks, abs=1e-6)
    assert len(laid(music(14.5), Fraction(15))) == 2


@pytest.mark.parametrize("audio", ["template", "mix"])
def test_best_moments_as_long_as_the_template_hear_it_once(audio):
    """To its end, though the footage they are chosen from is longer; where none can be chosen all of the footage hears it."""
    style, template = measured.style(source_duration_seconds=15.0), music(15)
    config = JobConfig(pacing="highlights", audio=audio)
    for shots, stretches, lasts in ((10, 1, 15), (120, 3, 40)):
        footage = measured.measurements(measured.video(shots), measured.audio(beats=()))
        plan = build_plan(style, footage, config, template_sound=template)
        assert len(plan.soundtrack.stretches) == stretches
        assert float(plan.soundtrack.duration) == pytest.approx(float(plan.duration), abs=1e-6)
        assert lasts - 0.5 <= plan.duration <= lasts


def test_a_shorter_sound_is_repeated_from_downbeat_to_downbeat():
    """Ten seconds at 120 beats a minute: bars of 2 s from 0.25 s on, so the first pass ends at 8.25 s, and 8 s are repeated."""
    stretches = laid(music(10), Fraction(30))
    assert [each.template for each in stretches] == [span(0, 8.25), span(0.25, 8.25), span(0.25, 8.25), span(0.25, 6)]
    assert [each.crossfade_s for each in stretches] == [0, *[Fraction(3, 100)] * 3]
    assert sum(each.template.duration for each in stretches) == 30


def test_the_pulse_goes_on_through_the_repetitions():
    """Beats that were measured 20 ms wrong leave the repetition within 5 ms of whole bars, so that no beat comes late."""
    template = music(21, bpm=96, jitter_s=0.02)
    loop = laid(template, Fraction(200))[1].template
    bar = 4 * 60 / 96
    assert abs(float(loop.duration) / bar - round(float(loop.duration) / bar)) * bar < 0.005
    beats = heard_beats(laid(template, Fraction(200)), template.beats)
    assert np.abs(np.diff([beat.time_s for beat in beats]) - 60 / 96).max() < 0.05


@pytest.mark.parametrize("begins_s", [0.0, 0.008, 0.02])
@pytest.mark.parametrize("padded_s", [-0.005, 0.0, 0.021, 0.04])
@pytest.mark.parametrize("bars", [2, 4])
def test_music_that_was_cut_to_whole_bars_is_repeated_whole(bars, padded_s, begins_s):
    """With its first bar and its last one, which ends where the next beat would be; coders add some silence there."""
    beats = tuple(Beat(begins_s + 0.5 * k, 0.9, BeatBand.BASS, k % 4 == 0) for k in range(4 * bars))
    template = measured.audio(duration_s=2 * bars + begins_s + padded_s, beats=beats)
    [_, second, *_] = laid(template, Fraction(60))
    assert float(second.template.start) == pytest.approx(begins_s, abs=1e-6)
    assert float(second.template.duration) == pytest.approx(2 * bars, abs=0.006)
    assert float(second.crossfade_s) == pytest.approx(begins_s, abs=1e-6)
    assert second.reason == "repeated from a downbeat to a downbeat"


@pytest.mark.parametrize("over_s", [0.002, 0.04])
@pytest.mark.parametrize("beats", [True, False])
def test_a_sound_that_is_hardly_too_short_is_not_begun_again_for_a_moment(over_s, beats):
    """Nobody hears two hundredths of a second as a repetition; nor is one told."""
    template = music(10, beats=beats)
    first, second, *_ = laid(template, Fraction(60))
    for stretches in ((first,), (first, second)):
        fills = sum(each.template.duration for each in stretches)
        longer = laid(template, fills + Fraction(over_s).limit_denominator(1000))
        assert len(longer) == len(stretches)
        # one that is not repeated may end with its file, a moment before the pictures do
        filled = fills + Fraction(over_s) if len(longer) > 1 else min(fills + Fraction(over_s), 10)
        assert sum(each.template.duration for each in longer) == pytest.approx(filled, abs=1e-6)
        check_soundtrack(made(template, measured.audio(), (0, float(fills) + over_s), mixed=False), template)


@pytest.mark.parametrize(
    ("bars", "before", "beats", "between"),
    [
        ((4, 4), 0, 4, "from a downbeat to a downbeat"),  # seven beats, of which only one bar is whole
        ((4, 4, 3, 4, 4), 1, 8, "from a downbeat to a downbeat"),  # 15 to the last downbeat, but one bar lacks a beat
        ((4, 5), 3, 8, "by whole bars"),  # one bar between downbeats is too little of twelve beats
        ((9,), 0, 8, "from a beat to a beat: no run of whole bars is long enough"),
    ],
)
def test_a_repetition_is_of_whole_bars(bars, before, beats, between):
    """Also where beats follow the last whole bar, or a bar was counted wrong; where none are known the reason does not claim them."""
    marks = [False] * before + [k == 0 for bar in bars for k in range(bar)]
    template = measured.audio(
        duration_s=0.3 + 0.7 * len(marks) - 0.35,
        beats=tuple(Beat(0.3 + 0.7 * k, 0.9, BeatBand.BASS, mark) for k, mark in enumerate(marks)),
    )
    repeated = laid(template, Fraction(60))[1]
    assert float(repeated.template.duration) / 0.7 == pytest.approx(beats, abs=0.001)
    assert repeated.reason == f"repeated {between}"


def test_a_tempo_that_changes_is_believed():
    """Beats that are no even pulse are joined where they are."""
    times = np.cumsum(np.linspace(0.4, 0.8, 40))
    beats = tuple(Beat(float(at), 0.9, BeatBand.BASS, k % 4 == 0) for k, at in enumerate(times))
    loop = laid(measured.audio(duration_s=25.0, beats=beats), Fraction(60))[1].template
    assert min(abs(float(loop.start) - at) for at in times) < 1e-4
    assert min(abs(float(loop.end) - at) for at in times) < 1e-4


@pytest.mark.parametrize("beats", [(), tuple(Beat(0.5 * k, 0.9, BeatBand.BASS, k % 4 == 0) for k in range(6))])
def test_a_sound_without_bars_is_repeated_with_a_long_cross_fade(beats):
    """Also where only a jingle of a long sound has beats."""
    stretches = laid(measured.audio(duration_s=20.0, beats=beats), Fraction(50))
    assert [each.template for each in stretches] == [span(0, 20), span(2, 20), span(2, 14)]
    assert {each.crossfade_s for each in stretches[1:]} == {2}


def levels(*decibels):
    """One for each half second."""
    return Course(0.5, decibels)


@pytest.mark.parametrize(
    ("level", "lively", "ends"),
    [
        (levels(*[-20, -22, -18, -23] * 4, -21, -25, -28, -40), 8.5, 8.25),
        (levels(*[-20, -22, -18, -23] * 3, -21, -28, -32, -40, *[-90] * 4), 6.5, 6.25),
        (levels(*[-20, -22, -18, -23] * 5), 10, 8.25),
        (levels(*[-20, -20, -20, -30] * 5), 10, 8.25),
    ],
    ids=["a fade", "a fade and silence", "cut off", "a rest as before"],
)
@pytest.mark.parametrize("beats", [True, False])
def test_what_dies_away_is_not_repeated(level, lively, ends, beats):
    """Else music would fade out and slam back; it is repeated from the last downbeat before, or cross-faded from there."""
    template = music(10, beats=beats, level=level)
    stretches = laid(template, Fraction(30))
    assert float(stretches[0].template.end) == (ends if beats else lively)
    assert dies_away(template, stretches) is None


@pytest.mark.parametrize("beats", [True, False])
def test_a_sound_that_soon_dies_away_is_repeated_all_the_same_and_told(beats):
    """Less than two fifths of it would be left."""
    template = music(10, beats=beats, level=levels(*[-20] * 7, *range(-30, -43, -1)))
    stretches = laid(template, Fraction(30))
    assert stretches[0].template.end > 8
    assert dies_away(template, stretches) == (
        "the template's sound dies away from second 3.5 on, and what is before is too short, or has too few bars, to be repeated by itself: "
        "in the output it dies away and comes back 3 times"
    )
    assert dies_away(template, laid(template, Fraction(10))) is None


def narrated(*spans, seconds=10.0, beats=(), **changes):
    """A template's sound with speech there."""
    return measured.audio(
        duration_s=seconds,
        beats=beats,
        sounds=tuple(SoundSpan(span(*each), SoundKind.SPEECH) for each in spans),
        speech_ratio=sum(end - start for start, end in spans) / seconds,
        **changes,
    )


def test_a_voice_without_music_is_repeated_between_words():
    """From before a word to before another, with no cross-fade that would blend two voices; else one is cut off."""
    template = narrated((0.5, 2.5), (3, 8), (9.1, 10))
    [first, second, *_] = laid(template, Fraction(30))
    assert (first.template, second.template) == (span(0, 9.04), span(0.44, 9.04))
    assert second.crossfade_s == Fraction(3, 100)
    assert second.reason == "repeated between words: there are no bars to join on"
    [_, blended, *_] = laid(narrated((0, 10)), Fraction(30))
    assert "long cross-fade" in blended.reason


def test_a_templates_speech_is_told_where_it_is_heard():
    """With how often: a narrator over the user's pictures is a surprise, and more so each time."""
    told = "the template's sound has speech, which is heard in the output"
    leaves = "; config.audio 'source' leaves it out"
    template = narrated((1, 4), beats=music(10).beats)
    assert speaks(template, laid(template, Fraction(10))) == told + leaves
    assert speaks(template, laid(template, Fraction(30))) == told + ", 4 times over" + leaves
    assert speaks(template, laid(template, Fraction(1))) is None
    few = narrated((1, 1.9), beats=music(10).beats)
    assert speaks(few, laid(few, Fraction(30))) is None


@pytest.mark.parametrize("seconds", [2.0, 2.5, 7.77, 39.89])
@pytest.mark.parametrize("beats", [True, False])
def test_any_sound_fills_any_length(seconds, beats):
    """Exactly, with stretches that the values accept."""
    template = music(seconds, beats=beats)
    track = made(template, measured.audio(), mixed=False)
    assert track.duration == 40
    assert all(after.crossfade_s <= after.template.start for after in track.stretches)


@pytest.mark.parametrize(
    ("template", "why"),
    [
        (measured.audio(present=False), "no sound"),
        (SILENT, "silent"),
        (measured.audio(loudness=Loudness(-46.0, 5.0, -30.0)), "is almost silent (-46 LUFS)"),
        (measured.audio(duration_s=1.5), "too short"),
    ],
)
def test_what_cannot_be_heard_is_told(template, why):
    """And the footage's sound is heard instead: the plan is that of `source`."""
    assert why in unusable(template, Fraction(40))
    config = JobConfig(audio="template")
    assert why in sound_missing(template, Fraction(40), config)
    footage = measured.measurements()
    plan = build_plan(measured.style(), footage, config, template_sound=template)
    assert plan == build_plan(measured.style(), footage, JobConfig())


def test_a_short_sound_for_a_short_output_is_enough():
    """A second of sound for a second of footage needs no repetition."""
    assert unusable(measured.audio(duration_s=1.0), Fraction(1)) is None


def test_music_is_lowered_where_somebody_speaks():
    """Pauses of under two seconds are bridged; the music comes to the footage's loudness."""
    track = made(music(60), speaking((2, 5), (6.5, 9), (20, 24)))
    assert track.ducking.spans == (span(2, 9), span(20, 24))
    assert (track.ducking.depth_db, track.gain_db, track.footage_gain_db) == (14.0, -6.0, 0.0)


def test_speech_is_where_its_clip_is():
    """In an output that leaves out and reorders, the ducking follows."""
    track = made(music(60), speaking((2, 5), (30, 36)), (29, 33), (0, 10), (33, 40))
    assert track.ducking.spans == (span(0, 4), span(6, 9), span(14, 17))


def test_music_does_not_burst_in_before_the_first_word():
    """A second before it, and one after the last, are pauses as those between words are."""
    track = made(music(60), speaking((1, 5), (30, 39)))
    assert track.ducking.spans == (span(0, 5), span(30, 40))
    assert made(music(60), speaking((3, 5), (30, 37))).ducking.spans == (span(3, 5), span(30, 37))


def test_footage_without_speech_lies_under_the_music():
    """Twelve LU under it, and never raised."""
    assert made(music(60), measured.audio()).footage_gain_db == -12.0
    assert "lowered by 12.0 dB" in made(music(60), measured.audio()).reason
    faint = made(music(60), measured.audio(loudness=Loudness(-40.0, None, -20.0)))
    assert faint.footage_gain_db == 0.0
    assert "the footage's sound (no speech) unchanged;" in faint.reason
    assert made(music(60), measured.audio()).ducking is None


@pytest.mark.parametrize("own", [-69.0, -14.0, -3.0])
@pytest.mark.parametrize("theirs", [-45.0, -14.0, -3.0])
def test_no_sound_is_blown_up_or_lowered_until_it_is_gone(theirs, own):
    """Thirty decibels up and forty down at most, however far apart the two are, and the reason says that they do not meet."""
    template = music(60, loudness=Loudness(theirs, 5.0, -1.0))
    speaks, silent = speaking((2, 20), lufs=own), measured.audio(loudness=Loudness(own, 5.0, -1.0))
    under, over = made(template, speaks), made(template, silent)
    assert under.gain_db == min(max(own - theirs, -40.0), 30.0)
    assert over.footage_gain_db == min(max(theirs - 12 - own, -40.0), 0.0)
    assert (f"dB to the footage's {own}" in under.reason) == (under.gain_db == own - theirs)


def test_a_plan_from_outside_may_play_a_faint_template():
    """What the engine would not choose by itself can still be asked for."""
    check_soundtrack(made(music(60), measured.audio()), music(60, loudness=Loudness(-60.0, 5.0, -40.0)))


def test_a_few_words_do_not_make_it_speech():
    """Less than a twentieth of the output."""
    assert made(music(60), speaking((2, 3))).ducking is None


@pytest.mark.parametrize("footage", [measured.audio(present=False, loudness=SILENT.loudness), SILENT])
def test_footage_without_sound_gets_the_templates_alone(footage):
    """As the reason says."""
    track = made(music(60), footage)
    assert (track.footage_gain_db, track.ducking) == (None, None)
    assert "the footage has none to mix in" in track.reason


def test_the_end_is_faded_unless_it_is_the_sounds_own():
    """Two seconds, or a quarter of a short output; none where the sound ends with the output."""
    assert made(music(60), measured.audio()).fade_out_s == 2
    assert made(music(60), measured.audio(), (0, 4)).fade_out_s == 1
    assert made(music(40), measured.audio()).fade_out_s == 0


@pytest.mark.parametrize("packets", range(1, 30, 3))
def test_a_sound_that_ends_with_the_output_is_heard_to_its_own_end(packets):
    """Whatever binary number comes nearest to how long its packets last."""
    lasts = 10 + Fraction(1024 * packets, 44100)
    shown = [Clip(Span(Fraction(0), lasts), WHOLE_PICTURE, look=None, transition_in=None, reason="")]
    template = music(float(lasts))
    track = soundtrack(laid(template, lasts), template, measured.audio(), shown, mixed=False)
    assert track.fade_out_s == 0
    assert "to its own end" in track.reason


def test_only_the_footages_speech_is_worked_on():
    """Compression and presence, no bass, and the style's loudness for the whole; nothing but that for the template's sound alone."""
    style = measured.style(audio_style=AudioStyle(0.75, 3.0, 90.0, True))
    footage = measured.measurements(audio_analysis=speaking((2, 20)))
    mix, alone = (
        build_plan(style, footage, JobConfig(audio=audio), template_sound=music(60)).audio
        for audio in ("mix", "template")
    )
    assert (mix.bass_gain_db, mix.speech_presence_db, mix.compression_ratio) == (None, 3.0, 1.5)
    assert (alone.bass_gain_db, alone.speech_presence_db, alone.compression_ratio) == (None, None, None)
    assert mix.target_lufs == alone.target_lufs == -13.5


@pytest.mark.parametrize("audio", ["template", "mix"])
def test_cuts_go_to_the_beats_that_are_heard(audio):
    """The template's, where they lie in the output, also in its repetitions: not the footage's."""
    template = music(10, bpm=100)
    plan = build_plan(
        measured.style(cut_frequency=60.0),
        measured.measurements(),
        JobConfig(audio=audio),
        template_sound=template,
    )
    heard = [beat.time_s for beat in heard_beats(plan.soundtrack.stretches, template.beats)]
    cuts = [float(clip.source.start) for clip in plan.clips if "virtual cut on" in clip.reason]
    assert len(cuts) > 20
    assert max(min(abs(cut - beat) for beat in heard) for cut in cuts) < 1e-3
    assert any(cut > 10 for cut in cuts)


def test_the_plan_says_what_is_heard():
    """In its reasons, for people."""
    footage = measured.measurements(audio_analysis=speaking((2, 20)))
    plan = build_plan(measured.style(), footage, JobConfig(audio="mix"), template_sound=music(10))
    assert plan.audio.reason in plan.reasons
    assert "under the footage's" in plan.audio.reason
    assert "14 dB lower in 1 stretch of speech (18.0 s in all)" in plan.audio.reason
    assert "repeated 4 times, 40.0 s, faded out over 2 s" in plan.audio.reason


def test_a_soundtrack_from_outside_plays_what_the_template_has():
    """Not more than it lasts, and not of nothing."""
    track = made(music(60), measured.audio())
    check_soundtrack(None, None)
    check_soundtrack(track, music(60))
    check_soundtrack(track, music(39.95))  # as a container may have it
    with pytest.raises(
        ValueError, match=r"stretch 1 of the plan ends at 40.00 s, but the template's sound lasts 30.00 s"
    ):
        check_soundtrack(track, music(30))
    for template in (None, SILENT):
        with pytest.raises(ValueError, match="needs a template video with sound"):
            check_soundtrack(track, template)


TRACK = Soundtrack(
    (Stretch(span(0, 4), Fraction(0), ""), Stretch(span(1, 2), Fraction(1), "")), 0.0, None, None, Fraction(1), ""
)
DUCKING = Ducking((span(1, 2),), 12.0, Fraction(1, 10), Fraction(1, 10), "")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Stretch(span(1, 2), Fraction(2), ""),
        lambda: replace(TRACK, stretches=()),
        lambda: replace(TRACK, stretches=TRACK.stretches[1:]),
        lambda: replace(TRACK, stretches=(Stretch(span(0, 0.5), Fraction(0), ""), TRACK.stretches[1])),
        lambda: replace(TRACK, fade_out_s=Fraction(-1)),
        lambda: replace(TRACK, gain_db=61.0),
        lambda: replace(TRACK, footage_gain_db=-61.0),
        lambda: replace(DUCKING, depth_db=-1.0),
        lambda: replace(DUCKING, attack_s=Fraction(0)),
        lambda: replace(DUCKING, spans=(span(1, 2), span(1.5, 3))),
    ],
)
def test_what_cannot_be_played_is_refused(wrong):
    """In words, before anything is rendered."""
    with pytest.raises(ValueError, match=r"[a-z]+ [a-z]+"):
        wrong()


def test_stretches_never_overlap_their_neighbours():
    """Whatever the template, edges are in order."""
    for seconds in (3.0, 11.1, 29.0):
        ends = [each.template for each in laid(music(seconds, bpm=133), Fraction(40))]
        assert all(after.start < before.end for before, after in pairwise(ends))
