"""Footage with black bars of its own: plans are made within them, and say so."""

from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest

import measured
import synth
from clipzy.analysis.framing.bars import find_bars
from clipzy.media.decoding.decode import decode_pass
from clipzy.media.decoding.taps import SamplesTap, open_samples
from clipzy.media.rendering.render import render
from clipzy.style.active_picture import edges_shown, picture_of
from clipzy.style.apply import build_plan
from clipzy.style.config import JobConfig
from clipzy.style.dna import AspectRatio, TextOverlay
from clipzy.style.measurements import ActivePicture, Subject
from clipzy.style.plan import WHOLE_PICTURE, Crop
from clipzy.style.reframe import RATIOS
from clipzy.style.standing_text import StandingText
from synth_pictures import textured_frame

PILLARBOX = ActivePicture(240, 0, 1440, 1080)  # 4:3
LETTERBOX = ActivePicture(0, 140, 1920, 800)
PHONE = ActivePicture(656, 0, 608, 1080)
ALL_ROUND = ActivePicture(240, 140, 1440, 800)
ONE_FRAME = Fraction(1, 30)


def plan(active, aspect=AspectRatio.WIDE, config=None, **changes):
    """For footage whose picture lies there in 1920x1080, in the style of a template of just that shape."""
    footage = measured.measurements(measured.video(shots=2, active=active, **changes))
    style, template = measured.style(aspect_ratio=aspect), shaped(aspect)
    return build_plan(style, footage, config or JobConfig(), template_video=template)


def shaped(aspect):
    """A template of just that shape, at 30 frames a second."""
    width, height = (120 * side for side in RATIOS[aspect].as_integer_ratio())
    return measured.video(facts=measured.facts(width=width, height=height))


def places(made):
    """All crops of a plan in pixels of the frame: left, top, right, bottom."""
    crops = [crop for clip in made.clips for crop in (clip.crop, *(key.crop for key in clip.crop_path))]
    edges = np.array([(crop.x, crop.y, crop.x + crop.width, crop.y + crop.height) for crop in crops])
    return edges * (1920, 1080, 1920, 1080)


def text_at(x, y):
    """Lettering in the middle of the video."""
    return TextOverlay("words", None, 0.05, "#ffffff", (x, y), 2000, 1000)


@pytest.mark.parametrize(
    ("active", "aspect", "size", "reason"),
    [
        (PILLARBOX, AspectRatio.WIDE, (1440, 810), "removed black bars of 12 % on the left and right, cropped from 1440x1080"),
        (PILLARBOX, AspectRatio.TALL, (608, 1080), "removed black bars of 12 % on the left and right, cropped from 1440x1080"),
        (LETTERBOX, AspectRatio.WIDE, (1422, 800), "removed black bars of 13 % at the top and bottom, cropped from 1920x800"),
        (LETTERBOX, AspectRatio.TALL, (450, 800), "removed black bars of 13 % at the top and bottom, cropped from 1920x800"),
        (ALL_ROUND, AspectRatio.SQUARE, (800, 800), "removed black bars of 12 % on the left and right and 13 % at the top and bottom, "),
        (PHONE, AspectRatio.TALL, (608, 1080), "removed black bars of 34 % on the left and right, 608x1080 picture kept whole"),
    ],
    ids=["4:3 to 16:9", "4:3 to 9:16", "12:5 to 16:9", "12:5 to 9:16", "all round", "phone to 9:16"],
)  # fmt: skip
def test_no_crop_shows_a_bar(active, aspect, size, reason):
    """Every crop, close ones and zooms as well, lies within the picture; the output has its pixels, none made up."""
    made = plan(active, aspect)
    assert (made.output.width, made.output.height) == size
    assert made.reasons[0].startswith(reason)
    crops = places(made)
    assert (crops[:, :2] >= (active.left - 1e-6, active.top - 1e-6)).all()
    assert (crops[:, 2:] <= (active.left + active.width + 1e-6, active.top + active.height + 1e-6)).all()
    assert len({tuple(crop) for crop in crops.round(3)}) > 1  # virtual cuts go closer, within the bars


def test_crops_go_to_the_subject_within_the_bars():
    """Also to one at the picture's edge, which follows as in footage without bars; zooms stay inside."""
    walk = tuple(Subject(float(s), 0.14 + 0.03 * s, 0.4, 0.24 + 0.03 * s, 0.6, 0.9, False) for s in range(20))
    footage = measured.measurements(measured.video(shots=2, active=PILLARBOX, subjects=walk))
    dna = measured.style(aspect_ratio=AspectRatio.TALL, cut_frequency=0.0, zoom_usage=100.0)
    crops = places(made := build_plan(dna, footage, JobConfig()))
    assert made.clips[0].crop_path
    assert 240 <= crops[0, 0] < 340  # at the picture's left edge, as far as the subject's corridor goes
    assert (crops[:, 0] >= 240 - 1e-6).all()
    assert (crops[:, 2] <= 1680 + 1e-6).all()
    assert any("following the subject" in clip.reason for clip in made.clips)
    assert any("by " in clip.reason for clip in made.clips[1:])


def test_text_within_the_bars_is_framed_in_its_place():
    """A caption that an upright crop of the frame's middle would cut is whole, where it stands in the frame."""
    caption = StandingText(0.0, 40.0, 0.3, 0.8, 0.45, 0.86)
    for crop in places(plan(PILLARBOX, AspectRatio.TALL, texts=(caption,))):
        assert crop[0] <= 0.31 * 1920
        assert crop[2] >= 0.44 * 1920
        assert crop[3] >= 0.85 * 1080


@pytest.mark.parametrize(
    ("active", "changes", "why"),
    [
        (PHONE, {}, "too little picture would be left without them"),
        (LETTERBOX, {"text_overlays": (text_at(0.5, 0.94),)}, "they hold text"),
    ],
    ids=["upright to lying", "subtitles in the bars"],
)
def test_bars_are_kept_where_leaving_them_out_costs_more(active, changes, why):
    """A tenth of the pixels is no picture, and text must not be lost; the reason says so."""
    made = plan(active, **changes)
    assert (made.output.width, made.output.height) == (1920, 1080)
    assert made.reasons[0].startswith("kept black bars of ")
    assert why in made.reasons[0]
    assert plan(LETTERBOX, text_overlays=(text_at(0.5, 0.8),)).reasons[0].startswith("removed")


def test_nothing_is_cropped_where_nobody_asks_for_a_shape():
    """With the framing switch off, and in the footage's own style; a shape that the job names is cut from within the bars all the same."""
    off = plan(PILLARBOX, config=JobConfig(framing=False, pacing=False))
    footage = measured.measurements(measured.video(active=PILLARBOX))
    own = build_plan(None, footage, JobConfig())
    for made in (off, own):
        assert {clip.crop for clip in made.clips} == {WHOLE_PICTURE}
        assert "kept whole" in made.reasons[0]
    asked = plan(PILLARBOX, config=JobConfig(framing=False, aspect_ratio=AspectRatio.TALL))
    assert asked.reasons[0].startswith("removed black bars of 12 %")


def test_where_the_picture_lies_in_the_output():
    """All of it where bars are removed; within the bars where they stay, of zooms where they are widest."""
    video = measured.video(shots=2, active=PILLARBOX)
    assert edges_shown(plan(PILLARBOX).clips, video) == (0, 0, 1, 1)
    assert picture_of(video) == Crop(0.125, 0.0, 0.75, 1.0)
    off = plan(PILLARBOX, config=JobConfig(framing=False, pacing=False))
    assert edges_shown(off.clips, video) == (0.125, 0, 0.875, 1)
    near = replace(off.clips[0], crop=Crop(0.05, 0.1, 0.9, 0.9), crop_path=())
    assert edges_shown([near], video) == pytest.approx((0.075 / 0.9, 0, 0.825 / 0.9, 1))
    assert edges_shown([near, *off.clips], video) == (0.125, 0, 0.875, 1)
    bar = replace(off.clips[0], crop=Crop(0.0, 0.0, 0.1, 0.1), crop_path=())
    assert edges_shown([bar], video) == (0, 0, 1, 1)


def test_footage_without_bars_is_framed_as_ever():
    """All of the frame as the active picture makes no difference to any crop."""
    assert plan(None).clips == plan(ActivePicture(0, 0, 1920, 1080)).clips


@pytest.mark.parametrize("aspect", [AspectRatio.WIDE, AspectRatio.TALL])
@pytest.mark.parametrize("bars", [(0, 80), (60, 0)], ids=["pillarbox", "letterbox"])
def test_a_file_with_bars_is_written_without_them(bars, aspect, tmp_path):
    """From its pixels to the rendered ones: nothing black is left at any edge."""
    down, across = bars
    source = synth.write_video(tmp_path / "s.mp4", [barred(down, across)] * 6, rate=Fraction(30))
    decode_pass(source, (SamplesTap(tmp_path),))
    samples = open_samples(tmp_path).pictures
    active = find_bars(samples).picture((samples.shape[2], samples.shape[1]), (640, 360))
    facts = measured.facts(width=640, height=360, duration=6 * ONE_FRAME, frame_count=6, has_audio=False)
    silent = measured.audio(present=False, beats=())
    footage = measured.measurements(measured.video(shots=1, facts=facts, active=active), silent)
    dna = measured.style(aspect_ratio=aspect)
    made = build_plan(dna, footage, JobConfig(color=False), template_video=shaped(aspect))
    render(made, source, {}, tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as container:
        picture = next(container.decode(video=0)).to_ndarray(format="rgb24")
    assert picture.shape[:2] == (made.output.height, made.output.width)
    edges = (picture[0], picture[-1], picture[:, 0], picture[:, -1])
    assert min(np.median(edge) for edge in edges) > 55


def barred(down, across):
    """A picture of 640x360, nowhere dark but in its bars of so many pixels."""
    frame = np.maximum(textured_frame(3, (640, 360)), 80)
    bars = np.ones((360, 640, 1), bool)
    bars[down : 360 - down, across : 640 - across] = False
    return np.where(bars, np.uint8(0), frame)
