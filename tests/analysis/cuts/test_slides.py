"""What slides leave unexplained, beside the pictures made up one by one."""

from itertools import pairwise

import numpy as np

from clipzy.analysis.cuts.slides import sliding_costs

SIZE = 6
LINE = np.arange(SIZE)


def slid(way, old, new, shift):
    """The lines of a picture (size, k) of which so many of the new one are seen."""
    on_end = np.concatenate([old, new])
    pushed, comes = on_end[LINE + shift], (SIZE - shift <= LINE)[:, None]
    return {"push": pushed, "cover": np.where(comes, pushed, old), "uncover": np.where(comes, new, pushed)}[way]


def test_costs_are_those_of_pictures_made_up_one_by_one():
    """At each shift by whole lines, and halfway at the mean of the two beside it; one way and, with the lines turned round, the other."""
    random = np.random.default_rng(8)
    old, new, seen = random.random((3, 2, SIZE, 4), np.float32)
    costs = list(sliding_costs(old, new, seen))
    ways = [(turn, way) for turn in (1, -1) for way in ("push", "cover", "uncover")]
    assert len(costs) == len(ways)
    for (turn, way), found in zip(ways, costs, strict=True):
        for k in range(2):
            whole = [slid(way, old[k, ::turn], new[k, ::turn], shift) for shift in range(SIZE + 1)]
            half = [(one + other) / 2 for one, other in pairwise(whole)]
            made_up = [picture for pair in zip(whole, half, strict=False) for picture in pair] + whole[-1:]
            expected = [np.square(picture - seen[k, ::turn]).sum() for picture in made_up]
            np.testing.assert_allclose(found[k], expected, rtol=1e-4)
