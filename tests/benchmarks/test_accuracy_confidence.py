"""The benchmark of the confidence: errors against a known style, and videos that show it."""

from dataclasses import replace

import numpy as np
import pytest
from confidence import Scored, Truth, errors, rank, rows
from styled import Conditions, Style, frames, random_conditions, sound

import measured
from clipzy.style.dna import ColorGrade, Transition, TransitionType
from clipzy.style.extract import extract
from clipzy.style.loudness import normalization_level

STYLE = Style(
    shot_s=2.0,
    primary=TransitionType.CUT,
    sliders=(20.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    pan=0.1,
    zoom_share=0.0,
    zoom_rate=0.1,
    bpm=120.0,
    captions=False,
)
SEEN = Conditions(seconds=2.0, lines=72, rate=12, crf=20, noise=1.0, looseness=0.0, sound=True, hiss_db=30.0)
TRUTH = Truth(STYLE, SEEN, (0.5, 1.0, 1.5), -14.0)
PLAIN = extract(measured.measurements(), created_at="2026-01-01T00:00:00Z")


def told(**changes):
    """The style itself, as it would be told without any error, but for these fields."""
    exact = {
        "color_grade": STYLE.grade,
        "cut_frequency": 30.0,
        "primary_transition": Transition(TransitionType.CUT, 0),
        "motion_intensity": STYLE.motion_intensity,
        "zoom_usage": 0.0,
        "use_subtitles": False,
        "tempo_bpm": 120.0,
        "detected_beats": tuple(replace(PLAIN.detected_beats[0], timestamp_ms=ms) for ms in (500, 1000, 1500)),
        "audio_style": replace(PLAIN.audio_style, normalization_level=normalization_level(-14.0)),
    }
    return replace(PLAIN, **(exact | changes))


def test_the_style_itself_has_no_error():
    """Every field that is compared is right."""
    assert errors(told(), TRUTH) == pytest.approx(dict.fromkeys(errors(told(), TRUTH), 0.0))


def test_good_conditions_are_good_each_time():
    """Asked for, every video is sharp, clean, kept to its style closely, and has sound; by chance, not all are."""
    random = np.random.default_rng(3)
    good, any_kind = ([random_conditions(random, (20, 40), good=asked) for _ in range(40)] for asked in (True, False))

    def fine(seen):
        return seen.lines >= 360 and seen.rate >= 24 and seen.noise <= 4 and seen.looseness <= 0.4 and seen.sound

    assert all(fine(seen) for seen in good)
    assert not all(fine(seen) for seen in any_kind)


WRONG = {
    "cuts": ({"cut_frequency": 30 * 2**0.5}, 0.5),
    "transition": ({"primary_transition": Transition(TransitionType.FADE, 400)}, 1.0),
    "grade": ({"color_grade": ColorGrade(100, 100, 100, 100, 100, 100)}, 1.0),
    "motion": ({"motion_intensity": STYLE.motion_intensity + 5}, 0.2),
    "zooms": ({"zoom_usage": 25.0}, 0.5),
    "captions": ({"use_subtitles": True}, 1.0),
    "tempo": ({"tempo_bpm": None}, 1.0),
    "beats": ({"detected_beats": ()}, 1.0),
    "level": ({"audio_style": replace(PLAIN.audio_style, normalization_level=0.0)}, 1.0),
}


@pytest.mark.parametrize("field", WRONG)
def test_each_field_counts_by_its_own_scale(field):
    """One wrong field has its error, at most 1, and the others none."""
    changes, off = WRONG[field]
    found = errors(told(**changes), TRUTH)
    assert found.pop(field) == pytest.approx(off)
    assert max(found.values()) == pytest.approx(0.0)


def test_without_sound_its_fields_do_not_count():
    """What nobody can hear is neither right nor wrong."""
    silent = replace(TRUTH, conditions=replace(SEEN, sound=False))
    assert {"tempo", "beats", "level"}.isdisjoint(errors(told(), silent))


def test_the_table_parts_the_videos_by_confidence():
    """Mean errors of each band; the rank correlation is -1 where the surer is always the better."""
    videos = [Scored(c, {"cuts": 1 - c}) for c in (0.95, 0.9, 0.7, 0.5, 0.3)]
    means = {row.measure.split(":")[0]: row.ours.value for row in rows(videos) if "mean error" in row.measure}
    assert means == pytest.approx({"above 0.85": 0.075, "0.6 to 0.85": 0.3, "below 0.6": 0.6})
    assert rank(videos) == pytest.approx(-1)


def test_a_video_shows_its_style():
    """As long as asked for, in the size asked for, with music whose beats lie within it."""
    random = np.random.default_rng(1)
    pictures = list(frames(random, STYLE, SEEN))
    assert len(pictures) == 24
    assert pictures[0].shape == (72, 128, 3)
    heard = sound(random, STYLE, SEEN)
    assert len(heard.audio) == 2 * 44100
    assert np.diff(heard.beats) == pytest.approx(0.5)
    assert heard.beats.max() < 2
