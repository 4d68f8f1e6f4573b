"""The main job through REST, on the engine as `clipzy up` runs it."""

import os
import signal
import time

import pytest

import synth
from clipzy.jobs.lifecycle import BANDS, Stage
from clipzy.media.decoding.probe import probe
from whole_engine import SOON_MISSED, Engine
from workshop import dies

STAGES = ["video_analysis", "audio_analysis", "motion_analysis", "style_extraction", "style_application", "rendering"]
SLOW = {"quality": "high"}  # takes thrice the time to render


@pytest.fixture(scope="module")
def ids(engine, template, footage):
    """The uploads' ids: template, footage."""
    return engine.upload(template), engine.upload(footage)


@pytest.fixture(scope="module")
def analysed(engine, long_footage):
    """The id of the long footage, once its analyses are at hand."""
    video_id = engine.upload(long_footage)
    assert engine.wait(engine.create(video_id=video_id, config={"render": "plan"}))["status"] == "completed"
    return video_id


def rendering(job):
    """For `wait`: it is being rendered, and has begun to."""
    return job["current_stage"] == "rendering" and job["progress_percent"] > 86


def unseen(path, folder):
    """The same video under a hash of its own, so that no analysis of it is at hand: a box more at its end that nobody reads."""
    copy = folder / path.name
    copy.write_bytes(path.read_bytes() + (24).to_bytes(4, "big") + b"free" + os.urandom(16))
    return copy


def output_of(engine, job_id, folder):
    """The downloaded output."""
    path = folder / "output.mp4"
    path.write_bytes(engine.client.get(f"/jobs/{job_id}/output").raise_for_status().content)
    return path


def test_a_template_and_footage_become_a_video_in_the_templates_style(engine, ids, tmp_path):
    """From upload to a downloaded mp4 that has picture and sound, through the stages in their order."""
    job_id = engine.create(template_video_id=ids[0], video_id=ids[1])
    seen = []

    def ended(job):
        seen.append((job["current_stage"], job["progress_percent"]))
        return job["status"] in {"completed", "failed"}

    assert engine.wait(job_id, ended)["status"] == "completed"
    percents = [percent for _, percent in seen]
    assert percents == sorted(percents)
    stages = list(dict.fromkeys(stage for stage, _ in seen if stage))
    assert stages == [stage for stage in STAGES if stage in stages]
    result = engine.client.get(f"/jobs/{job_id}/result").json()["data"]
    assert (result["style_json"]["version"], result["style_json"]["frame_rate"]) == ("1.0", 24)
    assert result["output_video_url"].startswith("file:///")
    found = probe(output_of(engine, job_id, tmp_path))
    assert (found.codec, found.audio.codec, found.facts.frame_rate) == ("h264", "aac", 24)
    artifacts = engine.client.get(f"/jobs/{job_id}/artifacts").json()["data"]["artifacts"]
    expected = {"output.mp4", "style.json", "analysis.json", "plan.json", "lut.cube", "before_after.jpg"}
    expected |= {"timeline.otio", "timeline.edl", "contact_sheet.jpg", "waveform.png", "quality.json", "manifest.json"}
    assert expected <= {artifact["name"] for artifact in artifacts}


def test_a_template_alone_ends_with_its_style(engine, ids):
    """The job jumps to 100 after style_extraction and renders nothing."""
    job_id = engine.create(template_video_id=ids[0])
    assert engine.wait(job_id)["progress_percent"] == 100
    result = engine.client.get(f"/jobs/{job_id}/result").json()["data"]
    assert result["style_json"]["cut_frequency"] == pytest.approx(20.0)
    assert not result.get("output_video_url")
    assert engine.client.get(f"/jobs/{job_id}/output").status_code in {404, 409}


def test_a_text_file_named_mp4_is_refused_and_leaves_nothing(engine, tmp_path):
    """422, and the storage is as before."""
    before = engine.stored_files()
    (tmp_path / "notes.mp4").write_text("these are notes\n" * 100)
    with (tmp_path / "notes.mp4").open("rb") as file:
        answer = engine.client.post("/videos/upload", files={"file": ("notes.mp4", file)})
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "UNSUPPORTED_FORMAT"
    assert engine.stored_files() == before


def test_video_without_sound_stays_without(engine, ids, tmp_path):
    """A template with drums brings no sound to footage that has none."""
    silent = synth.write_video(tmp_path / "silent.mp4", synth.moving_texture(30, size=(160, 90)))
    job_id = engine.create(template_video_id=ids[0], video_id=engine.upload(silent))
    assert engine.wait(job_id)["status"] == "completed"
    assert probe(output_of(engine, job_id, tmp_path)).audio is None


@pytest.mark.parametrize("stage", ["video_analysis", "rendering"])
def test_a_cancel_ends_decoding_inference_and_encoding_soon(engine, ids, analysed, long_footage, stage, tmp_path):
    """Within two seconds no process works for the job any more, and nothing is left of it but what it names."""
    video_id = analysed if stage == "rendering" else engine.upload(unseen(long_footage, tmp_path))
    job_id = engine.create(template_video_id=ids[0], video_id=video_id, config=SLOW)
    first_percent, _ = BANDS[Stage(stage)]
    engine.wait(job_id, lambda job: job["current_stage"] == stage and job["progress_percent"] > first_percent)
    [process] = engine.stage_processes()
    assert engine.client.post(f"/jobs/{job_id}/cancel").status_code == 200
    assert dies(process, within_s=2.0)
    assert engine.client.get(f"/jobs/{job_id}").json()["data"]["status"] == "cancelled"
    named = {each["name"] for each in engine.client.get(f"/jobs/{job_id}/artifacts").json()["data"]["artifacts"]}
    deadline = time.monotonic() + 60
    while {path.name for path in engine.files_of(job_id)} != named:
        assert time.monotonic() < deadline, engine.files_of(job_id)
        time.sleep(0.05)
    assert "output.mp4" not in named


def test_a_triton_killed_in_the_middle_of_a_stage_is_waited_for(engine, ids, long_footage, tmp_path):
    """It is started again by itself; the job goes on, completes, and says what it waited for."""
    job_id = engine.create(
        template_video_id=ids[0], video_id=engine.upload(unseen(long_footage, tmp_path)), config={"render": "plan"}
    )
    engine.wait(job_id, lambda job: job["current_stage"] == "video_analysis" and job["progress_percent"] > 1)
    engine.kill_triton()
    assert engine.wait(job_id, seconds=280)["status"] == "completed"
    assert engine.ended_stages(job_id) == STAGES[:-1]
    warnings = engine.client.get(f"/jobs/{job_id}/result").json()["data"]["warnings"]
    assert any("waiting for Triton" in each for each in warnings), warnings


def test_a_worker_killed_while_rendering_costs_that_stage_alone(engine, ids, analysed):
    """After kill -9 a new worker goes on with the job at its last finished stage, by itself."""
    job_id = engine.create(template_video_id=ids[0], video_id=analysed, config=SLOW)
    engine.wait(job_id, rendering)
    os.kill(engine.process_of("worker"), signal.SIGKILL)
    assert engine.wait(job_id)["status"] == "completed"
    assert engine.ended_stages(job_id) == STAGES


@pytest.mark.usefixtures("weights_path")
def test_everything_killed_and_started_again_completes_the_job(template, long_footage, tmp_path):
    """Power goes while rendering; `clipzy up` again, and the job completes. Ctrl-C then ends every process."""
    engine = Engine(tmp_path, INFERENCE="local", **SOON_MISSED)
    with engine.running():
        template_id, video_id = engine.upload(template), engine.upload(long_footage)
        job_id = engine.create(template_video_id=template_id, video_id=video_id, config=SLOW)
        engine.wait(job_id, rendering)
        engine.kill_everything()
        engine.start()
        assert engine.wait(job_id)["status"] == "completed"
        assert engine.ended_stages(job_id) == STAGES
        processes = engine.processes()
    assert engine.exit_code == 0
    # those below a process that ended find that out by themselves, on a busy machine not at once
    assert [pid for pid in processes if not dies(pid, within_s=5.0)] == []
