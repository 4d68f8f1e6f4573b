"""From an edit plan and a source to a finished file, read back."""

from __future__ import annotations

import hashlib
import resource
import sys
import textwrap
import threading
import time
from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest
from av.video.reformatter import Colorspace

import synth
import synth_colours
from clipzy.errors import InvalidVideo, MediaError
from clipzy.media.colour.look_table import identity
from clipzy.media.decoding.containers import open_media, prepare_decoder, video_stream
from clipzy.media.decoding.packets import Damage, decoded
from clipzy.media.orientation import Orientation, orientation_of
from clipzy.media.pictures import Scaler
from clipzy.media.rendering.plan_streams import PlanStreams
from clipzy.media.rendering.render import render
from clipzy.media.rendering.worn_look import WornLook, worn_look
from clipzy.media.sound import sound_chain
from clipzy.media.sound.audio import decode_audio
from clipzy.media.sound.loudness import LoudnessMeter
from clipzy.storage.artifacts import to_json
from clipzy.style.dna import Easing, Transition, TransitionType
from clipzy.style.measurements import DipColor
from clipzy.style.plan import WHOLE_PICTURE, AudioChain, Clip, Crop, EditPlan, Look, OutputFormat
from clipzy.style.time import Span
from processes import started

NTSC = Fraction(30000, 1001)
KEPT = AudioChain(None, None, None, None, -1.0, "")
SMALL = (160, 90)
LOOK = "lut.cube"


def plan(
    *spans: tuple[float | Fraction, float | Fraction],
    rate: Fraction | int = 25,
    size: tuple[int, int] = SMALL,
    crop: Crop = WHOLE_PICTURE,
    look: bool = False,
    sound: bool = False,
    crf: int = 16,
) -> EditPlan:
    """Those spans of the source, one after the other."""
    clips = [
        Clip(Span(Fraction(str(start)), Fraction(str(end))), crop, LOOK if look else None, None, "")
        for start, end in spans
    ]
    output = OutputFormat(*size, Fraction(rate), "h264", crf, "veryfast", 160)
    return EditPlan(tuple(clips), (Look(LOOK),) if look else (), KEPT if sound else None, output, ())


def pictures(path) -> list[np.ndarray]:
    """Every picture of a file as RGB, as stored."""
    with open_media(path) as container:
        stream = video_stream(container)
        prepare_decoder(stream.codec_context)
        scale = Scaler((stream.width, stream.height), Orientation(), exact=True)
        return [scale(frame) for _, frames in decoded(container, stream, Damage()) for frame in frames]


def numbers(path) -> list[int]:
    """The numbers painted into a file's pictures."""
    return [synth.read_index(picture) for picture in pictures(path)]


def rendered(tmp_path, source, edit, look=None):
    """The output of a plan, and what was reported."""
    output = tmp_path / "output.mp4"
    return output, render(edit, source, {} if look is None else {LOOK: look}, output)


def test_a_look_that_is_missing_is_asked_for(tmp_path):
    """A clip that wears one, in a rendering without it, is a mistake of the caller's: told before the footage is opened."""
    with pytest.raises(ValueError, match="no such look was given"):
        rendered(tmp_path, tmp_path / "none.mp4", plan((0, 1), look=True))


@pytest.mark.parametrize(
    ("source_rate", "rate", "expected"),
    [
        (25, 25, range(50)),
        (NTSC, NTSC, range(60)),
        (25, 30, [n * 5 // 6 for n in range(60)]),
        (30, 24, [n * 5 // 4 for n in range(48)]),
        (60, 30, range(0, 120, 2)),
        (24, 60, [n * 2 // 5 for n in range(120)]),
    ],
    ids=["same", "same NTSC", "25 to 30", "30 to 24", "60 to 30", "24 to 60"],
)
def test_frame_rates_are_converted_to_the_frame(source_rate, rate, expected, tmp_path):
    """Two seconds; each output frame shows the source frame whose turn it is at that time, up to a shared grid's rounding."""
    count = round(2 * Fraction(source_rate))
    source = synth.write_video(tmp_path / "s.mp4", synth.numbered_frames(count, SMALL), rate=Fraction(source_rate))
    output, report = rendered(tmp_path, source, plan((0, count / Fraction(source_rate)), rate=rate))
    found = numbers(output)
    assert len(found) == report.frames == len(expected)
    # where a source frame begins between two output frames, either may be the first to show it
    assert max(abs(a - b) for a, b in zip(found, expected, strict=True)) <= (0 if source_rate in {rate, 60} else 1)
    assert found == sorted(found)


def test_a_variable_frame_rate_becomes_constant(tmp_path):
    """A slow half and a fast half: frames are repeated and dropped so that each is on the screen at its own time."""
    times = [Fraction(i, 10) for i in range(10)] + [1 + Fraction(i, 50) for i in range(50)]
    source = synth.write_video(tmp_path / "s.mp4", synth.numbered_frames(60, SMALL), times=times)
    output, _ = rendered(tmp_path, source, plan((0, 2), rate=20))
    expected = [max(k for k, at in enumerate(times) if at <= Fraction(n, 20)) for n in range(40)]
    assert all(abs(a - b) <= 1 for a, b in zip(numbers(output), expected, strict=True))
    assert numbers(output)[:20] == expected[:20]


@pytest.mark.parametrize("at", [60, 75], ids=["between key frames", "a key frame"])
@pytest.mark.parametrize(
    "spans", [[(0, 6)], [(0, 1), (5, 6)], [(3, 4)]], ids=["read through", "leaped over", "begun behind"]
)
def test_a_stamp_that_cannot_be_right_holds_nothing_up(at, spans, tmp_path):
    """Of a picture thirty hours after the others: those after it are shown at their times, as they were analysed."""
    plain = synth.write_video(
        tmp_path / "p.mp4", synth.numbered_frames(150, SMALL), options={"g": "25", "bf": "0", "sc_threshold": "0"}
    )
    source = tmp_path / "s.mkv"
    with av.open(str(plain)) as read, av.open(str(source), "w") as written:
        stream = written.add_stream_from_template(read.streams.video[0])
        for number, packet in enumerate(packet for packet in read.demux(video=0) if packet.size):
            packet.stream, packet.time_base = stream, Fraction(1, 1000)
            packet.dts = packet.pts = 40 * number
            packet.duration = 40
            if number == at:
                packet.pts += 30 * 3600 * 1000
            written.mux(packet)
    output, _ = rendered(tmp_path, source, plan(*spans))
    assert numbers(output) == [number for start, end in spans for number in range(25 * start, 25 * end)]


def test_clips_play_in_the_order_of_the_plan(tmp_path):
    """Spans out of order, overlapping and far apart, each to the frame."""
    source = synth.write_video(tmp_path / "s.mp4", synth.numbered_frames(300, SMALL), options={"g": "30", "bf": "2"})
    spans = [(10, 10.4), (0.2, 0.6), (0.4, 0.8), (8, 8.4)]
    output, report = rendered(tmp_path, source, plan(*spans))
    assert numbers(output) == [*range(250, 260), *range(5, 15), *range(10, 20), *range(200, 210)]
    assert report.duration == Fraction(8, 5)
    assert report.warnings == ()


@pytest.mark.parametrize("processors", [1, 16, 64])
@pytest.mark.parametrize("frames", [1, 3, 50])
def test_many_processors_change_nothing(frames, processors, tmp_path, monkeypatch):
    """However many threads work on pictures, all come out, once and in order."""
    for module in ("render", "plan_streams"):
        monkeypatch.setattr(f"clipzy.media.rendering.{module}.available_processors", lambda: processors)
    source = synth.write_video(tmp_path / "s.mp4", synth.numbered_frames(frames, SMALL))
    output, _ = rendered(tmp_path, source, plan((0, Fraction(frames, 25)), look=True), identity())
    assert numbers(output) == list(range(frames))


def test_flash_and_click_stay_together(tmp_path):
    """A white frame and a click at one instant come out at one instant, also after cuts and at another frame rate."""
    frames = [np.full((90, 160, 3), 255 if n in {15, 65} else 20, np.uint8) for n in range(100)]
    sound = synth.clicks([0.6, 2.6], 4.0, 44100)
    source = synth.write_video(tmp_path / "s.mp4", frames, audio=sound, sample_rate=44100)
    output, _ = rendered(tmp_path, source, plan((2, 3), (0.2, 1.1), rate=50, sound=True))
    flashes = [n / 50 for n, picture in enumerate(pictures(output)) if picture.mean() > 128]
    heard = np.abs(decode_audio(output, tmp_path).mono(22050))
    onsets = [
        start / 22050 for start in np.flatnonzero(heard > 0.25) if not (heard[max(0, start - 500) : start] > 0.25).any()
    ]
    assert flashes == pytest.approx([0.6, 0.62, 1.4, 1.42])
    assert onsets == pytest.approx([0.6, 1.4], abs=0.002)


@pytest.mark.parametrize("rate", [Fraction(25), NTSC], ids=["25", "NTSC"])
@pytest.mark.parametrize("sample_rate", [48000, 44100, 22050])
@pytest.mark.parametrize("channels", [1, 2])
def test_sound_is_as_long_as_the_pictures(channels, sample_rate, rate, tmp_path):
    """To the sample, in one channel and two; rates that AAC players do not all take become 48 kHz."""
    seconds = 40 / rate
    sound = synth.noise(float(seconds), sample_rate, channels=channels, rms_dbfs=-30)
    source = synth.write_video(
        tmp_path / "s.mp4", synth.numbered_frames(40, SMALL), rate=rate, audio=sound, sample_rate=sample_rate
    )
    output, report = rendered(tmp_path, source, plan((0, seconds), rate=rate, sound=True))
    with av.open(str(output)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (audio.codec_context.name, audio.channels) == ("aac", channels)
        assert audio.sample_rate == (sample_rate if sample_rate > 44000 else 48000)
        assert (video.start_time, audio.start_time) == (0, 0)
        assert video.duration * video.time_base == seconds == report.duration
        assert audio.duration == round(seconds * audio.sample_rate)


def test_surround_sound_is_mixed_to_stereo(tmp_path):
    """The centre of 5.1 is heard on both sides, 3 dB down, and the mix is told."""
    sound = np.zeros((48000, 6), np.float32)
    sound[:, 2] = synth.sine(1000, 1.0, peak_dbfs=-12, channels=1)[:, 0]
    source = synth.write_video(tmp_path / "s.mkv", synth.numbered_frames(25, SMALL), audio=sound)
    output, report = rendered(tmp_path, source, plan((0, 1), sound=True))
    with av.open(str(output)) as container:
        heard = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)[:, 8000:40000]
    assert np.abs(heard).max(axis=1) == pytest.approx([10 ** (-15 / 20)] * 2, rel=0.05)
    assert report.warnings == ("surround sound was mixed to stereo",)


@pytest.mark.parametrize("wanted", [True, False], ids=["plan with sound", "plan without"])
def test_footage_without_sound_stays_without(wanted, tmp_path):
    """No silent stream is made up."""
    source = synth.write_video(tmp_path / "s.mp4", synth.numbered_frames(10, SMALL))
    output, report = rendered(tmp_path, source, plan((0, 0.4), sound=wanted))
    with av.open(str(output)) as container:
        assert len(container.streams) == 1
    assert len(report.warnings) == wanted


@pytest.mark.parametrize("sound", [None, synth.noise(0.04)], ids=["silent", "sound"])
def test_a_single_frame_is_enough(sound, tmp_path):
    """Footage of one frame gives a file of one frame, even where it lasts less than half an output frame."""
    source = synth.write_video(tmp_path / "s.mp4", synth.numbered_frames(1, SMALL), audio=sound)
    output, report = rendered(tmp_path, source, plan((0, 0.04), rate=10, sound=sound is not None))
    assert (report.frames, numbers(output)) == (1, [0])


@pytest.mark.parametrize("look", [None, identity()], ids=["plain", "look"])
@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_rotation_is_put_into_the_pixels(degrees, look, tmp_path):
    """A picture that a player has to turn comes out upright, with nothing left to turn."""
    texture = synth.textured_frame(3, SMALL)
    upright = np.rot90(texture, degrees // 90)
    source = synth.write_video(tmp_path / "s.mp4", [texture] * 3, rotation=degrees)
    size = (upright.shape[1], upright.shape[0])
    output, _ = rendered(tmp_path, source, plan((0, 0.12), size=size, look=look is not None), look)
    assert np.abs(pictures(output)[1] - upright.astype(float)).mean() < 4
    with open_media(output) as container:
        assert orientation_of(next(container.decode(video_stream(container)))) == Orientation()


def test_pixels_become_square(tmp_path):
    """A circle stored half as wide as high, in pixels twice as wide as high, is a circle again."""
    y, x = np.mgrid[0:180, 0:160]
    disc = np.where((((x - 80) * 2) ** 2 + (y - 90) ** 2 < 60**2)[..., None], 255, 0).astype(np.uint8).repeat(3, 2)
    source = synth.write_video(tmp_path / "s.mp4", [disc] * 2, sample_aspect=Fraction(2))
    output, _ = rendered(tmp_path, source, plan((0, 0.08), size=(320, 180)))
    shown = pictures(output)[0][..., 1] > 128
    assert shown.any(axis=0).sum() == pytest.approx(120, abs=2)
    assert shown.any(axis=1).sum() == pytest.approx(120, abs=2)
    with av.open(str(output)) as container:
        assert container.streams.video[0].sample_aspect_ratio == 1


@pytest.mark.parametrize(
    ("crop", "size", "kept"),
    [
        (Crop(0.25, 0, 0.5, 1), (90, 160), (slice(None), slice(80, 240))),
        (Crop(0.21875, 0, 0.5625, 1), (160, 160), (slice(None), slice(70, 250))),
    ],
    ids=["tall", "square"],
)
def test_a_crop_keeps_its_part(crop, size, kept, tmp_path):
    """What is cut out of a wide texture is that part of it, scaled."""
    texture = synth.textured_frame(8, (320, 180))
    source = synth.write_video(tmp_path / "s.mp4", [texture] * 2)
    output, _ = rendered(tmp_path, source, plan((0, 0.08), size=size, crop=crop))
    part = av.VideoFrame.from_ndarray(np.ascontiguousarray(texture[kept]), "rgb24")
    expected = part.reformat(*size, interpolation="BICUBIC").to_ndarray()
    assert np.abs(pictures(output)[0] - expected.astype(float)).mean() < 4


def test_odd_sizes_are_taken(tmp_path):
    """Footage of 161x91 pixels loses one of each."""
    source = synth.write_video(tmp_path / "s.webm", synth.numbered_frames(5, (161, 91)))
    output, _ = rendered(tmp_path, source, plan((0, 0.2), size=(160, 90)))
    assert numbers(output) == list(range(5))


def test_the_look_that_changes_nothing_changes_nothing(tmp_path):
    """With and without it the pictures are the same within the noise of the encoder."""
    source = synth.write_video(tmp_path / "s.mp4", synth.moving_texture(5, dx=2, size=SMALL))
    plain = pictures(rendered(tmp_path, source, plan((0, 0.2)))[0])
    looked = pictures(rendered(tmp_path, source, plan((0, 0.2), look=True), identity())[0])
    assert np.abs(np.array(plain, float) - np.array(looked, float)).mean() < 1.5


def test_a_look_is_put_on_the_clips_that_ask_for_it(tmp_path):
    """Inverted colours come out inverted, in an old coding as well, and only where they are wanted."""
    texture = synth.textured_frame(5, SMALL)
    source = synth.write_video(tmp_path / "s.mp4", [texture] * 20, colorspace=Colorspace.ITU601, full_range=True)
    edit = plan((0, 0.4), (0.4, 0.8), look=True)
    plain = Clip(edit.clips[1].source, WHOLE_PICTURE, look=None, transition_in=None, reason="")
    edit = EditPlan((edit.clips[0], plain), edit.looks, None, edit.output, ())
    output, _ = rendered(tmp_path, source, edit, 1 - identity())
    found = np.array(pictures(output), float)
    assert np.abs(found[:10] - (255 - texture.astype(float))).mean() < 4
    assert np.abs(found[10:] - texture).mean() < 4


@pytest.mark.parametrize("strength", [0.7, 1.0, 0.123456])
def test_a_file_tells_whose_look_it_wears(strength, tmp_path):
    """Its container does, also once it was copied into another one; a file without says nothing."""
    source, output, copy = (tmp_path / name for name in ("s.mp4", "o.mp4", "c.mkv"))
    synth.write_video(source, synth.numbered_frames(5, SMALL))
    worn = WornLook(hashlib.sha256(b"template").hexdigest(), strength)
    render(plan((0, Fraction(1, 5))), source, {}, output, worn=worn)
    assert worn_look(output) == worn
    assert worn_look(source) is None
    with av.open(str(output)) as read, av.open(str(copy), "w") as written:
        written.metadata.update(read.metadata)
        stream = written.add_stream_from_template(read.streams.video[0])
        for packet in read.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                written.mux(packet)
    assert worn_look(copy) == worn


def test_clips_wear_looks_of_their_own(tmp_path):
    """Two looks and none in one file, each on the clip that names it; a fade between two looks has both at their sides."""
    grey = np.full((90, 160, 3), 128, np.uint8)
    source = synth.write_video(tmp_path / "s.mp4", [grey] * 45)
    fade = Transition(TransitionType.FADE, 200)
    edit = plan((0, 0.6), (0.6, 1.2), (1.2, 1.8))
    worn = [("lut-1.cube", None), ("lut-2.cube", fade), (None, None)]
    clips = [replace(clip, look=look, transition_in=join) for clip, (look, join) in zip(edit.clips, worn, strict=True)]
    edit = replace(edit, clips=tuple(clips), looks=(Look("lut-1.cube"), Look("lut-2.cube")))
    dark, light = (np.float32(share) * identity() for share in (0.5, 1.5))
    output = tmp_path / "output.mp4"
    render(edit, source, {"lut-1.cube": dark, "lut-2.cube": light}, output)
    found = np.array(pictures(output), float).mean((1, 2, 3))
    for frames, level in ((slice(0, 12), 64), (slice(18, 30), 192), (slice(30, 45), 128)):
        np.testing.assert_allclose(found[frames], level, atol=3)
    assert found[15] < 40


def captioned(path):
    """A second of grey, two letters of a caption (CEA-608, as ATSC A/53 has it) on each of its 25 frames."""
    pair = bytes([0xFC, 0x94, 0x2C])
    caption = bytes([0xB5, 0x00, 0x31]) + b"GA94" + bytes([0x03, 0xC2, 0xFF]) + 2 * pair + b"\xff"
    message = b"\0\0\0\1\x06" + bytes([4, len(caption)]) + caption + b"\x80"  # SEI of ITU-T H.264, annex D
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"bf": "0"})
        stream.width, stream.height, stream.pix_fmt = *SMALL, "yuv420p"
        stream.codec_context.colorspace = 1  # BT.709, so that the frames themselves go to the encoder
        grey = [np.full((SMALL[1], SMALL[0], 3), level, np.uint8) for level in range(60, 160, 4)]
        frames = [av.VideoFrame.from_ndarray(each, "rgb24").reformat(format="yuv420p", threads=1) for each in grey]
        for packet in [packet for frame in [*frames, None] for packet in stream.encode(frame)]:
            told = av.Packet(message + bytes(packet))
            told.pts, told.dts, told.time_base, told.duration = (
                packet.pts,
                packet.dts,
                packet.time_base,
                packet.duration,
            )
            told.stream, told.is_keyframe = stream, packet.is_keyframe
            out.mux(told)
    return path


def captions(path):
    """How many frames of a file carry some."""
    with av.open(str(path)) as container:
        return sum(any(data.type.name == "A53_CC" for data in frame.side_data) for frame in container.decode(video=0))


def test_captions_that_ride_on_frames_stay_behind(tmp_path):
    """Of frames that are shown twice or left out they would be read twice or not at all."""
    source = captioned(tmp_path / "s.mp4")
    assert captions(source) == 25
    output, _ = rendered(tmp_path, source, plan((0, 1), rate=30))
    assert captions(output) == 0


def test_less_than_a_frame_of_the_output_is_not_missed(tmp_path):
    """Of footage with many more frames a second than the output, the last of which rounds up."""
    source = synth.write_video(tmp_path / "s.mkv", synth.numbered_frames(55, SMALL), rate=Fraction(240))
    _, report = rendered(tmp_path, source, plan((0, 0.25), rate=24))
    assert report.warnings == ()


def test_footage_that_breaks_off_is_completed_and_told(tmp_path):
    """Where the file ends early, the last picture is held and the sound is silent, so that the length is the plan's."""
    source = synth.write_video(
        tmp_path / "s.mkv", synth.numbered_frames(100, SMALL), audio=synth.noise(4.0), options={"g": "10", "bf": "0"}
    )
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    output, report = rendered(tmp_path, source, plan((0, 4), sound=True))
    found = numbers(output)
    assert len(found) == report.frames == 100
    last = found[-1]
    assert 20 < last < 80
    assert found == [min(n, last) for n in range(100)]
    assert any("last picture is held" in warning for warning in report.warnings)


def test_progress_rises_to_one(tmp_path):
    """The share told never falls, comes often, and ends at 1."""
    source = synth.write_video(tmp_path / "s.mp4", synth.numbered_frames(50, SMALL), audio=synth.noise(2.0))
    told = []
    render(plan((0, 2), sound=True), source, {}, tmp_path / "output.mp4", told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) >= 50


class _StoppedHalfwayError(Exception):
    """Raised by the one who is told of the progress."""


@pytest.mark.timeout(30)
def test_a_rendering_that_fails_leaves_nothing(tmp_path):
    """Neither output nor part of it, and no older output is harmed."""
    source = synth.write_video(tmp_path / "s.mp4", synth.numbered_frames(50, SMALL), audio=synth.noise(2.0))
    output = tmp_path / "out" / "output.mp4"
    output.parent.mkdir()
    output.write_bytes(b"older")

    def stop(share: float) -> None:
        if share > 0.4:
            raise _StoppedHalfwayError

    with pytest.raises(_StoppedHalfwayError):
        render(plan((0, 2), sound=True), source, {}, output, stop)
    assert [path.name for path in output.parent.iterdir()] == ["output.mp4"]
    assert output.read_bytes() == b"older"


def test_the_whole_file_can_be_looked_at_while_it_is_checked(tmp_path):
    """It has all of its pictures then, is told with the report that comes back in the end, and nothing stands under the output's name yet."""
    source = synth.write_video(tmp_path / "s.mp4", synth.numbered_frames(50, SMALL), audio=synth.noise(2.0))
    output, seen = tmp_path / "output.mp4", []

    def look(path, made):
        seen.append((numbers(path), made, output.exists()))

    report = render(plan((0, 2), sound=True), source, {}, output, meanwhile=look)
    assert seen == [(list(range(50)), report, False)]
    assert report.keys[0] == 0
    assert output.exists()


def test_what_is_wrong_with_a_file_goes_before_what_those_who_look_at_it_stumble_over(tmp_path, monkeypatch):
    """The check's error is the one that is raised, and nothing is left."""
    source = synth.write_video(tmp_path / "s.mp4", synth.numbered_frames(10, SMALL))

    def fails(*_):
        time.sleep(0.2)  # the later of the two
        raise MediaError("the rendered file has 9 of 10 frames")

    def stumbles(*_):
        raise _StoppedHalfwayError

    monkeypatch.setattr("clipzy.media.rendering.render.verify", fails)
    with pytest.raises(MediaError, match="9 of 10"):
        render(plan((0, 0.4)), source, {}, tmp_path / "out.mp4", meanwhile=stumbles)
    monkeypatch.undo()
    with pytest.raises(_StoppedHalfwayError):
        render(plan((0, 0.4)), source, {}, tmp_path / "out.mp4", meanwhile=stumbles)
    assert [path.name for path in tmp_path.iterdir()] == ["s.mp4"]


def test_a_rendering_that_fails_does_not_hear_its_sound_to_the_end(tmp_path, monkeypatch):
    """A minute of it, which is measured while the pictures fail: that is told at once."""
    sound = synth.sine(440, 60, peak_dbfs=-30)
    source = synth.write_video(tmp_path / "s.mkv", synth.numbered_frames(60, SMALL), rate=Fraction(1), audio=sound)
    begun, failed, measured = threading.Event(), threading.Event(), []

    def failing(*_):
        begun.wait()
        failed.set()
        raise MediaError("the pictures fail")
        yield

    class Meter(LoudnessMeter):
        def add(self, piece):
            begun.set()
            failed.wait()
            measured.append(piece.shape[1])
            super().add(piece)

    monkeypatch.setattr(PlanStreams, "painted", failing)
    monkeypatch.setattr(sound_chain, "LoudnessMeter", Meter)
    edit = replace(plan((0, 60), rate=1), audio=replace(KEPT, target_lufs=-16.0))
    with pytest.raises(MediaError, match="the pictures fail"):
        rendered(tmp_path, source, edit)
    assert sum(measured) < len(sound)


def test_lossless_pictures_are_checked_like_all_others(tmp_path):
    """Cuts soon after each other begin with whole pictures that are no key frames, and that FFmpeg takes for some where only one is referred back to."""
    textures = [synth.textured_frame(seed, SMALL) for seed in range(20)]
    source = synth.write_video(tmp_path / "s.mp4", [texture for texture in textures for _ in range(2)])
    output, report = rendered(tmp_path, source, plan((0, 1.6), crf=0))
    assert report.frames == 40
    with av.open(str(output)) as container:
        taken = sum(packet.is_keyframe for packet in container.demux(video=0))
    assert taken > len(report.keys)  # else this proves nothing


def test_a_full_disk_is_an_error_in_words(tmp_path):
    """What cannot be written is told, and nothing is left."""
    source = synth.write_video(tmp_path / "s.mp4", synth.moving_texture(30, dx=9, dy=5, size=(640, 360)))
    output = tmp_path / "out" / "output.mp4"
    output.parent.mkdir()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(MediaError, match="output cannot be"):
            render(plan((0, 1.2), size=(640, 360)), source, {}, output)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(output.parent.iterdir()) == []


@pytest.mark.timeout(60)
def test_a_rendering_that_is_killed_publishes_nothing(tmp_path):
    """Killed at any moment before its end, a rendering leaves no file under the output's name."""
    source = synth.write_video(tmp_path / "s.mp4", synth.moving_texture(60, dx=9, size=(640, 360)))
    edit = plan((0, 2.4), size=(640, 360), rate=60)
    code = f"""
        from pathlib import Path
        from time import sleep
        from clipzy.media.rendering.render import render
        from clipzy.storage.artifacts import from_json
        from clipzy.style.plan import EditPlan
        edit = from_json(EditPlan, {to_json(EditPlan, edit)!r})
        render(edit, Path({str(source)!r}), {{}}, Path({str(tmp_path / "output.mp4")!r}), lambda _: sleep(0.1))
    """
    with started(sys.executable, "-c", textwrap.dedent(code)) as child:
        while not (tmp_path / ".output.mp4.part").exists() and child.poll() is None:
            time.sleep(0.02)
        time.sleep(0.3)
        assert child.poll() is None
        child.kill()
    assert not (tmp_path / "output.mp4").exists()


def in_two_colours(tmp_path):
    """Two seconds that are bright on the left and dark on the right."""
    picture = np.full((90, 160, 3), 200, np.uint8)
    picture[:, 80:] = 40
    return synth.write_video(tmp_path / "s.mp4", [picture] * 50, rate=Fraction(25))


LEFT, RIGHT = Crop(0, 0, 0.5, 1), Crop(0.5, 0, 0.5, 1)


def from_left_to_right(transition, ends=2):
    """A second of the left half, then a second of the right one."""
    first = Clip(Span(Fraction(0), Fraction(1)), LEFT, look=None, transition_in=None, reason="")
    second = Clip(Span(Fraction(ends - 1), Fraction(ends)), RIGHT, look=None, transition_in=transition, reason="")
    return EditPlan((first, second), (), None, plan((0, 1), size=(80, 90)).output, ())


@pytest.mark.parametrize(
    ("kind", "middle"),
    [("dissolve", 120), ("fade", 0), ("wipe", 120), ("slide", 120), ("circle", 137), ("zoom", 120), ("cut", None)],
)
def test_a_transition_lies_about_its_cut(kind, middle, tmp_path):
    """For its length one picture gives way to the other, half of it before the cut; the rest is plain, the length as planned."""
    edit = from_left_to_right(Transition(TransitionType(kind), 0 if kind == "cut" else 400))
    output, report = rendered(tmp_path, in_two_colours(tmp_path), edit)
    levels = [float(picture.mean()) for picture in pictures(output)]
    assert len(levels) == report.frames == 50
    assert levels[:20] == pytest.approx([200] * 20, abs=4)
    assert levels[30:] == pytest.approx([40] * 20, abs=4)
    if middle is None:
        assert levels[20:30] == pytest.approx([200] * 5 + [40] * 5, abs=4)
    else:
        assert 40 < levels[23] < 196 or kind == "fade"
        assert np.mean(levels[24:26]) == pytest.approx(middle, abs=32)


def test_a_fade_goes_through_its_colour(tmp_path):
    """White where the plan says so."""
    edit = from_left_to_right(Transition(TransitionType.FADE, 400))
    edit = replace(edit, clips=(edit.clips[0], replace(edit.clips[1], dips_to=DipColor.WHITE)))
    levels = [float(picture.mean()) for picture in pictures(rendered(tmp_path, in_two_colours(tmp_path), edit)[0])]
    assert max(levels[24:26]) > 230
    assert min(levels) == pytest.approx(40, abs=4)


def test_the_shot_after_a_transition_begins_with_a_key_frame(tmp_path):
    """So that decoding key frames alone meets every shot."""
    edit = from_left_to_right(Transition(TransitionType.WIPE, 820))  # 0.59 to 1.41 s
    output, _ = rendered(tmp_path, in_two_colours(tmp_path), edit)
    with open_media(output) as container:
        keys = [p.pts * p.time_base for p in container.demux(video_stream(container)) if p.is_keyframe]
    assert keys == [0, Fraction(35, 25)]  # the first frame whose middle lies beyond


def test_an_eased_transition_begins_slowly(tmp_path):
    """Ease-in has gone a quarter of the way at half of its time."""
    edit = from_left_to_right(Transition(TransitionType.DISSOLVE, 400, Easing.EASE_IN))
    levels = [float(picture.mean()) for picture in pictures(rendered(tmp_path, in_two_colours(tmp_path), edit)[0])]
    assert np.mean(levels[24:26]) == pytest.approx(200 - 160 / 4, abs=5)


def test_each_output_frame_of_a_transition_is_its_own(tmp_path):
    """Also where the footage has fewer frames than the output."""
    edit = from_left_to_right(Transition(TransitionType.DISSOLVE, 400))
    edit = replace(edit, output=replace(edit.output, frame_rate=Fraction(50)))
    levels = [float(picture.mean()) for picture in pictures(rendered(tmp_path, in_two_colours(tmp_path), edit)[0])]
    assert len(levels) == 100
    falls = -np.diff(levels[40:60])
    assert falls.min() > 4
    assert falls.max() < 12


def test_a_source_that_is_no_video_is_refused(tmp_path):
    """Sound alone cannot be rendered."""
    source = synth.write_audio(tmp_path / "s.mp4", synth.sine(440, 0.2))
    with pytest.raises(InvalidVideo):
        rendered(tmp_path, source, plan((0, 0.2)))


@pytest.mark.parametrize("looked", [False, True], ids=["own style", "look"])
@pytest.mark.parametrize("name", ["HLG", "PQ of MaxCLL 203"])
def test_hdr_footage_becomes_standard_video(name, looked, tmp_path):
    """As the phone's HEVC of ten bits, or a file that names its peak: the codes that SDR footage gives, tagged BT.709; of the bits there is a word."""
    shades = np.stack([np.linspace(0, 0.6, 160), np.linspace(0.3, 0.1, 160), np.full(160, 0.15)], -1)
    scene = np.broadcast_to(shades, (90, 160, 3)) * 0.65
    look = identity()[..., ::-1] ** np.float32(1.2)
    shown, said = {}, {}
    for kind in ("standard", name):
        coded = synth_colours.CODINGS[kind]
        codec = "libx265" if kind == "HLG" else "libx264"
        source = synth_colours.write_scene(tmp_path / "s.mov", [scene] * 5, coded, codec)
        output, report = rendered(tmp_path, source, plan((0, 0.2), look=looked), look if looked else None)
        shown[kind], said[kind] = np.mean(pictures(output), 0), report.warnings
        with av.open(str(output)) as container:
            context = container.streams.video[0].codec_context
            assert (context.pix_fmt, context.colorspace, context.color_primaries, context.color_trc) == (
                "yuv420p",
                1,
                1,
                1,
            )
    assert np.abs(shown[name] - shown["standard"]).mean() < 1.5
    assert said["standard"] == ()
    assert said[name] == ("10-bit 4:2:0 video was converted to 8-bit 4:2:0, which every player supports",)
