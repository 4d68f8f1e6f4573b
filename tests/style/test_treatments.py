"""How much bass, compression and presence is added, and what is said of what is not."""

import pytest

import measured
from clipzy.style.dna import AudioStyle
from clipzy.style.sound_readings import SoundReadings
from clipzy.style.treatments import bass_step, compression_step, presence_step


def style(*, ratio=1.0, bass=0.0, speech=False):
    """The sound of a style, neutral but for what is given."""
    return AudioStyle(0.5, ratio, bass, speech)


def sound(*, density=None, bass_db=None, presence_db=None, **changes):
    """Music and speech, read so, that nobody treated as far as a style can say."""
    plain = {"bass_boost": 0.0, "compression_ratio": 1.0, "music_ratio": 0.5, "speech_ratio": 0.5}
    return measured.audio(readings=SoundReadings(density, bass_db, presence_db), **plain | changes)


@pytest.mark.parametrize(
    ("asked", "bass_db", "gain"),
    [(25, 0, 3.0), (25, -2, 5.0), (25, -30, 6.0), (50, -2, 8.0), (50, -30, 9.0), (100, 0, 9.0), (75, 6, 3.0)],
)
def test_bass_comes_to_the_styles(asked, bass_db, gain):
    """From where the footage's really is, under the scale's end too, there by no more than the style's own boost; 9 dB at most."""
    assert bass_step(style(bass=asked), sound(bass_db=bass_db)).amount == pytest.approx(gain)


@pytest.mark.parametrize(
    ("asked", "bass_db", "changes", "told"),
    [
        (0, -30, {}, None),
        (50, 6, {}, None),
        (0, 6, {}, "bass kept (style 0, footage 50): bass is never reduced"),
        (5, -30, {}, "bass kept (style 5, footage -250): a lift under 1 dB is inaudible"),
        *(
            (
                50,
                bass_db,
                {"music_ratio": 0.0},
                "bass kept (style 50, footage 0): the footage has hardly any music, and voices would boom",
            )
            for bass_db in (None, -0.04)
        ),
    ],
    ids=["thin, none asked", "there already", "less asked", "hardly more", "voice", "a voice a little thinner"],
)
def test_bass_is_kept(asked, bass_db, changes, told):
    """With why, where the style has another."""
    step = bass_step(style(bass=asked), sound(bass_db=bass_db, **changes))
    assert (step.amount, step.told) == (None, told)


@pytest.mark.parametrize(
    ("asked", "bass_db", "told"),
    [
        (25, -2, "bass lifted by 5.0 dB (style 25, footage -17)"),
        (
            25,
            -12,
            "bass lifted by 6.0 dB (style 25, footage -100), 9.0 dB short of the style: it has little bass to lift",
        ),
        (
            100,
            0,
            "bass lifted by 9.0 dB (style 100, footage 0), 3.0 dB short of the style: more would overload small speakers",
        ),
    ],
)
def test_a_lift_that_falls_short_says_by_how_much(asked, bass_db, told):
    """And why it does."""
    assert bass_step(style(bass=asked), sound(bass_db=bass_db)).told == told


@pytest.mark.parametrize(
    ("asked", "density", "ratio"),
    [
        (2, 1.0, 2 ** (1 / 0.6)),
        (2, 0.4, 2 ** (1 / 0.6)),
        (3, 2.0, 1.5 ** (1 / 0.6)),
        (8, 1.0, 4.0),
        (2, None, 2.0),
    ],
)
def test_compression_comes_to_the_styles(asked, density, ratio):
    """By as much more as readings lag behind the compressor's ratio; 4:1 at most; by the bare ratio where nothing tells."""
    assert compression_step(style(ratio=asked), sound(density=density)).amount == pytest.approx(ratio)


@pytest.mark.parametrize(
    ("asked", "density", "told"),
    [
        (1, 0.3, None),
        (3, 3.0, None),
        (1, 3.0, "dynamics kept (style 1.0, footage 3.0): lost dynamics are not restored"),
        (1.05, 0.3, "dynamics kept (style 1.1, footage 1.0): the difference is inaudible"),
    ],
    ids=["lively, none asked", "there already", "less asked", "hardly more"],
)
def test_dynamics_are_kept(asked, density, told):
    """With why, where the style has others."""
    step = compression_step(style(ratio=asked), sound(density=density))
    assert (step.amount, step.told) == (None, told)


def test_the_most_compression_says_so():
    """A style of 8 is not reached."""
    told = compression_step(style(ratio=8.0), sound(density=1.0)).told
    assert told == "compressed 4.0:1 (style 8.0, footage 1.0), limited to avoid pumping"


@pytest.mark.parametrize(
    ("of_music", "music_ratio", "density", "told"),
    [
        (
            True,
            0.0,
            1.0,
            "compressed 2.0:1 (style 8.0, footage 1.0), no more, for the style's dynamics are those of music",
        ),
        (True, 0.0, 6.0, "compressed 1.6:1 (style 8.0, footage 6.0)"),
        (True, 0.3, 1.0, "compressed 4.0:1 (style 8.0, footage 1.0), limited to avoid pumping"),
        (False, 0.0, 1.0, "compressed 4.0:1 (style 8.0, footage 1.0), limited to avoid pumping"),
    ],
    ids=["on a voice", "a little on a voice", "on music", "of a voice"],
)
def test_the_dynamics_of_music_count_for_little_on_a_voice(of_music, music_ratio, density, told):
    """Organs read as dense as what was compressed hardest, and a voice would be squashed for it."""
    assert (
        compression_step(style(ratio=8.0), sound(density=density, music_ratio=music_ratio), of_music=of_music).told
        == told
    )


def test_no_figure_is_under_the_scale():
    """Which begins at 1: what is looser than natural is told as the natural that its ratio was worked out from."""
    assert "(style 1.5, footage 1.0)" in (compression_step(style(ratio=1.5), sound(density=0.8)).told or "")


@pytest.mark.parametrize(
    ("presence_db", "gain", "told"),
    [
        (6.9, 3.0, "speech enhanced by 3.0 dB"),
        (4.0, 4.0, "speech enhanced by 4.0 dB"),
        (-2.0, 6.0, "speech enhanced by 6.0 dB, limited to avoid harshness"),
        (None, 3.0, "speech enhanced by 3.0 dB"),
    ],
    ids=["bright", "middling", "dull", "unknown"],
)
def test_speech_is_lifted_until_it_counts_as_brought_forward(presence_db, gain, told):
    """By 3 to 6 dB, of which three quarters are read."""
    step = presence_step(style(speech=True), sound(presence_db=presence_db))
    assert (step.amount, step.told) == (pytest.approx(gain), told)


@pytest.mark.parametrize(
    ("wanted", "changes", "told"),
    [
        (False, {}, None),
        (True, {"speech_enhanced": True}, "speech is enhanced already"),
        (True, {"speech_ratio": 0.0}, "no speech to enhance, as the style does"),
    ],
    ids=["not-wanted", "has-it", "nobody-speaks"],
)
def test_speech_is_left_alone(wanted, changes, told):
    """With why, where the style brings it forward."""
    step = presence_step(style(speech=wanted), sound(presence_db=0.0, **changes))
    assert (step.amount, step.told) == (None, told)
