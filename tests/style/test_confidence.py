from dataclasses import replace
from fractions import Fraction

import pytest

import measured
from clipzy.style.confidence import REASONS, WEIGHTS, doubt, extraction_confidence
from clipzy.style.dna import ColorGrade
from clipzy.style.measurements import ColorMeasure, Loudness

ONE_LOOK = ColorMeasure(ColorGrade(), (), 0.5, consistency=1.0, confidence=0.13)
NO_AUDIO = measured.audio(present=False, loudness=Loudness(None, None, None), beats=(), tempo_bpm=None, music_ratio=0.0)


def lasting(seconds, shots, **changes):
    """A video of that length and number of shots."""
    return measured.video(shots, facts=measured.facts(duration=Fraction(seconds)), **changes)


@pytest.mark.parametrize(("seconds", "shots"), [(30, 8), (40, 12), (60, 30)])
def test_a_clean_edit_is_reliable(seconds, shots):
    """Half a minute or more with eight shots and music is over .85."""
    confidence, _ = extraction_confidence(measured.measurements(lasting(seconds, shots)))
    assert confidence > 0.85


@pytest.mark.parametrize("sound", [measured.audio(), NO_AUDIO], ids=["music", "no-sound"])
def test_a_short_static_clip_is_doubtful(sound):
    """Two seconds of one shot are under .6, whatever is heard."""
    confidence, _ = extraction_confidence(measured.measurements(lasting(2, 1, color=ONE_LOOK), sound))
    assert confidence < 0.6


def test_a_doubtful_style_says_why():
    """The three parts that cost most are named, the dearest first; a style that is not doubtful has nothing to say."""
    short = extraction_confidence(measured.measurements(lasting(2, 1, color=ONE_LOOK)))
    assert doubt(*short) == (
        f"is doubtful (confidence {short[0]:.2f}): "
        "it is short, its colours may come from the scene and not from a grade, it has few shots"
    )
    assert doubt(*extraction_confidence(measured.measurements(lasting(60, 1, color=ONE_LOOK)))) is None


def test_every_part_has_a_reason():
    """None of them can be weak without a word for it."""
    assert REASONS.keys() == WEIGHTS.keys()


def test_one_long_shot_lies_between():
    """A minute of one shot is neither reliable nor doubtful."""
    confidence, _ = extraction_confidence(measured.measurements(lasting(60, 1, color=ONE_LOOK)))
    assert 0.6 <= confidence <= 0.85


WORSE = {
    "length": measured.measurements(lasting(8, 10)),
    "shots": measured.measurements(lasting(40, 3)),
    "boundaries": measured.measurements(measured.video(boundaries=(measured.cut_at(4, 0.3),))),
    "color": measured.measurements(measured.video(color=ColorMeasure(ColorGrade(), (), 0.5, 0.1, 0.3))),
    "picture": measured.measurements(measured.video(facts=measured.facts(width=320, height=180))),
    "motion": measured.measurements(motion_analysis=measured.motion(observable=0.2)),
    "sound": measured.measurements(audio_analysis=measured.audio(beats=measured.audio().beats[:0])),
    "tempo": measured.measurements(audio_analysis=measured.audio(tempo_confidence=0.4)),
}


@pytest.mark.parametrize("part", WORSE)
def test_each_part_counts(part):
    """Weaker evidence for one part lowers that part, leaves the others, and lowers the whole."""
    whole, parts = extraction_confidence(measured.measurements())
    worse, worse_parts = extraction_confidence(WORSE[part])
    assert worse < whole
    assert [part] == [name for name in parts if worse_parts[name] != pytest.approx(parts[name])]


@pytest.mark.parametrize(("stability", "part"), [(None, 1.0), (1.0, 1.0), (0.5, 1.0), (0.25, 0.75), (0.0, 0.5)])
def test_a_tempo_that_changes_counts_for_less(stability, part):
    """Up to half of what it would; as it would where it is steady, or too short to know."""
    found = measured.measurements(audio_analysis=measured.audio(tempo_stability=stability, tempo_confidence=0.9))
    assert extraction_confidence(found)[1]["tempo"] == pytest.approx(0.9 * part)


def test_confidence_stays_in_range_when_nothing_was_seen():
    """Parts of zero leave a small whole, not an error."""
    black = ColorMeasure(ColorGrade(), (), 0.0, 1.0, 0.0)
    nothing = measured.measurements(
        lasting(Fraction(1, 25), 1, color=black), NO_AUDIO, replace(measured.motion(), observable=0.0)
    )
    assert 0 < extraction_confidence(nothing)[0] < 0.4


def test_weights_sum_to_one():
    """Perfect evidence gives a confidence of exactly one."""
    assert sum(WEIGHTS.values()) == pytest.approx(1)
