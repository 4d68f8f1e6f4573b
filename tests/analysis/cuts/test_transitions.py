"""Kind, extent and easing of transitions on mixes of known truth."""

import numpy as np
import pytest

import scenes
from clipzy.analysis.cuts.transitions import extent, fit_transition
from clipzy.style.dna import Easing, TransitionType

KINDS = {
    "dissolve": TransitionType.DISSOLVE,
    "fade-black": TransitionType.FADE,
    "fade-white": TransitionType.FADE,
    "wipe-right": TransitionType.WIPE,
    "wipe-up": TransitionType.WIPE,
    "slide-left": TransitionType.SLIDE,
    "slide-down": TransitionType.SLIDE,
    "circle": TransitionType.CIRCLE,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("during", [9, 19], ids=["short", "long"])
def test_kind_and_extent_are_read_from_the_frames(kind, during):
    """With rough limits eight frames too wide, the kind is found and both ends within two frames."""
    frames, last_old, first_new = scenes.edit(kind, during=during)
    fit = fit_transition(frames[last_old - 8 : first_new + 9].astype(np.float32), 0, first_new - last_old + 16)
    assert KINDS[kind] == fit.type
    assert abs(fit.last_old - 8) <= 2
    assert abs(fit.first_new - (first_new - last_old + 8)) <= 2
    assert fit.residual < 0.3
    assert fit.certainty > 0.6


@pytest.mark.parametrize("seed", range(4))
def test_cut_is_placed_on_the_frame(seed):
    """A change in one step is a cut, exactly where it happens."""
    frames, last_old, first_new = scenes.edit("cut", during=0, seed=10 * seed)
    fit = fit_transition(frames.astype(np.float32), last_old - 7, first_new + 5)
    assert (TransitionType.CUT, last_old, first_new) == (fit.type, fit.last_old, fit.first_new)


def test_fade_in_from_black_is_a_fade():
    """A dissolve whose old picture is black is a fade."""
    frames, last_old, first_new = scenes.edit("dissolve", during=12)
    black = np.zeros_like(frames[: first_new + 1])
    share = np.clip((np.arange(first_new + 1) - last_old) / 13, 0, 1)[:, None, None, None]
    frames[: first_new + 1] = (1 - share) * black + share * frames[first_new]
    fit = fit_transition(frames.astype(np.float32), last_old - 5, first_new + 5)
    assert fit.type == TransitionType.FADE


@pytest.mark.parametrize(
    ("easing", "curve"),
    [
        (Easing.LINEAR, lambda t: t),
        (Easing.EASE_IN, lambda t: t**2),
        (Easing.EASE_OUT, lambda t: 1 - (1 - t) ** 2),
        (Easing.EASE_IN_OUT, lambda t: t * t * (3 - 2 * t)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_easing_of_a_long_dissolve_is_told(easing, curve):
    """Over 24 frames the curve carries more than its noise."""
    frames, last_old, first_new = scenes.edit("dissolve", during=24, drift=0.0, curve=curve)
    assert easing == fit_transition(frames.astype(np.float32), last_old, first_new).easing


def test_limits_outside_the_frames_are_refused():
    """The limits must lie within the frames and in order."""
    with pytest.raises(ValueError, match="do not lie"):
        fit_transition(np.zeros((5, 27, 48, 3), np.float32), 3, 5)


@pytest.mark.parametrize("n", [3, 20, 70])
def test_the_extent_is_that_of_the_nearest_curve_of_all(n):
    """Every pair of ends a step apart has been tried with every curve."""
    random = np.random.default_rng(n)
    begin, end = n // 4, n - n // 5
    progress = np.clip((np.arange(1, n + 1) - begin) / (end - begin), 0, 1) ** 2 + random.normal(0, 0.02, n)
    frame, full, step = np.arange(n + 2), np.array([0, *progress.astype(np.float32), 1]), max(0.5, n / 60)
    curves = {
        Easing.LINEAR: lambda t: t,
        Easing.EASE_IN: lambda t: t**2,
        Easing.EASE_OUT: lambda t: 1 - (1 - t) ** 2,
        Easing.EASE_IN_OUT: lambda t: t * t * (3 - 2 * t),
    }
    tried = {
        easing: min(
            (float(np.sqrt(np.square(curve(np.clip((frame - low) / (high - low), 0, 1)) - full).mean())), low, high)
            for low in np.arange(0, n + 1, step)
            for high in np.arange(1, n + 1 + step / 2, step)
            if high - low >= 1
        )
        for easing, curve in curves.items()
    }
    best = min(tried, key=lambda easing: tried[easing][0])
    if n < 8 or tried[best][0] > 0.5 * tried[Easing.LINEAR][0]:
        best = Easing.LINEAR
    assert extent(progress.astype(np.float32)) == (*tried[best][1:], best)
