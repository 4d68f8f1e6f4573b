import pytest

from clipzy.style.loudness import bass_boost, bass_gain_db, normalization_level, on_bass_scale, target_lufs


@pytest.mark.parametrize(
    ("lufs", "level"),
    [(-70.0, 0.0), (-30.0, 0.0), (-19.0, 0.5), (-8.0, 1.0), (-3.0, 1.0), (None, 0.0)],
    ids=["whisper", "lower-end", "middle", "upper-end", "over", "silence"],
)
def test_loudness_maps_to_a_level(lufs, level):
    """Loudness lies linearly between -30 and -8 LUFS on 0..1, silence at 0."""
    assert level == pytest.approx(normalization_level(lufs))


@pytest.mark.parametrize("lufs", [-29.0, -23.0, -14.0, -8.0])
def test_target_is_the_inverse_of_the_level(lufs):
    """What a level stands for is the loudness that it was made from."""
    assert lufs == pytest.approx(target_lufs(normalization_level(lufs)))


def test_level_zero_sets_no_target():
    """A style as quiet as the scale's end keeps the loudness it meets."""
    assert target_lufs(0.0) is None


def test_bass_scale_goes_both_ways():
    """A bass boost stands for a shelf gain, and back, from 0 to 100; without its ends the scale goes on."""
    assert [bass_boost(bass_gain_db(25.0)), bass_boost(-3.0), bass_boost(40.0)] == [25.0, 0.0, 100.0]
    assert [on_bass_scale(-3.0), on_bass_scale(24.0)] == [-25.0, 200.0]
