"""Slow zooms: how many, where, and how far."""

import itertools
from fractions import Fraction

import pytest

import measured
from clipzy.style.camerawork import framed, with_zooms
from clipzy.style.framing import Focus
from clipzy.style.measurements import CameraMove, CameraMoveKind, Subject
from clipzy.style.pacing import takes_between
from clipzy.style.plan import WHOLE_PICTURE, Crop
from clipzy.style.standing_text import StandingText
from clipzy.style.time import Span
from clipzy.style.zooming import spread, zoomed, zooms_itself

FACE = Focus(0.7, 0.3, is_face=True)


def shots(count, crop=WHOLE_PICTURE, subjects=()):
    """That many takes in 40 s."""
    video = measured.video(shots=count, subjects=tuple(subjects))
    return framed(takes_between(video.boundaries, video.facts.duration), crop, video)


def move(start, end, kind=CameraMoveKind.ZOOM, *, zoom=0.5):
    """What the footage's camera does."""
    return CameraMove(Span(Fraction(start), Fraction(end)), kind, 0.8, zoom)


@pytest.mark.parametrize(("usage", "count"), [(0, 0), (4, 0), (10, 1), (33, 3), (50, 5), (100, 10)])
def test_as_many_shots_zoom_as_the_template_has(usage, count):
    """In its share, to the nearest shot; the sentence says so."""
    made, told = with_zooms(shots(10), usage, (), seed=0)
    assert sum(bool(shot.path) for shot in made) == count
    assert told.startswith(f"slow zoom added to {count} of 10 shots" if count else "no zooms")


def test_shots_that_zoom_already_count_and_are_left_alone():
    """Three of ten do: two more make half of them."""
    moves = [move(0, 2), move(9, 11, CameraMoveKind.DOLLY), move(20, 24, CameraMoveKind.PAN)]
    made, told = with_zooms(shots(10), 50, moves, seed=3)
    assert not any(made[at].path for at in (0, 2))
    assert sum(bool(shot.path) for shot in made) == 3
    assert "2 zoom already" in told


def test_short_shots_do_not_zoom():
    """Of 40 that last a second none does, and it is said."""
    made, told = with_zooms(shots(40), 100, (), seed=0)
    assert not any(shot.path for shot in made)
    assert told.endswith("; the footage's shots are too short, follow their subject or show text that would be cut off")


def test_shots_that_do_not_zoom_are_told_from_those_that_do():
    """Two that zoom by themselves leave others; where there is one shot alone there are none."""
    moves = [move(0, 2), move(1, 2)]
    assert "; the footage's other shots are too short" in with_zooms(shots(40), 100, moves, seed=0)[1]
    walking = [Subject(k / 2, 0.1 + 0.01 * k, 0.3, 0.2 + 0.01 * k, 0.5, 0.99, is_face=True) for k in range(80)]
    told = with_zooms(shots(1, Crop(0.34, 0.0, 0.316, 1.0), walking), 100, (), seed=0)[1]
    assert told.endswith("; the footage's shot is too short, follows its subject or shows text that would be cut off")


def test_a_zoom_cuts_no_text():
    """A title near the edges keeps its shot still; one in the middle does not."""
    for left, zooming in ((0.01, 9), (0.3, 10)):
        title = StandingText(4.0, 8.0, left, 0.5, 1 - left, 0.6)
        video = measured.video(shots=10, texts=(title,))
        made, _ = with_zooms(
            framed(takes_between(video.boundaries, video.facts.duration), WHOLE_PICTURE, video), 100, (), 0
        )
        assert sum(bool(shot.path) for shot in made) == zooming
        assert bool(made[1].path) is (zooming == 10)


def test_a_zoom_is_seen_only_from_some_length_on():
    """A touch of one at the edge is none."""
    span = Span(Fraction(4), Fraction(8))
    assert zooms_itself(span, [move(0, "4.5")])
    assert not zooms_itself(span, [move(0, "4.2")])
    assert not zooms_itself(span, [move(5, 7, CameraMoveKind.HANDHELD)])


@pytest.mark.parametrize("sign", [1, -1], ids=["in", "out"])
def test_a_zoom_is_seen_only_from_three_per_cent_on(sign):
    """Of what lies in the span: half of a zoom by 4 % is none."""
    span = Span(Fraction(4), Fraction(8))
    assert zooms_itself(span, [move(4, 8, zoom=sign * 0.031)])
    assert not zooms_itself(span, [move(4, 8, zoom=sign * 0.029)])
    assert not zooms_itself(span, [move(2, 6, zoom=sign * 0.04)])
    assert zooms_itself(span, [move(2, 6, zoom=sign * 0.07)])


@pytest.mark.parametrize("seed", range(5))
def test_zooms_are_spread(seed):
    """Evenly, each time the same, elsewhere with another seed; in and out by turns."""
    assert spread(range(100), 10, seed) == spread(range(100), 10, seed)
    chosen = spread(range(100), 10, seed)
    assert {b - a for a, b in itertools.pairwise(chosen)} == {10}
    made, _ = with_zooms(shots(10), 60, (), seed)
    widths = [shot.crop.width < 1 for shot in made if shot.path]
    assert widths == [bool((k + seed) % 2) for k in range(6)]
    assert with_zooms(shots(10), 60, (), seed)[0] == made
    assert len({tuple(spread(range(100), 3, s)) for s in range(8)}) > 4


@pytest.mark.parametrize(("seconds", "amount"), [("1.5", 0.04), (3, 0.06), (10, 0.08)])
@pytest.mark.parametrize("inwards", [True, False])
def test_a_zoom_is_slow_and_keeps_its_subject_in_place(seconds, amount, inwards):
    """2 % a second, 4 to 8 in all; the face is at the same place of the picture all the while."""
    start, key, name = zoomed(Crop(0.5, 0.0, 0.4, 0.8), FACE, Fraction(seconds), inwards=inwards)
    wide, near = (start, key.crop) if inwards else (key.crop, start)
    assert wide == Crop(0.5, 0.0, 0.4, 0.8)
    assert near.width / wide.width == near.height / wide.height == pytest.approx(1 - amount)
    for crop in (wide, near):
        assert ((0.7 - crop.x) / crop.width, (0.3 - crop.y) / crop.height) == pytest.approx((0.5, 0.375))
    assert key.at == Fraction(seconds)
    assert (
        name == f"{'pushing in' if inwards else 'pulling out'} by {amount:.0%} {'on' if inwards else 'from'} the face"
    )


def test_a_zoom_never_leaves_its_crop():
    """Also where its subject is outside."""
    for focus in (Focus(0.0, 1.0, is_face=False), Focus(1.0, 0.0, is_face=False), None):
        _, key, _ = zoomed(Crop(0.3, 0.2, 0.5, 0.5), focus, Fraction(4), inwards=True)
        assert key.crop.x >= 0.3
        assert key.crop.x + key.crop.width <= 0.8 + 1e-9
        assert key.crop.y >= 0.2
        assert key.crop.y + key.crop.height <= 0.7 + 1e-9


def test_a_shot_that_follows_does_not_zoom():
    """One move at a time."""
    walking = [Subject(k / 2, 0.1 + 0.01 * k, 0.3, 0.2 + 0.01 * k, 0.5, 0.99, is_face=True) for k in range(80)]
    made, _ = with_zooms(shots(1, Crop(0.34, 0.0, 0.316, 1.0), walking), 100, (), seed=0)
    assert made[0].words == ", following the face"
    assert len({key.crop.width for key in made[0].path}) == 1
