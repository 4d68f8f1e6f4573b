"""Courses: means over even steps."""

import numpy as np

from clipzy.analysis.courses import MOST_STEPS, course_of


def test_each_step_is_the_weighted_mean_of_what_lies_in_it():
    """None where nothing does."""
    times, values, weights = (np.array(each) for each in ([0.1, 0.3, 1.2, 1.4], [1.0, 2.0, 5.0, 8.0], [1, 1, 2, 1]))
    course = course_of(times, values, weights, 2.0, digits=3)
    assert (course.step_s, course.values) == (0.5, (1.5, None, 6.0, None))


def test_hours_take_wider_steps():
    """So that what is kept stays small."""
    times = np.arange(0, 7200, 0.25)
    course = course_of(times, times, np.ones(len(times)), 7200.0, digits=1)
    assert len(course.values) <= MOST_STEPS
    assert course.step_s * len(course.values) >= 7200


def test_nothing_has_no_course():
    """An empty video's is empty."""
    assert course_of(np.zeros(0), np.zeros(0), np.zeros(0), 0.0, digits=2).values == ()
