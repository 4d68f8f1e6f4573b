"""Interlaced footage: its pictures are made whole, and those that are only called so are left alone."""

from fractions import Fraction

import av
import numpy as np
import pytest

import synth
from clipzy.media.colour.lut import planes
from clipzy.media.decoding.interlacing import may_interlace
from clipzy.media.rendering import footage
from clipzy.media.rendering.deinterlace import deinterlaced, is_combed
from clipzy.media.rendering.filters import chain, ready
from clipzy.media.rendering.footage import examine
from clipzy.media.rendering.plan_streams import INTERLACED
from clipzy.media.rendering.readers import FrameReader
from clipzy.media.rendering.render import render
from clipzy.style.plan import WHOLE_PICTURE, Clip, EditPlan, OutputFormat
from clipzy.style.time import Span

SIZE = (160, 96)
RATE = Fraction(25)


def pictures(count):
    """A wall that stands, and before it a bar that goes by three pixels a field: (count, 96, 160, 3)."""
    wall = synth.textured_frame(3, SIZE)
    made = np.repeat(wall[None], count, 0)
    for number, picture in enumerate(made):
        picture[24:72, 10 + 3 * number : 34 + 3 * number] = 230
    return made


def woven(top_first):
    """Twenty frames of two fields each, one fiftieth of a second apart."""
    fields = pictures(40)
    early, late = fields[::2], fields[1::2]
    frames = early.copy()
    frames[:, top_first::2] = late[:, top_first::2]
    return frames


def write(path, frames):
    """Footage that is called interlaced, the bottom field first."""
    return synth.write_video(path, frames, rate=RATE, options={"x264-params": "bff=1"}, crf=4)


def read(path):
    """The source, and times and luma of its frames."""
    source = examine(path)
    with FrameReader(source) as reader:
        span = Span(Fraction(0), Fraction(1))
        return source, [(at, planes(frame)[0].astype(float)) for at, frame in reader.frames(span)]


def decoded(pictures, order):
    """Frames as a decoder gives them, by the name of the field that comes first, or `prog` for whole ones."""
    flags = None
    for number, picture in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24").reformat(format="yuv420p", threads=1)
        frame.pts = frame.duration = 0
        flags = flags or chain(frame, [("setfield", order)])
        flags.vpush(frame)
        (frame,) = ready(flags)
        frame.pts, frame.duration = 512 * number, 512
        yield frame


def combs(luma):
    """How much single lines stand out from both beside them, where the bar goes by."""
    inside = luma[24:72]
    return np.abs(2 * inside[1:-1] - inside[:-2] - inside[2:]).mean()


def coded(picture):
    """Its luma in limited range, by FFmpeg's own matrix of these frames."""
    return 16 + 219 / 255 * (picture @ np.array([0.299, 0.587, 0.114]))


@pytest.mark.parametrize("order", ["tff", "bff"])
def test_combs_are_made_whole(order):
    """Every frame at its time, without combs, showing the bar where it was in its first field; what stands still keeps its lines."""
    frames, whole = woven(order == "tff"), [coded(picture) for picture in pictures(40)[::2]]
    found = list(deinterlaced(decoded(frames, order)))
    assert [(frame.pts, frame.duration) for frame in found] == [(512 * number, 512) for number in range(20)]
    lumas = [planes(frame)[0].astype(float) for frame in found]
    assert max(map(combs, lumas)) < 1.3 * max(map(combs, whole)) < 0.5 * min(combs(coded(frame)) for frame in frames)
    for luma, right in list(zip(lumas, whole, strict=True))[1:-1]:
        assert np.abs(luma - right)[76:].max() <= 2
        assert np.abs(luma - right)[28:68].mean() < 1


def test_pictures_are_looked_at_before_they_are_believed_to_be_interlaced():
    """Broadcasters' whole pictures are called interlaced too; where nothing moves nobody can tell."""
    assert is_combed(decoded(woven(True), "tff"))
    assert not is_combed(decoded(pictures(20), "tff"))
    assert is_combed(decoded(pictures(1).repeat(20, 0), "tff"))


def called_whole_at_first(path, frames, count):
    """MPEG-2 of interlaced frames, of which the first ones are called progressive: by a bit of their picture coding extensions."""
    options = {"flags": "+ildct+ilme", "bf": "0", "qmin": "1", "qmax": "2"}
    coded = synth.write_video(path.with_name("coded.mkv"), [*frames], codec="mpeg2video", rate=RATE, options=options)
    with av.open(str(coded)) as container, av.open(str(path), "w") as out:
        stream = out.add_stream_from_template(container.streams.video[0])
        for number, packet in enumerate(each for each in container.demux() if each.size):
            content = bytearray(bytes(packet))
            if number < count:
                extension = content.index(b"\0\0\1\xb5", content.index(b"\0\0\1\0"))
                content[extension + 8] |= 0x80  # progressive_frame (ITU-T H.262, 6.2.3.1)
            changed = av.Packet(bytes(content))
            changed.pts, changed.dts, changed.time_base = packet.pts, packet.dts, packet.time_base
            changed.is_keyframe, changed.stream = packet.is_keyframe, stream
            out.mux(changed)
    return path


@pytest.mark.parametrize("count", [1, 12])
def test_footage_that_begins_with_whole_pictures_is_interlaced_all_the_same(count, tmp_path):
    """As after the first picture of a recorder, or a logo."""
    source, found = read(called_whole_at_first(tmp_path / "s.mkv", woven(True), count))
    assert source.combed
    assert max(combs(luma) for _, luma in found[count:]) < 0.5 * min(combs(coded(frame)) for frame in woven(True))


def test_whole_footage_is_not_looked_at_for_interlaced_pictures(tmp_path, monkeypatch):
    """Its header says that there are none; and where it does not, none of the first pictures is enough."""
    looked = []
    monkeypatch.setattr(footage, "is_combed", lambda frames: looked.append(True) or is_combed(frames))
    assert not examine(synth.write_video(tmp_path / "s.mp4", pictures(50))).combed
    assert not looked
    assert not examine(synth.write_video(tmp_path / "s.mkv", pictures(50), codec="mpeg2video")).combed
    assert looked


@pytest.mark.parametrize("interlaced", [False, True], ids=["whole", "interlaced"])
@pytest.mark.parametrize(
    ("suffix", "pixels", "params"),
    [
        (".mp4", "yuv420p", "bframes=2"),
        (".mp4", "yuv420p", "cqm=jvt"),
        (".mkv", "yuv444p", "cqm=jvt"),
        (".mkv", "yuv420p10le", "keyint=5"),
        (".avi", "yuv420p", "keyint=5"),
    ],
    ids=["High", "scaling matrices", "4:4:4", "ten bits", "AVI"],
)
def test_the_header_of_h264_tells_whether_there_may_be_fields(suffix, pixels, params, interlaced, tmp_path):
    """In all forms in which it comes."""
    options = {"x264-params": f"{params}:tff=1" if interlaced else params}
    path = synth.write_video(
        tmp_path / f"s{suffix}", pictures(3), codec="libx264", pixel_format=pixels, options=options
    )
    with av.open(str(path)) as container:
        assert may_interlace(container.streams.video[0].codec_context) is interlaced


@pytest.mark.parametrize(
    "header", [b"", b"\1", b"\1d\0\x1f\xff\xe1\0\4gd\0\x1f", b"\0\0\1g", b"\0\0\1gd\0\x1f" + bytes(20)]
)
def test_a_header_that_cannot_be_read_may_mean_anything(header):
    """Cut off, or damaged."""
    context = av.CodecContext.create("h264", "r")
    context.extradata = header
    assert may_interlace(context)


def test_whole_pictures_pass_as_they_are():
    """Among interlaced ones too, as after a cut to film; none is lost where the kind of picture changes midway."""
    whole, combed = list(decoded(pictures(6), "prog")), list(decoded(woven(True)[:6], "tff"))
    small = list(decoded(pictures(4)[:, :48], "tff"))
    found = list(deinterlaced([*whole, *combed, *small, *whole]))
    assert [frame.height for frame in found] == [96] * 12 + [48] * 4 + [96] * 6
    assert all(one is other for one, other in zip(found[:6], whole, strict=True))


def test_a_rendering_has_whole_pictures_and_says_so(tmp_path):
    """At half the height too, where two fields would be mixed."""
    output = OutputFormat(80, 48, RATE, "h264", 8, "veryfast", 160)
    plan = EditPlan((Clip(Span(Fraction(0), Fraction(4, 5)), WHOLE_PICTURE, None, None, ""),), (), None, output, ())
    warnings = {}
    for name, frames in (("combed", woven(False)), ("whole", pictures(40)[::2])):
        source = write(tmp_path / f"{name}.mp4", frames)
        assert examine(source).combed == (name == "combed")
        warnings[name] = render(plan, source, {}, tmp_path / f"{name}.out.mp4").warnings
    assert warnings == {"combed": (INTERLACED,), "whole": ()}
    (_, found), (_, right) = (read(tmp_path / f"{name}.out.mp4") for name in warnings)
    assert [at for at, _ in found] == [number / RATE for number in range(20)]
    for (_, one), (_, other) in list(zip(found, right, strict=True))[1:-1]:
        assert np.abs(one - other).mean() < 1.5
