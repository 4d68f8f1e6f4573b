"""Damaged files that the upload accepts, through whole jobs on the whole engine: each ends, and the worker lives on."""

from __future__ import annotations

from itertools import cycle
from random import Random

import pytest

import synth
from fuzz.damage import damaged
from whole_engine import Engine

WANTED = 20  # accepted damaged files
LIES = (
    "huge-track.mp4",
    "no-clock.mp4",
    "empty-edit.mp4",
    "instant-frames.mp4",
    "odd-sound.mp4",
    "endless.mkv",
    "far-clusters.mkv",
    "thousands-of-streams.mkv",
    "slow-sound.avi",
    "fast-sound.avi",
    "many-channels.avi",
    "late-start.avi",
)
PATIENCE_S = 300.0  # for all jobs before it too: the worker does one at a time
INTERNAL = "internal error"  # what is said of faults in the program


@pytest.fixture(scope="module")
def engine(weights_path, tmp_path_factory):
    """The whole engine, with a real Triton."""
    assert weights_path.exists()
    with Engine(tmp_path_factory.mktemp("engine")).running() as engine:
        yield engine


@pytest.fixture(scope="module")
def sound_id(engine, tmp_path_factory):
    """An upload with nothing wrong: two seconds of two shots over drums."""
    shots = [list(synth.moving_texture(24, seed=seed, dx=0.5)) for seed in (1, 2)]
    path = synth.write_video(
        tmp_path_factory.mktemp("sound") / "sound.mp4",
        synth.edit(shots).frames,
        audio=synth.drum_track(120, 2.0).audio,
        sample_rate=44100,
    )
    return engine.upload(path)


def accepted(engine, files, most):
    """Ids of the first files that the engine takes, by name."""
    found = {}
    for name, content in files:
        answer = engine.client.post("/videos/upload", files={"file": (name, content)})
        assert answer.status_code in {200, 422}, (name, answer.text)
        if answer.status_code == 200:
            found[name] = answer.json()["data"]["video_id"]
        if len(found) == most:
            break
    return found


def started(engine, ids, sound_id):
    """Jobs with each file as the footage, the template, or the only video, in turn; their ids by name."""
    bodies = cycle(
        (
            lambda video: {"template_video_id": sound_id, "video_id": video},
            lambda video: {"template_video_id": video, "video_id": sound_id},
            lambda video: {"video_id": video},
        )
    )
    return {name: engine.create(**body(video)) for (name, video), body in zip(ids.items(), bodies, strict=False)}


def ended(engine, name, job_id):
    """A job's last status, after a look at what is said of a failure."""
    job = engine.wait(job_id, seconds=PATIENCE_S)
    if job["status"] == "failed":
        error = job["error"]
        assert error["code"] in {"PROCESSING_FAILED", "INVALID_VIDEO", "STAGE_CRASHED"}, (name, error)
        assert error["message"].strip()
        assert "Traceback" not in error["message"]
        assert 'File "' not in error["message"]
        assert INTERNAL not in error["message"], (name, engine.said())
    return job["status"]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_jobs_on_damaged_files_end_and_the_worker_lives_on(engine, sound_id, videos, liars):
    """Completed, or failed with a code and a sentence; then a sound job passes, by the same worker."""
    worker = engine.process_of("worker")
    files = list(damaged(videos, 2, seed=50))
    Random(50).shuffle(files)  # all containers are to be among the first
    ids = accepted(engine, files, WANTED)
    ids |= accepted(engine, ((name, liars[name]) for name in LIES), len(LIES))
    assert len(ids) > WANTED
    jobs = started(engine, ids, sound_id)
    outcomes = {name: ended(engine, name, job_id) for name, job_id in jobs.items()}
    assert set(outcomes.values()) <= {"completed", "failed"}, outcomes
    last = engine.create(template_video_id=sound_id, video_id=sound_id)
    assert engine.wait(last)["status"] == "completed"
    assert engine.process_of("worker") == worker
