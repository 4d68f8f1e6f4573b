"""The six stages on media whose truth is known, with the real networks."""

import json
from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest

import synth
from clipzy.analysis.look import oklab
from clipzy.errors import StageError
from clipzy.jobs.lifecycle import Stage
from clipzy.media.decoding.probe import probe
from clipzy.media.stills import frame_at
from clipzy.stages import background
from clipzy.storage.artifacts import load_json
from clipzy.style.config import JobConfig
from clipzy.style.dna import StyleDNA, TransitionType
from clipzy.style.measurements import AudioAnalysis, CameraMoveKind, MotionAnalysis, VideoAnalysis
from clipzy.style.plan import EditPlan, Look
from clipzy.style.time import Span
from cube_files import read_cube
from portraits import astronaut
from staged import StagedJob

ANALYSES = (Stage.VIDEO_ANALYSIS, Stage.AUDIO_ANALYSIS, Stage.MOTION_ANALYSIS)


@pytest.fixture(scope="module")
def job(networks, template, footage, tmp_path_factory):
    """A whole job."""
    return StagedJob(tmp_path_factory.mktemp("job"), networks, template, footage).run()


def measured(job, stage, role, kind):
    """What a stage found in a source."""
    return load_json(job.folders[stage.value] / f"{role}.json", kind)


def test_cuts_are_found_where_they_were_made(job):
    """Both cuts, to the frame, and with them three shots."""
    video = measured(job, Stage.VIDEO_ANALYSIS, "template", VideoAnalysis)
    assert [(b.start, b.type) for b in video.boundaries] == [
        (Fraction(60, 25), TransitionType.CUT),
        (Fraction(110, 25), TransitionType.CUT),
    ]
    assert len(video.shots) == 3
    assert video.facts.frame_count == 180


def test_a_face_is_seen_where_it_is_in_a_letterboxed_video(networks, tmp_path):
    """In shares of the whole picture with its bars, twice a second; its headroom is that of the picture within."""
    person = np.pad(astronaut(320), ((40, 40), (0, 0), (0, 0)))  # 400 lines, of which 320 show
    path = synth.write_video(tmp_path / "person.mp4", [person] * 75, crf=20)
    video = measured(
        StagedJob(tmp_path, networks, footage=path).run(Stage.VIDEO_ANALYSIS),
        Stage.VIDEO_ANALYSIS,
        "footage",
        VideoAnalysis,
    )
    assert len(video.subjects) == 6
    for subject in video.subjects:
        assert subject.is_face
        assert subject.centre == pytest.approx((0.43, (40 + 0.21 * 320) / 400), abs=0.03)
    assert video.active is not None
    assert (video.active.left, video.active.width) == (0, person.shape[1])
    assert 40 <= video.active.top <= 44
    assert 356 <= video.active.top + video.active.height <= 360
    assert video.composition.headroom == pytest.approx(video.subjects[0].top * 400 / 320 - 40 / 320, abs=0.01)


def test_beats_and_tempo_are_those_of_the_drums(job):
    """120 beats a minute, with most beats within 70 ms of the drums'."""
    audio = measured(job, Stage.AUDIO_ANALYSIS, "template", AudioAnalysis)
    assert audio.tempo_bpm == pytest.approx(120, rel=0.02)
    truth = np.arange(0, 7.2, 0.5)
    near = [np.abs(truth - beat.time_s).min() < 0.07 for beat in audio.beats]
    assert len(near) >= 10
    assert np.mean(near) > 0.8


def test_a_pan_is_a_pan(job):
    """The footage's camera pans for the whole of its only shot, at the speed it was made with."""
    motion = measured(job, Stage.MOTION_ANALYSIS, "footage", MotionAnalysis)
    assert {move.kind for move in motion.moves} == {CameraMoveKind.PAN}
    # 2 of 400 pixels of the diagonal a frame, 30 frames a second
    assert motion.mean_flow == pytest.approx(2 / 400 * 30, rel=0.15)


def test_motion_between_black_bars_is_that_of_the_picture(networks, tmp_path):
    """A tall picture that pans in a wide frame: at its own speed, by its own diagonal."""
    panning = synth.moving_texture(60, seed=11, size=(180, 320), dx=2.0)
    boxed = [np.pad(picture, ((0, 0), (196, 196), (0, 0))) for picture in panning]
    path = synth.write_video(tmp_path / "boxed.mp4", boxed, rate=Fraction(30))
    job = StagedJob(tmp_path, networks, footage=path).run(Stage.VIDEO_ANALYSIS, Stage.MOTION_ANALYSIS)
    motion = measured(job, Stage.MOTION_ANALYSIS, "footage", MotionAnalysis)
    assert {move.kind for move in motion.moves} == {CameraMoveKind.PAN}
    assert motion.mean_flow == pytest.approx(2 / np.hypot(180, 320) * 30, rel=0.1)


def test_the_style_tells_the_template(job):
    """Cuts a minute, tempo, aspect and frame rate of the template stand in the style; it is warmer than the footage's."""
    style = load_json(job.published(Stage.STYLE_EXTRACTION, "style.json"), StyleDNA)
    assert style.cut_frequency == pytest.approx(2 * 60 / 7.2)
    assert style.tempo_bpm == pytest.approx(120, rel=0.02)
    assert (style.aspect_ratio, style.frame_rate) == ("16:9", 24)
    assert style.source_duration_seconds == pytest.approx(7.2)
    footage = measured(job, Stage.VIDEO_ANALYSIS, "footage", VideoAnalysis)
    assert style.color_grade.temperature > footage.color.grade.temperature + 20


def test_the_analysis_holds_both_videos_and_the_parts_of_the_confidence(job):
    """`analysis.json` says what the confidence is made of."""
    analysis = json.loads(job.published(Stage.STYLE_EXTRACTION, "analysis.json").read_text())
    assert {"length", "shots", "color"} <= set(analysis["template"]["confidence_parts"])
    assert len(analysis["template"]["rhythm"]["offsets_ms"]) == 2
    assert analysis["footage"]["measurements"]["video"]["facts"]["width"] == 320


def test_the_plan_gives_the_footage_the_templates_shape_rate_and_look(job):
    """16:9 out of 4:3, 25 frames a second, a look, and louder sound; each with its reason."""
    plan = load_json(job.published(Stage.STYLE_APPLICATION, "plan.json"), EditPlan)
    assert (plan.output.width, plan.output.height, plan.output.frame_rate) == (320, 180, 25)
    assert plan.looks == (Look("lut.cube"),)
    assert plan.audio is not None
    assert plan.audio.target_lufs is not None
    assert all(plan.reasons)


def test_the_output_wears_the_templates_colours(job, template, footage):
    """The mean colour of the output is nearer to the template's than the footage's was, by more than half the way."""
    output = job.published(Stage.RENDERING, "output.mp4")
    at = Fraction(3, 2)
    there, was, now = (frame_at(path, at).mean((0, 1)) for path in (template, footage, output))
    assert now[0] - now[2] > 0.5 * (was[0] - was[2] + there[0] - there[2])


def test_the_output_is_what_the_plan_says(job):
    """H.264 and AAC of the planned size and rate, as long as the footage, ready to be streamed."""
    output = job.published(Stage.RENDERING, "output.mp4")
    found = probe(output)
    assert (found.codec, found.audio.codec) == ("h264", "aac")
    assert (found.facts.width, found.facts.height, found.facts.frame_rate) == (320, 180, 25)
    assert float(found.facts.duration) == pytest.approx(3.0, abs=0.05)
    content = output.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_poster_and_comparison_are_pictures(job):
    """Both stills open; the comparison is about twice as wide as the poster."""
    with av.open(str(job.published(Stage.RENDERING, "poster.jpg"))) as poster:
        assert (poster.streams.video[0].width, poster.streams.video[0].height) == (320, 180)
    with av.open(str(job.published(Stage.RENDERING, "before_after.jpg"))) as both:
        assert both.streams.video[0].width > 1.6 * both.streams.video[0].height


@pytest.mark.parametrize("stage", Stage, ids=str)
def test_progress_rises_within_each_stage_to_its_end(stage, job):
    """What a stage tells never falls and ends at 1."""
    told = job.told[stage.value]
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)


class NoNetworks:
    """Refuses every question."""

    def infer(self, model, inputs):
        """Refuse."""
        raise AssertionError(f"{model.name} was asked, with {sorted(inputs)}")

    def close(self):
        """Nothing is open."""


def test_a_second_job_on_the_same_videos_passes_its_analyses(job, template, footage, tmp_path):
    """With the cache of the first job no network is asked, and the same is found."""
    again = StagedJob(tmp_path, NoNetworks(), template, footage, cache=job.root / "cache")
    again.run(*ANALYSES, Stage.STYLE_EXTRACTION)
    for stage in ANALYSES:
        for role in ("template", "footage"):
            first, second = (each.folders[stage.value] / f"{role}.json" for each in (job, again))
            assert first.read_bytes() == second.read_bytes()


def test_a_file_that_plays_both_roles_is_looked_at_once(networks, silent_footage, tmp_path):
    """The footage takes what was measured of the template; only one of them left frames."""
    job = StagedJob(tmp_path, networks, silent_footage, silent_footage).run(Stage.VIDEO_ANALYSIS)
    template, footage = (measured(job, Stage.VIDEO_ANALYSIS, role, VideoAnalysis) for role in ("template", "footage"))
    assert template == footage
    folder = job.folders[Stage.VIDEO_ANALYSIS.value]
    assert [each.name for each in folder.glob("*_frames")] == ["template_frames"]
    assert job.told[Stage.VIDEO_ANALYSIS.value][-1] == 1.0


def test_motion_is_analysed_anew_where_only_the_pictures_are_cached(job, networks, footage, tmp_path):
    """A job whose pictures were analysed by another one decodes again for the motion, and finds the same."""
    cache = tmp_path / "cache"
    for file in (job.root / "cache").rglob("*"):
        if file.is_file() and not file.name.startswith("motion"):
            target = cache / file.relative_to(job.root / "cache")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    again = StagedJob(tmp_path / "job", networks, footage=footage, cache=cache).run(*ANALYSES)
    expected = measured(job, Stage.MOTION_ANALYSIS, "footage", MotionAnalysis)
    found = measured(again, Stage.MOTION_ANALYSIS, "footage", MotionAnalysis)
    assert found.mean_flow == pytest.approx(expected.mean_flow, rel=1e-3)


def test_footage_alone_keeps_its_colours_and_its_shape(job, networks, footage, tmp_path):
    """In its own style the picture stays as it is, and the sound is normalised."""
    cache = job.root / "cache"
    own = StagedJob(tmp_path, networks, footage=footage, config=JobConfig(quality="high"), cache=cache).run()
    plan = load_json(own.published(Stage.STYLE_APPLICATION, "plan.json"), EditPlan)
    assert plan.looks == ()
    assert (plan.output.width, plan.output.height, plan.output.frame_rate) == (320, 240, 30)
    output = own.published(Stage.RENDERING, "output.mp4")
    difference = frame_at(output, Fraction(1)).astype(int) - frame_at(footage, Fraction(1))
    assert np.abs(difference).mean() < 4


def test_a_style_given_as_json_is_put_on(job, networks, footage, tmp_path):
    """Without a template video the style's sliders make the look; the job's style is the one given."""
    style = load_json(job.published(Stage.STYLE_EXTRACTION, "style.json"), StyleDNA)
    cache = job.root / "cache"
    given = StagedJob(tmp_path, networks, footage=footage, config=JobConfig(style=style), cache=cache).run()
    assert load_json(given.published(Stage.STYLE_EXTRACTION, "style.json"), StyleDNA) == style
    was, now = (
        frame_at(p, Fraction(1)).mean((0, 1)) for p in (footage, given.published(Stage.RENDERING, "output.mp4"))
    )
    assert now[0] - now[2] > was[0] - was[2] + 10


def test_a_style_out_of_reach_is_told(job, networks, footage, tmp_path):
    """Once the look is made, also where nothing is rendered: by the slider's name, and where it comes."""
    style = load_json(job.published(Stage.STYLE_EXTRACTION, "style.json"), StyleDNA)
    vivid = replace(style, color_grade=replace(style.color_grade, saturation=100))
    config, cache = JobConfig(style=vivid, render="plan", strength=1.0), job.root / "cache"
    planned = StagedJob(tmp_path, networks, footage=footage, config=config, cache=cache)
    planned.run(*ANALYSES, Stage.STYLE_EXTRACTION, Stage.STYLE_APPLICATION)
    [told] = [each for each in planned.warnings if "cannot be reached" in each]
    assert "saturation comes to " in told


@pytest.mark.parametrize("audio", ["template", "mix"])
def test_the_templates_sound_can_be_heard(job, networks, template, silent_footage, tmp_path, audio):
    """Also by footage that has none; the plan can be given back."""
    cache = job.root / "cache"
    heard = StagedJob(tmp_path, networks, template, silent_footage, JobConfig(audio=audio), cache=cache).run()
    plan = load_json(heard.published(Stage.STYLE_APPLICATION, "plan.json"), EditPlan)
    assert plan.soundtrack.stretches[0].template == Span(Fraction(0), Fraction(2))
    assert heard.warnings == job.warnings or not any("sound" in warning for warning in heard.warnings)
    output = heard.published(Stage.RENDERING, "output.mp4")
    assert probe(output).audio.sample_rate == 44100
    assert heard.published(Stage.RENDERING, "waveform.png").exists()


def test_two_musics_at_once_are_told(job, networks, template, tmp_path):
    """Drums of the footage beside those of the template."""
    cache = job.root / "cache"
    mixed = StagedJob(tmp_path, networks, template, template, JobConfig(audio="mix", render="plan"), cache=cache)
    mixed.run(*ANALYSES, Stage.STYLE_EXTRACTION, Stage.STYLE_APPLICATION)
    assert any("own music plays together" in warning for warning in mixed.warnings)


def test_a_template_without_sound_is_told(job, networks, template, silent_footage, tmp_path):
    """The footage's sound is heard instead."""
    config, cache = JobConfig(audio="mix"), job.root / "cache"
    heard = StagedJob(tmp_path, networks, silent_footage, template, config, cache=cache).run()
    [warning] = [each for each in heard.warnings if "config.audio" in each]
    assert warning == "the template has no sound: the footage's sound is used instead of config.audio 'mix'"
    assert load_json(heard.published(Stage.STYLE_APPLICATION, "plan.json"), EditPlan).soundtrack is None
    assert probe(heard.published(Stage.RENDERING, "output.mp4")).audio is not None


def test_footage_without_sound_stays_without(job, networks, template, silent_footage, tmp_path):
    """No sound stream comes of nothing."""
    silent = StagedJob(tmp_path, networks, template, silent_footage, cache=job.root / "cache").run()
    assert measured(silent, Stage.AUDIO_ANALYSIS, "footage", AudioAnalysis).present is False
    assert probe(silent.published(Stage.RENDERING, "output.mp4")).audio is None


def edited(job, *spans):
    """The job's plan with its first clip in place of all, shown for these spans of seconds."""
    plan = load_json(job.published(Stage.STYLE_APPLICATION, "plan.json"), EditPlan)
    clip = plan.clips[0]
    return replace(plan, clips=tuple(replace(clip, source=Span(Fraction(*a), Fraction(*b))) for a, b in spans))


def test_an_edited_plan_is_rendered_as_it_stands(job, networks, template, footage, tmp_path):
    """One second of the footage, its halves exchanged; the plan that is published is the one that was given."""
    plan = edited(job, ((1, 2), (1, 1)), ((0, 1), (1, 2)))
    straight = edited(
        job, ((0, 1), (1, 1))
    )  # the look is made for this second alone, so it is held against the same second
    again, before = (
        StagedJob(tmp_path / name, networks, template, footage, JobConfig(plan=each), cache=job.root / "cache").run()
        for name, each in (("again", plan), ("before", straight))
    )
    assert load_json(again.published(Stage.STYLE_APPLICATION, "plan.json"), EditPlan) == plan
    output, in_order, whole = (each.published(Stage.RENDERING, "output.mp4") for each in (again, before, job))
    assert float(probe(output).facts.duration) == pytest.approx(1.0, abs=0.05)
    shown = [frame_at(output, at).mean((0, 1)) for at in (Fraction(1, 4), Fraction(3, 4))]
    meant, elsewhere = (
        [frame_at(path, at).mean((0, 1)) for at in (Fraction(3, 4), Fraction(1, 4))] for path in (in_order, whole)
    )
    np.testing.assert_allclose(shown, meant, atol=1)
    np.testing.assert_allclose(shown[0] - shown[1], elsewhere[0] - elsewhere[1], atol=3)


@pytest.fixture(scope="module")
def unlike_takes(tmp_path_factory):
    """Two seconds in the light and two in a cold dark, 160x90, without sound."""
    light = [synth.graded(p, lift=0.15) for p in synth.moving_texture(50, seed=3, dx=0.4, size=(160, 90))]
    dark = [synth.graded(p, warmth=-0.8, lift=-0.25) for p in synth.moving_texture(50, seed=4, dx=0.4, size=(160, 90))]
    return synth.write_video(tmp_path_factory.mktemp("unlike") / "takes.mp4", [*light, *dark], crf=20)


@pytest.fixture(scope="module")
def dressed(networks, silent_footage, unlike_takes, tmp_path_factory):
    """A job on takes so unlike, with a template of one shot."""
    return StagedJob(tmp_path_factory.mktemp("dressed"), networks, silent_footage, unlike_takes).run()


def test_unlike_takes_are_rendered_with_looks_of_their_own(dressed, unlike_takes):
    """A table for each, and what lay between the takes becomes less, though the dark one stays the darker."""
    plan = load_json(dressed.published(Stage.STYLE_APPLICATION, "plan.json"), EditPlan)
    assert [look.shots for look in plan.looks] == [(0,), (1,)]
    assert [clip.look for clip in plan.clips] == ["lut-1.cube", "lut-2.cube"]
    tables = [read_cube(dressed.published(Stage.STYLE_APPLICATION, look.name)) for look in plan.looks]
    assert np.abs(tables[0] - tables[1]).max() > 0.03
    was, now = (
        [oklab.from_srgb(frame_at(path, Fraction(moment)) / 255).mean((0, 1)) for moment in (1, 3)]
        for path in (unlike_takes, dressed.published(Stage.RENDERING, "output.mp4"))
    )
    assert np.linalg.norm(now[0] - now[1]) < 0.7 * np.linalg.norm(was[0] - was[1])
    assert now[0][0] > now[1][0]


def test_looks_of_an_edited_plan_are_made_as_it_says(dressed, networks, silent_footage, unlike_takes, tmp_path):
    """One that goes no way of its own is the common look, whatever its name and its shots."""
    plan = load_json(dressed.published(Stage.STYLE_APPLICATION, "plan.json"), EditPlan)
    looks = (Look("lut-1.cube", (0,), own=0.0), Look("lut-2.cube"), Look("lut-3.cube", (1,)))
    again = StagedJob(
        tmp_path,
        networks,
        silent_footage,
        unlike_takes,
        JobConfig(plan=replace(plan, looks=looks)),
        dressed.root / "cache",
    ).run(*ANALYSES, Stage.STYLE_EXTRACTION, Stage.STYLE_APPLICATION)
    common, also_common, own = (read_cube(again.published(Stage.STYLE_APPLICATION, look.name)) for look in looks)
    np.testing.assert_allclose(common, also_common, atol=2e-6)
    half = read_cube(dressed.published(Stage.STYLE_APPLICATION, "lut-2.cube"))
    share = plan.looks[1].own
    np.testing.assert_allclose(half, common + share * (own - common), atol=1e-5)


def test_a_look_for_a_shot_that_is_not_there_is_refused(job, networks, template, footage, tmp_path):
    """In words, before anything is rendered."""
    plan = edited(job, ((0, 1), (1, 1)))
    config = JobConfig(plan=replace(plan, looks=(Look("lut.cube", (0, 4)),)))
    with pytest.raises(
        StageError, match=r"lut\.cube of the plan is made for shot 4 \(counted from 0\), but the footage has only 1"
    ):
        StagedJob(tmp_path, networks, template, footage, config, cache=job.root / "cache").run()


def test_a_plan_for_longer_footage_is_refused(job, networks, template, footage, tmp_path):
    """In words, before anything is rendered."""
    config = JobConfig(plan=edited(job, ((0, 1), (9, 1))))
    with pytest.raises(StageError, match=r"clip 1 of the plan ends at 9\.00 s, but the footage lasts 3\.00 s"):
        StagedJob(tmp_path, networks, template, footage, config, cache=job.root / "cache").run()


def test_side_by_side_the_same_is_measured(job, networks, template, footage, tmp_path, monkeypatch):
    """On a machine of many processors: file for file what one after the other gives, and no progress falls."""
    monkeypatch.setattr(background, "available_processors", lambda: background.ROOMY)
    beside = StagedJob(tmp_path, networks, template, footage).run(*ANALYSES)
    for stage in ANALYSES:
        for role in ("template", "footage"):
            name = f"{role}.json"
            assert (beside.folders[stage.value] / name).read_text() == (job.folders[stage.value] / name).read_text()
        assert beside.told[stage.value] == sorted(beside.told[stage.value])
        assert beside.told[stage.value][-1] == pytest.approx(1.0)


def files_of(job):
    """What the analyses left, by its path; the frames of a decode pass and all."""
    folders = [job.folders[stage.value] for stage in ANALYSES]
    files = [(folder.name, path.relative_to(folder), path) for folder in folders for path in sorted(folder.rglob("*"))]
    return {(name, str(path)): file.read_bytes() for name, path, file in files if file.is_file()}


def test_apart_the_same_is_measured(job, networks, template, footage, tmp_path):
    """In processes of their own, sources leave file for file what they leave in one, to the byte."""
    apart = StagedJob(tmp_path, networks, template, footage, apart=True).run(*ANALYSES)
    left, expected = files_of(apart), files_of(job)
    assert sorted(left) == sorted(expected)
    assert [name for name in left if left[name] != expected[name]] == []
