"""Models of transitions, each on mixes that it should explain and others should not."""

import cv2
import numpy as np
import pytest

import scenes
from clipzy.analysis.cuts.drift import Ends
from clipzy.analysis.cuts.mattes import STEPS, Way, fit_dip, fit_dissolve, fit_mattes, rather_zoomed
from clipzy.analysis.cuts.slides import fit_slides
from clipzy.analysis.cuts.zooms import fit_zooms
from clipzy.style.dna import TransitionType

OLD, NEW = (scenes.picture(seed).astype(np.float32) for seed in (1, 2))
PROGRESS = np.linspace(0.1, 0.9, 9)
MATTES = {"wipe-right": TransitionType.WIPE, "wipe-up": TransitionType.WIPE, "circle": TransitionType.CIRCLE}


def middle(kind, progress=PROGRESS):
    """Mixed frames of a kind, (n, 27, 48, 3) float32."""
    return np.stack([scenes.mix(kind, OLD, NEW, p) for p in progress]).astype(np.float32)


def best(fits):
    """The fit that leaves least unexplained."""
    return fits.at(int(fits.residual.argmin()))


def test_a_dissolve_is_explained_exactly():
    """Progress of every frame comes back, and nothing is left over."""
    fit = fit_dissolve(Way.between(OLD, NEW, middle("dissolve")))
    assert fit.type is TransitionType.DISSOLVE
    np.testing.assert_allclose(fit.progress, PROGRESS, atol=1e-5)
    assert fit.residual < 1e-3


def test_a_dissolve_from_one_colour_is_a_fade():
    """Into or out of a flat picture the same mix is a fade."""
    black = np.zeros_like(OLD)
    for old, new in ((black, NEW), (NEW, black)):
        assert fit_dissolve(Way.between(old, new, np.stack([(old + new) / 2]))).type is TransitionType.FADE


def test_a_dissolve_from_fog_is_none():
    """A picture of low contrast is a picture."""
    fog = 0.6 + 0.1 * (OLD - OLD.mean())
    assert fit_dissolve(Way.between(fog, NEW, np.stack([(fog + NEW) / 2]))).type is TransitionType.DISSOLVE


@pytest.mark.parametrize("kind", ["fade-black", "fade-white"])
def test_a_dip_is_explained_exactly(kind):
    """Out to black or white and in again: progress comes back, half of it before the turn."""
    fit = fit_dip(OLD, NEW, middle(kind))
    assert fit is not None
    assert fit.type is TransitionType.FADE
    np.testing.assert_allclose(fit.progress, PROGRESS, atol=0.01)
    assert fit.residual < 0.01


def test_no_dip_without_one_colour_between():
    """A dissolve passes through no flat picture, nor does a dip begin at one."""
    assert fit_dip(OLD, NEW, middle("dissolve")) is None
    assert fit_dip(np.zeros_like(OLD), NEW, middle("fade-black")) is None


@pytest.mark.parametrize("kind", MATTES)
def test_a_matte_is_explained_by_its_own_family(kind):
    """Hard wipes and circles are found, with progress to within two of the steps searched."""
    fit = best(fit_mattes(Way.between(OLD, NEW, middle(kind))))
    assert fit.type is MATTES[kind]
    np.testing.assert_allclose(fit.progress, PROGRESS, atol=2 / (STEPS - 1))
    assert fit.residual < 0.2


def test_a_soft_wipe_is_a_wipe():
    """An edge half as wide as the picture is within the family."""
    x = ((np.arange(48) + 0.5) / 48)[None, :, None]
    opaque = [np.clip((1.5 * p - x) / 0.5, 0, 1) for p in PROGRESS]
    frames = np.stack([(1 - m) * OLD + m * NEW for m in opaque]).astype(np.float32)
    fit = best(fit_mattes(Way.between(OLD, NEW, frames)))
    assert fit.type is TransitionType.WIPE
    np.testing.assert_allclose(fit.progress, PROGRESS, atol=1 / (STEPS - 1))
    assert fit.residual < 0.06


@pytest.mark.parametrize(("kind", "size"), [("slide-left", 48), ("slide-down", 27)])
def test_a_slide_is_explained_exactly(kind, size):
    """A picture pushed out by the other is found, with progress to the pixel."""
    fit = best(fit_slides(OLD, NEW, middle(kind)))
    assert fit.type is TransitionType.SLIDE
    np.testing.assert_allclose(fit.progress, np.round(PROGRESS * size) / size, atol=1e-6)
    assert fit.residual < 1e-3


@pytest.mark.parametrize("uncovers", [False, True], ids=["cover", "uncover"])
def test_slides_that_move_one_picture_alone_are_slides(uncovers):
    """The new picture may cover the old one, or the old one leave the new one behind."""
    frames = []
    for shift in (6, 18, 30, 42):
        rest = 48 - shift
        parts = (OLD[:, shift:], NEW[:, rest:]) if uncovers else (OLD[:, :rest], NEW[:, :shift])
        frames.append(np.concatenate(parts, 1))
    fit = best(fit_slides(OLD, NEW, np.stack(frames)))
    assert fit.residual < (2e-3 if uncovers else 1e-3)
    np.testing.assert_allclose(fit.progress, np.array([6, 18, 30, 42]) / 48, atol=1e-6)


@pytest.mark.parametrize("kind", ["wipe-right", "circle", "slide-left", "fade-black"])
def test_a_dissolve_explains_no_other_kind(kind):
    """A quarter and more of the change is left over when another kind is taken for a dissolve."""
    assert fit_dissolve(Way.between(OLD, NEW, middle(kind))).residual > 0.25


def test_unrelated_frames_are_explained_by_no_model():
    """A third picture between two is neither mix, wipe nor slide of them."""
    other = np.stack([scenes.picture(seed) for seed in range(10, 15)]).astype(np.float32)
    way = Way.between(OLD, NEW, other)
    fits = (fit_dissolve(way), best(fit_mattes(way)), best(fit_slides(OLD, NEW, other)))
    assert min(fit.residual for fit in fits) > 0.5


def test_progress_stays_within_the_transition():
    """Frames beyond either end count as the end."""
    beyond = np.stack([OLD - 0.5 * (NEW - OLD), NEW + 0.5 * (NEW - OLD)])
    np.testing.assert_array_equal(fit_dissolve(Way.between(OLD, NEW, beyond)).progress, [0, 1])


@pytest.mark.parametrize(("leaving", "coming"), [(2.0, 1.0), (2.5, 1.4), (1.0, 1.8)])
def test_a_zoom_is_explained_better_than_as_a_dissolve(leaving, coming):
    """A dissolve during which one of the pictures grows is a zoom, also where it grows by other factors than those tried."""
    frames = [
        scenes.nearer(OLD, 1 + (leaving - 1) * p) * (1 - p) + scenes.nearer(NEW, coming + (1 - coming) * p) * p
        for p in PROGRESS
    ]
    mixes = np.stack(frames).astype(np.float32)
    fit = best(fit_zooms(OLD, NEW, mixes))
    assert fit.type is TransitionType.ZOOM
    assert fit.residual < 0.7 * fit_dissolve(Way.between(OLD, NEW, mixes)).residual
    np.testing.assert_allclose(fit.progress, PROGRESS, atol=0.12)


def test_a_plain_dissolve_is_no_zoom():
    """Without any growth the dissolve explains more."""
    assert best(fit_zooms(OLD, NEW, middle("dissolve"))).residual > 0.1


def test_a_zoom_without_end_is_no_dip():
    """It comes to one colour as well, but by another way; a fade to black is rather no zoom."""
    zoomed = np.stack([scenes.without_end(OLD, NEW, p) for p in PROGRESS]).astype(np.float32)
    for mixes, is_zoom in ((zoomed, True), (middle("fade-black"), False), (middle("fade-white"), False)):
        dip = fit_dip(OLD, NEW, mixes)
        assert dip is not None
        assert rather_zoomed(dip, fit_zooms(OLD, NEW, mixes)) is is_zoom


def test_a_zoom_between_pictures_that_move_on_is_explained_with_both_moved():
    """With two panning cameras under it far less is left than where both are taken to stand."""
    n = len(PROGRESS)
    old, new = (
        np.stack([scenes.picture(seed, 27, 80)[:, k : k + 48] for k in range(n + 2)]).astype(np.float32)
        for seed in (3, 4)
    )
    moving = zip(old[1:-1], new[1:-1], PROGRESS, strict=True)
    mixes = np.stack([scenes.nearer(a, 1 + p) * (1 - p) + b * p for a, b, p in moving]).astype(np.float32)
    ends = Ends(old[1:-1], new[1:-1], np.ones((n, 27, 48), np.float32))
    moved, still = (best(fit_zooms(old[0], new[-1], mixes, given)).residual for given in (ends, None))
    assert moved < 0.6 * still


def test_a_slide_by_half_pixels_is_followed():
    """Shifts between whole pixels are placed between them."""
    wide = [cv2.resize(p, (96, 54), interpolation=cv2.INTER_CUBIC) for p in (OLD, NEW)]
    shifts = np.arange(5, 96, 10)
    pushed = [np.concatenate([wide[0][:, k:], wide[1][:, :k]], 1) for k in shifts]
    frames = np.stack([cv2.resize(p, (48, 27), interpolation=cv2.INTER_AREA) for p in pushed]).astype(np.float32)
    fit = best(fit_slides(OLD, NEW, frames))
    np.testing.assert_allclose(fit.progress, shifts / 96, atol=1e-4)


def test_mattes_cost_what_they_cost_pixel_by_pixel():
    """They are summed over columns, over lines and over quarters of the picture; odd sides have a middle."""
    random = np.random.default_rng(3)
    for height, width in ((5, 8), (4, 7)):
        old, new, seen = random.random((3, height, width, 3), np.float32)
        x, y = np.meshgrid((np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height)
        radius = np.hypot((x - 0.5) * width, (y - 0.5) * height) / np.hypot(width / 2, height / 2)
        fits = fit_mattes(Way.between(old, new, seen[None]))
        assert len(fits.types) == 18
        for number in range(len(fits.types)):
            field = (x, 1 - x, y, 1 - y, radius, 1 - radius)[number // 3]
            soft = (0.03, 0.5, 1.0)[number % 3]
            steps = np.linspace(0, 1, STEPS)
            mattes = [np.clip((p * (1 + soft) - field) / soft, 0, 1)[..., None] for p in steps]
            left = [np.square(old + matte * (new - old) - seen).sum() for matte in mattes]
            assert fits.left[number] == pytest.approx(np.sqrt(min(left)), rel=1e-3)
            assert fits.progress[number, 0] == pytest.approx(steps[int(np.argmin(left))])
