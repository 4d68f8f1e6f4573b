"""Motion of a video out of what the network says of its pairs."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from clipzy.analysis.motion import intensity, measure_motion
from clipzy.style.measurements import CameraMoveKind
from clipzy.style.time import Span

SIZE = (320, 180)
DIAGONAL = float(np.hypot(*SIZE))
RATE = 10  # pairs a second, each of 1/25 s
GAP = 1 / 25


def shots(*lengths):
    """Shots that follow one another, by their lengths in seconds."""
    ends = [sum(lengths[:k], Fraction(0)) for k in range(len(lengths) + 1)]
    return tuple(Span(Fraction(a), Fraction(b)) for a, b in pairwise(ends))


class Pairs:
    """Pairs of a video of so many seconds, still and well seen until told otherwise."""

    def __init__(self, seconds):
        count = seconds * RATE
        self.times = [k / RATE for k in range(count)]
        self.similarity = np.zeros((count, 4), np.float32)
        self.confidence = np.full(count, 0.8, np.float32)
        self.flow = np.zeros(count, np.float32)
        self.residual = np.zeros(count, np.float32)

    def move(self, start, end, axis, speed):
        """Move along an axis (0 pan .. 3 roll) from one second to another, at frame diagonals a second of the fastest point."""
        part = slice(round(start * RATE), round(end * RATE))
        self.similarity[part, axis] = speed * GAP * (DIAGONAL if axis < 2 else 2)
        # of a zoom or roll the mean flow is about half that of the corners
        self.flow[part] = abs(speed) * GAP * DIAGONAL * (1 if axis < 2 else 0.5)
        return self

    def measured(self, *cut):
        """What is made of them, over shots of these lengths."""
        return measure_motion(
            self.similarity,
            self.confidence,
            self.flow,
            self.residual,
            pair_times=self.times,
            pair_intervals=[GAP] * len(self.times),
            size=SIZE,
            shots=shots(*cut),
        )


@pytest.mark.parametrize(("speed", "points"), [(0, 0), (0.02, 10), (0.1, 39), (0.2, 63), (0.4, 86), (1.0, 99)], ids=str)
def test_intensity_passes_through_its_anchors(speed, points):
    """The curve from speed to 0..100 passes through the points its documentation names."""
    assert intensity(speed) == pytest.approx(points, abs=0.6)


def test_a_still_video_is_static():
    """Nothing moves: intensity 0, one static move as long as the shot, no warnings."""
    motion = Pairs(4).measured(4)
    assert motion.intensity == motion.mean_flow == motion.subject_motion == motion.zoom_usage == 0
    assert motion.observable == 1
    assert [(move.kind, move.span) for move in motion.moves] == [
        (CameraMoveKind.STATIC, Span(Fraction(0), Fraction(4)))
    ]
    assert motion.warnings == ()


def test_speeds_are_diagonals_a_second():
    """A pan that crosses a tenth of the diagonal a second has that mean flow, and its intensity."""
    motion = Pairs(4).move(0, 4, 0, 0.1).measured(4)
    assert motion.mean_flow == pytest.approx(0.1, rel=1e-4)
    assert motion.intensity == pytest.approx(intensity(0.1), abs=0.01)


def test_moves_follow_one_another():
    """A still shot that starts to pan is told as two moves, parted where it starts."""
    moves = Pairs(6).move(3, 6, 0, 0.1).measured(6).moves
    assert [move.kind for move in moves] == [CameraMoveKind.STATIC, CameraMoveKind.PAN]
    assert moves[0].span == Span(Fraction(0), Fraction(3))
    assert moves[1].span == Span(Fraction(3), Fraction(6))


def test_moves_end_with_their_shot():
    """The same pan in two shots is two moves, with no gap between them."""
    moves = Pairs(4).move(0, 4, 0, 0.1).measured(2, 2).moves
    assert [(move.kind, move.span.start, move.span.end) for move in moves] == [
        (CameraMoveKind.PAN, 0, 2),
        (CameraMoveKind.PAN, 2, 4),
    ]


def test_zoom_usage_is_the_share_of_shots_that_zoom():
    """One of four shots zooms: 25."""
    assert Pairs(8).move(2, 4, 2, 0.1).measured(2, 2, 2, 2).zoom_usage == 25


def test_a_zoom_in_and_out_again_is_two_moves():
    """And no rest, though the picture ends as large as it began."""
    motion = Pairs(6).move(0, 3, 2, 0.05).move(3, 6, 2, -0.05).measured(6)
    assert [(move.kind, move.span.duration) for move in motion.moves] == [(CameraMoveKind.ZOOM, 3)] * 2
    assert [move.zoom for move in motion.moves] == pytest.approx([0.3, -0.3])
    assert motion.zoom_usage == 100


@pytest.mark.parametrize(
    ("speed", "zooms"), [(0.003, True), (-0.003, True), (0.0018, False)], ids=["in", "out", "too slow"]
)
def test_a_slow_zoom_counts_by_what_it_comes_to(speed, zooms):
    """At .6 % a second no second of it is a move, and ten of them are a push-in; beneath .4 % it may be what moves in the scene."""
    motion = Pairs(10).move(0, 10, 2, speed).measured(10)
    kind = CameraMoveKind.ZOOM if zooms else CameraMoveKind.STATIC
    assert [move.kind for move in motion.moves] == [kind]
    assert motion.zoom_usage == (100 if zooms else 0)


def test_a_slow_zoom_is_seen_past_what_moves_in_the_scene():
    """A subject that is lively for two seconds of ten hides it no more than an eased beginning and end do."""
    pairs = Pairs(10).move(0, 10, 2, 0.006).move(0, 2.5, 2, 0.003).move(7.5, 10, 2, 0.003)
    pairs.residual[:] = 0.3 * pairs.flow
    pairs.flow[40:60] += 0.1 * GAP * DIAGONAL
    pairs.residual[40:60] += 0.1 * GAP * DIAGONAL
    motion = pairs.measured(10)
    assert [(move.kind, move.span.duration) for move in motion.moves] == [(CameraMoveKind.ZOOM, 10)]
    assert motion.zoom_usage == 100


def test_what_moves_all_the_while_before_a_camera_at_rest_is_no_slow_zoom():
    """Though the consensus is dragged along steadily: nearly all of the motion stays unexplained."""
    pairs = Pairs(10).move(0, 10, 2, 0.003)
    pairs.flow[:] = 0.012 * GAP * DIAGONAL
    pairs.residual[:] = 0.8 * pairs.flow
    motion = pairs.measured(10)
    assert ([move.kind for move in motion.moves], motion.zoom_usage) == ([CameraMoveKind.STATIC], 0)


def test_something_that_grows_for_a_while_is_no_slow_zoom():
    """As somebody who walks up to a camera at rest and stays: the mean of it all says so, each part does not."""
    motion = Pairs(20).move(10, 15, 2, 0.005).measured(20)
    assert (motion.moves[0].kind, motion.zoom_usage) == (CameraMoveKind.STATIC, 0)


def test_a_zoom_too_small_to_see_does_not_count():
    """A zoom by less than 3 % over the whole shot is a move and no zoom."""
    motion = Pairs(2).move(0, 2, 2, 0.0065).measured(2)
    assert [move.kind for move in motion.moves] == [CameraMoveKind.ZOOM]
    assert motion.zoom_usage == 0


def test_pairs_across_a_cut_are_left_out():
    """The jump from one shot to the next is no motion."""
    pairs = Pairs(4)
    pairs.times = [time + 0.08 for time in pairs.times]  # the 20th pair starts at 1.98 s and ends in the second shot
    pairs.flow[19], pairs.residual[19] = 100, 100
    motion = pairs.measured(2, Fraction(21, 10))
    assert motion.mean_flow == motion.subject_motion == 0


def test_what_was_not_seen_does_not_count():
    """Pairs without consensus add no speed, and their time is not observable."""
    pairs = Pairs(4).move(0, 4, 0, 0.1)
    pairs.confidence[10:] = 0.05
    pairs.flow[10:] = 300
    motion = pairs.measured(4)
    assert motion.mean_flow == pytest.approx(0.1, rel=1e-4)
    assert motion.observable == pytest.approx(0.25)
    assert [move.kind for move in motion.moves] == [CameraMoveKind.PAN, CameraMoveKind.UNKNOWN]
    assert "25%" in motion.warnings[0]


def test_a_flat_video_says_that_nothing_was_seen():
    """Without any consensus the intensity of 0 comes with a warning, and zooms are not counted among unseen shots."""
    pairs = Pairs(2)
    pairs.confidence[:] = 0.05
    motion = pairs.measured(1, 1)
    assert (motion.intensity, motion.observable, motion.zoom_usage) == (0, 0, 0)
    assert "not a measurement" in motion.warnings[0]


def test_unseen_shots_do_not_dilute_zoom_usage():
    """Of two shots, one black, the other zooms: all that can be told do."""
    pairs = Pairs(4).move(0, 2, 2, 0.1)
    pairs.confidence[20:] = 0.05
    assert pairs.measured(2, 2).zoom_usage == 100


def test_no_pairs_are_an_unseen_video():
    """A video of a single frame has no motion to measure."""
    motion = Pairs(0).measured(1)
    assert (motion.mean_flow, motion.observable) == (0, 0)
    assert [move.kind for move in motion.moves] == [CameraMoveKind.UNKNOWN]


def test_subject_motion_is_what_the_camera_leaves():
    """Residual flow is reported in diagonals a second."""
    pairs = Pairs(2).move(0, 2, 0, 0.1)
    pairs.residual[:] = 0.03 * GAP * DIAGONAL
    assert pairs.measured(2).subject_motion == pytest.approx(0.03, rel=1e-4)


def test_arrays_of_unlike_length_are_refused():
    """Every pair needs every measurement."""
    pairs = Pairs(2)
    pairs.flow = pairs.flow[:-1]
    with pytest.raises(ValueError, match="20 pairs"):
        pairs.measured(2)


def test_pairs_that_go_back_in_time_are_refused():
    """The second frame comes after the first."""
    one = np.zeros(1, np.float32)
    with pytest.raises(ValueError, match="after the first"):
        measure_motion(
            np.zeros((1, 4), np.float32),
            one,
            one,
            one,
            pair_times=[0.0],
            pair_intervals=[0.0],
            size=SIZE,
            shots=shots(1),
        )


@pytest.mark.parametrize("every_s", [1 / 6, 0.4, 2.0], ids=["minutes", "half an hour", "hours"])
def test_a_shaking_camera_is_handheld_however_rare_pairs_are(every_s):
    """Pairs are as many in a long video as in ten minutes; of lone ones each looks like a pan or a tilt."""
    count = 120
    shake = np.random.default_rng(3).normal(0, 0.05 * DIAGONAL / 25, (count, 4)).astype(np.float32) * [1, 1, 0, 0]
    motion = measure_motion(
        shake.astype(np.float32),
        np.full(count, 0.8, np.float32),
        np.hypot(shake[:, 0], shake[:, 1]).astype(np.float32),
        np.zeros(count, np.float32),
        pair_times=[k * every_s for k in range(count)],
        pair_intervals=[1 / 25] * count,
        size=SIZE,
        shots=[Span(Fraction(0), Fraction(count * every_s + 1))],
    )
    handheld = sum(float(m.span.duration) for m in motion.moves if m.kind is CameraMoveKind.HANDHELD)
    assert handheld >= 0.6 * count * every_s  # six pairs may also agree by chance
    assert motion.zoom_usage == 0
