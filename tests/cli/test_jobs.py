"""`clipzy status`, `jobs`, `watch`, `cancel`, `result` and `download`, on a real API."""

import json
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from api.rest import STYLE_JSON
from clipzy.cli.stage_display import StageDisplay
from clipzy.jobs.lifecycle import Stage
from clipzy.storage.artifacts import save_json
from clipzy.style.quality import Profile, compare


def test_status_of_one_job_is_a_list_of_facts(clipzy, service):
    """With the caller's own data as it came."""
    job_id = service.add_job(video_id=service.add_video(), metadata={"who": "[bold]me"})
    service.begin(job_id, Stage.MOTION_ANALYSIS)
    said = clipzy("status", job_id)
    assert said.code == 0
    facts = {" ".join(line.split()) for line in said.out.splitlines()}
    assert {f"job {job_id}", "status processing", "done 36 %", "stage motion analysis"} <= facts
    assert "metadata who [bold]me" in facts


def test_status_says_that_a_style_was_given(clipzy, service):
    """Where there is no template, and yet a style that is not the footage's."""
    job_id = service.add_job(video_id=service.add_video(), config={"style": STYLE_JSON})
    facts = {" ".join(line.split()) for line in clipzy("status", job_id).out.splitlines()}
    assert "style given with the job" in facts
    assert not any(fact.startswith("template") for fact in facts)


def test_status_of_several_jobs_is_a_table_that_fits(clipzy, service):
    """One line a job, in 80 columns; one that is not there is told, and the others all the same."""
    first, second = service.add_job(), service.add_job()
    said = clipzy("status", first, second, "job_nowhere")
    assert said.code == 3
    header, *rows = said.out.splitlines()
    assert header.split() == ["JOB", "STATUS", "DONE", "STAGE", "SUBMITTED"]
    assert [row.split()[0] for row in rows] == [first, second]
    assert all(len(row) <= 80 for row in rows)
    assert "there is no job job_nowhere" in said.err


def test_status_as_json(clipzy, service):
    """The jobs as the API has them, and the ids that it does not know."""
    job_id = service.add_job()
    document = clipzy("status", job_id, "job_nowhere", "--json").document
    assert [job["job_id"] for job in document["jobs"]] == [job_id]
    assert document["missing"] == ["job_nowhere"]


def test_jobs_lists_the_newest_first(clipzy, service):
    """As many as are wanted, of one status or one video where that is wanted."""
    older, newer = service.add_job(), service.add_job()
    service.begin(older)
    service.fail(older)
    assert [line.split()[0] for line in clipzy("jobs", "-n", 2).out.splitlines()[1:]] == [newer, older]
    assert clipzy("jobs", "--status", "failed", "--json").document["jobs"][0]["job_id"] == older
    video_id = service.store.get_job(newer).video_id
    assert [job["job_id"] for job in clipzy("jobs", "--video", video_id, "--json").document["jobs"]] == [newer]


def test_what_goes_into_a_pipe_is_whole_however_narrow_the_terminal(clipzy, service, monkeypatch):
    """One line a job, with its whole id; a shell may tell of its columns."""
    monkeypatch.setenv("COLUMNS", "20")
    job_id = service.add_job()
    header, row, *_ = clipzy("jobs").out.splitlines()
    assert header.split() == ["JOB", "STATUS", "DONE", "STAGE", "SUBMITTED"]
    assert row.split()[:2] == [job_id, "queued"]


def test_on_a_narrow_terminal_an_id_is_folded_not_cut(clipzy, service, monkeypatch):
    """Every letter of it is there."""
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    job_id = service.add_job()
    said = clipzy("status", job_id, service.add_job()).out
    assert "…" not in said.partition("\n")[2]
    assert "".join(line.split()[0] for line in said.splitlines()[1:]).startswith(job_id)


def test_no_jobs_are_said_so(clipzy, own_service):
    """A new service."""
    with own_service():
        said = clipzy("jobs")
    assert (said.code, said.out) == (0, "no jobs\n")


def test_watch_shows_each_stage_as_it_comes(clipzy, service, monkeypatch):
    """Its begin and its end, in plain lines where nobody sits at a terminal; the document alone on stdout."""
    job_id = service.add_job(video_id=service.add_video(), template_video_id=service.add_video())
    steps = iter(
        (
            lambda: service.begin(job_id, Stage.VIDEO_ANALYSIS),
            lambda: service.begin(job_id, Stage.AUDIO_ANALYSIS),
            lambda: service.finish_extraction(job_id),
            lambda: service.complete(job_id, b"a video"),
        )
    )
    see = StageDisplay.see

    def see_and_go_on(display, look):
        see(display, look)
        next(steps, lambda: None)()  # a stage may be seen once more before it has ended

    monkeypatch.setattr(StageDisplay, "see", see_and_go_on)
    said = clipzy("watch", job_id, "--json")
    assert said.code == 0, said.err
    assert said.document["style_json"]["tempo_bpm"] == 125.0
    lines = [line.partition(" after")[0] for line in said.err.splitlines()]
    assert lines[:8] == [
        "queued",
        "video analysis: begun",
        "video analysis: done",
        "audio analysis: begun",
        "audio analysis: done",
        "motion analysis: done",
        "style extraction: 100%",  # first seen when all that is left is to write it down
        "style extraction: done",
    ]
    assert f"{job_id} completed" in said.err
    assert "note: the video is short" in said.err
    assert f"clipzy download {job_id}" in said.err


def test_cancel_ends_a_job(clipzy, service):
    """One that has ended already is refused."""
    job_id = service.add_job()
    said = clipzy("cancel", job_id)
    assert (said.code, said.out) == (0, f"{job_id} is cancelled\n")
    again = clipzy("cancel", job_id)
    assert again.code == 7
    assert "has already ended" in again.err


def test_result_shows_the_style_as_soon_as_it_is_known(clipzy, service):
    """Before the video is there, and in words."""
    job_id = service.add_job()
    assert clipzy("result", job_id).code == 7
    service.finish_extraction(job_id)
    said = clipzy("result", job_id)
    assert said.code == 0
    assert "temperature +12" in said.out
    assert "125.0 beats a minute" in said.out
    assert clipzy("result", job_id, "--json").document["style_json"]["frame_rate"] == 30


def test_result_says_how_near_the_video_came(clipzy, service, tmp_path):
    """In one line, of what was sought; a report of another version does no harm."""
    report = compare(
        Profile(look_distance=0.0, loudness_lufs=-14.0, cut_frequency=12.0),
        Profile(look_distance=8.0, loudness_lufs=-24.0, cut_frequency=12.0),
        Profile(look_distance=1.0, loudness_lufs=-14.2, cut_frequency=12.0),
        compared_with="template",
        strength=1.0,
        sought=frozenset({"look", "loudness", "cut_frequency"}),
        measured_on={},
    )
    save_json(tmp_path / "quality.json", report)
    job_id, odd = service.add_job(), service.add_job()
    for each, told in ((job_id, (tmp_path / "quality.json").read_bytes()), (odd, b"{}")):
        service.finish_extraction(each)
        service.complete(each, b"a video", quality=told)
    assert "distance to the template closed: look 88 %, loudness 98 %" in " ".join(clipzy("result", job_id).out.split())
    said = clipzy("result", odd)
    assert said.code == 0
    assert "this clipzy does not know" in " ".join(said.out.split())


def test_download_fetches_the_video(clipzy, service, tmp_path):
    """To the file that is named, into the folder that is named, or to one with the job's name."""
    job_id = service.rendered(b"a video")
    (tmp_path / "folder").mkdir()
    for arguments, target in (
        ([], f"{job_id}.mp4"),
        (["-o", "mine.mp4"], "mine.mp4"),
        (["-o", "folder"], f"folder/{job_id}.mp4"),
    ):
        said = clipzy("download", job_id, *arguments)
        assert (said.code, said.out) == (0, f"{target}\n"), said.err
        assert (tmp_path / target).read_bytes() == b"a video"
    assert "fetched mine.mp4: 7 B" in clipzy("download", job_id, "-o", "mine.mp4").err


def test_download_to_standard_output(clipzy, service, tmp_path):
    """Its bytes and nothing beside them, for the next command in a pipe; not with a document that would go there too."""
    job_id = service.rendered(b"a video")
    for arguments, said in ((["-o", "-"], "a video"), (["--artifact", "style.json", "-o", "-"], "{}")):
        done = clipzy("download", job_id, *arguments)
        assert (done.code, done.out) == (0, said), done.err
    refused = clipzy("download", job_id, "-o", "-", "--json")
    assert (refused.code, refused.document["error"]["code"]) == (2, "STDOUT_TAKEN")
    several = clipzy("download", job_id, "--all", "-o", "-")
    assert (several.code, "several files cannot go to standard output" in several.err) == (2, True)
    assert not list(tmp_path.iterdir())


def test_a_pipe_may_be_called_anything(clipzy, service, tmp_path):
    """It says nothing of what goes through it."""
    os.mkfifo(tmp_path / "pipe")
    with ThreadPoolExecutor() as reader:
        read = reader.submit((tmp_path / "pipe").read_bytes)
        assert clipzy("download", service.rendered(b"a video"), "-o", "pipe").code == 0
        assert read.result(20) == b"a video"


def test_a_video_is_not_downloaded_under_the_name_of_another_kind(clipzy, service, tmp_path):
    """It is an mp4; nothing is written."""
    said = clipzy("download", service.rendered(b"a video"), "-o", "out.avi")
    assert said.code == 2
    assert "the output is an mp4: give it such a name, not out.avi" in said.err
    assert not list(tmp_path.iterdir())


def test_download_fetches_other_files(clipzy, service, tmp_path):
    """One by its name, or all into a folder."""
    job_id = service.rendered(b"a video")
    assert clipzy("download", job_id, "--artifact", "style.json").out == "style.json\n"
    document = clipzy("download", job_id, "--all", "--json").document
    assert document["files"] == [
        {"path": f"{job_id}/output.mp4", "size_bytes": 7},
        {"path": f"{job_id}/style.json", "size_bytes": 2},
    ]
    assert json.loads((tmp_path / job_id / "style.json").read_text()) == {}


def test_download_names_the_files_there_are(clipzy, service):
    """Where the one that was asked for is not among them."""
    job_id = service.rendered(b"a video")
    said = clipzy("download", job_id, "--artifact", "plan.json")
    assert said.code == 3
    assert "it has output.mp4, style.json" in said.err


def test_download_of_a_job_that_ended_badly_says_how(clipzy, service):
    """Its own error, and its own exit code."""
    failed, cancelled = service.add_job(), service.add_job()
    service.begin(failed)
    service.fail(failed)
    clipzy("cancel", cancelled)
    said = clipzy("download", failed)
    assert said.code == 4
    assert "the sound cannot be decoded" in said.err
    assert clipzy("download", cancelled).code == 5
    assert clipzy("download", cancelled, "--all").code == 3


@pytest.mark.parametrize("target", ["no/such/folder/out.mp4", "taken/out.mp4"])
def test_download_to_where_nothing_can_be_written(clipzy, service, tmp_path, target):
    """Told in words."""
    (tmp_path / "taken").write_text("a file")
    said = clipzy("download", service.rendered(b"a video"), "-o", target)
    assert said.code == 2
    assert f"{target} cannot be written" in said.err
