"""Damaged, truncated, renamed and hostile files, through the guarded probe: a clear refusal or a sound answer, never more."""

from concurrent.futures import ThreadPoolExecutor

import av
import pytest

from clipzy.errors import ClipzyError
from clipzy.media.decoding.probe import Probe
from clipzy.media.guard import guarded
from forks import probe_each
from fuzz.damage import DAMAGES, SUFFIXES, damaged
from fuzz.witness import SECRET

PATIENCE_S = 20.0
MANY = 27  # damaged files of each kind and container in the long run: more than a thousand


def judged(name, found, failure):
    """What the guarded probe says of a file: its answer, or our own error; anything else is raised."""
    assert failure is None, f"{name} is not dealt with: {failure}"
    if isinstance(found, ClipzyError):
        assert str(found)
        assert found.status < 500
        assert SECRET not in str(found)
        return found
    assert isinstance(found, Probe)
    assert found.facts.width > 0
    assert found.facts.duration > 0
    assert found.facts.frame_rate > 0
    return found


def answers(save, files):
    """The probe's answers to (name, content) pairs, by name."""
    paths = [save(*file) for file in files]
    halves = paths[0::2], paths[1::2]
    with ThreadPoolExecutor(2) as pool:
        asked = [
            pool.submit(guarded, probe_each, half, PATIENCE_S, timeout_s=PATIENCE_S * (1 + len(half)))
            for half in halves
        ]
        said = [
            answer for half, each in zip(halves, asked, strict=True) for answer in zip(half, each.result(), strict=True)
        ]
    return {path.name: judged(path.name, *outcome) for path, outcome in said}


def refused(found):
    """The names of those that were refused."""
    return {name for name, answer in found.items() if isinstance(answer, ClipzyError)}


def test_damaged_files_are_refused_or_read(videos, save):
    """Neither a hang nor a crash nor an error that is not ours."""
    found = answers(save, damaged(videos, 1, seed=20))
    assert 0 < len(refused(found)) < len(found) == len(DAMAGES) * len(SUFFIXES)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_more_than_a_thousand_damaged_files_are_refused_or_read(videos, save):
    """The same, at length."""
    found = answers(save, damaged(videos, MANY, seed=21))
    assert 0 < len(refused(found)) < len(found)
    assert len(found) > 1000


def test_scripts_that_name_other_files_are_refused(scripts, witness, save):
    """Whatever they are called: no connection is made, and the file that they name stays unopened."""
    assert refused(answers(save, scripts.items())) == scripts.keys()
    assert not witness.opened
    assert witness.connections == []


def test_files_of_other_kinds_are_refused(misnamed, save):
    """A name alone makes no video."""
    assert refused(answers(save, misnamed.items())) == misnamed.keys()


def test_no_reference_in_a_video_is_followed(pointers, witness, save):
    """Data references, linked segments, attachments, subtitles that are playlists: the video stands for itself, or is refused."""
    found = answers(save, pointers.items())
    assert not witness.opened
    assert witness.connections == []
    assert {name for name in refused(found) if "alias" not in name} == {"reference-movie.mov"}


@pytest.mark.parametrize("name", ["alias.mp4", "alias-beside.mp4"])
def test_the_witness_sees_what_a_careless_reader_opens(name, pointers, witness):
    """The references are real: read without our precautions they lead to the canary."""
    path = witness.canary.parent / name
    path.write_bytes(pointers[name])
    assert not witness.opened
    av.open(str(path), options={"enable_drefs": "1", "use_absolute_path": "1"}).close()
    assert witness.opened
