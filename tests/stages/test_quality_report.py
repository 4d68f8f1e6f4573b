"""The report on a rendered file says what is true of it."""

from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest

import measured
import synth
from clipzy.jobs.lifecycle import Stage
from clipzy.media.rendering.worn_look import worn_look
from clipzy.media.sound.audio import decode_audio
from clipzy.stages.output_changes import Changes
from clipzy.stages.quality_report import changes_unsure, kept_cuts, on_frames, sought_aspects
from clipzy.storage.artifacts import load_json
from clipzy.style.apply import build_plan
from clipzy.style.asked_format import asked_by_name, same_formats
from clipzy.style.config import JobConfig
from clipzy.style.dna import AspectRatio, StyleDNA, TransitionType
from clipzy.style.measurements import Boundary
from clipzy.style.plan import WHOLE_PICTURE, EditPlan
from clipzy.style.quality import SLIDERS, Profile, QualityReport
from clipzy.style.time import Span
from staged import StagedJob

ANALYSED = tuple(Stage)[:4]


@pytest.fixture(scope="module")
def analysed(networks, template, footage, tmp_path_factory):
    """A job up to its style."""
    return StagedJob(tmp_path_factory.mktemp("analysed"), networks, template, footage).run(*ANALYSED)


def quality(job):
    """What a finished job reports: its rows by name, and all of it."""
    report = load_json(job.published(Stage.RENDERING, "quality.json"), QualityReport)
    return {row.name: row for row in report.aspects}, report


def finished(analysed, root, **config):
    """The same job brought to its end with a configuration."""
    job = StagedJob(root, analysed.inference, analysed.template, analysed.footage, JobConfig(**config))
    job.folders = dict(analysed.folders)
    return job.run(Stage.STYLE_APPLICATION, Stage.RENDERING)


@pytest.fixture(scope="module")
def full(analysed, tmp_path_factory):
    """With all that the style has."""
    return finished(analysed, tmp_path_factory.mktemp("full"))


def test_a_whole_look_closes_most_of_the_distance(analysed, tmp_path):
    """Where the same picture is shown; the sliders follow."""
    rows, report = quality(finished(analysed, tmp_path, strength=1.0, framing=False, pacing=False))
    assert rows["look"].closed > 0.8
    assert rows["look"].template == 0
    assert rows["temperature"].closed > 0.6
    assert rows["look"].measured_on.endswith("pictures")
    assert (report.compared_with, report.strength) == ("template", 1.0)


def test_bars_that_stay_are_no_part_of_the_look(networks, tmp_path):
    """Under a faded template they stay black, and the report is on the picture between them alone."""
    template = synth.write_video(
        tmp_path / "template.mp4", (90 + picture // 3 for picture in synth.moving_texture(60, seed=3, dx=0.4))
    )

    def barred(picture):
        shown = picture.copy()
        shown[:24], shown[-24:] = 0, 0
        return shown

    footage = synth.write_video(
        tmp_path / "footage.mp4", map(barred, synth.moving_texture(60, seed=11, size=(320, 180), dx=2.0))
    )
    config = JobConfig(framing=False, pacing=False, transitions=False, motion=False)
    job = StagedJob(tmp_path / "job", networks, template, footage, config).run()
    rows, report = quality(job)
    assert rows["look"].closed > 0.5
    assert not [told for told in report.warnings if "look" in told or "shadows" in told]
    with av.open(job.published(Stage.RENDERING, "output.mp4")) as container:
        shown = np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])
    assert np.r_["1", shown[:, :22], shown[:, -22:]].mean() < 2
    assert shown[:, 40:-40].min() > 40


def test_an_output_given_back_as_footage_keeps_its_colours(full, tmp_path):
    """Under the same template it has the look already, and says so to whoever comes next; under another it gets that one's."""
    output, cache = full.published(Stage.RENDERING, "output.mp4"), full.root / "cache"
    again = StagedJob(tmp_path / "again", full.inference, full.template, output, cache=cache).run()
    plan = load_json(again.published(Stage.STYLE_APPLICATION, "plan.json"), EditPlan)
    assert "colours kept: the footage already wears the template's look at strength 0.7" in plan.reasons
    assert not plan.looks
    rows, _ = quality(again)
    assert not rows["look"].sought
    assert abs(rows["look"].after - rows["look"].before) < 0.2
    assert worn_look(output) is not None
    assert worn_look(again.published(Stage.RENDERING, "output.mp4")) == worn_look(output)
    other = StagedJob(tmp_path / "other", full.inference, full.footage, output, cache=cache)
    plan = load_json(other.run(*tuple(Stage)[:5]).published(Stage.STYLE_APPLICATION, "plan.json"), EditPlan)
    assert plan.looks


def test_a_style_used_again_is_reached(analysed, tmp_path):
    """By its sliders alone, without the video that it is of: what was far comes most of the way, or a warning tells why not."""
    style = load_json(analysed.published(Stage.STYLE_EXTRACTION, "style.json"), StyleDNA)
    config = JobConfig(style=style, strength=1.0, framing=False, pacing=False, transitions=False)
    job = StagedJob(
        tmp_path, analysed.inference, footage=analysed.footage, config=config, cache=analysed.root / "cache"
    )
    rows, report = quality(job.run())
    far = [rows[name] for name in SLIDERS if abs(rows[name].template - rows[name].before) >= 10]
    assert far
    assert min(row.closed for row in far) > 0.5 or any("distance to the style's" in told for told in report.warnings)
    assert sum(row.closed for row in far) / len(far) > 0.75
    assert not any("moved away" in told for told in report.warnings)


def test_no_look_closes_nothing(analysed, tmp_path):
    """Strength 0 leaves the colours where they were, up to the codec and the choice of pictures."""
    rows, report = quality(finished(analysed, tmp_path, strength=0.0, framing=False, pacing=False))
    assert rows["look"].closed == pytest.approx(0, abs=0.03)
    assert rows["look"].kept
    assert not rows["look"].sought
    assert report.strength == 0


def test_a_part_of_the_footage_is_held_against_that_part(networks, template, analysed, tmp_path):
    """The template's own last shot, without a look: its colours are apart from all of the template's, before as after, so nothing moved."""
    plan = load_json(finished(analysed, tmp_path / "whole").published(Stage.STYLE_APPLICATION, "plan.json"), EditPlan)
    last = replace(
        plan.clips[0], source=Span(Fraction(22, 5), Fraction(36, 5)), crop=WHOLE_PICTURE, crop_path=(), look=None
    )
    plan = replace(plan, clips=(last,), looks=())
    job = StagedJob(
        tmp_path / "part", networks, template, template, JobConfig(plan=plan), cache=analysed.root / "cache"
    )
    row = quality(job.run())[0]["look"]
    assert row.before > 1
    assert row.after == pytest.approx(row.before, abs=0.3)
    assert row.kept


def test_loudness_shape_and_rate_are_those_of_the_file(full, tmp_path):
    """All came to the template's; the loudness is what decoding the output anew measures."""
    rows, _ = quality(full)
    heard = decode_audio(full.published(Stage.RENDERING, "output.mp4"), tmp_path)
    assert rows["loudness"].after == pytest.approx(heard.loudness.integrated_lufs, abs=0.05)
    assert rows["true_peak"].after == pytest.approx(heard.loudness.true_peak_dbtp, abs=0.05)
    assert rows["loudness"].closed > 0.9
    assert (rows["aspect_ratio"].before, rows["aspect_ratio"].after) == ("4:3", "16:9")
    assert (rows["frame_rate"].before, rows["frame_rate"].after, rows["frame_rate"].closed) == (30, 25, 1)


def test_what_is_asked_for_by_name_is_told_from_what_the_template_has():
    """What the template has as well is the template's; in the footage's own style all of it is the job's."""
    config = JobConfig(frame_rate=60, aspect_ratio=AspectRatio.TALL)
    other = Profile(frame_rate=Fraction(60000, 1001), aspect_ratio=Fraction(16, 9))
    assert asked_by_name(config, other) == {"aspect_ratio"}
    assert asked_by_name(config, None) == {"aspect_ratio", "frame_rate"}
    assert asked_by_name(JobConfig(), other) == frozenset()


def test_a_shape_or_a_rate_that_is_kept_was_not_sought():
    """To the eye: 29.97 is 30; the report does not call it a distance that was to close."""
    before = Profile(frame_rate=Fraction(30000, 1001), aspect_ratio=Fraction(4, 3))
    assert same_formats(before, replace(before, frame_rate=Fraction(30))) == {"aspect_ratio", "frame_rate"}
    assert same_formats(before, replace(before, frame_rate=Fraction(25))) == {"aspect_ratio"}
    assert same_formats(before, replace(before, aspect_ratio=Fraction(16, 9))) == {"frame_rate"}


def test_moments_picked_from_the_footage_are_sought_in_its_own_style_too(full):
    """So nobody is warned of the cuts between them; without them the footage's own pace is kept."""
    plan = load_json(full.published(Stage.STYLE_APPLICATION, "plan.json"), EditPlan)
    pace = {"cut_frequency", "on_beat", "beat_error"}
    assert pace <= sought_aspects(plan, JobConfig(pacing="highlights"), "own")
    assert not pace & sought_aspects(plan, JobConfig(), "own")
    assert pace <= sought_aspects(plan, JobConfig(), "template")


@pytest.mark.parametrize(
    ("cut_frequency", "pacing", "kept"), [(13.0, True, True), (20.0, True, False), (13.0, "highlights", False)]
)
def test_cuts_that_stay_were_not_sought(cut_frequency, pacing, kept):
    """Of 40 s with nine changes, where the style has nine or fewer; moments have cuts of their own."""
    style = measured.style(cut_frequency=cut_frequency)
    told = kept_cuts(measured.video(shots=10), style, JobConfig(pacing=pacing))
    assert told == ({"cut_frequency"} if kept else set())


@pytest.mark.parametrize(
    ("instant", "frame"), [("8.1", 194), ("8.11", 195), ("8", 192), ("12", 288)], ids=["before", "after", "on", "end"]
)
def test_a_shot_begins_with_the_frame_that_shows_it(instant, frame):
    """With the one nearest to its instant, 24 a second, and never beyond the end of the file."""
    cut = Boundary(Fraction(instant), Fraction(instant), TransitionType.CUT, 1.0)
    assert on_frames(cut, Fraction(24), Fraction(12)).start == Fraction(frame, 24)


def test_a_cut_that_was_planned_is_looked_for_and_seen(full):
    """The template changes 16.7 times a minute: once in these 3 s, which the footage did not at all."""
    row = quality(full)[0]["cut_frequency"]
    assert row.before == 0
    assert row.after == pytest.approx(20, rel=0.05)
    assert row.closed > 0.75
    assert row.measured_on.startswith("1 of 1 changes looked for were seen, 0 others")


@pytest.mark.parametrize(("a_minute", "unsure"), [(4.0, "5/2"), (12.0, "1/2")], ids=["fewer", "more"])
def test_changes_that_may_be_overlooked_excuse_too_few_of_them_and_never_too_many(a_minute, unsure):
    """Two that were not seen may be there: then there are more still."""
    assert changes_unsure(Changes(a_minute, 2, None, ""), Profile(cut_frequency=8.0)) == Fraction(unsure)


def test_silent_footage_has_no_loudness_to_compare(networks, template, silent_footage, analysed, tmp_path):
    """None, not nothing."""
    job = StagedJob(tmp_path, networks, template, silent_footage, cache=analysed.root / "cache").run()
    row = quality(job)[0]["loudness"]
    assert row.template is not None
    assert (row.before, row.after, row.closed, row.kept) == (None, None, None, None)


def test_footage_in_its_own_style_is_told_what_was_kept(networks, footage, analysed, tmp_path):
    """Nothing is closed, colours and cuts are kept, the loudness is what was sought."""
    job = StagedJob(tmp_path, networks, footage=footage, cache=analysed.root / "cache")
    rows, report = quality(job.run())
    assert report.compared_with == "own"
    assert all(row.closed is None and row.template is None for row in rows.values())
    assert rows["temperature"].kept
    assert rows["cut_frequency"].kept
    assert (rows["loudness"].sought, rows["loudness"].kept) == (True, False)
    assert report.warnings == ()


def test_a_plan_without_a_style_is_not_warned_of_what_it_says(networks, footage, analysed, full, tmp_path):
    """Its own cuts, its shape and its loudness are what was asked for."""
    plan = load_json(full.published(Stage.STYLE_APPLICATION, "plan.json"), EditPlan)
    clips = tuple(replace(clip, look=None) for clip in plan.clips)
    plan = replace(plan, clips=clips, looks=())
    job = StagedJob(tmp_path, networks, footage=footage, config=JobConfig(plan=plan), cache=analysed.root / "cache")
    rows, report = quality(job.run())
    assert rows["cut_frequency"].kept is False
    assert report.warnings == ()
    assert not [sentence for sentence in job.warnings if "not asked for" in sentence]


@pytest.mark.parametrize(("is_heard", "after"), [(True, (1.0, 120.0)), (False, (None, None))], ids=["heard", "silent"])
def test_beats_that_nobody_hears_are_none(is_heard, after, tmp_path):
    """The plan of music that leaves the sound out: its cut is on no beat, and there is no tempo."""
    path = synth.write_video(tmp_path / "footage.mp4", synth.numbered_frames(120, (320, 180)), rate=Fraction(30))
    facts = measured.facts(width=320, height=180, duration=Fraction(4), frame_count=120)
    music = measured.audio(duration_s=4.0, beats=measured.audio().beats[:8])
    found = measured.measurements(measured.video(shots=2, facts=facts), music)
    plan = build_plan(None, found, JobConfig())
    plan = plan if is_heard else replace(plan, audio=None)
    job = StagedJob(tmp_path / "job", None, footage=path, config=JobConfig(plan=plan))
    job.measured_as(found, measured.style()).run(Stage.STYLE_APPLICATION, Stage.RENDERING)
    rows, _ = quality(job)
    assert (rows["on_beat"].after, rows["tempo"].after) == after


def test_flashes_in_footage_are_no_changes_of_its_own_style(networks, tmp_path):
    """Neither of its colours nor of its pace, though key frames, by which both are told, are set to flashes."""
    frames = [picture // 2 for picture in synth.moving_texture(120, seed=8, size=(160, 90), dx=0.3)]
    for flash in (37, 38, 81):
        frames[flash][:] = 255
    path = synth.write_video(tmp_path / "clip.mp4", frames, rate=Fraction(30))
    rows, report = quality(StagedJob(tmp_path, networks, footage=path).run())
    assert report.warnings == ()
    assert rows["cut_frequency"].after == 0


def test_a_plan_that_leaves_the_template_is_told_of(analysed, full, tmp_path):
    """Quiet footage made quieter still by its own plan; the job's warnings tell of it too."""
    plan = load_json(full.published(Stage.STYLE_APPLICATION, "plan.json"), EditPlan)
    job = finished(analysed, tmp_path, plan=replace(plan, audio=replace(plan.audio, target_lufs=-60.0)))
    (warning,) = quality(job)[1].warnings
    assert warning.startswith("the loudness moved away from the template's")
    assert warning in job.warnings
