from fractions import Fraction

import pytest

import synth
from clipzy.inference.local import LocalInference

RATE = 25
SHOT_FRAMES = (60, 50, 70)
TEMPO_BPM = 120


@pytest.fixture(scope="session")
def networks(weights_path):
    """The networks, loaded once in this process."""
    inference = LocalInference(weights_path)
    yield inference
    inference.close()


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """Three warm shots, cut at 2.4 s and 4.4 s, over drums of 120 beats a minute; 320x180, 7.2 s."""
    shots = [
        [synth.graded(p, warmth=0.7, contrast=1.2) for p in synth.moving_texture(count, seed=seed, dx=0.4)]
        for seed, count in enumerate(SHOT_FRAMES, 3)
    ]
    return synth.write_video(
        tmp_path_factory.mktemp("template") / "template.mp4",
        synth.edit(shots).frames,
        audio=synth.drum_track(TEMPO_BPM, sum(SHOT_FRAMES) / RATE).audio,
        sample_rate=44100,
    )


@pytest.fixture(scope="session")
def footage(tmp_path_factory):
    """One cool shot that pans, with a quiet tone; 320x240 at 30 frames a second, 3 s."""
    frames = (synth.graded(p, warmth=-0.5) for p in synth.moving_texture(90, seed=11, size=(320, 240), dx=2.0))
    return synth.write_video(
        tmp_path_factory.mktemp("footage") / "footage.mp4",
        frames,
        rate=Fraction(30),
        audio=synth.sine(440, 3.0, peak_dbfs=-30),
    )


@pytest.fixture(scope="session")
def silent_footage(tmp_path_factory):
    """Two seconds without a sound stream."""
    frames = synth.moving_texture(50, seed=12, size=(160, 90))
    return synth.write_video(tmp_path_factory.mktemp("silent") / "silent.mp4", frames)
