"""Edit plans that clients give back: taken as they came or edited, and refused by name where they cannot be rendered."""

import copy
from fractions import Fraction

import pytest

import measured
from api.rest import data, error
from clipzy.storage.artifacts import to_json
from clipzy.style.apply import build_plan
from clipzy.style.config import JobConfig
from clipzy.style.plan import EditPlan

PLAN = to_json(
    EditPlan,
    build_plan(measured.style(cut_frequency=12.0), measured.measurements(measured.video(shots=1)), JobConfig()),
)


def changed(*path, to):
    """The plan with another value in one place."""
    plan = copy.deepcopy(PLAN)
    at = plan
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = to
    return plan


def submit(service, plan, **body):
    """Ask for a job with that plan on a video of 60.5 s."""
    return service.client.post(
        "/api/v1/jobs",
        json={
            "video_id": service.add_video(),
            "template_video_id": service.add_video(),
            "config": {"plan": plan},
            **body,
        },
    )


def test_a_plan_is_taken_as_the_engine_made_it(service):
    """And stands in the job's config, to the last fraction."""
    job_id = data(submit(service, PLAN))["job_id"]
    assert to_json(EditPlan, service.store.get_job(job_id).config.plan) == PLAN


def test_a_plan_of_which_nothing_would_come_is_refused(service):
    """A job that ends with the style passed over it in silence; one that ends with a plan gives it back, checked, with its looks and timelines."""
    answer = submit(service, PLAN, config={"plan": PLAN, "render": False})
    (field,) = error(answer, 422, "VALIDATION_ERROR")["fields"]
    assert field["field"] == "config.plan"
    assert "ends before rendering" in field["message"]
    job_id = data(submit(service, PLAN, config={"plan": PLAN, "render": "plan"}))["job_id"]
    assert service.store.get_job(job_id).config.render == "plan"


def test_choices_that_a_plan_makes_itself_are_named_by_a_warning(service):
    """One warning for all; none for what counts, nor for what was left as it is by default."""

    def told(plan, **config):
        job_id = data(submit(service, plan, config={"plan": plan, **config}))["job_id"]
        return service.store.get_job(job_id).warnings

    assert PLAN["looks"]
    assert told(PLAN, quality="medium", strength=0.4, color=True) == ()
    (warning,) = told(PLAN, quality="high", color=False, max_height=720, strength=0.5)
    assert warning.endswith("have no effect: config.quality, config.color, config.max_height")
    colourless = changed("looks", to=[])
    for clip in colourless["clips"]:
        clip["look"] = None
    (warning,) = told(colourless, strength=0.4)
    assert warning.endswith("have no effect: config.strength")


def test_a_transition_can_be_put_in(service):
    """Where the footage runs on, of any kind."""
    wipe = {"type": "wipe", "duration_ms": 400, "easing": "ease-out"}
    job_id = data(submit(service, changed("clips", 1, "transition_in", to=wipe)))["job_id"]
    assert service.store.get_job(job_id).config.plan.clips[1].transition_in.duration_ms == 400


def test_only_a_fade_goes_through_white(service):
    """A dissolve that would is refused with the reason."""
    plan = changed("clips", 1, "dips_to", to="white")
    for kind in ("dissolve", "fade"):
        plan["clips"][1]["transition_in"] = {"type": kind, "duration_ms": 400, "easing": "linear"}
        answer = submit(service, plan)
        if kind == "fade":
            assert service.store.get_job(data(answer)["job_id"]).config.plan.clips[1].dips_to == "white"
        else:
            assert "a fade alone goes through white" in str(error(answer, 422, "VALIDATION_ERROR"))


def test_only_wipes_and_slides_are_given_a_direction(service):
    """A dissolve that goes up is refused with the reason; so is a way that there is not."""
    plan = changed("clips", 1, "direction", to="up")
    for kind in ("dissolve", "slide"):
        plan["clips"][1]["transition_in"] = {"type": kind, "duration_ms": 400, "easing": "linear"}
        answer = submit(service, plan)
        if kind == "slide":
            assert service.store.get_job(data(answer)["job_id"]).config.plan.clips[1].direction == "up"
        else:
            assert "only a wipe or a slide goes up" in str(error(answer, 422, "VALIDATION_ERROR"))
    plan["clips"][1]["direction"] = "sideways"
    assert "direction" in str(error(submit(service, plan), 422, "VALIDATION_ERROR"))


KEY = {"at": "1/2", "crop": {"x": 0.1, "y": 0.1, "width": 0.9, "height": 0.9}}


def test_a_crop_can_be_made_to_move(service):
    """By keys, in exact seconds since the start of its clip."""
    plan = changed("clips", 0, "crop_path", to=[KEY])
    plan["clips"][0]["crop"] = {"x": 0.0, "y": 0.0, "width": 1.0, "height": 1.0}
    (key,) = service.store.get_job(data(submit(service, plan))["job_id"]).config.plan.clips[0].crop_path
    assert (key.at, key.crop.width) == (Fraction(1, 2), 0.9)


def test_a_plan_of_old_times_is_still_one(service):
    """It says nothing of crops that move and pictures that are slowed, and none are; nor what its fades go through, which is black, nor of directions."""
    plan = copy.deepcopy(PLAN)
    for clip in plan["clips"]:
        del clip["crop_path"]
        del clip["slowed"]
        del clip["dips_to"]
        del clip["direction"]
    job_id = data(submit(service, plan))["job_id"]
    clips = service.store.get_job(job_id).config.plan.clips
    assert all(
        (clip.crop_path, clip.slowed, clip.dips_to, clip.direction) == ((), None, "black", None) for clip in clips
    )


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (KEY | {"at": "100"}, "within its clip"),
        (KEY | {"crop": KEY["crop"] | {"width": 0.5}}, "shape"),
        (KEY | {"crop": KEY["crop"] | {"x": 0.2}}, "inside the picture"),
    ],
    ids=["after the clip", "another shape", "outside"],
)
def test_a_path_that_cannot_be_gone_is_refused(key, words, service):
    """With the reason."""
    found = error(submit(service, changed("clips", 0, "crop_path", to=[key])), 422, "VALIDATION_ERROR")
    assert words in str(found)


def test_a_transition_needs_footage_beyond_its_clips(service):
    """Half of it after the end of the clip before; a fade needs none."""
    apart = changed("clips", 0, "source", "end", to="60")
    apart["clips"][1] |= {"source": {"start": "10", "end": "20"}}
    for kind, refused in (("dissolve", True), ("fade", False)):
        apart["clips"][1]["transition_in"] = {"type": kind, "duration_ms": 4000, "easing": "linear"}
        answer = submit(service, apart)
        if refused:
            fields = error(answer, 422, "VALIDATION_ERROR")["fields"]
            assert [each["field"] for each in fields] == ["config.plan.clips.1.transition_in"]
        else:
            data(answer)


def test_pictures_can_be_slowed_where_the_footage_has_no_more(service):
    """For a transition at a cut of its own; not without one, nor to a crawl."""
    plan = changed("clips", 1, "transition_in", to={"type": "dissolve", "duration_ms": 400, "easing": "linear"})
    plan["clips"][1]["slowed"] = {"before_s": "1/2", "after_s": "1/3"}
    clip = service.store.get_job(data(submit(service, plan))["job_id"]).config.plan.clips[1]
    assert (clip.slowed.before_s, clip.slowed.after_s) == (Fraction(1, 2), Fraction(1, 3))
    plan["clips"][1]["slowed"]["after_s"] = "1/10"
    assert "half of their speed" in str(error(submit(service, plan), 422, "VALIDATION_ERROR"))
    plan["clips"][1]["transition_in"] = None
    assert "comes out of none" in str(error(submit(service, plan), 422, "VALIDATION_ERROR"))


def test_a_job_can_end_with_its_plan(service):
    """Its five stages lead to 100; there is no output."""
    body = {"video_id": service.add_video(), "template_video_id": service.add_video(), "config": {"render": "plan"}}
    job_id = data(service.client.post("/api/v1/jobs", json=body))["job_id"]
    assert [stage.value for stage in service.store.get_job(job_id).stages][-1] == "style_application"
    service.finish_extraction(job_id)
    service.complete(job_id)
    refused = service.client.get(f"/api/v1/jobs/{job_id}/output")
    assert "ends with style_application" in error(refused, 404, "NOT_FOUND")["detail"]


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        (changed("version", to="2"), "config.plan.version"),
        (changed("clips", to=[]), "config.plan.clips"),
        (changed("clips", 0, "source", "end", to="0"), "config.plan.clips.0.source"),
        (changed("clips", 0, "source", "start", to="1/0"), "config.plan.clips.0.source.start"),
        (changed("clips", 0, "source", "start", to="-1"), "config.plan.clips.0.source.start"),
        (changed("clips", 0, "source", "start", to=0.5), "config.plan.clips.0.source.start"),
        (changed("clips", 0, "crop", "x", to=0.9), "config.plan.clips.0.crop"),
        (changed("clips", 0, "crop", "width", to=0), "config.plan.clips.0.crop.width"),
        (changed("clips", 0, "transition_in", to={"type": "wipe", "duration_ms": 400}), "config.plan"),
        (changed("clips", 1, "transition_in", to={"type": "wipe", "duration_ms": 60000}), "config.plan"),
        (changed("clips", 1, "transition_in", to={"type": "wipe", "duration_ms": 0}), "config.plan"),
        (
            changed("clips", 1, "transition_in", to={"type": "morph", "duration_ms": 400}),
            "config.plan.clips.1.transition_in.type",
        ),
        (changed("clips", 7, "source", "end", to="70"), "config.plan.clips.7.source.end"),
        (changed("looks", 0, "name", to="../secret.cube"), "config.plan.looks.0.name"),
        (changed("looks", 0, "shots", to=[-1]), "config.plan.looks.0.shots.0"),
        (changed("looks", to=[{"name": "lut.cube"}] * 2), "config.plan"),
        (changed("looks", to=[]), "config.plan"),
        (changed("clips", 0, "look", to="lut-2.cube"), "config.plan"),
        (changed("clips", 0, "look", to=True), "config.plan.clips.0.look"),
        (changed("audio", "compression_ratio", to=0.5), "config.plan.audio.compression_ratio"),
        (changed("audio", "true_peak_ceiling_dbtp", to=3), "config.plan.audio.true_peak_ceiling_dbtp"),
        (changed("output", "width", to=1921), "config.plan.output.width"),
        (changed("output", "frame_rate", to="1001"), "config.plan.output"),
        (changed("output", "frame_rate", to="60000000001/1000000000"), "config.plan.output"),
        (changed("output", "preset", to="placebo -f null"), "config.plan.output.preset"),
        (changed("output", "video_codec", to="gif"), "config.plan.output.video_codec"),
        (changed("output", "bitrate", to=5), "config.plan.output.bitrate"),
    ],
)
def test_what_cannot_be_rendered_is_named(service, plan, field):
    """422 with the path into the plan."""
    refused = error(submit(service, plan), 422, "VALIDATION_ERROR")
    assert [each["field"] for each in refused["fields"]] == [field]


def test_a_look_needs_colours_to_come_from(service):
    """Without a template and a style there are none."""
    refused = error(submit(service, PLAN, template_video_id=None), 422, "VALIDATION_ERROR")
    assert [each["field"] for each in refused["fields"]] == ["config.plan.looks"]


def test_a_plan_needs_footage(service):
    """A template alone has nothing to be cut."""
    refused = error(submit(service, PLAN, video_id=None), 422, "MISSING_FIELD")
    assert [each["field"] for each in refused["fields"]] == ["video_id"]


def test_a_plan_has_a_longest_length(own_service):
    """The footage shown over and over is bounded as uploads are."""
    plan = changed("clips", to=PLAN["clips"][:1] * 100)
    with own_service(max_duration_s=300.0) as service:
        refused = error(submit(service, plan), 422, "VALIDATION_ERROR")
    assert [each["field"] for each in refused["fields"]] == ["config.plan.clips"]


SOUNDTRACK = {
    "stretches": [
        {"template": {"start": "0", "end": "8"}, "crossfade_s": "0", "reason": ""},
        {"template": {"start": "1/2", "end": "8"}, "crossfade_s": "3/100", "reason": ""},
    ],
    "gain_db": -3.5,
    "footage_gain_db": 0.0,
    "ducking": {
        "spans": [{"start": "1", "end": "3"}],
        "depth_db": 14.0,
        "attack_s": "3/10",
        "release_s": "4/5",
        "reason": "",
    },
    "fade_out_s": "2",
    "reason": "",
}


def test_a_soundtrack_is_taken_as_it_came(service):
    """To the last fraction."""
    job_id = data(submit(service, {**PLAN, "soundtrack": SOUNDTRACK}))["job_id"]
    assert to_json(EditPlan, service.store.get_job(job_id).config.plan)["soundtrack"] == SOUNDTRACK


def test_a_plan_without_a_word_of_a_soundtrack_is_one_without(service):
    """As older clients keep them."""
    plan = {key: value for key, value in PLAN.items() if key != "soundtrack"}
    assert service.store.get_job(data(submit(service, plan))["job_id"]).config.plan.soundtrack is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"stretches": []}, "config.plan.soundtrack.stretches"),
        ({"stretches": SOUNDTRACK["stretches"][1:]}, "config.plan"),
        ({"gain_db": 90}, "config.plan.soundtrack.gain_db"),
        ({"fade_out_s": "-1"}, "config.plan.soundtrack.fade_out_s"),
        ({"ducking": {**SOUNDTRACK["ducking"], "attack_s": "0"}}, "config.plan"),
        (
            {"ducking": {**SOUNDTRACK["ducking"], "spans": [{"start": "3", "end": "1"}]}},
            "config.plan.soundtrack.ducking.spans.0",
        ),
        ({"volume": 11}, "config.plan.soundtrack.volume"),
    ],
)
def test_a_soundtrack_that_cannot_be_played_is_refused(service, changes, field):
    """By the name of what is wrong."""
    answer = submit(service, {**PLAN, "soundtrack": {**SOUNDTRACK, **changes}})
    assert field in [each["field"] for each in error(answer, 422, "VALIDATION_ERROR")["fields"]]


def test_a_soundtrack_needs_a_template_and_audio(service):
    """There is nothing to be heard without the one, and nothing is heard without the other."""
    plan = {**PLAN, "looks": [], "clips": [{**clip, "look": None} for clip in PLAN["clips"]], "soundtrack": SOUNDTRACK}
    alone = submit(service, plan, template_video_id=None)
    assert error(alone, 422, "VALIDATION_ERROR")["fields"][0]["field"] == "config.plan.soundtrack"
    silent = submit(service, {**plan, "audio": None})
    assert "without audio" in error(silent, 422, "VALIDATION_ERROR")["detail"]
