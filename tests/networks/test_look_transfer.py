"""The look network: known grades come back, distributions meet, and no look harms a picture."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from clipzy.analysis.look import oklab
from clipzy.media.colour.look_table import identity
from clipzy.networks import look_transfer
from clipzy.networks.look_grid import Places, identity_grid
from clipzy.networks.look_guards import MOST_CLIPPED, STEEPEST, clipped, keep_drawing, no_steeper, rising
from clipzy.networks.oklab import Oklab
from clipzy.networks.optimal_transport import in_order, project
from look_readings import fall, look_of, seen_through, steepness
from synth_pictures import graded, textured_frame

IDENTITY = identity()
LUMA = np.array([0.2126, 0.7152, 0.0722])
GRADES = {
    "warm": {"warmth": 0.6},
    "cold and pale": {"warmth": -0.5, "saturation": 0.5},
    "steep": {"contrast": 1.3},
    "lifted": {"contrast": 0.8, "lift": 0.08},
}
PICTURES = range(4)
# one colour on either side, or too few to speak of a distribution
GREY, TEAL, BLACK, WHITE = ([[0.5, 0.5, 0.5]], [[0.1, 0.5, 0.5]], [[0.0, 0.0, 0.0]], [[1.0, 1.0, 1.0]])
TIGHT = {
    "grey to teal": (GREY * 500, TEAL * 300),
    "black to black": (BLACK * 500, BLACK * 300),
    "black to white": (BLACK * 500, WHITE * 300),
    "white to black": (WHITE * 500, BLACK * 300),
    "one sample each": (GREY, TEAL),
    "two samples and one": (GREY + BLACK, WHITE),
}


@pytest.fixture(scope="module")
def network(weights_path):
    """The network on the CPU."""
    return look_transfer.load(weights_path)


def colours(seed, every=7, **grade):
    """Colours of a texture, (n, 3) float32 0..1, graded where told."""
    return (graded(textured_frame(seed), **grade).reshape(-1, 3)[::every] / 255).astype(np.float32)


def apart(one, other):
    """Sliced Wasserstein distance in OKLab x 100, over 32 directions."""
    directions = np.random.default_rng(5).normal(size=(3, 32))
    directions /= np.linalg.norm(directions, axis=0)
    levels = np.linspace(0.005, 0.995, 100)
    quantiles = [np.quantile(oklab.from_srgb(cloud) @ directions, levels, axis=0) for cloud in (one, other)]
    return 100 * np.abs(quantiles[0] - quantiles[1]).mean()


def spread(samples):
    """The mean distance of chroma from its mean, OKLab."""
    lab = torch.from_numpy(oklab.from_srgb(samples.astype(float)))[None]
    return float(look_transfer.chroma_spread(lab))


def greys(look):
    """The look along the greys, black to white: (33, 3)."""
    index = np.arange(33)
    return look[index, index, index]


def test_footage_like_its_template_keeps_its_colours(network):
    """Between equal distributions the look is the identity, at every node."""
    footage = colours(1)
    np.testing.assert_allclose(look_of(network, footage, footage[::-1].copy()), IDENTITY, atol=1e-6)


def test_two_draws_of_one_picture_keep_its_colours(network):
    """Chance in the choice of samples changes the picture's colours by less than one step of 8 bits on average."""
    look = look_of(network, colours(1, every=7), colours(1, every=11))
    kept = colours(1, every=5)
    assert np.abs(seen_through(look, kept) - kept).mean() < 1 / 255


@pytest.mark.parametrize("grade", GRADES.values(), ids=GRADES)
def test_a_known_grade_is_recovered(network, grade):
    """Learnt from a picture and its graded self, the look grades that picture's other pixels to within 0.015 on average."""
    look = look_of(network, colours(2), colours(2, **grade))
    ungraded, wanted = colours(2, every=5), colours(2, every=5, **grade)
    mistake = np.abs(seen_through(look, ungraded) - wanted).mean()
    assert mistake < 0.015
    assert mistake < 0.4 * np.abs(ungraded - wanted).mean()


@pytest.mark.parametrize(
    "curve", [np.square, lambda x: 0.5 + 0.5 * np.tanh(4 * (x - 0.5))], ids=["darkening", "parting in two"]
)
def test_a_curve_is_recovered(network, curve):
    """A grade that no linear map can follow comes back to within 0.005 on average."""
    footage = colours(2)
    wanted = curve(footage)
    assert np.abs(seen_through(look_of(network, footage, wanted), footage) - wanted).mean() < 0.005


def test_colours_of_unlike_pictures_meet(network):
    """Between pictures of unlike content the distance of the distributions falls to a twentieth; by the linear map alone to a tenth."""
    before, after = [], []
    for seed in PICTURES:
        footage, template = colours(seed, warmth=-0.4), colours(seed + 10, warmth=0.5, contrast=0.8)
        look = look_of(network, footage, template)
        before.append(apart(footage, template))
        after.append(apart(seen_through(look, footage), template))
    assert np.mean(after) < 0.05 * np.mean(before)


def test_chroma_is_spread_as_far_as_nearness_allows(network, monkeypatch):
    """A pale picture comes nearer to the spread of its template's chroma than transport alone brings it, and lies about as near to the template as by that."""
    lacking, apart_from = {}, {}
    widest = look_transfer.MOST_CHROMA
    for most in (widest, 1.0):
        monkeypatch.setattr(look_transfer, "MOST_CHROMA", most)
        pairs = [(colours(seed, saturation=0.6), colours(seed + 10, saturation=1.6)) for seed in (1, 3, 5)]
        looked = [(seen_through(look_of(network, footage, template), footage), template) for footage, template in pairs]
        lacking[most] = np.mean([1 - spread(made) / spread(template) for made, template in looked])
        apart_from[most] = np.mean([apart(made, template) for made, template in looked])
    assert 0 < lacking[widest] < 0.7 * lacking[1.0]
    assert apart_from[widest] < 1.06 * apart_from[1.0]


def test_red_varies_fastest(network):
    """The look of footage that loses its red alone maps red nodes to black along the last axis, and leaves green and blue."""
    rng = np.random.default_rng(3)
    footage = rng.random((4000, 3), np.float32)
    look = look_of(network, footage, footage * np.array([0.5, 1, 1], np.float32))
    middle = look[16, 16]  # blue and green in the middle, red from 0 to 1
    assert np.diff(middle[:, 0]).mean() == pytest.approx(0.5 / 32, rel=0.25)
    assert np.diff(look[16, :, 16, 1]).mean() == pytest.approx(1 / 32, rel=0.25)
    assert np.diff(look[:, 16, 16, 2]).mean() == pytest.approx(1 / 32, rel=0.25)


def test_strength_0_is_the_identity_exactly(network):
    """Without strength nothing changes, not by rounding either."""
    np.testing.assert_array_equal(look_of(network, colours(1), colours(2), 0.0), IDENTITY)


@pytest.fixture(scope="module")
def full(network):
    """A look at its full strength."""
    return look_of(network, colours(1), colours(2))


@pytest.mark.parametrize("strength", [0.25, 0.7])
def test_strength_blends_linearly(network, full, strength):
    """Every node lies that share of the way from its own colour to that of the full look."""
    blended = IDENTITY + strength * (full - IDENTITY)
    np.testing.assert_allclose(look_of(network, colours(1), colours(2), strength), blended, atol=1e-6)


def test_strength_is_held_in_its_range(network, full):
    """Strengths beyond 0..1 count as its nearer end."""
    for strength, held in ((-1.0, IDENTITY), (2.0, full)):
        np.testing.assert_array_equal(look_of(network, colours(1), colours(2), strength), held)


def test_rows_do_not_see_each_other(network):
    """A look is the same alone and beside others, also where its sort meets ties."""
    footage = np.stack([colours(1)[:900], colours(2)[:900], np.full((900, 3), 0.25, np.float32)])
    template = np.stack([colours(seed)[:700] for seed in (3, 4, 5)])
    strengths = torch.tensor([[1.0], [0.5], [1.0]])
    pairs = np.stack([footage, np.roll(footage, 1, axis=1)], 2)
    pairs[0, :, 1] = pairs[0, :, 0]
    with torch.inference_mode():
        (together,) = network(*map(torch.from_numpy, (footage, template)), strengths, torch.from_numpy(pairs))
    for row in range(3):
        by_itself = look_of(network, footage[row], template[row], float(strengths[row]), pairs[row])
        np.testing.assert_allclose(together[row].numpy(), by_itself, atol=1e-6)


def test_the_same_colours_give_the_same_look(network, full):
    """A look is reproduced bit by bit, whatever the caller's random state, which it leaves alone."""
    torch.manual_seed(1)
    again = look_of(network, colours(1), colours(2))
    after_it = torch.rand(1)
    torch.manual_seed(1)
    assert torch.rand(1) == after_it
    np.testing.assert_array_equal(again, full)


@pytest.fixture(
    scope="module",
    params=[
        *(({"contrast": 0.5}, 20, {"contrast": 1.8, "saturation": 1.6}, seed) for seed in PICTURES[::2]),
        *(({"contrast": 0.7}, 10, {"contrast": 1.6, "lift": 0.1}, seed) for seed in PICTURES[1::2]),
    ],
    ids=lambda pair: f"{'steep' if pair[1] == 20 else 'lifted'}-{pair[-1]}",
)
def stretched(network, request):
    """Flat footage, a far steeper template, and the look between them."""
    flat, further, steep, seed = request.param
    footage, template = colours(seed, every=5, **flat), colours(seed + further, **steep)
    return footage, template, look_of(network, footage, template)


def test_no_look_bands_or_inverts(stretched):
    """From node to node luma never falls along the greys, channels neither fall nor run away, and all stay in 0..1."""
    _, _, look = stretched
    assert np.diff(greys(look) @ LUMA).min() > -1e-6
    assert fall(look) < 0.01
    assert steepness(look) < STEEPEST / 32 + 0.01
    assert 0 <= look.min() <= look.max() <= 1


def test_no_look_clips(stretched):
    """Of a picture's values at most 2 % more lie at black or white than before, or than in a far steeper template."""
    footage, template, look = stretched
    looked = seen_through(look, footage)
    before, after, wanted = (
        ((values <= 0.5 / 255) | (values >= 254.5 / 255)).mean() for values in (footage, looked, template)
    )
    assert after - max(before, wanted) < 0.02


HARD = {
    "darkened": lambda nodes: 1.6 * nodes - 0.8,
    "lightened": lambda nodes: 1.6 * nodes,
    "black and white": lambda nodes: (nodes > 0.5).double(),
}


@pytest.mark.parametrize("hard", HARD.values(), ids=HARD)
def test_a_look_that_would_clip_keeps_some_drawing(hard):
    """Of values that a look would make black or white no more stay so than may; channels still rise, and the middle is left alone."""
    look = hard(identity_grid()).clamp(0, 1)[None]
    colours = torch.from_numpy(np.random.default_rng(6).uniform(0.05, 0.95, (1, 3000, 3)))
    places = Places.of(colours)
    assert clipped(places.read(look)) > 0.3
    kept = keep_drawing(look, places, colours, colours)
    assert clipped(places.read(kept)) <= MOST_CLIPPED
    assert fall(kept[0].numpy()) < 1e-6
    middle = (look > 0.35) & (look < 0.65)
    torch.testing.assert_close(kept[middle], look[middle], atol=0.02, rtol=0)


def test_a_look_may_clip_as_its_template_does():
    """A template of black and white alone allows it, and nothing of the look is changed."""
    look = (3 * identity_grid() - 1).clamp(0, 1)[None]
    colours = torch.from_numpy(np.random.default_rng(6).uniform(0.2, 0.8, (1, 3000, 3)))
    template = (colours > 0.5).double()
    assert torch.equal(keep_drawing(look, Places.of(colours), colours, template), look)


@pytest.mark.parametrize(("far", "share"), [(-1.0, 0.0), (0.0, 1.0), (1.0, 1.0), (2.0, 0.5), (4.0, 0.25)])
def test_a_look_goes_as_far_as_brings_nearer(far, share):
    """One away from the template is not put on, one twice too far goes half-way, and a right one is whole."""
    before = torch.from_numpy(colours(1)).double().clamp(0.3, 0.6)[None]
    shift = torch.tensor([0.03, 0.0, -0.03], dtype=torch.float64)
    axes = torch.eye(3, dtype=torch.float64)
    wanted = project(Oklab().from_srgb(before + shift), axes).sort(-1).values
    assert look_transfer.nearest_share(Oklab(), before, before + far * shift, axes, wanted).tolist() == [share]


def test_what_smoothing_and_guards_hold_back_is_made_up(network):
    """A night of few lights and a fog, each narrow where the other is not, meet to within 0.5, where one pass left 2."""
    rng = np.random.default_rng(9)
    night = np.abs(rng.normal(0.14, 0.02, (4000, 3)))
    night[:300] += rng.uniform(0.1, 0.9, (300, 1)) * np.array([1.0, 0.7, 0.4])
    fog = np.clip(
        0.67 + rng.normal(0, 0.03, (4000, 1)) * np.array([1.0, 0.98, 0.95]) + rng.normal(0, 0.006, (4000, 3)), 0, 1
    )
    night = np.clip(night, 0, 1).astype(np.float32)
    fog = fog.astype(np.float32)
    assert apart(seen_through(look_of(network, night, fog), night), fog) < 0.5


@pytest.mark.parametrize("strength", [0.3, 1.0])
def test_a_smooth_ramp_stays_smooth(network, strength):
    """Every grey of 8 bits: luma falls by no more than a code and a half between nodes, and rises by five at most where contrast grows 3.6 times."""
    ramp = np.repeat(np.linspace(0, 1, 256, dtype=np.float32)[:, None], 3, 1)
    look = look_of(network, colours(3, contrast=0.5), colours(14, contrast=1.8, lift=0.15), strength)
    luma = 255 * seen_through(look, ramp) @ LUMA
    steps = np.diff(luma)
    assert steps.min() > -1.5
    assert steps.max() < 5


def test_what_lies_between_two_looks_keeps_their_bounds(network):
    """Half-way between the common look and that of some shots nothing falls further, or is steeper, than the worse of the two."""
    template = colours(14, contrast=1.8)
    common, own = (
        look_of(network, colours(3, contrast=0.5), template),
        look_of(network, colours(4, warmth=0.8), template),
    )
    half = common + np.float32(0.5) * (own - common)
    assert fall(half) <= max(fall(common), fall(own)) + 1e-6
    assert steepness(half) <= max(steepness(common), steepness(own)) + 1e-6
    assert np.diff(greys(half) @ LUMA).min() > -1e-6


def test_highlights_keep_their_drawing(network):
    """Where a brighter template would push greys beyond white that the footage does not hold, they stay apart."""
    ramp = np.repeat(np.linspace(0, 0.6, 256, dtype=np.float32)[:, None], 3, 1)
    light = greys(look_of(network, ramp, 1.2 * ramp**0.5)) @ LUMA
    assert light[19] > 0.9  # 0.6, the footage's lightest, as the template has it
    assert np.diff(light).min() > 3e-4


def test_skin_does_not_turn_green(network):
    """A template of teal alone takes skin's warmth at most: its hue stays within 20 degrees where any colour is left."""
    skin = np.array([[0.87, 0.67, 0.55], [0.63, 0.45, 0.33], [0.45, 0.29, 0.2]])
    rng = np.random.default_rng(4)
    footage = np.clip(rng.normal(0.5, 0.15, (4000, 1)) + rng.normal(0, 0.05, (4000, 3)), 0, 1).astype(np.float32)
    footage[:1500] = np.clip(skin[rng.integers(0, 3, 1500)] + rng.normal(0, 0.02, (1500, 3)), 0, 1)
    template = footage.mean(1, keepdims=True) * np.array([0.5, 1.1, 1.1], np.float32)
    look = look_of(network, footage, np.clip(template, 0, 1))
    after = oklab.from_srgb(seen_through(look, skin))
    before = oklab.from_srgb(skin)
    chroma = np.hypot(after[:, 1], after[:, 2])
    turned = np.arctan2(after[:, 2], after[:, 1]) - np.arctan2(before[:, 2], before[:, 1])
    assert (np.abs(np.degrees(turned))[chroma > 0.01] < 20).all()
    assert (chroma < 0.04).all()
    # what is no skin takes the template's cast
    assert oklab.from_srgb(greys(look))[16, 1] < -0.02


def test_skin_does_not_turn_to_brick(network):
    """A template of vivid orange warms pale skin and lips: no more than an evening sun does, and lips stay redder than cheeks."""
    skin = np.array(
        [[0.72, 0.62, 0.56], [0.6, 0.47, 0.41], [0.68, 0.5, 0.48]]
    )  # cheeks in the light and in the shade, lips
    rng = np.random.default_rng(4)
    footage = np.clip(rng.normal(0.5, 0.15, (4000, 1)) + rng.normal(0, 0.03, (4000, 3)), 0, 1).astype(np.float32)
    footage[:1500] = np.clip(skin[rng.integers(0, 3, 1500)] + rng.normal(0, 0.02, (1500, 3)), 0, 1)
    template = np.clip(footage.mean(1, keepdims=True) * np.array([1.7, 0.7, 0.15], np.float32), 0, 1)
    look = look_of(network, footage, template)
    before, after = oklab.from_srgb(skin), oklab.from_srgb(seen_through(look, skin))
    hue, turned = (np.degrees(np.arctan2(lab[:, 2], lab[:, 1])) for lab in (before, after))
    assert (np.hypot(after[:, 1], after[:, 2]) < 0.16).all()
    assert (np.abs(turned - hue) < 18).all()
    assert turned[2] < turned[:2].min()
    # what is no skin takes more of the template's colour
    assert np.hypot(*oklab.from_srgb(greys(look))[16, 1:]) > 0.1


@pytest.fixture(scope="module")
def grey_to_teal(network):
    """The look between one colour and another."""
    return look_of(network, *TIGHT["grey to teal"])


@pytest.mark.parametrize("name", TIGHT)
def test_one_colour_gives_a_cast_at_most(network, grey_to_teal, name):
    """A colour alone has no contrast to give and no lightness: greys keep theirs to within 0.05."""
    look = grey_to_teal if name == "grey to teal" else look_of(network, *TIGHT[name])
    assert np.isfinite(look).all()
    np.testing.assert_allclose(greys(look) @ LUMA, np.linspace(0, 1, 33), atol=0.05)


def test_a_cast_of_one_colour_is_taken(grey_to_teal):
    """Grey footage and a template of teal alone give a teal cast in the mid-tones."""
    _, a, b = oklab.from_srgb(greys(grey_to_teal)[16])
    wanted = oklab.from_srgb(np.array(TEAL[0]))
    np.testing.assert_allclose([a, b], wanted[1:], atol=0.02)


@pytest.mark.parametrize(("n", "m"), [(0, 5), (5, 0)])
def test_no_colours_at_all_are_refused(network, n, m):
    """Without samples there is nothing to learn a look from."""
    with pytest.raises(ValueError, match="at least one colour"):
        network(torch.zeros(1, n, 3), torch.zeros(1, m, 3), torch.ones(1, 1), torch.zeros(1, 1, 2, 3))


@pytest.mark.gpu
def test_a_gpu_answers_as_the_cpu_does(network, weights_path):
    """Looks of the two devices agree to within a tenth of a step of 8 bits."""
    rows = [torch.from_numpy(colours(seed))[None] for seed in (1, 2)] + [torch.ones(1, 1)]
    rows.append(torch.stack([rows[0], rows[0].roll(1, 1)], 2))
    with torch.inference_mode():
        (on_gpu,) = look_transfer.load(weights_path).cuda()(*(row.cuda() for row in rows))
        (on_cpu,) = network(*rows)
    torch.testing.assert_close(on_gpu.cpu(), on_cpu, atol=0.1 / 255, rtol=0)


def test_bounds_of_a_look_are_to_the_last_bit_what_torch_finds_by_itself():
    """Running minima and maxima plane by plane, and values in order by numpy, are those of torch's own kernels."""
    look = torch.rand(2, 33, 33, 33, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(4))
    ramp = torch.arange(33, dtype=torch.float64) * (STEEPEST / 32)

    def lowered(values, axis):
        tilt = ramp.reshape([-1 if dim == axis else 1 for dim in range(5)])
        forward = (values - tilt).cummin(axis).values + tilt
        return (forward.flip(axis) - tilt).cummin(axis).values.add(tilt).flip(axis)

    below = above = look
    for axis in (3, 2, 1):
        below, above = lowered(below, axis), -lowered(-above, axis)
    assert torch.equal(no_steeper(look), (below + above) / 2)
    red = look[..., 0]
    highest, lowest = red.cummax(3).values, red.flip(3).cummin(3).values.flip(3)
    assert torch.equal(rising(look)[..., 0], (highest + lowest) / 2)
    assert torch.equal(in_order(red), red.sort(-1).values)
