"""Quantiles: NumPy's own, to the last bit."""

import numpy as np
import pytest

from clipzy.analysis.quantiles import quantile


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.7, 0.9, 1.0])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(1,), (2,), (7,), (25, 180), (3, 5, 7)])
def test_a_quantile_is_that_of_numpy(share, kind, shape):
    """Of values of any shape and of either precision; these stay as they are."""
    values = np.random.default_rng(3).normal(size=shape).astype(kind)
    before = values.copy()
    assert quantile(values, share) == float(np.quantile(values, share))
    np.testing.assert_array_equal(values, before)


def test_a_share_between_two_values_lies_between_them():
    """Straight from one to the next."""
    assert quantile(np.array([4.0, 0.0]), 0.25) == pytest.approx(1.0)
