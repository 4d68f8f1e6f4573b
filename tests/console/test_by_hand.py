"""The console by mouse and keys, on a real API whose jobs are brought to their ends by hand."""

from __future__ import annotations

import json
import re
import shlex

import pytest
from playwright.sync_api import Page, expect

from api.rest import STYLE_JSON
from api.test_plans import PLAN
from clipzy.api.schemas.config import JobConfig
from clipzy.jobs.lifecycle import Stage, Status
from clipzy.tokens import Scope, new_token
from console.patience import waits_until
from console.shelf import shelve


def choose(page: Page, role: str, name: str) -> None:
    """Take a video of the library as template or footage."""
    page.get_by_role("button", name=f"Use {name} as {role}").click()


def keep_notes(page: Page) -> None:
    """Let what is said in passing stay."""
    page.evaluate("window.setTimeout = () => 0")


def status_of(service, page):
    """What the API says of the job that the page shows."""
    return service.store.get_job(re.search(r"job_[\w-]+", page.url)[0]).status


def test_an_upload_fills_the_place_it_was_chosen_for(service, visit, clip):
    """And lies in the library, with a picture of it, for the next time."""
    page = visit(service.url)
    expect(page.get_by_role("button", name="Start")).to_be_disabled()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file as template").click()
    chooser.value.set_files(clip)
    template = page.get_by_role("region", name="Template")
    expect(template.get_by_text("holiday.mp4")).to_be_visible()
    expect(page.get_by_role("button", name="Use holiday.mp4 as template")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".video img")).to_have_js_property("naturalWidth", 160)
    expect(page.locator(".summary")).to_have_text("The Style DNA of holiday.mp4 will be read.")
    expect(page.get_by_role("button", name="Start")).to_be_enabled()
    page.get_by_role("button", name="Take holiday.mp4 out as template").press("Enter")
    expect(page.get_by_role("button", name="Choose a file as template")).to_be_focused()
    expect(page.get_by_role("button", name="Start")).to_be_disabled()


def test_files_can_be_dropped(service, visit, clip):
    """On a place of the form; two of them fill it, and the library."""
    page = visit(service.url)
    drop = """([element, bytes]) => {
        const files = ["one.mp4", "two.mp4"].map((name) => new File([new Uint8Array(bytes)], name));
        const transfer = new DataTransfer();
        for (const file of files) transfer.items.add(file);
        for (const type of ["dragenter", "dragover", "drop"]) {
          element.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
        }
    }"""
    footage = page.get_by_role("region", name="Footage")
    page.evaluate(drop, [footage.element_handle(), list(clip.read_bytes())])
    expect(footage.get_by_text("one.mp4")).to_be_visible()
    expect(page.locator(".video")).to_have_count(2)
    expect(page.locator(".over")).to_have_count(0)


def test_a_folder_that_is_dropped_is_told_to_be_none_of_the_files(service, visit, clip, tmp_path):
    """It is not sent as one that cannot be read; the files beside it are."""
    (tmp_path / "folder").mkdir()
    page = visit(service.url)
    box = page.get_by_role("region", name="Footage").bounding_box()
    where = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    data = {"items": [], "files": [str(tmp_path / "folder"), str(clip)], "dragOperationsMask": 1}
    cdp = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        cdp.send("Input.dispatchDragEvent", {"type": kind, **where, "data": data})
    expect(page.locator(".note")).to_contain_text("Folders cannot be uploaded.")
    expect(page.get_by_role("region", name="Footage").get_by_text("holiday.mp4")).to_be_visible()
    expect(page.locator(".upload")).to_have_count(0)


def test_a_file_that_misses_every_place_does_not_take_the_page_away(service, visit):
    """A browser opens what nobody takes: on the bar, beside the content, on a page without a place for files."""
    drop = """element => {
        const transfer = new DataTransfer();
        transfer.items.add(new File(["video"], "one.mp4"));
        return ["dragover", "drop"].map((type) => {
          const event = new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true });
          element.dispatchEvent(event);
          return event.defaultPrevented;
        });
    }"""
    page = visit(service.url)
    for place in (".bar", "body"):
        assert page.locator(place).evaluate(drop) == [True, True]
    page.get_by_role("link", name="Jobs", exact=True).click()
    page.get_by_role("heading", name="Jobs").wait_for()
    assert page.locator("main").evaluate(drop) == [True, True]
    expect(page.locator(".upload")).to_have_count(0)


def test_a_file_that_is_no_video_is_refused_in_words(service, visit, tmp_path):
    """The engine's own, beside the file's name; the form goes on."""
    (tmp_path / "notes.mp4").write_text("these are notes\n" * 100)
    page = visit(service.url, allowed="422")
    page.locator("input[name=template]").set_input_files(tmp_path / "notes.mp4")
    failed = page.locator(".upload.failed")
    expect(failed.get_by_role("alert")).to_have_text(
        "The content is not an accepted video container; send mp4, mov, avi, mkv or webm."
    )
    expect(failed).to_contain_text("notes.mp4")
    failed.get_by_role("button", name="Dismiss").click()
    expect(failed).to_have_count(0)
    assert service.store.list_videos(1, 10).total == 0


def large_video(clip, folder):
    """The clip, made 60 MB long by a box that players pass over."""
    large = folder / "large.mp4"
    large.write_bytes(clip.read_bytes() + (60_000_000).to_bytes(4) + b"free" + bytes(60_000_000 - 8))
    return large


def send_slowly(page):
    """Let the page send so slowly that an upload is on its way for minutes; what comes back is called with other bytes a second, -1 for any."""
    cdp = page.context.new_cdp_session(page)

    def limit(sent):
        conditions = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": sent}
        cdp.send("Network.emulateNetworkConditions", conditions)

    limit(400_000)
    return limit


def test_an_upload_shows_how_far_it_is_and_can_be_stopped(service, visit, clip, tmp_path):
    """Nothing of it stays."""
    large = large_video(clip, tmp_path)
    page = visit(service.url, allowed="ERR_ABORTED|ERR_FAILED")
    send_slowly(page)
    page.locator("input[name=footage]").set_input_files(large)
    expect(page.locator(".upload")).to_contain_text(re.compile(r"[1-9]\d? % of 60"))
    page.locator(".upload").get_by_role("button", name="Cancel").click()
    expect(page.locator(".upload")).to_have_count(0)
    assert service.store.list_videos(1, 10).total == 0


def test_an_upload_goes_on_in_sight_while_other_pages_are_looked_at(service, visit, clip, tmp_path):
    """It can be stopped on each, and in the end fills the place it was chosen for."""
    large = large_video(clip, tmp_path)
    page = visit(service.url, allowed="ERR_ABORTED|ERR_FAILED")
    limit = send_slowly(page)
    page.locator("input[name=template]").set_input_files(large)
    page.locator("input[name=footage]").set_input_files(large)
    expect(page.locator(".upload")).to_have_count(2)
    page.get_by_role("link", name="Jobs", exact=True).click()
    expect(page.get_by_role("heading", name="Jobs")).to_be_visible()
    page.locator(".upload").first.get_by_role("button", name="Cancel").click()
    expect(page.locator(".upload")).to_have_count(1)
    page.get_by_role("link", name="New job").click()
    expect(page.locator("form .upload")).to_have_count(1)
    page.get_by_role("link", name="Jobs", exact=True).click()
    expect(page.get_by_role("heading", name="Jobs")).to_be_visible()
    limit(-1)
    expect(page.locator(".upload")).to_have_count(0)
    page.get_by_role("link", name="New job").click()
    expect(page.get_by_role("region", name="Footage").get_by_text("large.mp4")).to_be_visible()
    expect(page.get_by_role("button", name="Choose a file as template")).to_be_visible()
    expect(page.locator(".video")).to_have_count(1)


def test_a_tab_with_an_upload_is_not_closed_without_a_question(service, visit, clip, tmp_path):
    """Once it is sent, or stopped, there is nothing to lose."""
    large = large_video(clip, tmp_path)
    page = visit(service.url, allowed="ERR_ABORTED|ERR_FAILED")
    send_slowly(page)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    with page.expect_file_chooser() as chooser:  # browsers ask only where somebody has clicked
        page.get_by_role("button", name="Choose a file as footage").click()
    chooser.value.set_files(large)
    expect(page.locator(".upload")).to_contain_text(re.compile(r"[1-9]\d? % of 60"))
    page.evaluate("location.href = '/docs'")
    waits_until(lambda: asked == ["beforeunload"], page)
    page.locator(".upload").get_by_role("button", name="Cancel").click()
    expect(page.locator(".upload")).to_have_count(0)
    page.evaluate("location.href = '/docs'")
    expect(page).to_have_url(f"{service.url}/docs")
    assert asked == ["beforeunload"]


def test_a_video_is_deleted_once_that_was_confirmed(service, visit, clip):
    """Not by Escape; where a job uses it the engine's refusal is told."""
    shelve(service, clip)
    page = visit(service.url)
    choose(page, "footage", "holiday.mp4")
    for picture in (page.locator(".slot img"), page.locator(".card img")):  # one still being made would be missed later
        expect(picture).to_have_js_property("naturalWidth", 160)
    bin_ = page.get_by_role("button", name="Delete holiday.mp4")
    bin_.click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".video")).to_have_count(1)
    bin_.click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator(".video")).to_have_count(0)
    expect(page.get_by_role("button", name="Start")).to_be_disabled()
    assert service.store.list_videos(1, 10).total == 0


def test_a_video_in_use_stays(service, visit, clip):
    """With the reason, and the way to the job, until that is dismissed; it is not said twice."""
    job_id = service.add_job(video_id=shelve(service, clip))
    page = visit(service.url, allowed="409")
    page.clock.install()
    page.reload()
    note = page.locator(".note")
    for _ in range(2):
        page.get_by_role("button", name="Delete holiday.mp4").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(note).to_contain_text("holiday.mp4 cannot be deleted: a job still uses it.")
        page.clock.run_for(6000)
    expect(note).to_have_count(1)
    expect(note.get_by_role("link", name="Show the job")).to_have_attribute("href", f"#/jobs/{job_id}")
    note.get_by_role("button", name="Dismiss").press("Enter")
    expect(note).to_have_count(0)
    expect(page.locator("main")).to_be_focused()
    expect(page.locator(".video")).to_have_count(1)


def test_a_video_that_was_deleted_elsewhere_is_no_choice_any_more(service, visit, clip, tmp_path):
    """It is named, and leaves its place and the library; to delete it once more is no mistake."""
    (tmp_path / "other.mp4").write_bytes(clip.read_bytes())
    template, other = shelve(service, clip), shelve(service, tmp_path / "other.mp4")
    page = visit(service.url, allowed="404")
    choose(page, "template", "holiday.mp4")
    choose(page, "footage", "other.mp4")
    for video_id in (template, other):
        service.client.delete(f"/api/v1/videos/{video_id}").raise_for_status()
    page.get_by_role("button", name="Start").click()
    problem = page.locator(".problem")
    expect(problem).to_have_text(re.compile(r"^\w+\.mp4 was deleted meanwhile. Choose another video.$"))
    expect(page.locator(".video")).to_have_count(1)
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".video")).to_have_count(0)
    expect(page.locator(".slot.filled")).to_have_count(0)
    expect(page.get_by_role("button", name="Start")).to_be_disabled()


def test_the_form_asks_for_what_was_chosen(service, visit, clip):
    """What was left as it was is not sent."""
    video_id = shelve(service, clip)
    page = visit(service.url)
    choose(page, "template", "holiday.mp4")
    choose(page, "footage", "holiday.mp4")
    page.get_by_text("Framing", exact=True).click()
    page.get_by_text("Best", exact=True).click()
    page.get_by_role("group", name="Sound heard").get_by_text("Both", exact=True).click()
    page.get_by_text("Advanced").click()
    page.get_by_label("Shape", exact=True).select_option("9:16")
    page.get_by_label("Greatest height").fill("720")
    with page.expect_request("**/api/v1/jobs") as sent:
        page.get_by_role("button", name="Start").click()
    assert json.loads(sent.value.post_data) == {
        "template_video_id": video_id,
        "video_id": video_id,
        "config": {"framing": False, "audio": "mix", "quality": "high", "aspect_ratio": "9:16", "max_height": 720},
    }
    page.wait_for_url(re.compile("#/jobs/job_"))
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()


def test_choices_are_there_again_after_back_and_the_next_job_begins_with_none(service, visit, clip, tmp_path):
    """Files too; those for a job that is not started yet wait while other pages are looked at."""
    shelve(service, clip)
    (tmp_path / "style.json").write_text(json.dumps(STYLE_JSON))
    page = visit(service.url)
    choose(page, "footage", "holiday.mp4")
    page.get_by_text("Best", exact=True).click()
    page.get_by_text("Advanced").click()
    page.get_by_label("Seed").fill("4242")
    page.get_by_label("Style DNA", exact=True).set_input_files(tmp_path / "style.json")
    footage, seed = page.get_by_role("region", name="Footage"), page.get_by_label("Seed")
    page.get_by_role("link", name="Jobs", exact=True).click()
    expect(page.get_by_role("heading", name="Jobs")).to_be_visible()
    page.get_by_role("link", name="New job").click()
    expect(seed).to_have_value("4242")
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/#/jobs/job_*")
    expect(page.locator(".progress")).to_be_visible()
    page.go_back()
    expect(footage.get_by_text("holiday.mp4")).to_be_visible()
    expect(seed).to_have_value("4242")
    expect(page.get_by_role("radio", name="Best", exact=True)).to_be_checked()
    expect(page.locator(".summary")).to_have_text("holiday.mp4 will be rendered in the style of the file.")
    expect(page.get_by_role("button", name="Start")).to_be_enabled()
    page.go_forward()
    expect(page.locator(".progress")).to_be_visible()
    page.get_by_role("link", name="New job").click()
    expect(page.get_by_role("button", name="Choose a file as footage")).to_be_visible()
    expect(seed).to_have_value("")


def test_back_leads_to_no_other_jobs_choices(service, visit, clip):
    """Those made before the page was loaded anew are gone; whatever was chosen since is not put in their place."""
    shelve(service, clip)
    page = visit(service.url)
    for role in ("template", "footage"):
        choose(page, role, "holiday.mp4")
        page.get_by_role("button", name="Start").click()
        page.wait_for_url("**/#/jobs/job_*")
        expect(page.locator(".progress")).to_be_visible()
        if role == "template":
            page.reload()
            expect(page.locator(".progress")).to_be_visible()
            page.get_by_role("link", name="New job").click()
    page.go_back()
    expect(page.get_by_role("region", name="Footage").get_by_text("holiday.mp4")).to_be_visible()
    page.go_back()
    expect(page.locator(".progress")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("button", name="Choose a file as template")).to_be_visible()
    expect(page.get_by_role("button", name="Choose a file as footage")).to_be_visible()


def test_every_choice_for_a_job_can_be_made_in_the_form(service, visit, clip, tmp_path):
    """The API's `config`, but for `output_format`, of which there is one."""
    shelve(service, clip)
    (tmp_path / "style.json").write_text(json.dumps(STYLE_JSON))
    (tmp_path / "plan.json").write_text(json.dumps(PLAN))
    page = visit(service.url, allowed="ERR_FAILED")
    choose(page, "footage", "holiday.mp4")
    page.get_by_text("Advanced").click()
    for name in ("Colours", "Transitions", "Motion", "Framing", "Blend frames"):
        page.locator(".toggle").get_by_text(name, exact=True).click()
    for group, words in (("Sound heard", "Both"), ("Keep of the footage", "Best moments"), ("Make", "Edit plan only")):
        page.get_by_role("group", name=group).get_by_text(words, exact=True).click()
    page.get_by_role("group", name="Quality").get_by_text("Draft").click()
    page.get_by_label("Strength of the colours").fill("0.5")
    page.get_by_label("Shape", exact=True).select_option("1:1")
    page.get_by_label("Frame rate", exact=True).select_option("60")
    for label, value in (
        ("Greatest height", "480"),
        ("Least height", "144"),
        ("Length of the best moments", "12.5"),
        ("Seed", "7"),
    ):
        page.get_by_label(label).fill(value)
    page.get_by_label("Style DNA", exact=True).set_input_files(tmp_path / "style.json")
    page.get_by_label("Edit plan", exact=True).set_input_files(tmp_path / "plan.json")
    expect(page.locator(".summary")).to_have_text("holiday.mp4 will get an edit plan in the style of the file.")
    page.route("**/api/v1/jobs", lambda route: route.abort())
    with page.expect_request("**/api/v1/jobs") as sent:
        page.get_by_role("button", name="Start").click()
    config = json.loads(sent.value.post_data)["config"]
    assert config.keys() == JobConfig.model_fields.keys() - {"output_format"}
    assert JobConfig.model_validate_json(json.dumps(config)).frame_blending
    assert (config["audio"], config["pacing"], config["target_duration_seconds"]) == ("mix", "highlights", 12.5)
    assert (config["style"], config["plan"]) == (STYLE_JSON, PLAN)


def test_a_choice_that_another_one_makes_void_cannot_be_made(service, visit):
    """No sound is chosen where it is kept as it is, no length of moments where all is shown."""
    page = visit(service.url)
    page.get_by_text("Advanced").click()
    length, sound = page.get_by_label("Length of the best moments"), page.get_by_role("radio", name="Both")
    expect(length).to_be_disabled()
    page.get_by_text("Best moments", exact=True).click()
    expect(length).to_be_enabled()
    page.get_by_text("Rhythm", exact=True).click()
    expect(length).to_be_disabled()
    expect(page.get_by_role("radio", name="Best moments")).to_be_disabled()
    expect(sound).to_be_enabled()
    page.get_by_text("Sound", exact=True).click()
    expect(sound).to_be_disabled()


@pytest.mark.parametrize(("text", "what"), [("{clips", "JSON"), ("null", "a JSON object"), ("[]", "a JSON object")])
def test_a_file_that_is_no_json_is_told_at_its_field(service, visit, clip, tmp_path, text, what):
    """Nor is one without an object; nothing is sent."""
    shelve(service, clip)
    (tmp_path / "plan.json").write_text(text)
    page = visit(service.url)
    choose(page, "footage", "holiday.mp4")
    page.get_by_text("Advanced").click()
    page.get_by_label("Edit plan", exact=True).set_input_files(tmp_path / "plan.json")
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".problem")).to_have_text(f"Edit plan: plan.json is not {what}.")
    expect(page.get_by_label("Edit plan", exact=True)).to_be_focused()
    assert service.store.list_jobs(1, 1).total == 0


def test_what_the_engine_does_not_accept_is_told_at_the_button(service, visit, clip):
    """In its words; the form stays as it is, and the field is no longer marked once it is corrected."""
    shelve(service, clip)
    page = visit(service.url, allowed="422")
    choose(page, "footage", "holiday.mp4")
    page.get_by_text("Advanced").click()
    page.get_by_label("Webhook").fill("http://127.0.0.1:9/hook")
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".problem")).to_have_text(
        "Webhook: leads to 127.0.0.1, which is not a public address; the operator can allow its network in WEBHOOK_ALLOWED_NETWORKS."
    )
    webhook = page.get_by_label("Webhook")
    expect(webhook).to_be_focused()
    expect(webhook).to_have_attribute("aria-errormessage", page.locator(".problem p").get_attribute("id"))
    expect(page.get_by_role("button", name="Start")).to_be_enabled()
    webhook.fill("https://")
    expect(page.locator("[aria-invalid], [aria-errormessage]")).to_have_count(0)


@pytest.mark.parametrize("name", ["aspect_ratio", "frame_rate"])
def test_what_is_wrong_in_a_file_is_told_at_the_file(service, visit, clip, tmp_path, name):
    """Not at the form's own field of that name."""
    shelve(service, clip)
    (tmp_path / "style.json").write_text(json.dumps(STYLE_JSON | {name: "odd"}))
    page = visit(service.url, allowed="422")
    choose(page, "footage", "holiday.mp4")
    page.get_by_text("Advanced").click()
    page.get_by_label("Style DNA", exact=True).set_input_files(tmp_path / "style.json")
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".problem")).to_have_text(re.compile(f"Style DNA: {name} .+"))
    expect(page.get_by_label("Style DNA", exact=True)).to_be_focused()
    assert page.evaluate("[...document.querySelectorAll('[aria-invalid]')].map((each) => each.name)") == ["style"]


def test_the_same_work_twice_leads_to_the_first_job(service, visit, clip):
    """Rather than to a riddle."""
    job_id = service.add_job(video_id=shelve(service, clip))
    page = visit(service.url, allowed="409")
    choose(page, "footage", "holiday.mp4")
    page.get_by_role("button", name="Start").click()
    page.get_by_role("link", name="Show it").click()
    page.wait_for_url(f"**/#/jobs/{job_id}")


def test_footage_without_a_template_keeps_its_own_style(service, visit, clip):
    """As the page says, also where it was uploaded with one."""
    video_id = shelve(service, clip, template_video_id=service.add_video())
    # the template is no video: its thumbnail, where the page has come to ask for it, is refused
    page = visit(service.url, allowed="422")
    choose(page, "footage", "holiday.mp4")
    page.get_by_text("will keep its own style").wait_for()
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/#/jobs/job_*")
    job = service.store.get_job(re.search(r"job_[\w-]+", page.url)[0])
    assert (job.video_id, job.template_video_id) == (video_id, None)


def test_progress_comes_as_it_is_made_and_survives_a_reload(service, visit, clip):
    """Percent and stages, spoken too; then what came of it."""
    job_id = service.add_job(template_video_id=shelve(service, clip))
    page = visit(service.url, f"#/jobs/{job_id}")
    expect(page.locator(".left")).to_have_text("waiting for a free worker")
    service.begin(job_id, Stage.VIDEO_ANALYSIS)
    service.progress(job_id, 15)
    expect(page.locator(".percent")).to_have_text("15 %")
    expect(page.locator(".steps li[aria-current=step]")).to_contain_text("Watch")
    expect(page.locator("#announcer p").last).to_have_text("Watch, over 0 percent")
    service.begin(job_id, Stage.AUDIO_ANALYSIS)
    expect(page.locator(".steps [data-state=done]")).to_contain_text("Watch")
    page.reload()
    expect(page.locator(".steps li[aria-current=step]")).to_contain_text("Listen")
    expect(page.locator(".steps li")).to_have_count(4)
    service.finish_extraction(job_id)
    service.complete(job_id)
    expect(page.get_by_role("heading", name="Style DNA")).to_be_visible()
    expect(page.get_by_text("the video is short")).to_be_visible()
    expect(page.locator(".progress")).to_have_count(0)


def test_a_broken_line_is_mended(service, visit, clip):
    """The stream is asked for anew, from the last event that was seen."""
    job_id = service.add_job(video_id=shelve(service, clip))
    page = visit(service.url, allowed="ERR_FAILED|ERR_CONNECTION|Failed to load|ERR_INTERNET")
    asked = []
    # the first stream ends as one does behind a proxy that has lost patience
    event = f"id: processing.video_analysis.7\nretry: 50\ndata: {json.dumps(standing(service, job_id, 7))}\n\n"

    def serve(route):
        asked.append(route.request.headers.get("last-event-id"))
        if len(asked) == 1:
            route.fulfill(content_type="text/event-stream", body=event)
        elif len(asked) == 2:
            route.abort()
        else:
            route.continue_()

    page.route("**/events", serve)
    service.begin(job_id)
    service.progress(job_id, 9)
    page.goto(f"{service.url}/#/jobs/{job_id}")
    waits_until(lambda: len(asked) == 3, page)
    expect(page.locator(".percent")).to_have_text("9 %")
    assert asked == [None, "processing.video_analysis.7", "processing.video_analysis.7"]


def test_where_events_do_not_come_through_it_asks(service, visit, clip):
    """A proxy that lets no stream pass costs the ease, not the page."""
    job_id = service.add_job(video_id=shelve(service, clip))
    page = visit(service.url, allowed="502|Failed to load")
    page.route("**/events", lambda route: route.fulfill(status=502, body="<html>bad gateway</html>"))
    page.clock.install()
    page.goto(f"{service.url}/#/jobs/{job_id}")
    page.locator(".progress").wait_for()
    service.begin(job_id)
    service.progress(job_id, 12)

    def told():
        page.clock.run_for(1000)
        return page.locator(".percent").inner_text() == "12 %"

    waits_until(told, page)


def standing(service, job_id, percent):
    """The job as an event has it."""
    job = service.client.get(f"/api/v1/jobs/{job_id}").json()["data"]
    return job | {"status": "processing", "progress_percent": percent, "current_stage": "video_analysis"}


def test_a_cancel_ends_the_job(service, visit, clip):
    """And the page says so."""
    job_id = service.add_job(video_id=shelve(service, clip))
    service.begin(job_id)
    page = visit(service.url, f"#/jobs/{job_id}")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("This job was cancelled.")).to_be_visible()
    assert status_of(service, page) is Status.CANCELLED
    page.get_by_role("link", name="Use these videos again").click()
    expect(page.get_by_role("region", name="Footage").get_by_text("holiday.mp4")).to_be_visible()


def test_a_failed_job_says_where_and_why(service, visit, clip):
    """In words."""
    job_id = service.add_job(video_id=shelve(service, clip))
    service.begin(job_id, Stage.AUDIO_ANALYSIS)
    service.fail(job_id)
    page = visit(service.url, f"#/jobs/{job_id}")
    expect(page.get_by_role("alert")).to_contain_text("the sound cannot be decoded")
    expect(page.get_by_role("alert")).to_contain_text("Listen")


def test_jobs_are_listed_and_filtered(service, visit, clip):
    """Newest first, with how they stand; those of one status alone."""
    video_id = shelve(service, clip)
    service.client.post(f"/api/v1/jobs/{service.add_job(video_id=video_id)}/cancel")
    service.add_job(template_video_id=video_id)
    page = visit(service.url, "#/jobs")
    expect(page.locator(".jobs li")).to_have_count(2)
    expect(page.locator(".jobs li").first).to_contain_text("Style DNA only")
    page.get_by_role("navigation", name="Status").get_by_role("link", name="Cancelled").click()
    expect(page.locator(".jobs li")).to_have_count(1)
    page.locator(".jobs a").click()
    expect(page.get_by_text("This job was cancelled.")).to_be_visible()


def test_a_style_is_copied_as_json_and_as_a_command_that_works(service, visit, clip):
    """What the clipboard holds is the style that the API gives, and curl's body is accepted by it."""
    job_id = service.add_job(template_video_id=shelve(service, clip))
    service.finish_extraction(job_id)
    service.complete(job_id)
    page = visit(service.url, f"#/jobs/{job_id}", permissions=["clipboard-read", "clipboard-write"])
    keep_notes(page)
    style = service.client.get(f"/api/v1/jobs/{job_id}/result").json()["data"]["style_json"]
    page.get_by_role("button", name="Copy JSON").click()
    expect(page.locator("#notes")).to_contain_text("Style DNA copied")
    assert json.loads(page.evaluate("navigator.clipboard.readText()")) == style
    page.get_by_role("button", name="Copy curl").click()
    expect(page.locator("#notes")).to_contain_text("curl command copied")
    words = shlex.split(page.evaluate("navigator.clipboard.readText()").replace("\\\n", " "))
    assert words[:2] == ["curl", f"{service.url}/api/v1/jobs"]
    body = words[words.index("-d") + 1].replace("YOUR_VIDEO_ID", shelve(service, clip))
    answer = service.client.post("/api/v1/jobs", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 200, answer.text


def test_two_styles_are_held_against_each_other(service, visit, clip):
    """Field by field: the same is said to be the same."""
    for _ in range(2):
        job_id = service.add_job(template_video_id=shelve(service, clip))
        service.finish_extraction(job_id)
        service.complete(job_id)
    page = visit(service.url, f"#/jobs/{job_id}")
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("dialog").get_by_role("link").click()
    expect(page.get_by_role("heading", name="Two styles")).to_be_visible()
    row = page.get_by_role("row", name="Cuts per minute")
    cuts = str(STYLE_JSON["cut_frequency"])
    expect(row.get_by_role("cell")).to_have_text([cuts, cuts, "same"])


def test_a_closed_engine_asks_for_a_token(visit, own_service, clip):
    """A wrong one is told so; the right one lasts for the tab, opens pictures, and is forgotten by signing out."""
    token, entry = new_token("ann", Scope.WRITE)
    with own_service(api_tokens=entry) as service:
        shelve(service, clip, owner="ann")
        page = visit(service.url, allowed="401")
        expect(page.get_by_label("Token")).to_be_focused()
        page.get_by_label("Token").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("not valid here")
        page.get_by_label("Token").fill(token)
        page.keyboard.press("Enter")
        expect(page.locator(".video img")).to_have_js_property("naturalWidth", 160)
        page.reload()
        choose(page, "footage", "holiday.mp4")
        page.get_by_role("button", name="Start").click()
        page.wait_for_url(re.compile("#/jobs/job_"))
        job_id = page.url.rpartition("/")[2]
        service.begin(job_id)
        service.progress(job_id, 11)
        expect(page.locator(".percent")).to_have_text("11 %")
        assert page.evaluate("localStorage.length + document.cookie.length") == 0
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_label("Token")).to_be_visible()
        assert page.evaluate("sessionStorage.length") == 0


def test_an_engine_that_is_away_is_told_in_words(service, visit):
    """With a button to try again."""
    page = visit(service.url, allowed="ERR_FAILED|Failed to load")
    page.route("**/api/v1/**", lambda route: route.abort())
    page.get_by_role("link", name="Jobs").click()
    expect(page.get_by_role("alert")).to_contain_text("The engine does not answer.")
    page.unroute("**/api/v1/**")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("No jobs here.")).to_be_visible()


def test_a_job_that_is_not_there_leads_to_those_that_are(service, visit):
    """It may have been deleted; to try again would not help."""
    page = visit(service.url, "#/jobs/job_none", allowed="404")
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_text("No job job_none.")
    page.get_by_role("link", name="the jobs").click()
    expect(page.get_by_text("No jobs here.")).to_be_visible()


def test_who_skips_to_the_content_stays_on_the_page(service, visit):
    """By keys; the address is still the page's, and can be loaded anew."""
    page = visit(service.url, "#/jobs")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.reload()
    expect(page.get_by_role("heading", name="Jobs")).to_be_visible()


def test_it_works_below_a_path(service, visit, clip):
    """A proxy may put the engine at /clipzy/: every address is relative."""
    shelve(service, clip)
    page = visit(service.url)
    below = re.compile(rf"^{service.url}/clipzy/")
    page.route(below, lambda route: route.continue_(url=route.request.url.replace("/clipzy/", "/")))
    asked = []
    page.goto("about:blank")  # or what the first page still asks for counts too
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{service.url}/clipzy/#/")
    expect(page.locator(".video")).to_have_count(1)
    expect(page.locator(".video img")).to_have_js_property("naturalWidth", 160)
    assert asked
    assert [url for url in asked if not url.startswith(f"{service.url}/clipzy/")] == []


def test_a_video_can_be_deleted_on_a_narrow_screen(service, visit, clip):
    """The button is within its card, which cuts off what is not."""
    shelve(service, clip)
    page = visit(service.url, viewport={"width": 320, "height": 700})
    bin_, card = (
        page.get_by_role("button", name="Delete holiday.mp4").bounding_box(),
        page.locator(".card").bounding_box(),
    )
    assert card["x"] <= bin_["x"]
    assert bin_["x"] + bin_["width"] <= card["x"] + card["width"]


def test_on_a_phone_long_names_are_told_apart_by_their_ends(service, visit, clip):
    """On cards, in their places, in what will be done, in lists: each within its line, its last letters in sight."""
    names = [f"GX010231_2026-07-14_summer-trip-to-the-alps_camera-A_take-000{number}.mp4" for number in (1, 2)]
    ids = [service.add_video(clip.read_bytes(), name) for name in names]
    service.add_job(video_id=ids[0], template_video_id=ids[1])
    page = visit(service.url, allowed="422|404")
    page.set_viewport_size({"width": 360, "height": 740})
    for role, name in zip(("template", "footage"), names, strict=True):
        choose(page, role, name)
    for place in (".video", ".slot", ".summary", ".recent"):
        texts = page.locator(f"{place} .shortened")
        assert texts.count() >= 2
        for each in texts.all():
            whole, end = each.bounding_box(), each.locator("span").last.bounding_box()
            assert end["x"] + end["width"] <= whole["x"] + whole["width"] + 1
            assert whole["x"] + whole["width"] <= 360
            assert each.inner_text().replace("\n", "").endswith((*names, "in the style of " + names[1]))


def test_a_name_is_never_a_tag(service, visit, clip):
    """A file may be called what it likes."""
    name = "<img src=x onerror=alert(1)>.mp4"
    service.client.post("/api/v1/videos/upload", files={"file": (name, clip.read_bytes())})
    page = visit(service.url)
    expect(page.locator(".video strong")).to_have_text(name)


def test_a_job_is_started_by_keys_alone(service, visit, clip):
    """Tab and Enter and Space, with the place always to be seen."""
    shelve(service, clip)
    page = visit(service.url)
    seen = []
    for _ in range(30):
        page.keyboard.press("Tab")
        name = page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent")
        outlined = page.evaluate(
            "getComputedStyle(document.activeElement).outlineStyle !== 'none'"
            " || getComputedStyle(document.activeElement.nextElementSibling).outlineStyle !== 'none'"
        )
        assert outlined, name
        seen.append(name)
        if name == "Use holiday.mp4 as footage":
            page.keyboard.press("Space")
        if name == "Start":
            break
    assert seen[0] == "Skip to the content"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("#/jobs/job_"))


def test_a_file_that_is_too_large_is_refused_in_words(own_service, visit, tmp_path):
    """The limit is named, and the connection ends so that the browser hears of it."""
    (tmp_path / "large.mp4").write_bytes(bytes(6_000_000))
    with own_service(max_file_size_mb=1) as service:
        page = visit(service.url, allowed="413")
        page.locator("input[name=template]").set_input_files(tmp_path / "large.mp4")
        expect(page.locator(".upload.failed").get_by_role("alert")).to_contain_text("larger than 1 MiB")
