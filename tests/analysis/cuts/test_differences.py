"""What the small frames say by themselves, on edits of known truth."""

import numpy as np
import pytest

import scenes
from clipzy.analysis.cuts.differences import (
    is_flash,
    is_flat,
    only_relit,
    propose,
    same_detail,
    same_picture,
    sharpness,
    steps,
)


def frames_of(kind, during=12, **how):
    """An edit as bytes, with its last pure old and first pure new frame."""
    frames, last_old, first_new = scenes.edit(kind, during=during, **how)
    return scenes.as_bytes(frames), last_old, first_new


def test_steps_are_mean_changes_of_full_scale():
    """From black to white is 1, from frame to like frame 0; many frames are read piece by piece alike."""
    frames = np.zeros((9000, 27, 48, 3), np.uint8)
    frames[4096:] = 255
    change = steps(frames)
    assert (len(change), change.dtype) == (8999, np.float32)
    assert change[4095] == 1
    assert change.sum() == 1


def test_a_single_frame_has_no_steps():
    """One frame changes into nothing."""
    assert len(steps(np.zeros((1, 27, 48, 3), np.uint8))) == 0


@pytest.mark.parametrize("seed", [1, 5, 9])
def test_a_cut_is_the_sharpest_step(seed):
    """Only the step at the cut stands out from its surroundings."""
    frames, last_old, _ = frames_of("cut", during=0, seed=seed)
    sharp = sharpness(steps(frames))
    assert sharp.argmax() == last_old
    assert sharp[last_old] > 5
    assert np.delete(sharp, last_old).max() < 2


def test_a_dissolve_is_not_sharp():
    """No step of a gradual change stands out as a cut does."""
    frames, _, _ = frames_of("dissolve")
    assert sharpness(steps(frames)).max() < 2


def test_noise_is_never_sharp():
    """Steps under two hundredths of the scale count for nothing, however still the rest."""
    change = np.full(60, 0.001, np.float32)
    change[30] = 0.015
    assert sharpness(change).max() == 0


@pytest.mark.parametrize("kind", ["dissolve", "fade-black", "wipe-right", "slide-left", "circle"])
@pytest.mark.parametrize("during", [8, 20])
def test_gradual_transitions_are_proposed(kind, during):
    """The likeliest proposal overlaps the transition and lasts about as long or longer."""
    frames, last_old, first_new = frames_of(kind, during=during)
    first, last = propose(frames, 0, len(frames) - 1, scenes.RATE)[0]
    assert min(last, first_new) - max(first, last_old) > 0.6 * min(first_new - last_old, last - first)
    assert 0 <= first < last < len(frames)


def test_nothing_is_proposed_within_one_still_shot():
    """A shot that only drifts and rustles proposes no transition."""
    assert propose(scenes.as_bytes(scenes.shot(3, 120, drift=0.02)), 0, 119, scenes.RATE) == []


def test_proposals_stay_within_their_stretch():
    """A stretch that ends before the transition proposes nothing after its end."""
    frames, last_old, _ = frames_of("dissolve")
    assert all(last <= last_old for _, last in propose(frames, 0, last_old, scenes.RATE))


@pytest.mark.parametrize("colour", [0, 120, 255])
def test_one_colour_is_flat(colour):
    """One colour with the noise of a codec is flat, a picture is not, and one picture among flat frames neither."""
    noisy = np.clip(colour + np.random.default_rng(1).integers(-3, 4, (5, 27, 48, 3)), 0, 255).astype(np.uint8)
    assert is_flat(noisy, 0, 4)
    noisy[2] = scenes.as_bytes(scenes.picture(1))
    assert not is_flat(noisy, 0, 4)
    assert is_flat(noisy, 3, 4)


def test_another_shot_is_another_picture():
    """The ends of a dissolve do not show one scene."""
    frames, last_old, first_new = frames_of("dissolve")
    assert not same_picture(frames, last_old, first_new)


@pytest.mark.parametrize("brighter", [0, 25, -25], ids=["alike", "brighter", "darker"])
def test_one_scene_is_the_same_picture_whatever_its_exposure(brighter):
    """A common change of brightness does not make another scene."""
    clip = scenes.shot(2, 20, drift=0.02) * 0.6 + 0.2 + np.linspace(0, brighter / 255, 20)[:, None, None, None]
    assert same_picture(scenes.as_bytes(clip), 0, 19)


def test_a_title_over_a_scene_leaves_it_the_same():
    """A fifth of the picture may change."""
    frames = scenes.as_bytes(scenes.shot(2, 20, drift=0.0))
    frames[10:, 20:26] = 255
    assert same_picture(frames, 0, 19)


def flat(ground, *things):
    """A picture of flat colours 0..255 (27, 48, 3): a ground, and things side by side."""
    page = np.tile(np.array(ground, np.uint8), (27, 48, 1))
    for k, thing in enumerate(things):
        page[8:18, 4 + 14 * k : 12 + 14 * k] = thing
    return page


def test_flat_pictures_of_one_brightness_are_told_by_their_colours():
    """The greys agree in most of the picture, the colours in none of it."""
    one, other = np.zeros((2, 27, 48, 3), np.uint8)
    for k, (old, new) in enumerate(
        [((60, 160, 110), (170, 60, 100)), ((90, 40, 20), (20, 40, 90)), ((220, 200, 120), (120, 200, 220))]
    ):
        one[:, 16 * k : 16 * k + 16], other[:, 16 * k : 16 * k + 16] = old, new
    frames = np.stack([one, other])
    assert not same_picture(frames, 0, 1)
    assert same_picture(np.stack([one, one]), 0, 1)


def test_a_page_that_turns_from_dark_to_light_is_another():
    """Light letters on blue become dark ones on yellow, in their place or elsewhere, which no light can do; other letters leave the page the same."""
    blue, ground, ink = flat((40, 60, 200), (255, 255, 255)), (250, 220, 60), (0, 0, 0)
    assert not same_picture(np.stack([blue, flat(ground, ink)]), 0, 1)
    assert not same_picture(np.stack([blue, flat(ground, ground, ink)]), 0, 1)
    assert same_picture(np.stack([blue, flat((40, 60, 200), (0, 0, 0))]), 0, 1)


@pytest.mark.parametrize("lamp", [(1.9, 0.7, 0.7), (0.6, 0.7, 2.0), (0.7, 1.9, 0.8), (0.5, 0.5, 0.5)])
def test_coloured_light_leaves_a_picture_the_same(lamp):
    """A lamp makes each channel so many times as bright, throughout."""
    shown = scenes.picture(3, detail=1.5) * 0.4 + 0.05
    random = np.random.default_rng(1)
    assert same_picture(
        scenes.as_bytes(np.stack([shown, shown * lamp]) + random.normal(0, 0.004, (2, 27, 48, 3))), 0, 1
    )


def test_a_dip_to_black_is_not_the_same_picture():
    """Frames that part from both ends show that something lies between, even if the ends are alike."""
    clip = scenes.shot(2, 21, drift=0.0) * np.abs(np.linspace(-1, 1, 21))[:, None, None, None]
    assert not same_picture(scenes.as_bytes(clip), 0, 20)


@pytest.mark.parametrize("length", [1, 2, 3])
def test_a_flash_is_told_at_both_of_its_edges(length):
    """One to three white frames after which the picture returns are a flash, from either step."""
    frames = scenes.as_bytes(scenes.shot(4, 30, drift=0.05))
    frames[12 : 12 + length] = 250
    assert is_flash(frames, 12)
    assert is_flash(frames, 12 + length)
    assert not is_flash(frames, 5)


def test_a_cut_is_no_flash():
    """The old picture does not return after a cut, nor after a white frame between two shots."""
    frames, _, first_new = frames_of("cut", during=0)
    assert not is_flash(frames, first_new)
    frames[first_new] = 250
    assert not is_flash(frames, first_new)


def test_a_dark_frame_is_no_flash():
    """A flash is brighter than what is around it."""
    frames = scenes.as_bytes(scenes.shot(4, 30, drift=0.05))
    frames[12] = 0
    assert not is_flash(frames, 12)


@pytest.mark.parametrize("detail", [1.0, 3.0, 8.0])
def test_light_changes_no_detail(detail):
    """Bright, dim or flat light on one picture leaves its detail, fine or coarse, where it is; another picture has another."""
    random = np.random.default_rng(2)
    one, other = (scenes.picture(seed, detail=detail) for seed in (3, 4))
    lit = [one, 1 - (1 - one) * 0.3, one * 0.2, 0.6 + (one - 0.5) * 0.15]
    frames = scenes.as_bytes(np.stack([*lit, other]) + random.normal(0, 0.004, (5, 27, 48, 3)))
    assert all(same_detail(frames, 0, k) for k in (1, 2, 3))
    assert not same_detail(frames, 0, 4)


def test_one_colour_has_no_detail():
    """Black is like nothing, not even like black."""
    frames = np.zeros((3, 27, 48, 3), np.uint8)
    frames[2] = scenes.as_bytes(scenes.picture(1))
    assert not same_detail(frames, 0, 1)
    assert not same_detail(frames, 0, 2)


def test_light_is_told_from_a_subject_that_has_moved():
    """Both leave the ground's detail where it was; only light explains the whole change."""
    ground = scenes.picture(3, detail=1.0)
    subject = ground.copy()
    subject[8:18, 10:18] += 0.2
    frames = scenes.as_bytes(np.stack([ground, 1 - (1 - ground) * 0.4, subject]))
    assert same_detail(frames, 0, 1)
    assert only_relit(frames, 0, 1)
    assert same_detail(frames, 0, 2)
    assert not only_relit(frames, 0, 2)
