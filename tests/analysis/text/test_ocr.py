"""Text in one picture: found where it was written, and read."""

import numpy as np
import pytest

from clipzy.analysis.text.ocr import LONG_SIDE, TextReader, cut_out
from synth_pictures import captioned, textured_frame

PLACES = {"below": (0.5, 0.85), "above": (0.4, 0.2), "in the middle": (0.5, 0.5)}


@pytest.fixture(scope="module")
def reader():
    """The reader on one thread."""
    return TextReader()


def ground(size=(480, 270)):
    """A texture without lettering."""
    return textured_frame(3, size)


@pytest.mark.parametrize("centre", PLACES.values(), ids=PLACES)
def test_a_line_is_found_where_it_was_written(reader, centre):
    """One box, whose centre lies within 2 % of the picture of the true one, about as high as the letters."""
    (box,) = reader.find(captioned(ground(), "summer in Lisbon", height_px=26, centre=centre))
    assert (box.x, box.y) == (pytest.approx(centre[0], abs=0.02), pytest.approx(centre[1], abs=0.03))
    assert box.height == pytest.approx(26 / 270, abs=0.04)
    assert 0.3 < box.width < 0.6


def test_lines_come_from_top_to_bottom(reader):
    """Boxes are ordered by their height in the picture."""
    picture = captioned(captioned(ground(), "second line", centre=(0.5, 0.8)), "first line", centre=(0.5, 0.2))
    boxes = reader.find(picture)
    assert [reader.read(picture, [box])[0][0].replace(" ", "") for box in boxes] == ["firstline", "secondline"]


def test_many_pictures_are_searched_side_by_side(reader):
    """With the same findings in the same order as one by one."""
    pictures = [captioned(ground(), words, height_px=26, centre=PLACES["below"]) for words in ("one day", "then more")]
    pictures += [ground(), captioned(ground(), "in the end", height_px=30, centre=PLACES["above"])]
    together = TextReader(threads=4).find_in(pictures)
    assert [len(boxes) for boxes in together] == [1, 1, 0, 1]
    for boxes, picture in zip(together, pictures, strict=True):
        assert [box.corners.tolist() for box in boxes] == [box.corners.tolist() for box in reader.find(picture)]


def test_bands_of_pictures_are_searched_alone(reader):
    """A line in the band is found in its place in the whole picture, one outside is not."""
    picture = captioned(ground(), "first line", height_px=26, centre=PLACES["above"])
    picture = captioned(picture, "second line", height_px=26, centre=PLACES["below"])
    first, second = reader.find(picture)
    (above,), (below,) = reader.find_within([(picture, (20, 87)), (picture, (196, 263))])
    for box, whole in ((above, first), (below, second)):
        assert box.corners == pytest.approx(whole.corners, abs=4)
        assert (box.x, box.y) == (pytest.approx(whole.x, abs=0.01), pytest.approx(whole.y, abs=0.015))


def test_what_is_written_is_read(reader):
    """The words come back, surely."""
    picture = captioned(ground(), "Golden hour", height_px=28)
    ((text, score),) = reader.read(picture, reader.find(picture))
    assert text.replace(" ", "") == "Goldenhour"
    assert score > 0.9


def test_large_pictures_are_shrunk_and_shares_kept(reader):
    """On a picture of 1280 pixels the box lies at the same shares, its corners in the picture's own pixels."""
    picture = captioned(ground((1280, 720)), "summer in Lisbon", height_px=70, stroke_px=5)
    assert max(picture.shape) > LONG_SIDE
    (box,) = reader.find(picture)
    assert (box.x, box.y) == (pytest.approx(0.5, abs=0.02), pytest.approx(0.85, abs=0.03))
    assert box.corners[:, 0].max() > LONG_SIDE
    assert "isbon" in reader.read(picture, [box])[0][0]


@pytest.mark.parametrize("seed", range(3))
def test_a_texture_holds_no_text(reader, seed):
    """Where nothing is written nothing is found that would be read as words."""
    picture = textured_frame(seed, (480, 270))
    boxes = reader.find(picture)
    assert all(score < 0.8 or len(text) < 3 for text, score in reader.read(picture, boxes))


def test_a_box_is_cut_out_upright_and_in_bgr(reader):
    """The crop is as large as the box and has its channels the other way round."""
    picture = captioned(np.full((270, 480, 3), (200, 30, 30), np.uint8), "plain", height_px=30)
    (box,) = reader.find(picture)
    crop = cut_out(picture, box)
    assert crop.dtype == np.uint8
    assert crop.shape[1] == pytest.approx(box.width * 480, abs=2)
    assert crop.shape[0] == pytest.approx(box.height * 270, abs=2)
    np.testing.assert_allclose(crop[0, 0], (30, 30, 200), atol=3)


def test_pictures_too_small_for_text_are_searched_all_the_same(reader):
    """A picture of a few pixels has no text, and no error."""
    assert reader.find(np.full((8, 8, 3), 90, np.uint8)) == ()
