"""What pictures are of: all of their faces, or one thing."""

import numpy as np
import pytest

from clipzy.analysis.framing.subjects import MOST_FACES, find_subjects, stirred
from clipzy.style.measurements import Subject

EVEN = np.zeros((90, 160), np.float32)


def faces(*sizes, sure=0.99):
    """Faces so wide, side by side, as the network gives them."""
    return np.array([(0.15 * k, 0.3, 0.15 * k + size, 0.3 + size, sure) for k, size in enumerate(sizes)], np.float32)


def at(x, *, face=True):
    """A subject there."""
    return (Subject(0.0, x - 0.05, 0.4, x + 0.05, 0.6, 0.99, face),)


def test_all_faces_count_the_largest_first():
    """Up to four, for a crop is about one of them."""
    found = find_subjects(EVEN, faces(0.05, 0.1, 0.07), 2.5)
    assert [round(subject.right - subject.left, 3) for subject in found] == [0.1, 0.07, 0.05]
    assert {(subject.time_s, subject.is_face) for subject in found} == {(2.5, True)}
    assert len(find_subjects(EVEN, faces(*[0.05] * 6), 0.0)) == MOST_FACES


def test_where_no_face_is_sure_one_thing_is_taken_or_none():
    """The strongest piece of what stands out."""
    spot = EVEN.copy()
    spot[40:60, 50:80] = 1
    (found,) = find_subjects(spot, faces(0.1, sure=0.5), 0.0)
    assert not found.is_face
    assert found.centre == pytest.approx((65 / 160, 50 / 90))
    assert find_subjects(EVEN, faces(0.1, sure=0.5), 0.0) == ()


@pytest.mark.parametrize(
    ("before", "after", "worth"),
    [
        (at(0.3), at(0.31), False),
        (at(0.3), at(0.36), True),
        (at(0.3, face=False), at(0.36, face=False), True),
        (at(0.3), (), True),
        ((), at(0.3, face=False), False),
        (at(0.3), at(0.3, face=False), True),
        ((), (), False),
    ],
    ids=["still", "moved", "a thing moved", "a face gone", "a thing appeared", "a face turned away", "nothing"],
)
def test_where_the_subject_stirs_it_is_looked_at_more_often(before, after, worth):
    """A move, or a face that comes or goes."""
    assert stirred(before, after) is worth
