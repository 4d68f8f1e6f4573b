"""Damage of a source is told once: by the stage that reads the whole of it, or by the first that comes upon it."""

from fractions import Fraction

import pytest

import synth
from clipzy.jobs.lifecycle import Stage
from clipzy.media.decoding.packets import Damage, untold
from clipzy.style.config import JobConfig
from staged import StagedJob

PIECES = ("video frames", "sound packets")
KINDS = ("could not be decoded", "damaged")


@pytest.fixture(scope="module")
def damaged(tmp_path_factory):
    """A second of pictures and sound, of which a third in the middle is other bytes than it was."""
    path = synth.write_video(
        tmp_path_factory.mktemp("damaged") / "damaged.mkv",
        synth.moving_texture(25, seed=5, size=(160, 90), dx=2.0),
        rate=Fraction(25),
        audio=synth.noise(1.0),
    )
    content = bytearray(path.read_bytes())
    for place in range(len(content) // 3, len(content) * 2 // 3, 97):
        content[place] ^= 0x5A
    path.write_bytes(content)
    return path


def test_damage_is_told_once(networks, damaged, tmp_path):
    """By the analyses, of which a job that finds them made is told the same; rendering reads the same pieces again."""
    config, cache = JobConfig(quality="low"), tmp_path / "cache"
    first = StagedJob(tmp_path / "first", networks, footage=damaged, config=config, cache=cache).run()
    told = [each for each in first.warnings if any(piece in each for piece in PIECES)]
    # which pieces are hit is the coder's doing: rendering may come upon a kind of damage that the analyses have not met
    by_analyses = [each for each in told if each.startswith("footage: ")]
    assert by_analyses
    for kind in (f"{piece}{kind}" for piece in PIECES for kind in KINDS):
        assert sum(kind in each for each in told) <= 1
    again = StagedJob(tmp_path / "again", networks, footage=damaged, config=config, cache=cache)
    again.run(Stage.VIDEO_ANALYSIS, Stage.AUDIO_ANALYSIS)
    assert again.warnings == by_analyses


def test_what_only_one_reader_comes_upon_is_told():
    """Kinds of damage that others did not find stay; the same kind goes, whatever its count."""
    found = Damage(packets=1, frames=36, broken_off=True).sentences("video frames")
    assert untold(found, []) == found
    assert untold(found, Damage(packets=4).sentences("video frames")) == found[1:]
    assert untold(found, Damage(frames=1, broken_off=True).sentences("video frames")) == found[:1]
    assert untold(found, Damage(1, 36, broken_off=True).sentences("sound packets")) == found
