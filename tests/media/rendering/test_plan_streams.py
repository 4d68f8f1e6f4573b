"""The pictures of a plan's transitions, and what is made for them."""

from collections import Counter
from fractions import Fraction
from types import SimpleNamespace

import av
import pytest

import synth
from clipzy.media.rendering import plan_streams
from clipzy.media.rendering.footage import examine
from clipzy.media.rendering.passing import Passing
from clipzy.media.rendering.picture_chain import PictureChain, Tables
from clipzy.media.rendering.plan_streams import PlanStreams
from clipzy.style.dna import Transition, TransitionType
from clipzy.style.plan import WHOLE_PICTURE, Clip, Crop, EditPlan, OutputFormat
from clipzy.style.time import Span

SIZE = (160, 90)
CLOSER = Crop(0.25, 0.25, 0.5, 0.5)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Two seconds of numbered frames, 25 a second."""
    path = tmp_path_factory.mktemp("streams") / "s.mp4"
    synth.write_video(path, synth.numbered_frames(50, SIZE))
    return examine(path)


def streams_of(clips, source):
    """Of a plan of those clips without sound."""
    plan = EditPlan(clips, (), None, OutputFormat(*SIZE, Fraction(25), "h264", 23, "veryfast", 160), ())
    sound = SimpleNamespace(sentences=list)
    return PlanStreams(plan, source, sound, Tables({}), 1, Passing(-1, (), 0))


@pytest.mark.parametrize(
    ("kind", "pictures"),
    [
        (TransitionType.FADE, {WHOLE_PICTURE: 25, CLOSER: 25}),
        (TransitionType.DISSOLVE, {WHOLE_PICTURE: 35, CLOSER: 35}),
    ],
)
def test_a_picture_that_a_fade_does_not_show_is_not_made(kind, pictures, source, monkeypatch):
    """A fade shows the old one until its middle and the new one from there; a dissolve of .8 s both in each of its frames."""
    made = Counter()

    class Counting(PictureChain):
        def __call__(self, frame, clip, since_start=Fraction(0)):
            made[clip.crop] += 1
            return super().__call__(frame, clip, since_start)

    monkeypatch.setattr(plan_streams, "PictureChain", Counting)
    clips = (
        Clip(Span(Fraction(0), Fraction(1)), WHOLE_PICTURE, None, None, ""),
        Clip(Span(Fraction(1), Fraction(2)), CLOSER, None, Transition(kind, 800), ""),
    )
    streams = streams_of(clips, source)
    assert sum(count for _, count in streams.painted(streams.shown(range(50), 1), 0)) == 50
    assert made == pictures


@pytest.mark.parametrize(("pixels", "told"), [("yuv420p", []), ("yuva420p", ["transparency was dropped"])])
def test_transparency_that_the_decoder_leaves_out_is_told(pixels, told, tmp_path):
    """WebM says that there is some; the decoded pictures have none."""
    path = tmp_path / "s.webm"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libvpx-vp9", rate=25, options={"auto-alt-ref": "0", "deadline": "realtime"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, pixels
        for picture in synth.numbered_frames(3, SIZE):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture).reformat(format=pixels)))
        out.mux(stream.encode(None))
    streams = streams_of((Clip(Span(Fraction(0), Fraction(3, 25)), WHOLE_PICTURE, None, None, ""),), examine(path))
    assert {shown.frame.format.name for shown in streams.shown(range(3), 1)} == {"yuv420p"}
    assert streams.warnings() == told
