from fractions import Fraction

import pytest

import synth


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """Two warm shots over drums, 3 s."""
    shots = [[synth.graded(p, warmth=0.8) for p in synth.moving_texture(36, seed=seed, dx=0.5)] for seed in (1, 2)]
    return synth.write_video(
        tmp_path_factory.mktemp("media") / "template.mp4",
        synth.edit(shots).frames,
        rate=Fraction(24),
        audio=synth.drum_track(120, 3.0).audio,
        sample_rate=44100,
    )


@pytest.fixture(scope="session")
def footage(tmp_path_factory):
    """A cool shot with sound, 2 s."""
    frames = (synth.graded(p, warmth=-0.5) for p in synth.moving_texture(60, seed=3, dx=1.0))
    return synth.write_video(
        tmp_path_factory.mktemp("media") / "footage.mp4",
        frames,
        rate=Fraction(30),
        audio=synth.sine(440, 2.0, peak_dbfs=-20),
    )


@pytest.fixture(scope="session")
def long_footage(tmp_path_factory):
    """Footage that takes some seconds to render in high quality: 5 s of 720p without sound."""
    pictures = list(synth.moving_texture(30, seed=4, size=(1280, 720), dx=3.0))
    frames = (pictures[k % 60 if k % 60 < 30 else 59 - k % 60] for k in range(150))
    return synth.write_video(
        tmp_path_factory.mktemp("media") / "long.mp4",
        frames,
        rate=Fraction(30),
        options={"preset": "ultrafast"},
        crf=26,
    )
