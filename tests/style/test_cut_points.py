"""Where footage may be cut: on beats, in pauses, never within a word."""

from fractions import Fraction

import measured
from clipzy.style.cut_points import WORD_EDGE, Speech, cut_points
from clipzy.style.dna import BeatBand
from clipzy.style.measurements import Beat, SoundKind, SoundSpan
from clipzy.style.time import Span

QUARTER = Fraction(1, 4)


def span(start, end):
    """A span in seconds."""
    return Span(Fraction(str(start)), Fraction(str(end)))


def speech(*spans, pauses=()):
    """Speech in those spans, with those pauses."""
    said = tuple(SoundSpan(span(*each), SoundKind.SPEECH) for each in spans)
    return Speech(measured.audio(sounds=said, pauses=tuple(span(*each) for each in pauses)))


def beats(*times):
    """Beats, of which those on whole seconds are downbeats."""
    return [Beat(time, 0.9, BeatBand.BASS, downbeat=time % 1 == 0) for time in times]


def test_silent_footage_may_be_cut_anywhere():
    """Every quarter of a second, and at the ends of the stretch."""
    points = cut_points(span(2, 4), speech(), [], QUARTER)
    assert [float(point.time) for point in points] == [2 + k / 4 for k in range(9)]
    assert not any(point.beat or point.within_speech for point in points)


def test_music_is_cut_on_its_beats():
    """Each with its number in the whole footage; between them nothing, after them every so often again."""
    points = cut_points(span(1, 4), speech(), beats(0, 0.5, 1, 1.5, 2, 2.5), QUARTER)
    on_beats = [(float(point.time), point.beat, point.downbeat) for point in points if point.beat]
    assert on_beats == [(1.0, 3, True), (1.5, 4, False), (2.0, 5, True), (2.5, 6, False)]
    assert [float(point.time) for point in points if not point.beat] == [3.0, 3.25, 3.5, 3.75, 4.0]


def test_no_word_is_cut():
    """Not in speech nor at its soft edges, on a beat or not; the edges themselves are points."""
    said = speech((1, 3))
    points = cut_points(span(0, 4), said, beats(0.5, 1, 1.5, 2, 2.5, 3, 3.5), QUARTER)
    times = [point.time for point in points]
    assert not [time for time in times if 1 - WORD_EDGE < time < 3 + WORD_EDGE]
    assert {1 - WORD_EDGE, 3 + WORD_EDGE} <= set(times)


def test_pauses_within_speech_can_be_cut_in():
    """In what is left of them beside the words; such points are told from those that leave phrases whole."""
    said = speech((1, 5), pauses=((2, 2.3), (3, 3.1)))
    points = [point for point in cut_points(span(1.5, 4.5), said, [], QUARTER) if 1 < point.time < 5]
    assert points
    assert all(Fraction(2) + WORD_EDGE <= point.time <= Fraction("2.3") - WORD_EDGE for point in points)
    assert all(point.within_speech for point in points)
    assert Fraction("2.15") in [point.time for point in points]


def test_a_shot_that_begins_within_a_word_is_cut_after_it():
    """The footage's own cut is no excuse."""
    points = cut_points(span(2, 4), speech((1, 3)), [], QUARTER)
    assert points[0].time == 3 + WORD_EDGE
