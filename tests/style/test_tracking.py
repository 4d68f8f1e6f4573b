"""Of all that is seen in a take, one thing throughout."""

from fractions import Fraction

import pytest

from clipzy.style.measurements import Subject
from clipzy.style.time import Span
from clipzy.style.tracking import covered_s, of_faces, seen_in, track_of

TAKE = Span(Fraction(0), Fraction(20))


def face(time, x, size=0.1, confidence=0.99):
    """A face in the middle of the height."""
    return Subject(time, x - size / 2, 0.5 - size, x + size / 2, 0.5 + size, confidence, is_face=True)


def thing(time, x, confidence=0.6):
    """Something else that stands out."""
    return Subject(time, x - 0.1, 0.4, x + 0.1, 0.6, confidence, is_face=False)


def track(*seen, span=TAKE, **look):
    """The subject of a take in which these are seen, in any order."""
    return track_of(seen_in(sorted(seen, key=lambda subject: subject.time_s), span), span, **look)


def places(found):
    """Where a track's subject is, across."""
    return [round(subject.centre[0], 3) for subject in found]


def test_of_two_faces_one_is_taken_throughout():
    """Though by turns the one and the other is seen larger."""
    left = [face(t, 0.2, 0.10 + 0.02 * (t % 2)) for t in range(10)]
    right = [face(t, 0.8, 0.11 + 0.02 * ((t + 1) % 2)) for t in range(10)]
    assert set(places(track(*left, *right))) == {0.8}


def test_a_face_is_followed_through_a_gap():
    """As far as it can have got in the meantime."""
    seen = [face(t, 0.2 + 0.05 * t) for t in (0, 1, 2, 4, 5, 6)]
    assert track(*seen, face(3, 0.9)) == tuple(seen)


def test_a_face_that_is_suddenly_elsewhere_or_much_larger_is_another():
    """The one that is seen longer counts."""
    one = [face(t, 0.2) for t in range(6)]
    assert track(*one, *[face(t, 0.8) for t in range(6, 10)]) == tuple(one)
    assert track(*one, *[face(t, 0.2, 0.3) for t in range(6, 8)]) == tuple(one)


def test_faces_come_before_things():
    """As soon as they are seen for a third of the time."""
    things = [thing(float(t), 0.7) for t in range(13)]
    faces = [face(13 + t, 0.2) for t in range(7)]
    assert set(places(track(*things, *faces, look_s=1.0))) == {0.2}
    assert set(places(track(*things, *faces[:6], look_s=1.0))) == {0.7}


@pytest.mark.parametrize(
    ("times", "look_s", "about_faces"),
    [((1, 2, 3, 4), 0.5, True), ((1, 3, 5, 7), 0.5, False), ((1, 5), 4.0, True), ((9.9,), 0.5, False)],
    ids=["every second look in its place", "now and then", "looked at rarely", "at the end"],
)
def test_a_take_is_about_a_face_for_a_share_of_its_time(times, look_s, about_faces):
    """Where nothing has moved the picture between two looks was not looked at; of ten seconds a third is wanted, where other things are seen, too."""
    ten = Span(Fraction(0), Fraction(10))
    assert of_faces([thing(0.5, 0.7), *(face(t, 0.2) for t in times)], ten, look_s) is about_faces


def test_what_is_somewhere_else_each_time_is_no_subject():
    """Nothing is sure then."""
    assert track(*[thing(t, (0.2, 0.5, 0.8)[t % 3]) for t in range(9)]) == ()
    assert len(track(*[thing(t, 0.5) for t in range(9)])) == 9
    assert track() == ()


def test_only_the_take_counts():
    """What is seen before and after belongs to others."""
    seen = [face(t, 0.3) for t in range(30)]
    assert [subject.time_s for subject in track(*seen, span=Span(Fraction(5), Fraction(8)))] == [5, 6, 7]


def test_time_without_sight_does_not_count():
    """Two stretches of two seconds, with five between them."""
    assert covered_s([face(t, 0.3) for t in (0, 1, 2, 7, 8, 9)]) == pytest.approx(4)
