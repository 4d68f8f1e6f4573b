"""Damaged and hostile files through all that comes after the probe: results or errors of ours, in bounded time, memory and space."""

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import pytest

import guarded_jobs as jobs
import synth
from clipzy.media.guard import guarded
from fuzz.damage import DAMAGES, SUFFIXES, damaged

MANY = 15  # damaged files of each kind and container in the long run
PATIENCE_S = 40.0
MOST_GROWTH_MIB = 400.0  # of a process that reads a small video; a thousand streams take half of it
MOST_WRITTEN = 20 << 20  # bytes, for a second or two of pictures and sound


def all_worked_through(save, files):
    """What every step makes of each (name, content), by name, in child processes; a crash or a limit that is passed is raised."""
    paths = [save(*file) for file in files]
    with ThreadPoolExecutor(2) as pool:  # each with every other one
        halves = pool.map(worked_through, (paths[0::2], paths[1::2]))
    return {path.name: steps for half in halves for path, steps in half}


def worked_through(paths):
    """The same of paths, as pairs."""
    orders = [(path, path.with_name(f"of {path.name}")) for path in paths]
    limits = {"timeout_s": PATIENCE_S * len(orders), "memory_mb": 3000, "cpu_s": int(PATIENCE_S)}
    outcomes = guarded(jobs.work_through_each, orders, PATIENCE_S, **limits)
    for (path, folder), (steps, failure) in zip(orders, outcomes, strict=True):
        assert failure is None, f"{path.name} is not dealt with: {failure}"
        written = sum(file.stat().st_size for file in folder.rglob("*")) if folder.exists() else 0
        assert steps["growth_mib"] < MOST_GROWTH_MIB, (path.name, steps)
        assert written < MOST_WRITTEN, (path.name, steps)
    return [(path, steps) for path, (steps, _) in zip(paths, outcomes, strict=True)]


def accepted(found):
    """Of those, what the probe accepts."""
    return {name: steps for name, steps in found.items() if steps["probe"] is None}


def test_damaged_files_are_worked_through(videos, save):
    """Neither a hang nor a crash nor an error that is not ours, and most that is accepted gives pictures."""
    found = all_worked_through(save, damaged(videos, 1, seed=30))
    assert len(found) == len(DAMAGES) * len(SUFFIXES)
    kept = accepted(found).values()
    assert sum(steps["frames"] > 0 for steps in kept) > 0.9 * len(kept) > 0


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_hundreds_of_damaged_files_are_worked_through(videos, save):
    """The same, at length."""
    found = all_worked_through(save, damaged(videos, MANY, seed=31))
    assert len(found) > 500
    assert accepted(found)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("suffix", "codec", "audio_codec"),
    [
        (".mov", "prores_ks", "pcm_s24le"),
        (".avi", "mjpeg", "libmp3lame"),
        (".mkv", "mpeg2video", "ac3"),
        (".mp4", "libx265", "aac"),
    ],
)
def test_damage_to_other_codecs_is_worked_through(suffix, codec, audio_codec, save, tmp_path):
    """Decoders differ in what they make of it."""
    pixels = {"prores_ks": "yuv422p10le", "mjpeg": "yuvj420p"}.get(codec, "yuv420p")
    frames = list(synth.numbered_frames(24, (160, 90)))
    path = synth.write_video(
        tmp_path / f"sound{suffix}",
        frames,
        rate=Fraction(24),
        audio=synth.noise(1.0),
        codec=codec,
        audio_codec=audio_codec,
        pixel_format=pixels,
    )
    assert accepted(all_worked_through(save, damaged({suffix: path.read_bytes()}, MANY, seed=32)))


def test_headers_that_lie_are_refused_or_overruled(liars, save):
    """Absurd sizes, lengths, clocks and counts: nothing that the headers claim is reserved, waited for or written."""
    found = all_worked_through(save, liars.items())
    kept = accepted(found)
    overruled = {"huge-track.mp4", "endless-movie.mp4", "no-length.mkv", "infinite.mkv", "padded.mkv", "fast-sound.avi"}
    refused = {"no-streams.mp4", "nested.mp4", "unpacking.mp4", "empty-segment.mkv", "fast-clock.mkv", "bytes0.mp4"}
    assert overruled <= kept.keys()
    assert not refused & kept.keys()
    assert all(steps["frames"] == 12 and steps["footage"] is None for name, steps in kept.items() if name in overruled)


def test_references_are_worked_through_without_being_followed(pointers, witness, save):
    """In no step is the canary opened or the port connected to."""
    found = all_worked_through(save, pointers.items())
    assert all(steps["frames"] == 12 for steps in accepted(found).values())
    assert not witness.opened
    assert witness.connections == []
