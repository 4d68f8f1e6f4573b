"""Interlaced footage: its pictures are made whole, and those that are only called so are left alone."""

from fractions import Fraction

import av
import numpy as np
import pytest

import synth
from clipzy.media.deinterlace import deinterlaced, is_combed
from clipzy.media.filters import chain, ready
from clipzy.media.footage import FrameReader, examine
from clipzy.media.lut import planes
from clipzy.media.render import INTERLACED, render
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
