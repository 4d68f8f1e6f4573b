"""Looking at a rendered file again for little."""

import time
from fractions import Fraction

import numpy as np
import pytest

import synth
from clipzy.media.rendering import review
from clipzy.media.rendering.review import (
    LARGEST_SHARE,
    LEAST_S,
    MOST_S,
    decoders_at_once,
    key_frames,
    places_to_see,
    stretches,
    to_be_seen,
)
from clipzy.style.time import Span

RATE, SIZE = 25, (160, 90)
KEYS = tuple(Fraction(2 * number) for number in range(30))


@pytest.fixture(scope="module")
def numbered(tmp_path_factory):
    """8 s whose frames carry their numbers, with a key frame each second."""
    return synth.write_video(
        tmp_path_factory.mktemp("review") / "numbered.mp4",
        synth.numbered_frames(200, SIZE),
        options={"g": "25", "sc_threshold": "0"},
    )


@pytest.mark.parametrize("at_once", [1, 3, 20])
def test_key_frames_are_what_they_are_and_when(numbered, at_once):
    """One a second, each with its own picture."""
    times = tuple(Fraction(second) for second in range(8))
    found = key_frames(numbered, times, at_once)
    assert found.times == times
    assert [synth.read_index(picture) for picture in found.pictures] == [25 * second for second in range(8)]


def test_key_frames_are_seen_spread_and_none_of_them_twice(monkeypatch):
    """Of sixty four or so, less those in parts that are decoded anyway."""
    monkeypatch.setattr(review, "MOST_KEYS", 4)
    assert to_be_seen(KEYS, [], Fraction(60)) == {0, 16, 32, 48}
    assert to_be_seen(KEYS, [Span(Fraction(14), Fraction(32))], Fraction(60)) == {0, 32, 48}


def test_stretches_are_the_frames_of_their_spans(numbered):
    """From the key frame on, to the end, in order of time."""
    first, second = stretches(numbered, [Span(Fraction(1), Fraction(2)), Span(Fraction(5), Fraction(13, 2))])
    assert (len(first.pictures), len(second.pictures)) == (25, 37 + 1)
    assert (first.starts, second.starts) == (1, 5)
    assert first.times == (1, Fraction(38, 25))
    assert second.times == (5, Fraction(138, 25), 6)  # a key frame comes before its time
    assert [synth.read_index(picture) for picture in second.samples] == [125, 138, 150]
    small = np.stack([picture.mean() for picture in first.pictures])
    assert small.std() > 0  # another picture each time


@pytest.mark.parametrize("at_once", [2, 3, 5])
def test_several_decoders_see_what_one_sees(numbered, at_once):
    """In order of time, whichever is done first."""
    spans = [Span(Fraction(start), Fraction(end, 2)) for start, end in ((0, 1), (1, 5), (3, 8), (4, 9), (6, 16))]
    one, several = stretches(numbered, spans), stretches(numbered, spans, at_once)
    assert [each.starts for each in several] == [span.start for span in spans]
    for here, there in zip(one, several, strict=True):
        assert here.times == there.times
        np.testing.assert_array_equal(here.pictures, there.pictures)
        np.testing.assert_array_equal(here.samples, there.samples)


@pytest.mark.parametrize(
    ("processors", "pixels", "parts", "decoders"),
    [(1, 100, 9, 1), (2, 100, 9, 1), (16, 1920 * 1080, 9, 8), (64, 3840 * 2160, 9, 2), (16, 7680 * 4320, 9, 1)],
)
def test_decoders_are_bounded_by_processors_and_by_memory(processors, pixels, parts, decoders):
    """Two processors for each, and fewer of large pictures; none that would have nothing to do."""
    assert decoders_at_once(processors, pixels, parts) == decoders
    assert decoders_at_once(processors, pixels, 1) == decoders_at_once(processors, pixels, 0) == 1


def test_a_sixth_of_a_long_file_is_looked_at():
    """About changes and between them, each part from a key frame on."""
    changes = [Fraction(second) + Fraction(1, 2) for second in range(1, 59, 3)]
    chosen = places_to_see(changes, KEYS, Fraction(60), seed=1)
    assert sum(span.duration for span in chosen) <= LARGEST_SHARE * 60
    assert all(span.start in KEYS for span in chosen)
    assert any(span.start < change < span.end for span in chosen for change in changes)
    assert chosen == sorted(chosen, key=lambda span: span.start)


def test_an_hour_of_many_changes_is_chosen_from_at_once():
    """Each change, shot and gap between key frames is weighed without going through all key frames again."""
    rate = Fraction(30000, 1001)
    changes = [Fraction(53 * number) / rate for number in range(1, 2000)]
    keys = sorted({*changes, *(Fraction(60 * number) / rate for number in range(1800))})
    begun_s = time.thread_time()
    chosen = places_to_see(changes, keys, Fraction(3600), seed=1)
    assert time.thread_time() - begun_s < 5
    assert 100 < sum(span.duration for span in chosen) <= MOST_S


def test_the_choice_is_chance_and_can_be_made_again():
    """The same for the same seed, another for another."""
    changes = [Fraction(second) for second in range(3, 57, 5)]
    again = [places_to_see(changes, KEYS, Fraction(60), seed) for seed in (1, 1, 2, 3, 4)]
    assert again[0] == again[1]
    assert any(other != again[0] for other in again[2:])


def test_a_short_file_without_changes_is_looked_at_in_its_middle():
    """Something is always looked at, even where a sixth of the file would be nothing."""
    (only,) = places_to_see([], (Fraction(0),), Fraction(3), seed=0)
    assert (only.start, only.end) == (0, Fraction(19, 10))


def test_a_short_file_of_one_shot_is_looked_at_between_its_key_frames_too():
    """Its key frames alone would be five or six pictures."""
    chosen = places_to_see([], KEYS[:6], Fraction(12), seed=0)
    assert 2.5 < sum(span.duration for span in chosen) <= LEAST_S
    assert all(span.start in KEYS for span in chosen)


def test_a_long_file_of_one_shot_is_seen_in_its_key_frames():
    """Besides its middle, and the few seconds that every file gets."""
    assert sum(span.duration for span in places_to_see([], KEYS, Fraction(60), seed=0)) <= LEAST_S


def test_all_changes_of_a_short_file_are_looked_at():
    """A few of many say little of the rest."""
    changes = [Fraction(second) + Fraction(1, 2) for second in range(3, 30, 3)]
    for seed in range(3):
        chosen = places_to_see(changes, KEYS[:16], Fraction(31), seed)
        assert all(any(span.start < change < span.end for span in chosen) for change in changes)


def test_a_transition_is_looked_at_whole():
    """With what lies about it."""
    chosen = places_to_see([Span(Fraction(9), Fraction(10))], KEYS, Fraction(60), seed=0)
    assert any(span.start <= Fraction(86, 10) and span.end >= Fraction(104, 10) for span in chosen)


def test_a_shot_without_a_key_frame_is_looked_at_first():
    """Else the report would not know its colours at all; the others are seen in their key frames."""
    changes = [Fraction(second) for second in (10, 20, 30, 41)] + [
        Fraction(219, 5)
    ]  # 43.8 s: nothing but 42 between the last two
    keys = tuple(key for key in KEYS if key != 42)
    for seed in range(5):
        chosen = places_to_see(changes, keys, Fraction(60), seed)
        assert any(span.start <= 42 and span.end >= Fraction(428, 10) for span in chosen)


def test_key_frames_that_are_not_wanted_are_not_decoded(numbered, monkeypatch):
    """Nor is anything between them."""
    seen, taken = [], review._taken

    def watched(waiting):
        for group in taken(waiting):
            seen.extend(packet.pts for packet in group)
            yield group

    monkeypatch.setattr(review, "_taken", watched)
    found = key_frames(numbered, {Fraction(1), Fraction(6)})
    assert found.times == (1, 6)
    assert len(seen) == 2
    assert len(key_frames(numbered, set()).pictures) == 0
    assert len(seen) == 2


def test_a_few_frames_after_a_key_frame_are_decoded_where_they_are_asked_for(numbered):
    """In their order, however they lie in the file; the key frame is what it is without them."""
    found = key_frames(numbered, {Fraction(1), Fraction(6)}, follow={Fraction(6)})
    assert [synth.read_index(picture) for picture in found.pictures] == [25, 150]
    assert list(found.followed) == [1]
    assert [synth.read_index(picture) for picture in found.followed[1]] == [150, 151, 152, 153]
    alone = key_frames(numbered, {Fraction(1), Fraction(6)})
    assert alone.followed == {}
    np.testing.assert_array_equal(alone.pictures, found.pictures)


def test_large_pictures_are_seen_without_their_last_filter_and_hardly_differ(tmp_path, monkeypatch):
    """By less than half a code on average at 1080p; small pictures are decoded as players do."""
    asked = []
    prepare = review.prepare_decoder
    monkeypatch.setattr(
        review, "prepare_decoder", lambda *given, smoothed: asked.append(smoothed) or prepare(*given, smoothed=smoothed)
    )
    large = synth.write_video(tmp_path / "large.mp4", [synth.textured_frame(8, (1920, 1080))] * 6, crf=30)
    (fast,) = stretches(large, [Span(Fraction(0), Fraction(6, 25))])
    monkeypatch.setattr(review, "DEBLOCKED_BELOW_TIMES", 9)
    (exact,) = stretches(large, [Span(Fraction(0), Fraction(6, 25))])
    assert asked == ["none", "all"]
    assert 0 < np.abs(fast.pictures.astype(int) - exact.pictures).mean() < 0.5
