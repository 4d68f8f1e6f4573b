from dataclasses import replace
from fractions import Fraction

import pytest

import measured
from clipzy.style.apply import build_plan
from clipzy.style.config import JobConfig
from clipzy.style.dna import (
    MOST_CUTS_A_MINUTE,
    AspectRatio,
    AudioStyle,
    BeatBand,
    DetectedBeat,
    Transition,
    TransitionType,
)
from clipzy.style.extract import extract, nearest_aspect, nearest_rate
from clipzy.style.measurements import Beat, Boundary, Loudness
from clipzy.style.time import Span

NOW = "2025-06-01T12:00:00Z"
NO_AUDIO = measured.audio(
    present=False,
    loudness=Loudness(None, None, None),
    compression_ratio=1.0,
    bass_boost=0.0,
    beats=(),
    tempo_bpm=None,
    genre=None,
    music_ratio=0.0,
)


@pytest.mark.parametrize(
    ("width", "height", "nearest"),
    [
        (1920, 1080, AspectRatio.WIDE),
        (2560, 1080, AspectRatio.WIDE),
        (640, 480, AspectRatio.WIDE),
        (639, 480, AspectRatio.SQUARE),
        (1080, 1080, AspectRatio.SQUARE),
        (1080, 1350, AspectRatio.SQUARE),
        (480, 640, AspectRatio.TALL),
        (1080, 1920, AspectRatio.TALL),
        (1, 4000, AspectRatio.TALL),
    ],
)
def test_aspect_is_the_nearest_of_three(width, height, nearest):
    """Shapes go to the nearest of 16:9, 1:1 and 9:16 by the logarithm of their ratio, 4:3 and 3:4 outwards."""
    assert nearest == nearest_aspect(Fraction(width, height))


@pytest.mark.parametrize(
    ("rate", "nearest"),
    [
        (Fraction(24000, 1001), 24),
        (Fraction(25), 24),
        (Fraction(25, 2), 24),
        (Fraction(30000, 1001), 30),
        (Fraction(48), 60),
        (Fraction(60), 60),
        (Fraction(240), 60),
    ],
)
def test_frame_rate_is_the_nearest_of_three(rate, nearest):
    """Frame rates go to the nearest of 24, 30 and 60."""
    assert nearest == nearest_rate(rate)


def test_every_field_of_an_edit():
    """Each field of the style is the measured value in the contract's terms."""
    dna = extract(measured.measurements(), created_at=NOW)
    assert dna.color_grade == measured.video().color.grade
    assert (dna.aspect_ratio, dna.frame_rate) == (AspectRatio.WIDE, 30)
    assert dna.audio_style == AudioStyle(16 / 22, 2.0, 20.0, False)
    assert dna.cut_frequency == pytest.approx(9 * 60 / 40)
    assert (dna.motion_intensity, dna.zoom_usage) == (12.0, 30.0)
    assert (dna.primary_transition, dna.secondary_transition) == (Transition(TransitionType.CUT, 0), None)
    assert dna.detected_beats[3] == DetectedBeat(1500, 0.8, BeatBand.BASS)
    assert len(dna.detected_beats) == 80
    assert (dna.tempo_bpm, dna.music_genre) == (120.0, "electronic")
    assert (dna.created_at, dna.source_duration_seconds, dna.version) == (NOW, 40.0, "1.0")
    assert dna.extraction_confidence > 0.85


def test_a_silent_video_has_a_neutral_sound():
    """Without a sound stream the audio style adds nothing, and tempo and genre are null."""
    dna = extract(measured.measurements(audio_analysis=NO_AUDIO), created_at=NOW)
    assert dna.audio_style == AudioStyle(0.0, 1.0, 0.0, False)
    assert (dna.tempo_bpm, dna.music_genre, dna.detected_beats) == (None, None, ())


def test_one_shot_is_never_cut():
    """A single shot has no cuts a minute, even when it fades in and out."""
    assert extract(measured.measurements(measured.video(shots=1)), created_at=NOW).cut_frequency == 0


@pytest.mark.parametrize(
    ("captions", "stream", "used"), [(True, False, True), (False, True, True), (False, False, False)]
)
def test_subtitles_from_picture_or_stream(captions, stream, used):
    """Captions in the picture and a subtitle stream both count as subtitles."""
    seen = measured.video(has_captions=captions, facts=measured.facts(has_subtitle_stream=stream))
    assert extract(measured.measurements(seen), created_at=NOW).use_subtitles is used


def test_beat_times_are_rounded_to_milliseconds():
    """A beat's seconds become whole milliseconds."""
    sound = measured.audio(beats=(Beat(1.23456, 0.5, BeatBand.MID, downbeat=False),))
    dna = extract(measured.measurements(audio_analysis=sound), created_at=NOW)
    assert dna.detected_beats == (DetectedBeat(1235, 0.5, BeatBand.MID),)


def test_no_video_has_more_cuts_than_a_style_can_hold():
    """Three shots in a thousandth of a second are a broken file, and its style is valid all the same."""
    broken = measured.video(shots=3, facts=measured.facts(duration=Fraction(1, 1000)))
    assert extract(measured.measurements(broken), created_at=NOW).cut_frequency == MOST_CUTS_A_MINUTE


def test_fades_in_and_out_change_no_shot():
    """A template that comes out of black, dissolves twice and goes to black is one of dissolves, in lengths of its shots."""

    def gradual(kind, start, end):
        return Boundary(Fraction(start), Fraction(end), kind, 0.95)

    fades = gradual(TransitionType.FADE, 0, 1), gradual(TransitionType.FADE, 39, 40)
    dissolves = gradual(TransitionType.DISSOLVE, 12, 13), gradual(TransitionType.DISSOLVE, 25, 26)
    shots = tuple(Span(Fraction(start), Fraction(end)) for start, end in ((1, 12), (13, 25), (26, 39)))
    video = replace(measured.video(boundaries=(fades[0], *dissolves, fades[1])), shots=shots)
    assert video.changes == dissolves
    style = extract(measured.measurements(video), created_at=NOW)
    assert (style.primary_transition.type, style.secondary_transition) == (TransitionType.DISSOLVE, None)
    assert style.cut_frequency == 3.0
    plan = build_plan(
        style,
        measured.measurements(measured.video(shots=1, boundaries=()), measured.audio(beats=())),
        JobConfig(),
        template_video=video,
    )
    lengths = [clip.source.duration for clip in plan.clips]
    assert len(lengths) == 3
    assert min(lengths) > 10


def test_one_shot_between_fades_has_no_transition():
    """It is not cut, and neither is what is made in its style."""
    fade = Boundary(Fraction(0), Fraction(1), TransitionType.FADE, 0.95)
    video = replace(measured.video(boundaries=(fade,)), shots=(Span(Fraction(1), Fraction(40)),))
    style = extract(measured.measurements(video), created_at=NOW)
    assert (style.primary_transition.type, style.secondary_transition, style.cut_frequency) == (
        TransitionType.CUT,
        None,
        0.0,
    )
