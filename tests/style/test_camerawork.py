"""The camera's work in takes of any length, and what is said of its crops."""

from fractions import Fraction

import pytest

import measured
from clipzy.style.camerawork import framed, told_aim, told_room
from clipzy.style.cropped_away import is_blind
from clipzy.style.measurements import ActivePicture, Subject
from clipzy.style.pacing import Take, paced, takes_between
from clipzy.style.phrasing import Phrasing
from clipzy.style.plan import WHOLE_PICTURE, Clip, Crop
from clipzy.style.standing_text import StandingText
from clipzy.style.time import Span

TALL, FLAT = Crop(0.34, 0.0, 0.316, 1.0), Crop(0.0, 0.2, 1.0, 0.32)


def seen(until_s):
    """A face, every second until then."""
    return tuple(Subject(float(time_s), 0.6, 0.2, 0.7, 0.4, 0.9, is_face=True) for time_s in range(until_s))


@pytest.mark.parametrize(
    ("crop", "until_s", "words"),
    [
        (WHOLE_PICTURE, 0, ""),
        (TALL, 40, " around the subject of each shot"),
        (TALL, 0, " around the middle, since no subject was found"),
        (FLAT, 0, " a little above the middle, since no subject was found"),
        (
            FLAT,
            19,
            " around the subject of each shot, a little above the middle in 2 of 4 without a clear subject",
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


def virtually_cut(count, *, jumps=False):
    """Takes of a second each, of one shot."""
    return [
        Take(Span(Fraction(at), Fraction(at + 1)), virtual=at > 0 and not jumps, reason=f"cut {at}", jumps=jumps)
        for at in range(count)
    ]


def shot_of(count, **changes):
    """One shot that lasts so many seconds."""
    return measured.video(shots=1, boundaries=(), facts=measured.facts(duration=Fraction(count)), **changes)


WIDE_TITLE = (0.02, 0.4, 0.98, 0.5)


def test_a_virtual_cut_that_would_cut_into_text_is_not_made():
    """Its take goes on, the next cut goes closer instead, and the sentence counts what is left out."""
    takes = virtually_cut(4)
    video = shot_of(4, texts=(StandingText(1.0, 2.0, *WIDE_TITLE),))
    shots = framed(takes, WHOLE_PICTURE, video)
    assert [(float(shot.take.span.start), float(shot.take.span.end)) for shot in shots] == [(0, 2), (2, 3), (3, 4)]
    assert [shot.crop.width < 1 for shot in shots] == [False, True, False]
    assert told_room(takes, shots).startswith("; 1 of the virtual cuts left out")
    assert told_room(takes, framed(takes, WHOLE_PICTURE, shot_of(4))) == ""


def test_a_face_that_fills_the_crop_is_never_cut_into():
    """One framing throughout, with as many cuts fewer: closer it would lose its mouth."""
    large = tuple(Subject(k / 2, 0.34, 0.05, 0.73, 0.37, 0.99, is_face=True) for k in range(12))
    flat, takes = Crop(0.0, 0.25, 1.0, 0.239), virtually_cut(6)
    (shot,) = framed(takes, flat, shot_of(6, subjects=large))
    assert shot.crop.height == flat.height
    assert shot.crop.y <= 0.12
    assert shot.crop.y + shot.crop.height >= 0.33
    assert told_room(takes, [shot]).startswith("; 5 of the virtual cuts left out")


def test_a_face_that_goes_through_the_picture_is_still_seen_closer():
    """The crop goes with it, and need not hold all of its way."""
    goes = tuple(
        Subject(k / 2, x, 0.3, x + 0.1, 0.5, 0.99, is_face=True) for k in range(12) for x in (0.05 + 0.07 * k,)
    )
    shots = framed(
        [Take(Span(Fraction(0), Fraction(1)), False, ""), Take(Span(Fraction(1), Fraction(6)), True, "")],
        TALL,
        shot_of(6, subjects=goes),
    )
    assert shots[1].crop.width < TALL.width
    assert shots[1].path


def test_closer_crops_that_follow_keep_text_whole():
    """Where the crop on its way would lose a title it stands still instead."""
    goes = tuple(Subject(k / 2, x, 0.3, x + 0.1, 0.5, 0.99, is_face=True) for k in range(24) for x in (0.1 + 0.02 * k,))
    title = StandingText(3.0, 6.0, 0.1, 0.8, 0.4, 0.9)
    takes = [Take(Span(Fraction(at), Fraction(at + 3)), at > 0, "") for at in (0, 3, 6, 9)]
    close = framed(takes, WHOLE_PICTURE, shot_of(12, subjects=goes, texts=(title,)))[1]
    assert close.take.span.start == 3
    assert close.crop.width < 1
    for crop in (close.crop, *(key.crop for key in close.path)):
        assert crop.x <= title.left + 0.01
        assert crop.x + crop.width >= title.right - 0.01


def test_an_upright_crop_shows_a_caption_whole_beside_the_face():
    """It moves off the face's middle for it, and holds both."""
    talks = tuple(Subject(k / 2, 0.52, 0.2, 0.66, 0.5, 0.99, is_face=True) for k in range(12))
    caption = StandingText(0.0, 6.0, 0.39, 0.8, 0.61, 0.9)
    (shot,) = framed(virtually_cut(1), TALL, shot_of(6, subjects=talks, texts=(caption,)))
    assert shot.crop.x <= 0.39
    assert shot.crop.x + shot.crop.width >= 0.66
    assert shot.texts == (caption,)
