"""Plans as timelines: read back by OpenTimelineIO, cut for cut."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import av
import opentimelineio as otio
import pytest

import measured
import synth
from clipzy.media.timelines.timecode import start_timecode
from clipzy.media.timelines.timeline import write_timelines
from clipzy.media.timelines.timeline_sound import TemplateMedia
from clipzy.style.apply import build_plan
from clipzy.style.config import JobConfig
from clipzy.style.dna import Easing, Transition, TransitionType
from clipzy.style.plan import WHOLE_PICTURE, Clip, CropKey, Slowed
from clipzy.style.soundtrack import Ducking, Soundtrack, Stretch
from clipzy.style.time import Span

NTSC = Fraction(30000, 1001)


def planned(**facts):
    """A plan with many cuts for footage with these facts, and the facts."""
    about = measured.facts(**facts)
    footage = measured.measurements(measured.video(shots=4, facts=about))
    return build_plan(measured.style(cut_frequency=30.0), footage, JobConfig()), about


@pytest.fixture(params=[Fraction(24), Fraction(25), NTSC, Fraction(15), Fraction(60)], ids=float)
def written(request, tmp_path):
    """A plan, the rate of its footage, and both files."""
    plan, facts = planned(frame_rate=request.param)
    paths = tmp_path / "timeline.otio", tmp_path / "timeline.edl"
    write_timelines(plan, "source.mp4", facts, *paths)
    return plan, facts.frame_rate, *paths


def test_each_clip_of_the_plan_is_one_of_the_timeline(written):
    """To the frame of the footage, end to end, on a track of pictures and one of sound, with reason and crop beside."""
    plan, rate, path, _ = written
    timeline = otio.adapters.read_from_file(str(path))
    pictures, sound = timeline.tracks
    assert (pictures.kind, sound.kind) == ("Video", "Audio")
    for track in (pictures, sound):
        assert len(track) == len(plan.clips)
        for clip, meant in zip(track, plan.clips, strict=True):
            span = clip.source_range
            assert span.start_time.value == round(meant.source.start * rate)
            assert span.end_time_exclusive().value == round(meant.source.end * rate)
            assert clip.media_reference.target_url == "source.mp4"
    assert pictures[1].metadata["clipzy"]["reason"] == plan.clips[1].reason
    assert pictures[1].metadata["clipzy"]["crop"]["width"] == pytest.approx(plan.clips[1].crop.width)
    assert list(timeline.metadata["clipzy"]["reasons"]) == list(plan.reasons)


def test_the_decision_list_has_the_same_cuts(written):
    """Within a frame of its time code."""
    plan, _, _, path = written
    rate = float(plan.output.frame_rate)
    timeline = otio.adapters.read_from_file(str(path), rate=rate)
    clips = list(timeline.find_clips())
    assert len(clips) == len(plan.clips)
    for clip, meant in zip(clips, plan.clips, strict=True):
        span = clip.source_range
        assert span.start_time.to_seconds() == pytest.approx(float(meant.source.start), abs=2 / rate)
        assert span.duration.to_seconds() == pytest.approx(float(meant.source.duration), abs=3 / rate)


@pytest.mark.parametrize(("rate", "grid"), [(Fraction(24), 24), (Fraction(1), 10)], ids=["film", "stills"])
def test_roundings_of_many_clips_do_not_add_up(rate, grid, tmp_path):
    """Sixty moments that are apart in the footage, each .43 of a frame of film over ten: all begin when they do in the output, to half a frame."""
    moment = Fraction(1043, 2400)
    spans = [Span(number * Fraction(7, 6), number * Fraction(7, 6) + moment) for number in range(60)]
    facts = measured.facts(frame_rate=rate, duration=Fraction(70))
    made = build_plan(None, measured.measurements(measured.video(facts=facts)), JobConfig())
    plan = replace(made, clips=tuple(Clip(span, WHOLE_PICTURE, None, None, "") for span in spans))
    write_timelines(plan, "source.mp4", facts, tmp_path / "t.otio", tmp_path / "t.edl")
    for track in otio.adapters.read_from_file(str(tmp_path / "t.otio")).tracks:
        for number, clip in enumerate(track):
            begins = track.range_of_child(clip).start_time
            assert begins.rate == grid
            assert abs(begins.to_seconds() - float(number * moment)) <= 0.5 / grid + 1e-9
            assert abs(clip.source_range.start_time.to_seconds() - float(spans[number].start)) <= 1 / grid + 1e-9
            assert clip.source_range.end_time_exclusive() <= clip.available_range().end_time_exclusive()


@pytest.mark.parametrize(("rate", "output"), [(15, 24), (24, 30), (60, 24), (25, 30)])
def test_a_decision_list_in_another_rate_can_be_read(rate, output, tmp_path):
    """Readers refuse events that last longer in the footage than in the output, be it by the rounding of one edge."""
    spans = [Span(Fraction(start, 100), Fraction(start + 41, 100)) for start in range(7, 2000, 83)]
    facts = measured.facts(frame_rate=Fraction(rate))
    made = build_plan(None, measured.measurements(measured.video(facts=facts)), JobConfig())
    clips = tuple(Clip(span, WHOLE_PICTURE, None, None, "") for span in spans)
    plan = replace(made, clips=clips, output=replace(made.output, frame_rate=Fraction(output)))
    write_timelines(plan, "source.mp4", facts, tmp_path / "t.otio", tmp_path / "t.edl")
    [track] = otio.adapters.read_from_file(str(tmp_path / "t.edl"), rate=output).video_tracks()
    for number, clip in enumerate(track.find_clips()):
        begins = track.range_of_child(clip).start_time.to_seconds()
        assert abs(begins - float(number * Fraction(41, 100))) <= 0.5 / output + 1e-9
        assert abs(clip.source_range.start_time.to_seconds() - float(spans[number].start)) <= 0.5 / output + 1e-9


@pytest.mark.parametrize(
    ("rate", "starts", "first"),
    [
        (Fraction(25), "10:11:12:13", 25 * (10 * 3600 + 11 * 60 + 12) + 13),
        (NTSC, "00:10:00;00", 17982),
        (Fraction(24), "00:00:01:24", 0),
        (Fraction(23), "00:00:01:00", 0),
        (Fraction(25), "00:00:00:-5", 0),
        (Fraction(25), None, 0),
    ],
    ids=["25", "dropped frames", "none of this rate", "no such rate", "no time code", "none"],
)
def test_clips_count_from_the_time_code_of_the_footage(rate, starts, first, tmp_path):
    """As editors do, who find a list's pictures by it; the output's own time begins at 0."""
    plan, facts = planned(frame_rate=rate)
    plan = replace(plan, output=replace(plan.output, frame_rate=rate))
    paths = tmp_path / "t.otio", tmp_path / "t.edl"
    write_timelines(plan, "source.mp4", facts, *paths, starts=starts)
    for track in otio.adapters.read_from_file(str(paths[0])).tracks:
        for clip, meant in zip(track, plan.clips, strict=True):
            assert clip.source_range.start_time.value == first + round(meant.source.start * rate)
            assert clip.available_range().start_time.value == first
    if first:
        events = [line.split() for line in paths[1].read_text().splitlines() if line[:3].isdigit()]
        assert events[0][-4].replace(";", ":") == starts.replace(";", ":")
        assert events[0][-2].replace(";", ":") == "00:00:00:00"


@pytest.mark.parametrize("output", [24, NTSC, 30, 60], ids=["24", "29.97", "30", "60"])
@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25), NTSC, Fraction(60000, 1001)], ids=float)
def test_a_list_has_the_labels_of_the_footage(rate, output, tmp_path):
    """Whatever its own rate: ten hours by a time code without gaps are ten hours there, and no number is left out."""
    plan, facts = planned(frame_rate=rate)
    plan = replace(plan, output=replace(plan.output, frame_rate=Fraction(output)))
    paths = tmp_path / "t.otio", tmp_path / "t.edl"
    write_timelines(plan, "source.mp4", facts, *paths, starts="10:00:00:00")
    lines = paths[1].read_text().splitlines()
    assert lines[1] == "FCM: NON-DROP FRAME"
    assert not [line for line in lines if ";" in line]
    assert next(line.split()[-4] for line in lines if line[:3].isdigit()) == "10:00:00:00"


@pytest.mark.parametrize(
    ("rate", "starts"),
    [
        (Fraction(24), "23:59:50:00"),
        (Fraction(24000, 1001), "23:59:50:00"),
        (NTSC, "23:59:50:00"),
        (NTSC, "23:59:50;00"),
        (Fraction(60000, 1001), "23:59:50:00"),
        (Fraction(60000, 1001), "23:59:50;00"),
    ],
    ids=["24", "23.976", "29.97", "29.97 dropped", "59.94", "59.94 dropped"],
)
def test_time_codes_of_a_list_begin_again_at_midnight(rate, starts, tmp_path):
    """As clocks do, in the footage that runs over it and not before; the list's own time and the number of frames are as ever."""
    plan, facts = three_shots("wipe", rate)
    path = tmp_path / "t.edl"
    write_timelines(plan, "source.mp4", facts, tmp_path / "t.otio", path, starts=starts)
    lines = path.read_text().splitlines()
    events = [line.split()[-4:] for line in lines if line[:3].isdigit()]
    a_day = 86400 * round(rate) * (Fraction(999, 1000) if ";" in starts else 1)

    def frames(first, last):
        begins, ends = (otio.opentime.from_timecode(label, float(rate)).value for label in (first, last))
        return (ends - begins) % a_day

    assert events[0][0] == starts
    assert events[-1][1].startswith("00:00:0")
    assert frames(starts, events[-1][1]) == round(15 * rate)
    speeds = {line.split()[-1]: float(line.split()[2]) / float(rate) for line in lines if line.startswith("M2")}
    assert len(speeds) == 4
    for begins, ends, first, last in events:
        shown = frames(first, last) * speeds.get(begins.replace(";", ":"), 1.0)
        assert frames(begins, ends) == pytest.approx(shown, abs=0.6)  # speeds are told to a tenth of a frame a second


def test_footage_of_uneven_rate_is_counted_by_the_output_s(tmp_path):
    """A phone's 30.1 frames a second are the rate of no project."""
    plan, facts = planned(frame_rate=Fraction(3011, 100), variable_frame_rate=True)
    plan = replace(plan, output=replace(plan.output, frame_rate=Fraction(30)))
    write_timelines(plan, "source.mp4", facts, tmp_path / "t.otio", tmp_path / "t.edl")
    [clip, *_] = otio.adapters.read_from_file(str(tmp_path / "t.otio")).find_clips()
    assert clip.source_range.start_time.rate == 30


@pytest.mark.parametrize("ending", ["mov", "mkv"])
def test_the_time_code_of_a_camera_is_found(ending, tmp_path):
    """In its own track of QuickTime, or in a tag of Matroska; a file without has none."""
    path = tmp_path / f"camera.{ending}"
    with av.open(str(path), "w") as out:
        pictures = out.add_stream("mpeg4", rate=25)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 36, "yuv420p"
        pictures.metadata["timecode"] = "10:11:12:13"
        out.mux(pictures.encode(av.VideoFrame(64, 36, "yuv420p")))
        out.mux(pictures.encode(None))
    assert start_timecode(path) == "10:11:12:13"
    assert start_timecode(synth.write_video(tmp_path / "plain.mp4", synth.numbered_frames(2, (64, 36)))) is None


def test_footage_without_sound_has_one_track(tmp_path):
    """The pictures' alone."""
    silent = measured.audio(present=False)
    plan = build_plan(measured.style(), measured.measurements(audio_analysis=silent), JobConfig())
    write_timelines(plan, "source.mp4", measured.facts(), tmp_path / "a.otio", tmp_path / "a.edl")
    timeline = otio.adapters.read_from_file(str(tmp_path / "a.otio"))
    assert [track.kind for track in timeline.tracks] == ["Video"]


def test_where_a_crop_goes_is_kept(tmp_path):
    """No editor's format has words for it: it stands beside the clip, in exact time."""
    plan, facts = planned()
    key = CropKey(Fraction(1, 3), plan.clips[0].crop)
    moving = replace(plan, clips=(replace(plan.clips[0], crop_path=(key,)), *plan.clips[1:]))
    write_timelines(moving, "source.mp4", facts, tmp_path / "t.otio", tmp_path / "t.edl")
    first, second, *_ = otio.adapters.read_from_file(str(tmp_path / "t.otio")).tracks[0]
    (told,) = first.metadata["clipzy"]["crop_path"]
    assert (told["at"], told["crop"]["width"]) == ("1/3", key.crop.width)
    assert "crop_path" not in second.metadata["clipzy"]


@pytest.fixture(params=["dissolve", "wipe", "fade"])
def with_transitions(request, tmp_path):
    """Three clips far apart, two transitions of a second between them, and both files; footage of 25 frames a second."""
    how = Transition(TransitionType(request.param), 1000, Easing.EASE_IN)
    spans = [Span(Fraction(start), Fraction(start + 4)) for start in (2, 20, 12)]
    clips = [Clip(span, WHOLE_PICTURE, None, how if number else None, "") for number, span in enumerate(spans)]
    facts = measured.facts(frame_rate=Fraction(25))
    made = build_plan(None, measured.measurements(measured.video(facts=facts)), JobConfig())
    plan = replace(made, clips=tuple(clips))
    paths = tmp_path / "timeline.otio", tmp_path / "timeline.edl"
    write_timelines(plan, "source.mp4", facts, *paths)
    return request.param, plan, *paths


def test_transitions_lie_about_their_cuts(with_transitions):
    """Half a second of each clip, which the footage has beyond it; heard too where both clips go on."""
    kind, _, path, _ = with_transitions
    pictures, sound = otio.adapters.read_from_file(str(path)).tracks
    assert [type(item).__name__ for item in pictures] == ["Clip", "Transition", "Clip", "Transition", "Clip"]
    assert len(sound) == (3 if kind == "fade" else 5)
    first = pictures[1]
    assert (first.in_offset.to_seconds(), first.out_offset.to_seconds()) == pytest.approx((0.5, 0.5), abs=0.04)
    assert (first.transition_type == "SMPTE_Dissolve") == (kind == "dissolve")
    assert dict(first.metadata["clipzy"]) == {"type": kind, "duration_ms": 1000, "easing": "ease-in"}
    for index in (0, 2, 4):
        before, after = pictures.handles_of_child(pictures[index])
        assert (before is None) == (index == 0)
        assert (after is None) == (index == 4)
    spans = [pictures[index].trimmed_range() for index in (0, 2, 4)]
    assert [span.start_time.to_seconds() for span in spans] == [2, 20, 12]
    assert pictures.duration().to_seconds() == 12


def test_a_decision_list_has_the_dissolves(with_transitions):
    """As its events do: the new clip begins with the dissolve; of other kinds there is the cut."""
    kind, _, _, path = with_transitions
    [track] = otio.adapters.read_from_file(str(path), rate=25).video_tracks()
    clips = [item for item in track if isinstance(item, otio.schema.Clip)]
    crossed = [item for item in track if isinstance(item, otio.schema.Transition)]
    assert len(crossed) == (2 if kind == "dissolve" else 0)
    early = 0.48 if crossed else 0.0
    assert [clip.source_range.start_time.to_seconds() for clip in clips] == pytest.approx([2, 20 - early, 12 - early])
    assert sum(clip.source_range.duration.to_seconds() for clip in clips) == pytest.approx(12)
    for each in crossed:
        assert (each.in_offset + each.out_offset).to_seconds() == pytest.approx(0.96)


def three_shots(kind, rate, shot_s=5):
    """A plan of shots end to end, whose cuts the footage has of its own, slowed about them; and the facts of its footage."""
    how = Transition(TransitionType(kind), 640)
    slowed = Slowed(Fraction(2), Fraction(3, 2))
    spans = [Span(Fraction(number * shot_s), Fraction((number + 1) * shot_s)) for number in range(3)]
    clips = [Clip(spans[0], WHOLE_PICTURE, None, None, "")]
    clips += [Clip(span, WHOLE_PICTURE, None, how, "", slowed=slowed) for span in spans[1:]]
    facts = measured.facts(frame_rate=rate, duration=spans[-1].end)
    made = build_plan(None, measured.measurements(measured.video(facts=facts)), JobConfig())
    return replace(made, clips=tuple(clips), output=replace(made.output, frame_rate=rate)), facts


@pytest.fixture(params=["dissolve", "wipe"])
def with_slowed_pictures(request, tmp_path):
    """Three shots of five seconds; both files, footage of 25 frames a second."""
    plan, facts = three_shots(request.param, Fraction(25))
    paths = tmp_path / "timeline.otio", tmp_path / "timeline.edl"
    write_timelines(plan, "source.mp4", facts, *paths)
    return request.param, plan, *paths


def test_slowed_pictures_are_clips_with_a_time_warp(with_slowed_pictures):
    """Each shows, its transition counted in, exactly the stretch of its own shot that the plan slows; the sound is whole."""
    _, _, path, _ = with_slowed_pictures
    pictures, sound = otio.adapters.read_from_file(str(path)).tracks
    assert [type(item).__name__ for item in sound] == ["Clip"] * 3
    assert not any(item.effects for item in sound)
    assert pictures.duration().to_seconds() == sound.duration().to_seconds() == 15
    shown = []
    for item in pictures.find_clips():
        start, lasts = item.source_range.start_time.to_seconds(), item.source_range.duration.to_seconds()
        speed = item.effects[0].time_scalar if item.effects else 1.0
        _, after = pictures.handles_of_child(item)
        before, _ = pictures.handles_of_child(item)
        early, late = (handle.to_seconds() if handle else 0.0 for handle in (before, after))
        shown.append((start - early * speed, start + (lasts + late) * speed))
    frames = [(round(start * 25), round(end * 25)) for start, end in shown]
    expected = [(0, 75), (75, 125), (125, 162), (162, 200), (200, 250), (250, 287), (287, 375)]
    for (start, end), (first, last) in zip(frames, expected, strict=True):
        assert abs(start - first) <= 1
        assert abs(end - last) <= 1


def test_outgoing_pictures_go_on_where_they_were(with_slowed_pictures):
    """The first line of a dissolve and its speed begin where the event before it ends, so that its last picture is of the same shot."""
    lines = with_slowed_pictures[3].read_text().splitlines()
    events = [(number, line.split()) for number, line in enumerate(lines) if line[:3].isdigit()]
    outgoing = [
        (number, before, event)
        for (_, before), (number, event) in pairwise(events)
        if event[-2] == event[-1] and lines[number + 2].startswith("M2")
    ]
    assert len(outgoing) == (2 if with_slowed_pictures[0] == "dissolve" else 0)
    for (number, before, event), shot_ends in zip(outgoing, ("00:00:05:00", "00:00:10:00"), strict=False):
        assert event[-4] == event[-3] == before[-3]
        _, _, frames, begins = lines[number + 2].split()
        assert begins == event[-4]
        lasts = int(lines[number + 1].split()[4])
        ends = otio.opentime.from_timecode(begins, 25).value + lasts * float(frames) / 25
        assert abs(ends - otio.opentime.from_timecode(shot_ends, 25).value) <= 1


def frames_of(path, rate=25):
    """Numbers of frames of the clips of the first track of a file, in order."""
    track = otio.adapters.read_from_file(str(path), **({"rate": rate} if path.suffix == ".edl" else {})).video_tracks()[
        0
    ]
    return [round(clip.source_range.duration.rescaled_to(rate).value) for clip in track.find_clips()]


@pytest.mark.parametrize("rest", [Fraction(0), Fraction(1, 1000), Fraction(3, 100)], ids=str)
def test_a_rest_between_slowed_pictures_adds_no_frame(rest, tmp_path):
    """However little of a shot runs at its own speed between two transitions, timelines last as long as the film."""
    plan, facts = three_shots("dissolve", Fraction(25), Fraction(7, 2) + rest)
    paths = tmp_path / "timeline.otio", tmp_path / "timeline.edl"
    write_timelines(plan, "source.mp4", facts, *paths)
    assert sum(frames_of(paths[0])) == round(plan.duration * 25)
    assert abs(sum(frames_of(paths[1])) - round(plan.duration * 25)) <= 1


@pytest.mark.parametrize("length", [Fraction(1, 100), Fraction(3, 100)], ids=str)
def test_clips_too_short_for_a_frame_are_left_out(length, tmp_path):
    """In pictures and in sound, with the transitions beside them, so that nothing after them comes late."""
    spans = [Span(Fraction(k, 25) + 1, Fraction(k, 25) + 1 + length) for k in range(250)]
    clips = [Clip(span, WHOLE_PICTURE, None, None, "") for span in spans]
    how = Transition(TransitionType.DISSOLVE, 1)
    clips[100] = replace(clips[100], transition_in=how)
    clips.append(Clip(Span(Fraction(20), Fraction(24)), WHOLE_PICTURE, None, None, ""))
    clips.append(Clip(Span(Fraction(30), Fraction(34)), WHOLE_PICTURE, None, replace(how, duration_ms=400), ""))
    facts = measured.facts(frame_rate=Fraction(25))
    made = build_plan(None, measured.measurements(measured.video(facts=facts)), JobConfig())
    plan = replace(made, clips=tuple(clips), output=replace(made.output, frame_rate=Fraction(25)))
    paths = tmp_path / "timeline.otio", tmp_path / "timeline.edl"
    write_timelines(plan, "source.mp4", facts, *paths)
    for track in otio.adapters.read_from_file(str(paths[0])).tracks:
        assert track.duration().to_seconds() == pytest.approx(float(plan.duration), abs=0.021)
        crossed = [item for item in track if isinstance(item, otio.schema.Transition)]
        assert len(crossed) == (1 if length < Fraction(1, 50) else 2)
    assert 0 not in frames_of(paths[0])
    assert sum(frames_of(paths[1])) == round(plan.duration * 25)


def test_a_decision_list_says_how_fast_pictures_are_played(with_slowed_pictures):
    """In `M2` events of the reel, to the tenth of a frame a second that they have; each dissolve begins with its shot's first picture."""
    kind, plan, _, path = with_slowed_pictures
    text = path.read_text()
    speeds = [line.split() for line in text.splitlines() if line.startswith("M2")]
    assert {(len(fields), fields[1]) for fields in speeds} == {(4, "FOOTAGE")}
    half = plan.clips[1].transition_in.duration_ms / 2000
    assert {fields[2] for fields in speeds} == {f"{25 * over / (over + half):05.1f}" for over in (2, 1.5)}
    events = [line.split() for line in text.splitlines() if line[:3].isdigit()]
    begins = {event[-4] for event in events if event[3] == "D"}
    assert begins == ({"00:00:05:00", "00:00:10:00"} if kind == "dissolve" else set())


def test_slowed_events_take_as_many_frames_of_the_source_as_they_show(with_slowed_pictures):
    """Fewer than they last; a reader finds the speed in dissolves too. The output runs on without a gap."""
    _, _, _, path = with_slowed_pictures
    lines = path.read_text().splitlines()
    speeds = {line.split()[3]: float(line.split()[2]) / 25 for line in lines if line.startswith("M2")}
    events = [line.split()[-4:] for line in lines if line[:3].isdigit()]
    lasting = [[otio.opentime.from_timecode(time, 25).value for time in event] for event in events]
    slowed = 0
    for (begins, *_), (start, end, first, last) in zip(events, lasting, strict=True):
        if first == last:
            continue
        slowed += begins in speeds
        assert end - start == round((last - first) * speeds.get(begins, 1))
    assert slowed == 4
    assert lasting[-1][3] == 15 * 25
    [track] = otio.adapters.read_from_file(str(path), rate=25).video_tracks()
    assert sum(bool(clip.effects) for clip in track.find_clips()) == 4


@pytest.mark.parametrize("kind", ["dissolve", "wipe"])
@pytest.mark.parametrize(
    ("rate", "mode"),
    [
        (Fraction(24000, 1001), "NON-DROP FRAME"),
        (Fraction(30), "NON-DROP FRAME"),
        (NTSC, "DROP FRAME"),
        (Fraction(60000, 1001), "DROP FRAME"),
    ],
    ids=["23.976", "30", "29.97", "59.94"],
)
def test_a_decision_list_with_slowed_pictures_is_read_back_at_any_rate(kind, rate, mode, tmp_path):
    """Its head says whether time codes leave numbers out, as they do over the minutes of NTSC; each shot begins when it does in the output."""
    plan, facts = three_shots(kind, rate, shot_s=50)
    path = tmp_path / "t.edl"
    write_timelines(plan, "source.mp4", facts, tmp_path / "t.otio", path)
    head = path.read_text().splitlines()[:3]
    assert head == ["TITLE: source", f"FCM: {mode}", ""]
    [track] = otio.adapters.read_from_file(str(path), rate=float(rate)).video_tracks()
    clips = list(track.find_clips())
    assert track.duration().to_frames() == round(150 * rate)
    speeds = [effect.time_scalar for clip in clips for effect in clip.effects]
    assert speeds == pytest.approx([2 / 2.32, 1.5 / 1.82] * 2, abs=0.06 / rate)  # to the tenth of a frame a second
    for clip in clips:
        begins = track.range_of_child(clip).start_time.to_seconds()
        assert clip.source_range.start_time.to_seconds() == pytest.approx(begins, abs=1)


def loops(footage_gain_db):
    """A plan whose soundtrack is repeated, and facts of its footage."""
    plan, facts = planned(frame_rate=NTSC)
    first, loop = Span(Fraction(0), Fraction(33, 4)), Span(Fraction(1, 4), Fraction(33, 4))
    stretches = (Stretch(first, Fraction(0), "first"), *(Stretch(loop, Fraction(3, 100), "again") for _ in range(4)))
    ducking = Ducking((Span(Fraction(1), Fraction(3)),), 14.0, Fraction(3, 10), Fraction(4, 5), "speech")
    return replace(plan, soundtrack=Soundtrack(stretches, -3.0, footage_gain_db, ducking, Fraction(2), "why")), facts


@pytest.mark.parametrize(("gain", "tracks"), [(0.0, ["V1", "A1", "A2"]), (None, ["V1", "A2"])], ids=["mix", "alone"])
def test_the_templates_sound_is_a_track_of_its_own(gain, tracks, tmp_path):
    """Each stretch to the sample, end to end, cross-fades before their joins; levels and ducking beside. The list has the cuts as ever."""
    plan, facts = loops(gain)
    paths = tmp_path / "t.otio", tmp_path / "t.edl"
    write_timelines(plan, "source.mp4", facts, *paths, template=TemplateMedia("template.mp4", Fraction(10)))
    timeline = otio.adapters.read_from_file(str(paths[0]))
    assert [track.name for track in timeline.tracks] == tracks
    sound = timeline.tracks[-1]
    clips = list(sound.find_clips())
    assert [clip.source_range.start_time.to_seconds() for clip in clips] == [0, *[0.25] * 4]
    begins = [sound.range_of_child(clip).start_time.to_seconds() for clip in clips]
    assert begins == [0, 8.25, 16.25, 24.25, 32.25]
    fades = [item for item in sound if isinstance(item, otio.schema.Transition)]
    assert [(fade.in_offset.to_seconds(), fade.out_offset.value) for fade in fades] == [(0.03, 0)] * 4
    assert clips[1].media_reference.target_url == "template.mp4"
    told = sound.metadata["clipzy"]
    assert (told["gain_db"], told["footage_gain_db"], told["fade_out_s"]) == (-3.0, gain, "2")
    assert told["ducking"]["spans"][0]["end"] == "3"
    listed = otio.adapters.read_from_file(str(paths[1]), rate=float(plan.output.frame_rate))
    assert len([clip for track in listed.video_tracks() for clip in track.find_clips()]) == len(plan.clips)


def test_the_template_s_sound_counts_from_its_time_code(tmp_path):
    """As pictures do: programs place media by it."""
    plan, facts = loops(None)
    template = TemplateMedia("template.mp4", Fraction(10), begins=Fraction(3600))
    write_timelines(plan, "source.mp4", facts, tmp_path / "t.otio", tmp_path / "t.edl", template=template)
    clips = list(otio.adapters.read_from_file(str(tmp_path / "t.otio")).tracks[-1].find_clips())
    assert [clip.source_range.start_time.to_seconds() for clip in clips] == [3600, *[3600.25] * 4]
    assert clips[0].available_range().start_time.to_seconds() == 3600


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("Rügen, Tag 2.mp4", "Rügen, Tag 2.mp4"),
        ("50% #1?; 2:1.mp4", "50%25 %231%3F%3B 2%3A1.mp4"),
        ("at 10:30:15;12.mp4", "at 10%3A30%3A15%3B12.mp4"),
    ],
    ids=["words", "signs of addresses", "a time code"],
)
def test_editors_find_the_footage_by_its_name(name, address, tmp_path):
    """As the name of each medium and, where an address is asked for, as one; in the list as each clip's name and the title."""
    plan, facts = planned()
    paths = tmp_path / "t.otio", tmp_path / "t.edl"
    write_timelines(plan, name, facts, *paths)
    timeline = otio.adapters.read_from_file(str(paths[0]))
    media = [clip.media_reference for clip in timeline.find_clips()]
    assert {(each.name, each.target_url) for each in media} == {(name, address)}
    assert otio.url_utils.filepath_from_url(address) == name
    lines = paths[1].read_text(encoding="utf-8").splitlines()
    assert lines[0] == f"TITLE: {name.removesuffix('.mp4')}"
    said = {line for line in lines if line.startswith("* FROM")}
    assert said == {f"* FROM CLIP NAME:  {name}", f"* FROM CLIP: {name}"}
