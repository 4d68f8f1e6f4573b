"""Crops that go with their subject: no more than they must, and smoothly."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import measured
from clipzy.style.crop_path import CropPath
from clipzy.style.following_crop import EASED_S, TOP_SPEED, TooFastError, Trail, fixed
from clipzy.style.measurements import Subject
from clipzy.style.plan import Clip, Crop
from clipzy.style.shot_framing import Scene, ShotFraming
from clipzy.style.standing_text import StandingText
from clipzy.style.text_in_crops import whole_in
from clipzy.style.time import Span

TALL = Crop(0.34, 0.0, 0.316, 1.0)
TAKE = Span(Fraction(0), Fraction(20))


def walk(places, every=1.0, y=0.4):
    """A face at those places, one after the other."""
    return [
        Subject(k * every, x - 0.03, y - 0.08, x + 0.03, y + 0.08, 0.99, is_face=True) for k, x in enumerate(places)
    ]


def followed(crop, track, span):
    """How a crop of that size goes with the subject."""
    return Trail(track, span).followed(crop)


def middles(rail, times):
    """Where the crop's middle is."""
    return np.array([rail.at(t).x + rail.crop.width / 2 for t in times])


def test_a_crop_that_holds_its_subject_stays():
    """However restless that is."""
    assert followed(TALL, walk([0.5 + 0.08 * (-1) ** k for k in range(20)]), TAKE) is None


def test_a_crop_goes_with_a_subject_that_walks_away():
    """It keeps it well inside, and stands still as long as it can at both ends."""
    where = [0.3] * 5 + [0.3 + 0.06 * k for k in range(8)] + [0.72] * 7
    rail = followed(TALL, walk(where), TAKE)
    inside = np.abs(middles(rail, range(20)) - where)
    assert inside.max() < 0.3 * TALL.width
    assert middles(rail, [0, 1, 2, 3]) == pytest.approx(middles(rail, [0])[0], abs=1e-6)
    assert middles(rail, [17, 18, 19]) == pytest.approx(middles(rail, [19])[0], abs=1e-6)


def test_pace_and_gain_of_pace_are_limited():
    """Also for a subject that darts across; nothing overshoots."""
    where = [0.2] * 6 + [0.35, 0.5, 0.65] + [0.8] * 11
    rail = followed(TALL, walk(where), TAKE)
    path = middles(rail, np.arange(0, 20, 0.1))
    speed = np.diff(path) / 0.1
    top = TOP_SPEED * TALL.width
    assert np.abs(speed).max() <= top + 1e-6
    assert np.abs(np.diff(speed) / 0.1).max() <= 2 * top / EASED_S + 1e-3
    assert speed.min() >= -1e-4
    assert np.abs(middles(rail, range(20)) - where).max() < 0.5 * TALL.width - 0.03


def test_a_single_error_moves_nothing():
    """The middle one of three places counts."""
    assert followed(TALL, walk([0.5] * 8 + [0.9] + [0.5] * 8), TAKE) is None


@pytest.mark.parametrize("is_face", [True, False])
def test_a_crop_that_follows_shows_text_whole_where_its_subject_lets_it(is_face):
    """A caption on the way is whole while it stands; one that only a crop without the subject would show bends nothing."""
    track = [replace(seen, is_face=is_face) for seen in walk([0.3 + 0.02 * k for k in range(20)])]
    on_the_way, beyond = StandingText(6.0, 9.0, 0.36, 0.8, 0.62, 0.9), StandingText(14.0, 18.0, 0.0, 0.8, 0.25, 0.9)
    span, plain = Span(Fraction(6), Fraction(9)), followed(TALL, track, TAKE)
    assert whole_in([on_the_way], span, plain.at) == []
    rail = Trail(track, TAKE, [on_the_way]).followed(TALL)
    assert whole_in([on_the_way], span, rail.at) == [on_the_way]
    assert np.abs(middles(rail, range(20)) - [seen.centre[0] for seen in track]).max() < 0.42 * TALL.width
    far = Trail(track, TAKE, [beyond]).followed(TALL)
    assert middles(far, range(20)) == pytest.approx(middles(plain, range(20)))


def test_what_is_too_fast_is_said():
    """Rather than followed in a blur."""
    with pytest.raises(TooFastError):
        followed(TALL, walk([0.1, 0.1, 0.1, 0.9, 0.9, 0.9, 0.1, 0.1, 0.1] * 2), TAKE)


@pytest.mark.parametrize(
    "track",
    [walk([0.2, 0.8]), walk([0.2, 0.3, 0.5, 0.7]), walk([0.2, 0.4, 0.6, 0.8], every=4.0)],
    ids=["two sights", "a small part of the take", "too rarely"],
)
def test_where_little_is_known_nothing_moves(track):
    """A path would be made up."""
    assert followed(TALL, track, TAKE) is None


def test_crops_follow_downwards_as_well():
    """A wide crop of a tall picture; across there is nothing to follow."""
    wide = Crop(0.0, 0.3, 1.0, 0.316)
    rail = followed(wide, [Subject(k, 0.4, 0.04 * k, 0.6, 0.04 * k + 0.1, 0.9, is_face=False) for k in range(20)], TAKE)
    assert rail.at(0).y == pytest.approx(0.0, abs=0.1)
    assert rail.at(20).y == pytest.approx(1 - 0.316, abs=0.1)
    assert rail.at(10).x == 0.0


def test_a_rail_gives_keys_to_any_part_of_its_take():
    """Between them the clip's own path is the rail, within a thousandth; where it rests there are none."""
    rail = followed(TALL, walk([0.3] * 6 + [0.3 + 0.05 * k for k in range(9)] + [0.7] * 5), TAKE)
    for start, end in ((0, 20), (5, 15), (0, 4), ("7.3", "9.1")):
        span = Span(Fraction(start), Fraction(end))
        crop, keys = rail.keys(span)
        path = CropPath(Clip(span, crop, None, None, "", keys))
        for time in np.linspace(0, float(span.duration), 101):
            assert path(time).x == pytest.approx(rail.at(float(span.start) + time).x, abs=1e-3)
        assert (end == 4) is (keys == ())
        assert len(keys) <= 5 * span.duration + 3


def test_a_closer_crop_follows_more_closely():
    """Its subject is as well framed in it as in the wider one, measured by its own width."""
    where = [0.3] * 5 + [0.3 + 0.06 * k for k in range(8)] + [0.72] * 7
    near = Crop(0.3, 0.2, TALL.width / 1.4, 1 / 1.4)
    for crop in (TALL, near):
        offsets = middles(followed(crop, walk(where), TAKE), range(20)) - where
        assert np.abs(offsets).max() < 0.25 * crop.width


def test_a_fixed_crop_is_a_rail_too():
    """It does not move."""
    assert fixed(TALL, TAKE).keys(TAKE) == (fixed(TALL, TAKE).at(3), ())


def test_crops_of_one_size_go_one_way():
    """Wherever they begin: it is found once for all virtual cuts of a take."""
    trail = Trail(walk(np.linspace(0.2, 0.8, 20)), TAKE)
    one, other = trail.followed(TALL), trail.followed(Crop(0.1, 0.0, TALL.width, TALL.height))
    assert one.x is other.x
    assert trail.followed(Crop(0.1, 0.0, 0.3, 1.0)).x is not one.x


@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 0.2), (0.005, 0.2), (0.02, 0.2), (0.8, 0.98), (0.8, 0.995), (0.8, 1.0)]
)
def test_a_crop_that_follows_shows_text_at_the_pictures_edge_whole(low, high):
    """Where there is no room to be left free beside it."""
    track = walk([0.3 + 0.02 * k if low < 0.5 else 0.7 - 0.02 * k for k in range(20)])
    text = StandingText(1.0, 3.8, low, 0.8, high, 0.9)
    rail = Trail(track, TAKE, [text]).followed(Crop(0.25, 0.0, 0.5, 1.0))
    assert whole_in([text], TAKE, rail.at) == [text]


def test_a_closer_crop_keeps_its_own_part_of_the_way_alone():
    """Each of thousands in an hour of one take goes by another size: whole ways of all would fill a gigabyte. Its part is the same as of the whole."""
    track = walk([0.3 + 0.02 * k for k in range(20)])
    video = measured.video(shots=1, subjects=tuple(track), facts=measured.facts(duration=TAKE.end))
    part = Span(Fraction(9), Fraction(12))
    rail, _ = ShotFraming(Scene.of(video), TAKE, TAKE, TALL).closer(part)
    assert rail.moves
    assert len(rail.times) < 40
    whole = followed(rail.crop, track, TAKE)
    assert len(whole.times) > 200
    assert rail.keys(part) == whole.keys(part)
