"""The camera motion network: known motion comes back, whoever walks through the picture, by both ways of finding flow."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from clipzy.networks import camera_motion
from clipzy.networks.camera_motion import CameraMotion
from clipzy.networks.optical_flow import dense_inverse_search, lucas_kanade
from synth_pictures import moving_texture, textured_frame

SIZE = (320, 180)
BODIES = {"inverse search": dense_inverse_search, "Lucas-Kanade": lucas_kanade}
MOTIONS = {
    "still": {},
    "right": {"dx": 2.0},
    "left and down": {"dx": -7.5, "dy": 4.25},
    "up, fast": {"dy": -14.0},
    "whip pan": {"dx": 36.0},
    "zoom in": {"log_zoom": 0.03},
    "zoom out": {"log_zoom": -0.02},
    "clockwise": {"roll": 0.02},
    "anticlockwise": {"roll": -0.03},
    "all at once": {"dx": 4.0, "dy": -3.0, "log_zoom": 0.02, "roll": -0.015},
}
NOISE = np.random.default_rng(2).standard_normal((2, 180, 320))
UNSEEN = {
    "black": 0 * NOISE,
    "grey": 0 * NOISE + 128,
    "ramp": 0 * NOISE + np.linspace(0, 255, 320),
    "faint noise": NOISE + 20,
    "noise": 8 * NOISE + 128,
}

every_body = pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
every_motion = pytest.mark.parametrize("motion", MOTIONS.values(), ids=MOTIONS)


def grey_pair(seed=0, size=SIZE, **motion):
    """Two grey frames of a texture that moves so: (2, height, width) uint8, with sensor noise."""
    frames = np.stack(
        [cv2.cvtColor(each, cv2.COLOR_RGB2GRAY) for each in moving_texture(2, seed=seed, size=size, **motion)]
    )
    return noisy(frames, seed)


def noisy(pictures, seed=0):
    """Pictures with noise of 2 grey levels, as uint8."""
    noise = np.random.default_rng(seed).normal(0, 2, pictures.shape)
    return np.clip(np.rint(pictures + noise), 0, 255).astype(np.uint8)


def with_subject(pair, dx, dy, seed=50):
    """The pair with a textured ellipse on 16 % of the picture that goes its own way."""
    height, width = pair.shape[1:]
    coat = cv2.cvtColor(textured_frame(seed, (width, height), octaves=8), cv2.COLOR_RGB2GRAY).astype(np.float32)
    mask = np.zeros((height, width), np.float32)
    cv2.ellipse(mask, (width // 3, height // 2), (width * 3 // 16, height * 9 // 32), 0, 0, 360, 1.0, -1, cv2.LINE_AA)
    assert 0.15 < mask.mean() < 0.18
    frames = []
    for picture, (x, y) in zip(pair, [(0, 0), (dx, dy)], strict=True):
        shift = np.array([[1, 0, x], [0, 1, y]], np.float32)
        here, worn = (cv2.warpAffine(layer, shift, (width, height)) for layer in (mask, coat))
        frames.append(picture * (1 - here) + worn * here)
    return noisy(np.stack(frames))


def run(network, *pairs):
    """similarity, confidence, flow_magnitude and residual_magnitude of pairs of one size."""
    with torch.inference_mode():
        return network(torch.from_numpy(np.stack(pairs)))


def corner_error_px(similarity, size=SIZE, *, dx=0.0, dy=0.0, log_zoom=0.0, roll=0.0):
    """How far the corners of the picture lie from where the true motion takes them, on average."""
    width, height = size
    corners = np.array([[x, y] for x in (-width / 2, width / 2) for y in (-height / 2, height / 2)])

    def moved(dx, dy, log_zoom, roll):
        cos, sin = np.exp(log_zoom) * np.cos(roll), np.exp(log_zoom) * np.sin(roll)
        return corners @ np.array([[cos, sin], [-sin, cos]]) + (dx, dy)

    return np.hypot(*(moved(*similarity.tolist()) - moved(dx, dy, log_zoom, roll)).T).mean()


@every_body
@every_motion
def test_a_known_motion_comes_back(body, motion):
    """The corners land within 0.15 pixels of where the true similarity takes them, with high confidence."""
    similarity, confidence, _, residual = run(CameraMotion(body), grey_pair(**motion))
    assert corner_error_px(similarity[0], **motion) < 0.15
    assert confidence > 0.8
    assert residual < 0.25


@every_body
@pytest.mark.parametrize(
    ("place", "name", "value"), [(0, "dx", 2.0), (1, "dy", 2.0), (2, "log_zoom", 0.02), (3, "roll", 0.02)]
)
def test_signs_and_order_are_as_specified(body, place, name, value):
    """Right, down, magnifying and clockwise are positive, each in its own place and alone."""
    in_hundredths = run(CameraMotion(body), grey_pair(3, **{name: value}))[0][0] / torch.tensor(
        [0.02, 0.02, 2e-4, 2e-4]
    )
    expected = [100.0 if k == place else 0.0 for k in range(4)]
    np.testing.assert_allclose(in_hundredths, expected, atol=5)


@every_body
@every_motion
def test_a_subject_does_not_drag_the_camera_along(body, motion):
    """A sixth of the picture moving by itself leaves the estimate within 0.25 pixels, and shows in the residual."""
    alone = grey_pair(**motion)
    _, _, _, quiet = run(CameraMotion(body), alone)
    subject = with_subject(alone, motion.get("dx", 0) + 6, motion.get("dy", 0) - 3)
    similarity, confidence, _, residual = run(CameraMotion(body), subject)
    assert corner_error_px(similarity[0], **motion) < 0.25
    assert confidence > 0.4
    assert residual > quiet + 0.5


@every_body
def test_flow_is_the_cameras_where_nothing_else_moves(body):
    """The mean flow of a pan is its length, and the camera's motion explains nearly all of it."""
    _, _, flow, residual = run(CameraMotion(body), grey_pair(dx=6.0, dy=-8.0))
    assert flow.item() == pytest.approx(10, abs=0.2)
    assert residual < 0.25


@every_body
@pytest.mark.parametrize("picture", UNSEEN.values(), ids=UNSEEN)
def test_what_cannot_be_seen_to_move_is_not_believed(body, picture):
    """Plain and pure noise pictures have a confidence below 0.15, and every number is finite."""
    pair = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    answers = run(CameraMotion(body), pair)
    assert answers[1] < 0.15
    assert all(answer.isfinite().all() for answer in answers)


@every_body
def test_a_black_pair_does_not_move(body):
    """Where nothing is seen at all, all answers are 0."""
    assert all(not answer.any() for answer in run(CameraMotion(body), np.zeros((2, 180, 320), np.uint8)))


@every_body
@pytest.mark.parametrize(
    "size", [(180, 320), (160, 90), (64, 48), (317, 131)], ids=lambda size: "x".join(map(str, size))
)
def test_pictures_of_any_shape_are_measured_in_their_own_pixels(body, size):
    """Upright, small and odd sizes give the motion in pixels of the picture at hand."""
    motion = {"dx": 2.0, "dy": -1.0, "log_zoom": 0.01}
    similarity, confidence, _, _ = run(CameraMotion(body), grey_pair(2, size, **motion))
    assert corner_error_px(similarity[0], size, **motion) < 0.5
    assert confidence > 0.4


@every_motion
def test_both_bodies_say_the_same(motion):
    """Beside a subject too: corners within 0.25 pixels of each other, magnitudes within 0.3 and 2 % of the flow, confidences within 0.1."""
    pair = with_subject(grey_pair(4, **motion), 5, 4)
    ours, theirs = (run(CameraMotion(body), pair) for body in BODIES.values())
    dx, dy, log_zoom, roll = theirs[0][0].tolist()
    assert corner_error_px(ours[0][0], dx=dx, dy=dy, log_zoom=log_zoom, roll=roll) < 0.25
    torch.testing.assert_close(ours[1], theirs[1], atol=0.1, rtol=0)
    for one, other in zip(ours[2:], theirs[2:], strict=True):
        torch.testing.assert_close(one, other, atol=0.3 + 0.02 * theirs[2].item(), rtol=0)


@pytest.fixture
def _two_threads():
    """Torch has two threads, as it has on most machines; in tests it has one."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@every_body
@pytest.mark.usefixtures("_two_threads")
def test_rows_do_not_see_each_other(body):
    """A pair is answered to the last bit alike alone, again, and in the midst of others."""
    pairs = [grey_pair(k, dx=k) for k in range(3)]
    network = CameraMotion(body)
    together = run(network, *pairs)
    for alone, again, batch in zip(run(network, pairs[1]), run(network, pairs[1]), together, strict=True):
        assert torch.equal(alone, again)
        assert torch.equal(alone[0], batch[1])


def test_the_threads_of_opencv_change_nothing():
    """The same pair gives the same numbers on machines with few and with many cores."""
    pair, threads = grey_pair(dx=3.0), cv2.getNumThreads()
    try:
        answers = []
        for count in (1, 4):
            cv2.setNumThreads(count)
            answers.append(run(CameraMotion(), pair))
    finally:
        cv2.setNumThreads(threads)
    assert all(torch.equal(one, other) for one, other in zip(*answers, strict=True))


def test_pictures_too_small_to_tell_are_refused():
    """The caller hears what size is needed."""
    with pytest.raises(ValueError, match="no motion can be told in 15x40 pixels; send at least 16x16"):
        run(CameraMotion(), np.zeros((2, 40, 15), np.uint8))


def test_the_network_needs_no_weights(tmp_path):
    """It loads out of an empty folder, ready to answer."""
    network = camera_motion.load(tmp_path)
    assert network.training is False
    assert run(network, grey_pair(dx=2.0))[0][0, 0].item() == pytest.approx(2, abs=0.15)


@pytest.mark.usefixtures("_two_threads")
def test_threads_are_left_as_they_were():
    """One for the small tensors of a pair, whoever shares the process keeps his; also after an error."""
    seen = []

    def flow(_pairs):
        seen.append(torch.get_num_threads())
        raise RuntimeError("no flow")

    with pytest.raises(RuntimeError, match="no flow"):
        CameraMotion(flow)(torch.zeros(1, 2, 32, 32, dtype=torch.uint8))
    assert seen == [1]
    assert torch.get_num_threads() == 2


@pytest.mark.gpu
@every_motion
def test_a_gpu_answers_as_the_cpu_does(motion):
    """The body of the GPU gives there what it gives on the CPU, to within a tenth of a pixel."""
    pair = with_subject(grey_pair(4, **motion), 5, 4)
    here = run(CameraMotion(lucas_kanade), pair)
    with torch.inference_mode():
        there = [answer.cpu() for answer in CameraMotion().cuda()(torch.from_numpy(pair)[None].cuda())]
    dx, dy, log_zoom, roll = there[0][0].tolist()
    assert corner_error_px(here[0][0], dx=dx, dy=dy, log_zoom=log_zoom, roll=roll) < 0.1
    for one, other in zip(here[1:], there[1:], strict=True):
        torch.testing.assert_close(one, other, atol=0.05, rtol=0)
