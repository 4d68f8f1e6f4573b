"""Tables that several processors fill together."""

import threading

import numpy as np
import pytest

from clipzy.media.colour import baking
from clipzy.media.colour.baking import in_slices
from clipzy.media.colour.colour_spaces import ColourSpace
from clipzy.media.colour.deep_lut import pack_deep
from clipzy.media.colour.look_table import identity
from clipzy.media.colour.lut import pack


@pytest.fixture(params=[1, 2, 5, 64])
def processors(request, monkeypatch):
    """So many, whatever there are."""
    monkeypatch.setattr(baking, "available_processors", lambda: request.param)
    return request.param


def test_every_row_is_filled_once(processors):
    """By no more threads than there are rows or processors."""
    for rows in (1, 3, 64):
        filled, threads = [], set()

        def fill(some, filled=filled, threads=threads):
            filled.append(range(some.start, some.stop))
            threads.add(threading.get_ident())

        in_slices(rows, fill)
        assert sorted(row for some in filled for row in some) == list(range(rows))
        assert len(filled) == min(processors, rows, baking.MOST_AT_ONCE)
        assert len(threads) <= processors


@pytest.mark.usefixtures("processors")
def test_what_goes_wrong_is_raised():
    """From whichever thread."""

    def fill(rows):
        if rows.stop == 10:
            raise ValueError("the last rows cannot be filled")

    with pytest.raises(ValueError, match="the last rows"):
        in_slices(10, fill)


@pytest.fixture(scope="module")
def alone():
    """Both kinds of table of one look, each made by one thread."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(baking, "available_processors", lambda: 1)
        return tables()


def tables():
    """All arrays of both kinds of table."""
    look = 1 - identity(9) ** 2
    packed, deep = (
        pack(look, matrix="bt601"),
        pack_deep(look, ColourSpace("hlg", "bt2020"), full_range=False, matrix="bt2020"),
    )
    return packed.luma, packed.chroma, deep.luma, deep.chroma


@pytest.mark.usefixtures("processors")
def test_a_look_is_the_same_by_however_many(alone):
    """To the bit, of eight bits and of ten."""
    for one, several in zip(alone, tables(), strict=True):
        np.testing.assert_array_equal(one, several)
