from dataclasses import replace
from fractions import Fraction

import pytest

import measured
from clipzy.style.dna import AudioStyle
from clipzy.style.measurements import Loudness, SoundKind, SoundSpan
from clipzy.style.mix import kept_chain, own_style_chain, soundtrack_chain, style_chain
from clipzy.style.plan import AudioChain
from clipzy.style.soundtrack import Ducking, Soundtrack, Stretch
from clipzy.style.time import Span

SILENT = measured.audio(loudness=Loudness(None, None, None))
LOUD_DENSE = AudioStyle(1.0, 3.0, 70.0, True)
THEIRS = Soundtrack((Stretch(Span(Fraction(0), Fraction(20)), Fraction(0), ""),), 0.0, None, None, Fraction(0), "")


def steps(chain):
    """The chain's numbers without its reason."""
    return chain.bass_gain_db, chain.speech_presence_db, chain.compression_ratio, chain.target_lufs


@pytest.mark.parametrize("make", [own_style_chain, kept_chain, lambda sound: style_chain(LOUD_DENSE, sound)])
def test_no_sound_no_chain(make):
    """A video without a sound stream has no audio chain."""
    assert make(measured.audio(present=False)) is None


def test_only_what_is_missing_is_added():
    """Bass by the difference, compression by the ratio of the ratios where nothing more is known of it, loudness as the style has it."""
    assert steps(style_chain(LOUD_DENSE, measured.audio())) == (pytest.approx(6.0), None, pytest.approx(1.5), -8.0)


def test_a_sound_that_has_it_all_is_left_alone():
    """Footage with more bass and denser than the style only has its loudness set."""
    sound = measured.audio(compression_ratio=4.0, bass_boost=90.0)
    assert steps(style_chain(AudioStyle(0.5, 3.0, 70.0, False), sound)) == (None, None, None, -19.0)


def test_a_style_without_a_level_says_so():
    """A template under -30 LUFS leaves the footage as loud as it is, with the reason, and under its own sound too."""
    quiet, footage = AudioStyle(0.0, 1.0, 0.0, False), measured.audio(loudness=Loudness(-23.0, 5.0, -5.0))
    chain = style_chain(quiet, footage)
    assert steps(chain) == (None, None, None, None)
    assert "loudness kept at -23.0 LUFS: the style sets no level" in chain.reason
    assert "sets no level" in soundtrack_chain(quiet, footage, THEIRS).reason


@pytest.mark.parametrize("make", [own_style_chain, lambda sound: style_chain(LOUD_DENSE, sound)])
def test_silence_is_kept(make):
    """A silent track has no loudness to bring anywhere."""
    chain = make(SILENT)
    assert steps(chain) == (None, None, None, None)
    assert "silen" in chain.reason


def test_own_style_normalises_and_keeps_the_rest():
    """In its own style a sound comes to -14 LUFS under -1 dBTP."""
    chain = own_style_chain(measured.audio(loudness=Loudness(-23.0, 5.0, -5.0)))
    assert chain == AudioChain(
        None, None, None, -14.0, -1.0, "loudness changed from -23.0 to -14 LUFS; nothing else changed"
    )


SPAN = Span(Fraction(1), Fraction(2))
ROOM = replace(measured.audio(loudness=Loudness(-38.0, 0.6, -26.0), music_ratio=0.0), sounds=())


@pytest.mark.parametrize("make", [own_style_chain, lambda sound: style_chain(AudioStyle(1.0, 1.0, 0.0, False), sound)])
def test_a_steady_background_alone_is_not_raised(make):
    """The hiss of a room does not become as loud as a song; the reason says so."""
    chain = make(ROOM)
    assert steps(chain) == (None, None, None, None)
    assert "loudness kept at -38.0 LUFS: it is a steady background" in chain.reason


@pytest.mark.parametrize(
    "sound",
    [
        replace(ROOM, sounds=(SoundSpan(SPAN, SoundKind.SPEECH),)),
        replace(ROOM, sounds=(SoundSpan(SPAN, SoundKind.MUSIC),)),
        replace(ROOM, loudness=Loudness(-38.0, 6.0, -20.0)),
        replace(ROOM, loudness=Loudness(-28.0, 0.6, -16.0)),
        replace(ROOM, loudness=Loudness(-38.0, None, -26.0)),
    ],
    ids=["speech", "music", "a street", "a waterfall", "too short to tell"],
)
def test_what_may_be_meant_to_be_heard_is_raised(sound):
    """However quietly it was recorded."""
    assert own_style_chain(sound).target_lufs == -14.0


def test_a_style_without_a_level_keeps_the_loudness():
    """A style taken from a nearly silent template changes no loudness."""
    assert style_chain(AudioStyle(0.0, 1.0, 0.0, False), measured.audio()).target_lufs is None


def test_the_reason_names_each_step():
    """A person can read what is done and why."""
    reason = style_chain(LOUD_DENSE, measured.audio(speech_ratio=0.5)).reason
    assert reason == (
        "bass lifted by 6.0 dB (style 70, footage 20); speech enhanced by 3.0 dB; "
        "compressed 1.5:1 (style 3.0, footage 2.0); loudness changed from -14.0 to -8.0 LUFS"
    )


def test_the_reason_names_each_step_that_is_withheld():
    """With why, so that nobody takes it for forgotten."""
    sound = measured.audio(music_ratio=0.0, bass_boost=0.0, compression_ratio=5.0)
    assert style_chain(LOUD_DENSE, sound).reason == (
        "bass kept (style 70, footage 0): the footage has hardly any music, and voices would boom; "
        "no speech to enhance, as the style does; dynamics kept (style 3.0, footage 5.0): lost dynamics are not restored; "
        "loudness changed from -14.0 to -8.0 LUFS"
    )


def test_beside_the_templates_sound_only_speech_is_worked_on():
    """Where the footage speaks; what is withheld of that is told, too."""
    speaks = replace(
        THEIRS, ducking=Ducking((Span(Fraction(1), Fraction(2)),), 14.0, Fraction(1), Fraction(1), "lower")
    )
    sound = measured.audio(speech_ratio=0.5, compression_ratio=5.0)
    assert steps(soundtrack_chain(LOUD_DENSE, sound, THEIRS)) == (None, None, None, -8.0)
    chain = soundtrack_chain(LOUD_DENSE, sound, speaks)
    assert steps(chain) == (None, 3.0, None, -8.0)
    assert "footage: dynamics kept (style 3.0, footage 5.0)" in chain.reason
