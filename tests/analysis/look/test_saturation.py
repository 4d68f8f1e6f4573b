"""Saturation and casts of a style that came without a video: what is asked of them, from grey to vivid, and what the look shows."""

from dataclasses import astuple, replace

import numpy as np
import pytest

from clipzy.analysis.look import oklab
from clipzy.analysis.look.grade import fit_grade, grade, look_statistics
from clipzy.analysis.look.roughness import seen_through
from clipzy.analysis.look.slider_look import slider_look, unreached
from clipzy.analysis.look.slider_target import target

SATURATION = 2
ASKED = (-100, -97, -90, -60, 0, 40, 100)


def colours(cast, chroma, seed=3):
    """Colours whose mean a and b and whose mean chroma about it are known, (1024, 3) sRGB; of all lightnesses but the ends."""
    random = np.random.default_rng(seed)
    lightness = random.uniform(0.2, 0.9, 1024)
    spread = random.normal(0, chroma / 1.25, (1024, 2))
    return oklab.into_srgb(np.column_stack([lightness, np.array(cast) + spread]))


FOOTAGES = {
    "balanced": colours((0, 0), 0.05),
    "skin": colours((0.02, 0.03), 0.035),
    "green": colours((-0.03, 0.02), 0.03),
    "vivid": colours((0.0, 0.01), 0.09),
    "pale": colours((0.002, 0.001), 0.008),
}


def sliders_of(srgb):
    """As they are measured of colours (n, 3) sRGB."""
    return fit_grade(look_statistics(oklab.from_srgb(srgb), np.ones(len(srgb))))[0]


def shown(footage, strength=1.0, **asked):
    """The sliders of footage once its own style, with some of it as asked, is put on: (6,)."""
    wanted = replace(sliders_of(footage), **asked)
    return np.array(astuple(sliders_of(seen_through(slider_look(wanted, footage, strength), footage))))


@pytest.mark.parametrize(("name", "strength"), [*((name, 1.0) for name in FOOTAGES), ("vivid", 0.7), ("skin", 0.7)])
def test_saturation_rises_with_what_is_asked(name, strength):
    """From -100 to 100, and is what was asked wherever colours need not be more than twice as strong for it."""
    footage = FOOTAGES[name]
    before = sliders_of(footage).saturation
    found = np.array([shown(footage, strength, saturation=asked)[SATURATION] for asked in ASKED])
    assert np.diff(found).min() > -0.5
    assert found[-1] > before > found[0]
    for asked, came in zip(ASKED, found, strict=True):
        if -90 <= asked <= before:
            assert came == pytest.approx(before + strength * (asked - before), abs=3)


@pytest.mark.parametrize("asked", [-60, 30, 60])
@pytest.mark.parametrize("name", ["skin", "green", "vivid"])
def test_saturation_leaves_the_white_balance(name, asked):
    """And the tones: who asks for more colour asks for no other."""
    moved = shown(FOOTAGES[name], saturation=asked) - np.array(astuple(sliders_of(FOOTAGES[name])))
    assert np.abs(np.delete(moved, SATURATION)).max() < 6


@pytest.mark.parametrize("slider", ["temperature", "tint"])
@pytest.mark.parametrize("name", ["skin", "green"])
def test_a_cast_is_turned_into_its_opposite(name, slider):
    """Nearly to the end of the scale, though the footage has a cast of its own to undo; and all else stays."""
    place, footage = ("temperature", "tint").index(slider), FOOTAGES[name]
    own = np.array(astuple(sliders_of(footage)))
    for asked, near in ((-60, 1), (60, 1), (-100 * np.sign(own[place]), 12)):
        after = shown(footage, **{slider: float(asked)})
        assert after[place] == pytest.approx(asked, abs=near)
        assert np.abs(np.delete(after - own, place)).max() < 4


@pytest.mark.parametrize("strength", [0.7, 1.0])
@pytest.mark.parametrize("name", FOOTAGES)
def test_all_is_grey_at_the_end(name, strength):
    """Whatever cast the style has, and also the one red car on a grey street."""
    wanted = replace(sliders_of(FOOTAGES[name]), temperature=26, tint=19, saturation=-100)
    street = np.vstack([FOOTAGES[name], np.tile([[0.6, 0.15, 0.15]], (5, 1))])
    left = oklab.from_srgb(seen_through(slider_look(wanted, street, strength), street))[:, 1:]
    assert np.linalg.norm(left, axis=1).max() < 0.004


@pytest.mark.parametrize("strength", [0.7, 1.0])
def test_there_is_no_leap_on_the_way_to_grey(strength):
    """Chroma falls step by step, of the colours and of the tone that is left of them."""
    footage, steps = FOOTAGES["skin"], np.arange(-94, -100.1, -0.5)
    own = sliders_of(footage)
    looks = [slider_look(replace(own, saturation=asked), footage, strength) for asked in steps]
    chroma = [np.linalg.norm(oklab.from_srgb(seen_through(look, footage))[:, 1:], axis=1).mean() for look in looks]
    assert chroma[-1] < 0.002
    assert -0.01 < np.diff(chroma).min() < np.diff(chroma).max() < 0.001


@pytest.mark.parametrize("strength", [0.7, 1.0])
def test_a_style_of_one_tone_shows_all_in_it(strength):
    """In warm footage as in green: no other colours, and the tone's own cast."""
    greys = oklab.from_srgb(FOOTAGES["vivid"]) * [1, 0, 0]
    tone = sliders_of(oklab.into_srgb(grade(greys, np.array([0.4, 0.1, 0, 0, 0, 0]))))
    assert tone.temperature > 20
    assert tone.saturation < -92
    for name in ("skin", "green"):
        start = sliders_of(FOOTAGES[name])
        wanted = replace(start, temperature=tone.temperature, tint=tone.tint, saturation=max(-97, tone.saturation))
        after = sliders_of(seen_through(slider_look(wanted, FOOTAGES[name], strength), FOOTAGES[name]))
        assert after.saturation < -80
        for slider in ("temperature", "tint"):
            way = getattr(tone, slider) - getattr(start, slider)
            came = getattr(after, slider) - getattr(start, slider)
            assert came == pytest.approx(way, abs=2 if strength == 1 else 2 + 0.3 * abs(way))


def test_targets_run_on_to_grey():
    """At every strength, and none below the one of black and white is reached sooner than it."""
    have = np.array([0.3, -0.2, 0.2, 0.1, 0, 0])
    for strength in (0.3, 0.7, 1.0):
        aims = [target(have, np.array([0.2, 0.2, way, 0, 0, 0]), strength) for way in np.arange(-0.8, -1.0001, -0.001)]
        sliders = np.array([aim.sliders for aim in aims])
        assert np.abs(np.diff(sliders, axis=0)).max() < 0.012
        assert np.diff(sliders[:, SATURATION]).max() < 0
        assert (aims[0].tone, aims[-1].tone) == (1, pytest.approx(0, abs=1e-9))
        assert aims[-1].vivid == pytest.approx(max(0, 1 - strength / 0.7))


def test_what_cannot_be_reached_is_told():
    """By its name, with where it comes and why; a look that brings all there is silent."""
    pale = FOOTAGES["pale"]
    wanted = replace(sliders_of(pale), saturation=60)
    told = unreached(wanted, pale, 1.0, slider_look(wanted, pale, 1.0))
    assert "saturation comes to -" in told
    assert "where 60 is aimed at" in told
    assert told.endswith("colours become 2 times as vivid at most")
    page = np.ones((1000, 3))
    page[:200] = 0
    page[200:230] = np.linspace(0.1, 0.9, 30)[:, None]
    warm = replace(sliders_of(page), temperature=100)
    assert "temperature comes to " in unreached(warm, page, 1.0, slider_look(warm, page, 1.0))
    near = replace(wanted, saturation=sliders_of(pale).saturation + 5)
    assert unreached(near, pale, 1.0, slider_look(near, pale, 1.0)) is None
    assert unreached(wanted, pale, 0.0, slider_look(wanted, pale, 0.0)) is None


def test_a_style_that_is_there_is_silent():
    """Nothing was to be done."""
    own = sliders_of(FOOTAGES["skin"])
    assert unreached(own, FOOTAGES["skin"], 1.0, slider_look(own, FOOTAGES["skin"], 1.0)) is None
