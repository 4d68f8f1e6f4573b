"""A crop that leaves little of the picture is told where it goes by guesses, or where few pixels are left."""

import pytest

import measured
from clipzy.style.apply import build_plan
from clipzy.style.config import JobConfig
from clipzy.style.cropped_away import few_pixels, guessed
from clipzy.style.dna import AspectRatio
from clipzy.style.measurements import ActivePicture, Subject

CINEMA = {"width": 1280, "height": 544}


def seen(confidence, *, face=False, until_s=40):
    """A subject about the middle once a second."""
    return tuple(Subject(float(k), 0.35, 0.1, 0.65, 0.5, confidence, is_face=face) for k in range(until_s))


def told(subjects=(), shape=AspectRatio.TALL, size=CINEMA, **config):
    """What is told of a plan in the style of that shape: of its guesses, and of its pixels."""
    video = measured.video(facts=measured.facts(**size), subjects=subjects)
    job = JobConfig(**config)
    plan = build_plan(measured.style(aspect_ratio=shape), measured.measurements(video), job)
    return guessed(plan, video), few_pixels(plan, video, job)


@pytest.mark.parametrize(
    ("subjects", "said"),
    [
        ((), True),
        (seen(0.54), True),
        (seen(0.95), False),
        (seen(0.99, face=True), False),
        (seen(0.99, face=True, until_s=5), True),
    ],
    ids=["nothing", "hardly anything", "a thing", "a face", "a face in one of ten shots"],
)
def test_crops_that_go_by_guesses_are_told(subjects, said):
    """A quarter of a lying picture is left in an upright one: with a share, how long it is so, and what to do."""
    guesses, _ = told(subjects)
    assert (guesses is not None) is said
    assert guesses is None or guesses.startswith("only 24% of the footage's picture is kept, and for ")
    assert guesses is None or "choose another config.aspect_ratio" in guesses


def test_where_most_of_the_picture_is_left_no_guess_is_told():
    """A square of 4:3 leaves three quarters."""
    assert told(shape=AspectRatio.SQUARE, size={"width": 640, "height": 480})[0] is None


@pytest.mark.parametrize(
    ("size", "config", "pixels"),
    [
        (CINEMA, {}, "306x544"),
        ({"width": 1280, "height": 720}, {}, "404x720"),
        ({"width": 1920, "height": 1080}, {}, None),
        ({"width": 720, "height": 576}, {"framing": False}, None),
        ({"width": 640, "height": 480}, {"aspect_ratio": AspectRatio.SQUARE}, None),
        (CINEMA, {"aspect_ratio": AspectRatio.TALL}, None),
        (CINEMA, {"max_height": 360}, None),
        (CINEMA, {"min_height": 400}, None),
    ],
    ids=["cinema", "720p", "1080p", "kept", "a square of 480 lines", "asked for", "limited", "enlarged"],
)
def test_an_output_of_few_pixels_is_told_where_the_crop_makes_it_so(size, config, pixels):
    """Not where the footage itself is so small, nor where the job asks for it."""
    _, few = told(size=size, **config)
    assert few is None if pixels is None else few.startswith(f"the output is only {pixels}: ")


@pytest.mark.parametrize(
    ("size", "active"),
    [((1920, 1080), ActivePicture(656, 0, 608, 1080)), ((640, 360), ActivePicture(219, 0, 202, 360))],
    ids=["large", "small"],
)
def test_black_bars_count_as_no_picture(size, active):
    """Of an upright picture in a lying frame all is left, and it was no wider before."""
    video = measured.video(facts=measured.facts(width=size[0], height=size[1]), active=active)
    style = measured.style(aspect_ratio=AspectRatio.TALL)
    plan = build_plan(style, measured.measurements(video), JobConfig())
    assert guessed(plan, video) is None
    assert few_pixels(plan, video, JobConfig()) is None
