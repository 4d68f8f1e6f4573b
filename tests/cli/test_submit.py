"""`clipzy submit`: from files, ids and styles to a job, and to what comes of it."""

import json
import os
import re
import sys

import pytest
import typer.main

from api.rest import STYLE_JSON
from api.test_plans import PLAN
from clients.python.hands import OUTPUT
from clipzy.api.schemas.config import JobConfig
from clipzy.build import build
from clipzy.cli.app import app
from clipzy.cli.job_options import Aspect, Choices
from clipzy.storage.artifacts import to_json
from clipzy.style.plan import EditPlan


def test_submit_uploads_both_files_and_prints_the_job_alone(clipzy, service, clip, other_clip):
    """A script gets the id from stdout; what was sent, and how to go on, is told beside it."""
    said = clipzy("submit", clip, other_clip)
    assert said.code == 0, said.err
    job = service.store.get_job(said.out.strip())
    assert service.store.get_video(job.template_video_id).filename == clip.name
    assert service.store.get_video(job.video_id).filename == other_clip.name
    assert re.search(r"uploaded my \[bold\] clip\.mp4: \d.* in \d:\d\d \(.*/s\)", said.err)
    assert f"clipzy watch {job.job_id}" in said.err


@pytest.mark.parametrize(
    ("more", "artifact", "what"),
    [
        (["{footage}"], "", "the video"),
        ([], " --artifact style.json", "the style"),
        (["{footage}", "--only", "style"], " --artifact style.json", "the style"),
        (["{footage}", "--only", "plan"], " --artifact plan.json", "the plan"),
    ],
    ids=["video", "template-alone", "style", "plan"],
)
def test_submit_says_how_to_fetch_what_the_job_will_end_with(clipzy, service, more, artifact, what):
    """A video only where there will be one."""
    footage = service.add_video()
    said = clipzy("submit", service.add_video(), *(each.format(footage=footage) for each in more))
    assert f"`clipzy download {said.out.strip()}{artifact}` fetches {what}\n" in said.err


def test_the_same_file_is_sent_once(clipzy, service, clip):
    """As template and as footage."""
    job = service.store.get_job(clipzy("submit", clip, clip).out.strip())
    assert job.template_video_id == job.video_id


def test_uploads_are_named_by_their_ids(clipzy, service):
    """Nothing is sent again."""
    template, footage = service.add_video(), service.add_video()
    said = clipzy("submit", template, footage)
    job = service.store.get_job(said.out.strip())
    assert (job.template_video_id, job.video_id) == (template, footage)
    assert "uploaded" not in said.err


def test_options_become_the_config(clipzy, service, tmp_path):
    """Over what the file of --config says."""
    (tmp_path / "config.json").write_text(json.dumps({"quality": "high", "seed": 7}))
    said = clipzy(
        *("submit", service.add_video(), service.add_video(), "--config", "config.json", "--quality", "low"),
        *("--strength", 0.4, "--aspect-ratio", "9:16", "--frame-rate", 24, "--frame-blending"),
        *("--max-height", 720, "--min-height", 480),
        *("--without", "audio", "--without", "pacing", "--only", "plan"),
        *("--priority", 3, "--metadata", "order=4711", "--metadata", "note=a=b"),
        *("--webhook-url", "https://example.com/hook"),
    )
    assert said.code == 0, said.err
    job = service.store.get_job(said.out.strip())
    config = job.config
    assert (config.quality, config.seed, config.strength, config.aspect_ratio) == ("low", 7, 0.4, "9:16")
    assert (config.frame_rate, config.frame_blending, config.render) == (24, True, "plan")
    assert (config.max_height, config.min_height) == (720, 480)
    assert (config.audio, config.pacing, config.color) == (False, False, True)
    assert (job.priority, job.metadata, job.webhook_url) == (
        3,
        {"order": "4711", "note": "a=b"},
        "https://example.com/hook",
    )


def test_the_sound_that_is_heard_is_an_option(clipzy, service):
    """Of `source`, `template` and `mix`; not beside --without audio."""
    said = clipzy("submit", service.add_video(), service.add_video(), "--sound", "mix")
    assert service.store.get_job(said.out.strip()).config.audio == "mix"
    refused = clipzy("submit", service.add_video(), service.add_video(), "--sound", "mix", "--without", "audio")
    assert refused.code == 2
    assert "--without audio" in refused.err


@pytest.mark.parametrize(
    ("options", "pacing", "seconds"),
    [(["--highlights"], "highlights", None), (["--target-duration", 20], "highlights", 20), ([], True, None)],
    ids=["highlights", "with-a-length", "neither"],
)
def test_the_best_moments_alone_are_an_option(clipzy, service, options, pacing, seconds):
    """How long they last implies them; not beside --without pacing."""
    said = clipzy("submit", service.add_video(), service.add_video(), *options)
    config = service.store.get_job(said.out.strip()).config
    assert (config.pacing, config.target_duration_seconds) == (pacing, seconds)
    if options:
        refused = clipzy("submit", service.add_video(), service.add_video(), *options, "--without", "pacing")
        assert refused.code == 2
        assert "--without pacing" in refused.err


def test_a_style_takes_the_place_of_a_template(clipzy, service, tmp_path):
    """A style.json, as a job's artifact has it."""
    (tmp_path / "style.json").write_text(json.dumps(STYLE_JSON))
    job = service.store.get_job(clipzy("submit", "style.json", service.add_video()).out.strip())
    assert job.template_video_id is None
    assert job.config.style.tempo_bpm == 125.0


def test_a_plan_is_rendered_as_it_stands(clipzy, service, tmp_path):
    """A plan.json, as a job's artifact has it; not beside another one."""
    (tmp_path / "plan.json").write_text(json.dumps(PLAN))
    (tmp_path / "config.json").write_text(json.dumps({"plan": PLAN}))
    said = clipzy("submit", service.add_video(), service.add_video(), "--plan", "plan.json")
    assert to_json(EditPlan, service.store.get_job(said.out.strip()).config.plan) == PLAN
    refused = clipzy("submit", "vid_1", "vid_2", "--plan", "plan.json", "--config", "config.json")
    assert refused.code == 2
    assert "config.json names a plan already, beside plan.json" in refused.err


@pytest.mark.parametrize(
    "option",
    [("--quality", "high"), ("--seed", "0"), ("--without", "color"), ("--highlights",)],
    ids=["value", "zero", "list", "flag"],
)
def test_what_a_plan_says_itself_is_refused_beside_it(clipzy, service, tmp_path, option):
    """Since nothing would come of it; what counts beside a plan is taken."""
    (tmp_path / "plan.json").write_text(json.dumps(PLAN))
    asked = ("submit", service.add_video(), service.add_video(), "--plan", "plan.json")
    refused = clipzy(*asked, *option)
    assert refused.code == 2
    assert option[0] in refused.err
    assert "the plan sets this itself" in refused.err.replace("\n", " ")
    taken = clipzy(*asked, "--strength", "0.4", "--only", "plan")
    config = service.store.get_job(taken.out.strip()).config
    assert (config.strength, config.render) == (0.4, "plan")


def test_every_choice_for_a_job_can_be_made_on_the_command_line():
    """The API's `config`, but for `output_format`, of which there is one, and the style, which takes the template's place."""
    assert {*Choices().in_config, *Aspect, "plan", "style", "output_format"} == JobConfig.model_fields.keys()


def test_run_takes_the_choices_of_submit():
    """All but those that only a service can act on."""
    commands = typer.main.get_command(app).commands
    submit, run = ({each.name for each in commands[name].params} for name in ("submit", "run"))
    of_a_service = {"wait", "timeout", "webhook_url", "priority", "metadata", "url", "token", "as_json"}
    assert submit - run == of_a_service
    assert run - submit == {"artifacts"}


def test_footage_may_keep_its_own_style(clipzy, service):
    """The one video that is given is the footage then, whatever template it was uploaded with."""
    footage = service.add_video(template_video_id=service.add_video())
    job = service.store.get_job(clipzy("submit", footage, "--own-style").out.strip())
    assert (job.template_video_id, job.video_id) == (None, footage)


@pytest.mark.usefixtures("hands")
def test_with_an_output_it_waits_and_fetches_the_video(clipzy, service, tmp_path):
    """The file's name is the answer; stages and warnings are told beside it."""
    said = clipzy("submit", service.add_video(), service.add_video(), "-o", "made.mp4")
    assert (said.code, said.out) == (0, "made.mp4\n"), said.err
    assert (tmp_path / "made.mp4").read_bytes() == OUTPUT
    assert "note: the video is short" in said.err
    assert "completed" in said.err


@pytest.mark.usefixtures("hands")
def test_the_output_may_go_to_standard_output(clipzy, service, tmp_path):
    """The video or the style alone, without a line about it; not beside a document."""
    assert clipzy("submit", service.add_video(), service.add_video(), "-o", "-").out.encode() == OUTPUT
    assert "color_grade" in json.loads(clipzy("submit", service.add_video(), "-o", "-").out)
    assert clipzy("submit", service.add_video(), "-o", "-", "--json").document["error"]["code"] == "STDOUT_TAKEN"
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("hands")
@pytest.mark.parametrize(("only", "key"), [("style", "color_grade"), ("plan", "clips")])
def test_an_output_without_a_video_is_the_style_or_the_plan(clipzy, service, hands, tmp_path, only, key):
    """Whatever the job ends with."""
    hands.plan["clips"] = []
    said = clipzy("submit", service.add_video(), service.add_video(), "--only", only, "-o", "made.json")
    assert said.code == 0, said.err
    assert key in json.loads((tmp_path / "made.json").read_text())


@pytest.mark.usefixtures("hands")
def test_json_is_the_result_and_where_it_was_written(clipzy, service):
    """One document on stdout."""
    document = clipzy("submit", service.add_video(), "-o", "style.json", "--json").document
    assert document["status"] == "completed"
    assert document["style_json"]["tempo_bpm"] == 125.0
    assert document["written_to"] == "style.json"


def test_an_output_that_cannot_be_written_is_told_before_the_work(clipzy, service):
    """Nothing is uploaded and no job made."""
    before = service.store.list_jobs(1, 1).total
    said = clipzy("submit", service.add_video(), "-o", "no/such/folder/made.mp4")
    assert said.code == 2
    assert "no/such/folder" in said.err
    assert service.store.list_jobs(1, 1).total == before


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (["-o", "style.mp4"], "a json"),
        (["{1}", "-o", "out.avi"], "an mp4"),
        (["{1}", "-o", "out.mp4", "--only", "plan"], "a json"),
        (["{1}", "-o", "out.mp4", "--config", "no-video.json"], "a json"),
    ],
    ids=["style-alone", "no-mp4", "plan", "config"],
)
def test_an_output_named_as_another_kind_of_file_is_told_before_the_work(
    clipzy, service, clip, other_clip, tmp_path, arguments, kind
):
    """As `clipzy run` does: nothing is uploaded, and nothing written."""
    (tmp_path / "no-video.json").write_text(json.dumps({"render": False}))
    before = service.store.list_videos(1, 1).total
    said = clipzy("submit", clip, *(each.format(clip, other_clip) for each in arguments))
    assert said.code == 2
    assert f"the output is {kind}: give it such a name, not {arguments[arguments.index('-o') + 1]}" in said.err
    assert service.store.list_videos(1, 1).total == before
    assert [each.name for each in tmp_path.iterdir()] == ["no-video.json"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nothing.mp4"], 3, "there is no file nothing.mp4"),
        (["."], 2, "is a folder"),
        (["vid_1", "--metadata", "order"], 2, "--metadata order is not key=value"),
        (["vid_1", "--config", "config.json"], 2, "is not readable as a job's config"),
        (["vid_1", "--config", "list.json"], 2, "is a JSON object"),
        (["vid_1", "vid_2", "--own-style"], 2, "--own-style takes a single video"),
        (["style.json"], 2, "a style needs footage"),
        (["style.json", "vid_1", "--config", "styled.json"], 2, "names a style already"),
        (["vid_1", "--strength", "3"], 2, "less than or equal to 1"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_wrong_is_told_without_asking_the_service(clipzy, tmp_path, monkeypatch, arguments, code, words):
    """Wrong use in words, with the code for it."""
    monkeypatch.setenv("CLIPZY_URL", "http://127.0.0.1:1")
    (tmp_path / "config.json").write_text("{")
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "styled.json").write_text('{"style": {}}')
    (tmp_path / "style.json").write_text("{}")
    said = clipzy("submit", *arguments)
    assert said.code == code
    assert words in " ".join(said.err.replace("│", " ").split())


def test_what_the_service_does_not_accept_is_named_field_by_field(clipzy, service, tmp_path):
    """Its own words, one line a field."""
    (tmp_path / "config.json").write_text(json.dumps({"quality": "best", "colour": True}))
    said = clipzy("submit", service.add_video(), "--config", "config.json")
    assert said.code == 2
    assert "config.quality" in said.err
    assert "config.colour" in said.err


def test_the_same_work_twice_names_the_job_that_does_it(clipzy, service):
    """Refused, with the way to follow that one."""
    video = service.add_video()
    job_id = clipzy("submit", video).out.strip()
    said = clipzy("submit", video)
    assert said.code == 7
    assert job_id in said.err
    assert "clipzy watch" in said.err


@pytest.mark.usefixtures("service")
def test_of_two_files_the_one_that_is_refused_is_named(clipzy, clip, tmp_path):
    """With the code that programs look at."""
    (tmp_path / "notes.mp4").write_text("these are notes\n" * 100)
    said = clipzy("submit", clip, tmp_path / "notes.mp4", "--json")
    assert said.code == 2
    assert said.document["error"]["code"] == "UNSUPPORTED_FORMAT"
    assert said.document["error"]["message"].startswith(
        f"{tmp_path / 'notes.mp4'}: the content is not an accepted video container"
    )


def test_the_version_can_be_asked_as_everywhere(clipzy):
    """Before any command, and with the id of the code."""
    said = clipzy("--version")
    assert (said.code, said.out.strip()) == (0, build())


def test_a_name_that_is_no_utf_8_stops_nobody(clipzy, service, clip, tmp_path):
    """The engine is told it with another sign in place of what no text holds."""
    path = tmp_path / os.fsdecode(b"bad\xff.mp4")
    path.write_bytes(clip.read_bytes())
    sys.stderr.reconfigure(errors="backslashreplace")  # as Python's own has it
    said = clipzy("submit", path)
    assert said.code == 0, said.err
    assert service.store.get_video(service.store.get_job(said.out.strip()).template_video_id).filename == "bad?.mp4"
