import resource
from fractions import Fraction

import numpy as np
import pytest

from clipzy.media.spool import Spool, open_spool


def test_arrays_come_back_with_their_times(tmp_path):
    """What was added, whole or in parts, is read back in order with exact ticks."""
    spool = Spool(tmp_path, "grey", (2, 3, 4), Fraction(1, 90000))
    arrays = np.arange(5 * 24, dtype=np.uint8).reshape(5, 2, 3, 4)
    for number, array in enumerate(arrays):
        spool.add(number * 3000, *array, length=7)
    spool.close()
    found = open_spool(tmp_path, "grey")
    assert np.array_equal(found.arrays, arrays)
    assert (list(found.ticks), set(found.lengths)) == ([0, 3000, 6000, 9000, 12000], {7})
    assert found.time_base == Fraction(1, 90000)


@pytest.mark.parametrize("count", [1, 2, 5, 6])
def test_thinning_keeps_every_second_array(count, tmp_path):
    """Arrays 0, 2, 4, … stay, and more can be added after them."""
    spool = Spool(tmp_path, "thin", (3,), Fraction(1))
    for number in range(count):
        spool.add(number, np.full(3, number, np.uint8))
    spool.thin()
    spool.add(100, np.full(3, 100, np.uint8))
    spool.close()
    expected = [*range(0, count, 2), 100]
    found = open_spool(tmp_path, "thin")
    assert list(found.arrays[:, 0]) == expected
    assert list(found.ticks) == expected


def test_an_unfinished_spool_cannot_be_opened(tmp_path):
    """Without its closing description nothing counts, not even over an older one."""
    Spool(tmp_path, "x", (1,), Fraction(1)).close()
    unfinished = Spool(tmp_path, "x", (1,), Fraction(1))
    unfinished.add(0, np.zeros(1, np.uint8))
    with pytest.raises(FileNotFoundError):
        open_spool(tmp_path, "x")
    unfinished.discard()


def test_an_empty_spool_is_an_empty_array(tmp_path):
    """Nothing added, nothing found, of the right shape."""
    Spool(tmp_path, "x", (4, 5), Fraction(1)).close()
    assert open_spool(tmp_path, "x").arrays.shape == (0, 4, 5)


def test_a_spool_that_found_no_room_leaves_nothing_behind(tmp_path):
    """What was refused to be written is given up with the rest, and nobody hears of it again."""
    spool = Spool(tmp_path, "x", (9999,), Fraction(1))
    spool.add(0, np.zeros(9999, np.uint8))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (999, before[1]))
    try:
        spool.discard()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(tmp_path.iterdir())
