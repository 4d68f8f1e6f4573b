"""The camera's work in takes of any length, and what is said of its crops."""

from fractions import Fraction

import pytest

import measured
from clipzy.style.camerawork import framed, is_blind, told_aim
from clipzy.style.measurements import ActivePicture, Subject
from clipzy.style.pacing import Take, paced, takes_between
from clipzy.style.phrasing import Phrasing
from clipzy.style.plan import WHOLE_PICTURE, Clip, Crop
from clipzy.style.time import Span

TALL, FLAT = Crop(0.34, 0.0, 0.316, 1.0), Crop(0.0, 0.2, 1.0, 0.32)


def seen(until_s):
    """A face, every second until then."""
    return tuple(Subject(float(time_s), 0.6, 0.2, 0.7, 0.4, 0.9, is_face=True) for time_s in range(until_s))


@pytest.mark.parametrize(
    ("crop", "until_s", "words"),
    [
        (WHOLE_PICTURE, 0, ""),
        (TALL, 40, " around what each take is of"),
        (TALL, 0, " around the middle, for nothing tells what the takes are of"),
        (FLAT, 0, " a little above the middle, for nothing tells what the takes are of"),
        (
            FLAT,
            19,
            " around what each take is of, in 2 of 4 a little above the middle, for nothing tells what they are of",
        ),
    ],
    ids=["whole", "known", "unknown", "unknown, above", "half"],
)
def test_what_a_crop_goes_around_is_said_as_it_is(crop, until_s, words):
    """Of four takes of ten seconds."""
    video = measured.video(shots=4, subjects=seen(until_s))
    shots = framed(takes_between(video.boundaries, video.facts.duration), crop, video)
    assert told_aim(shots, crop) == words


def test_crops_are_blind_where_much_is_cut_away_and_nothing_is_known_at_all():
    """One clip of which something is known is enough, or one that shows most of the picture."""

    def clips(*crops):
        return [
            Clip(Span(Fraction(10 * at), Fraction(10 * at + 10)), crop, None, None, "") for at, crop in enumerate(crops)
        ]

    unknown, known = measured.video(), measured.video(subjects=seen(5))
    assert is_blind(clips(TALL, TALL), unknown)
    assert not is_blind(clips(TALL, TALL), known)
    assert not is_blind(clips(TALL, Crop(0.0, 0.1, 1.0, 0.75)), unknown)


def test_black_bars_that_are_cut_away_make_no_crop_blind():
    """An upright picture in a lying frame is shown whole; of a lying strip of it little is left."""
    video = measured.video(active=ActivePicture(656, 0, 608, 1080))
    within, strip = (
        Clip(Span(Fraction(0), Fraction(40)), crop, None, None, "")
        for crop in (Crop(0.342, 0.0, 0.316, 1.0), Crop(0.342, 0.2, 0.316, 0.32))
    )
    assert not is_blind([within], video)
    assert is_blind([strip], video)


class Counted(float):
    """A time that counts how often times like it are compared."""

    asked = 0

    def __lt__(self, other):
        Counted.asked += 1
        return float(self) < other

    def __gt__(self, other):
        Counted.asked += 1
        return float(self) > other


def looked_at(seconds, confidence):
    """A subject once a second, as sure as that."""
    return tuple(
        Subject(Counted(k + 0.1), 0.3 + 0.1 * (k % 3), 0.2, 0.5 + 0.1 * (k % 3), 0.6, confidence, is_face=True)
        for k in range(seconds)
    )


def comparisons(seconds):
    """How often subjects' times are compared for one shot so long, cut and looked at once a second."""
    subjects = looked_at(seconds, 0.9)
    video = measured.video(shots=1, facts=measured.facts(duration=Fraction(seconds)), subjects=subjects)
    takes, _ = paced(takes_between((), Fraction(seconds)), video, (), 60.0, Phrasing())
    Counted.asked = 0
    assert len(framed(takes, TALL, video)) == seconds + 1
    return Counted.asked


def test_a_take_four_times_as_long_takes_about_four_times_the_looks_at_its_subjects():
    """An hour of one shot is planned in seconds: each virtual take looks at its own subjects alone."""
    assert comparisons(400) < 6 * comparisons(100)


def blind_comparisons(seconds):
    """The same to find that crops of one second each are blind."""
    video = measured.video(subjects=looked_at(seconds, 0.1))
    clips = [Clip(Span(Fraction(at), Fraction(at + 1)), TALL, None, None, "") for at in range(seconds)]
    Counted.asked = 0
    assert is_blind(clips, video)
    return Counted.asked


def test_four_times_as_many_clips_take_about_four_times_the_looks_to_be_found_blind():
    """Each looks at its own subjects alone here too."""
    assert blind_comparisons(400) < 6 * blind_comparisons(100)


def test_cuts_that_jump_within_a_shot_change_the_framing():
    """Closer and back by turns, as at virtual cuts; a take of another shot begins wide again."""
    jumps = [False, True, True, False, True]
    takes = [
        Take(Span(Fraction(6 * at), Fraction(6 * at + 3)), virtual=False, reason="", jumps=jump)
        for at, jump in enumerate(jumps)
    ]
    shots = framed(takes, WHOLE_PICTURE, measured.video(shots=1, boundaries=()))
    assert [shot.crop == WHOLE_PICTURE for shot in shots] == [True, False, True, True, False]
