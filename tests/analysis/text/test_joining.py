"""Tracks that are one line of text, and such as are not."""

import cv2
import numpy as np
import pytest

from clipzy.analysis.text.joining import beside_others, extended, joined, same_words
from clipzy.analysis.text.ocr import TextBox
from clipzy.analysis.text.text_places import outline
from clipzy.analysis.text.text_tracks import Track
from synth_pictures import captioned, textured_frame

SIZE = (480, 270)


def picture(text, k=0, much=1.0, centre=(0.5, 0.4)):
    """A sample with a line in it, `much` of it, over ground number k."""
    ground = textured_frame(3 + k, SIZE)
    return cv2.addWeighted(captioned(ground, text, height_px=26, centre=centre), much, ground, 1 - much, 0)


def box(text, centre=(0.5, 0.4)):
    """Where that line stands."""
    ground = textured_frame(3, SIZE)
    rows, columns = np.nonzero(np.abs(picture(text, centre=centre).astype(int) - ground).max(-1) > 20)
    (top, bottom), (left, right) = ((int(at.min()), int(at.max()) + 1) for at in (rows, columns))
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
    wide, high = SIZE
    return TextBox(
        (left + right) / 2 / wide, (top + bottom) / 2 / high, (right - left) / wide, (bottom - top) / high, corners
    )


def track(samples, seen, text, centre=(0.5, 0.4), read_as=None):
    """A line as it was found in some samples."""
    where = box(text, centre)
    return Track(
        list(seen), [where] * len(seen), outline(samples[seen[-1]], where), text if read_as is None else read_as
    )


def test_a_line_lasts_while_its_letters_stand_though_it_is_not_found():
    """It fades in and out, and its ground changes."""
    shown = [0, 0.3, 0.4, 1, 1, 0.4, 0]
    samples = np.stack([picture("Golden hour", k, much) for k, much in enumerate(shown)])
    (held,) = extended(samples, range(7), [track(samples, [3, 4], "Golden hour")])
    assert held.seen == [1, 2, 3, 4, 5]


def test_a_line_ends_where_another_is_found_in_its_place():
    """Though some of its letters stand there, too."""
    samples = np.stack([picture("Golden hour"), picture("Golden hours")])
    first, second = track(samples, [0], "Golden hour"), track(samples, [1], "Golden hours")
    assert [held.seen for held in extended(samples, range(2), [first, second])] == [[0], [1]]


@pytest.mark.parametrize(
    ("now", "place", "counts"),
    [("Golden hour", (0.5, 0.4), True), ("Summer trip", (0.5, 0.4), False), ("Golden hour", (0.5, 0.7), False)],
    ids=["of the line", "other words", "elsewhere"],
)
def test_what_is_found_once_counts_beside_the_line_that_it_is_of(now, place, counts):
    """Alone it may be a texture."""
    samples = np.stack([picture("Golden hour"), picture("Golden hour", 1), picture(now, 2, centre=place)])
    line, once = track(samples, [0, 1], "Golden hour"), track(samples, [2], now, place)
    assert beside_others(samples, [once], [line, once]) == ([once] if counts else [])


def test_a_line_read_in_part_is_one_with_the_whole():
    """It is called by all of its letters."""
    samples = np.stack([picture("Golden hour", k % 2) for k in range(5)])
    part = track(samples, [0, 1], "Golden hour", read_as="olden hou")
    narrow = box("olden hou")
    part.boxes = [narrow] * 2
    (line,) = joined(samples, [part, track(samples, [2, 3, 4], "Golden hour")])
    assert (line.seen, line.content) == ([0, 1, 2, 3, 4], "Golden hour")


@pytest.mark.parametrize("second", ["Summer trip", "we left at dawn"], ids=["other words", "more words"])
def test_a_line_that_gives_place_to_another_stays_apart(second):
    """Also where the other has its words, which stand elsewhere now."""
    first = "we left"
    samples = np.stack([picture(first), picture(first, 1), picture(second), picture(second, 1)])
    lines = joined(samples, [track(samples, [0, 1], first), track(samples, [2, 3], second)])
    assert [line.content for line in lines] == [first, second]


def test_the_same_words_much_later_are_another_line():
    """After two samples without."""
    samples = np.stack([picture("Golden hour", k % 2, float(k not in (2, 3, 4))) for k in range(7)])
    tracks = [track(samples, seen, "Golden hour") for seen in ([0, 1], [5, 6])]
    assert len(joined(samples, tracks)) == 2


def test_readings_that_differ_in_a_letter_are_of_one_text():
    """As readers take an l for an i."""
    assert same_words("Golden hour", "goIden hour")
    assert not same_words("Golden hour", "Summer trip")
