"""Footage and its template as they really are, beside the three shapes and rates that a style names."""

from fractions import Fraction

import pytest

import measured
from clipzy.style.apply import build_plan, little_kept
from clipzy.style.config import JobConfig
from clipzy.style.dna import TextOverlay
from clipzy.style.extract import extract
from clipzy.style.measurements import ActivePicture
from clipzy.style.picture_format import format_of, shape_name
from clipzy.style.plan import WHOLE_PICTURE

NTSC = Fraction(30000, 1001)


def video(width=1920, height=1080, rate=30, *, varies=False, **changes):
    """Of that format."""
    about = measured.facts(width=width, height=height, frame_rate=Fraction(rate), variable_frame_rate=varies)
    return measured.video(shots=1, facts=about, **changes)


def planned(template, footage, config=None, *, style_alone=False):
    """The plan for footage in a template's style, from the video itself or from the style that it was taken for."""
    style = extract(measured.measurements(template), created_at="2025-01-01T00:00:00Z")
    config = config or JobConfig(pacing=False)
    return build_plan(style, measured.measurements(footage), config, template_video=None if style_alone else template)


def size(plan):
    """Of the output, in pixels."""
    return plan.output.width, plan.output.height


@pytest.mark.parametrize("rate", [15, Fraction(24000, 1001), 25, NTSC, 48, 50, 120])
def test_footage_at_the_templates_own_rate_keeps_it(rate):
    """No picture is repeated or left out, and the reason says why."""
    made = planned(video(rate=rate), video(rate=rate))
    assert made.output.frame_rate == rate
    assert f"{float(rate):.5g} fps kept: the template's rate" in made.reasons


@pytest.mark.parametrize(
    ("footage", "asked", "written"),
    [
        (Fraction(60000, 1001), 30, NTSC),
        (Fraction(120000, 1001), 60, Fraction(60000, 1001)),
        (NTSC, 60, Fraction(60000, 1001)),
        (60, 30, 30),
        (50, 30, 30),
        (Fraction(48000, 1001), 24, Fraction(24000, 1001)),
    ],
)
def test_no_picture_is_left_out_twice_a_minute(footage, asked, written):
    """Half of 59.94 is 29.97, and 30 would show one picture too few in 33 s: as near as that to what is asked for the footage's own multiple is taken."""
    config = JobConfig(pacing=False, frame_rate=asked)
    assert planned(video(), video(rate=footage), config).output.frame_rate == written
    assert planned(video(rate=asked), video(rate=footage)).output.frame_rate == written
    varying = planned(video(), video(rate=footage, varies=True), config)
    assert varying.output.frame_rate == asked


@pytest.mark.parametrize(
    ("template", "footage", "written"),
    [
        (25, 30, 25),
        (50, NTSC, 50),
        (NTSC, 25, NTSC),
        (NTSC, 30, 30),
        (25, 24, 24),
        (12, 30, 24),
        (240, 30, 60),
        (120, 50, 50),
    ],
)
def test_footage_at_another_rate_is_brought_to_the_templates(template, footage, written):
    """To the real one; it keeps what the style names, which the template's is nearest to, and no rate is taken on that screens do not show."""
    assert planned(video(rate=template), video(rate=footage)).output.frame_rate == written


@pytest.mark.parametrize(
    ("template", "footage", "written"), [(24, 25, 25), (60, 48, 48), (60, 240, 60), (30, 25, 30), (25, 30, 24)]
)
def test_a_style_without_its_video_names_rates(template, footage, written):
    """Footage for which a style would say the same keeps its own, up to 60."""
    assert planned(video(rate=template), video(rate=footage), style_alone=True).output.frame_rate == written


def test_a_varying_rate_becomes_a_steady_one():
    """The template's, or the style's where the template's varies as well."""
    assert planned(video(rate=25), video(rate=25, varies=True)).output.frame_rate == 25
    both = planned(video(rate=Fraction("24.6"), varies=True), video(rate=Fraction("24.6"), varies=True))
    assert both.output.frame_rate == 24
    assert "24 fps instead of a variable 24.6: the style's rate" in both.reasons


@pytest.mark.parametrize(
    "size_of_both", [(1440, 1080), (1080, 1350), (2560, 1080), (1920, 804), (1080, 1440), (1920, 1200)], ids=str
)
def test_footage_of_the_templates_own_shape_is_kept_whole(size_of_both):
    """Nothing is cropped, no warning is needed, and the reason names the shape as it is."""
    made = planned(video(*size_of_both), video(*size_of_both))
    assert (size(made), {clip.crop for clip in made.clips}) == (size_of_both, {WHOLE_PICTURE})
    assert made.reasons[0].endswith(f"already {shape_name(Fraction(*size_of_both))}, like the template")


@pytest.mark.parametrize(
    ("template", "footage", "written", "because"),
    [
        ((1080, 1350), (1920, 1080), (864, 1080), "the template is 4:5"),
        ((640, 480), (1080, 1920), (1080, 810), "the template is 4:3"),
        ((1920, 800), (1080, 1080), (1080, 450), "the template is 2.4:1"),
        ((1920, 817), (1920, 804), (1920, 804), "already 2.35:1, like the template"),
        ((1920, 800), (1920, 1080), (1920, 1080), "already 16:9, as the style says, the nearest to the template's 2.4:1"),
    ],
    ids=["4:5", "4:3", "scope", "alike to the eye", "what the style names"],
)  # fmt: skip
def test_footage_of_another_shape_is_brought_to_the_templates(template, footage, written, because):
    """To the real one, so that no more is cut away than the template's shape needs."""
    made = planned(video(*template), video(*footage))
    assert size(made) == written
    assert made.reasons[0].endswith(because)


def test_a_style_without_its_video_names_shapes():
    """Footage for which a style would say the same keeps its own; other footage gets what the style names."""
    kept = planned(video(1920, 1080), video(1440, 1080), style_alone=True)
    assert size(kept) == (1440, 1080)
    assert kept.reasons[0].endswith("4:3 counts as 16:9, which the style asks for")
    assert size(planned(video(1440, 1080), video(1080, 1080), style_alone=True)) == (1080, 608)


def test_the_templates_shape_is_that_of_its_picture_within_bars():
    """Footage of that shape keeps it, with bars or without; where text stands in the bars they are a part of the template."""
    bars = ActivePicture(0, 140, 1920, 800)
    barred = video(active=bars)
    assert size(planned(barred, barred)) == (1920, 800)
    assert size(planned(barred, video(1920, 800))) == (1920, 800)
    titled = video(active=bars, text_overlays=(TextOverlay("words", None, 0.05, "#ffffff", (0.5, 0.94), 2000, 1000),))
    assert format_of(titled).shape == Fraction(16, 9)


def test_an_upright_picture_in_a_lying_template_leaves_it_lying():
    """As its style says."""
    assert format_of(video(active=ActivePicture(656, 0, 608, 1080))).shape == Fraction(16, 9)


def test_a_crop_that_leaves_little_names_the_templates_real_shape():
    """In the warning."""
    template, footage = video(1920, 800), video(1080, 1920)
    style = extract(measured.measurements(template), created_at="2025-01-01T00:00:00Z")
    told = little_kept(style, format_of(template), footage, JobConfig())
    assert told.startswith("only 23% of the footage's 1080x1920 picture is kept, as 1080x450: the template is 2.4:1; ")


@pytest.mark.parametrize(
    ("width", "height", "name"),
    [(1366, 768, "16:9"), (1080, 1920, "9:16"), (1920, 800, "2.4:1"), (800, 1920, "1:2.4"), (720, 576, "5:4"), (1, 1, "1:1")],
)  # fmt: skip
def test_shapes_have_the_names_that_people_use(width, height, name):
    """Those of screens and pictures, else by the longer side."""
    assert shape_name(Fraction(width, height)) == name
