"""What the pictures of a rendered file stand for."""

from fractions import Fraction

import av
import numpy as np
import pytest

import synth
from clipzy.media.rendering.review import KeyFrames, Stretch, key_frames
from clipzy.stages.output_pictures import OutputPictures, unplanned
from clipzy.style.dna import TransitionType
from clipzy.style.measurements import Boundary
from clipzy.style.time import Span

# a second each, half a second of transition between them
SHOTS = [Span(Fraction(3 * n, 2), Fraction(3 * n, 2) + 1) for n in range(4)]


def pictures_at(*times):
    """Black ones."""
    return OutputPictures(np.zeros((len(times), 2, 2, 3), np.uint8), tuple(Fraction(at) for at in times))


def test_shots_that_all_have_pictures_stand_for_themselves():
    """Transitions between them count for none, as in an analysis."""
    seen = pictures_at(0.5, 1.2, 1.5, 3, 3.5, 5)
    assert seen.standing_for(SHOTS) == SHOTS
    assert seen.words(SHOTS) == "6 pictures"


@pytest.mark.parametrize(
    ("times", "spans"),
    [
        ((0.5, 5), [(0, 2.75), (2.75, 5.5)]),
        ((2, 3.5), [(0, 2.5), (3, 5.5)]),
        ((0.5, 3.5, 5), [(0, 2), (2, 4), (4.5, 5.5)]),
        ((2.2,), [(0, 5.5)]),
    ],
    ids=["two between", "first and last", "one between", "all but one"],
)
def test_the_time_of_a_shot_without_pictures_goes_to_those_beside_it(times, spans):
    """Else the colours of the others would count for the whole."""
    assert pictures_at(*times).standing_for(SHOTS) == [Span(Fraction(start), Fraction(end)) for start, end in spans]


def test_pictures_within_transitions_stand_for_nothing():
    """Though the shots beside them reach over a shot between that there is none of: a fade is no look."""
    seen = pictures_at(0.5, 1.2, 2.7, 3, 4.5).of_shots(SHOTS)
    assert seen.times == (Fraction(1, 2), Fraction(3), Fraction(9, 2))
    assert len(seen.pictures) == 3
    assert seen.standing_for(SHOTS)[0] == Span(Fraction(0), Fraction(2))
    assert pictures_at(1.2, 2.7).of_shots(SHOTS).times == (Fraction(1.2), Fraction(2.7))


def test_shots_without_pictures_are_told_of():
    """In the report's words on what it measured."""
    assert pictures_at(0.5, 5).words(SHOTS) == "2 pictures, none of them of 2 of 4 shots"


def test_pictures_of_transitions_alone_leave_the_shots_as_they_are():
    """There is nothing that could stand for them."""
    assert pictures_at(1.2, 2.7).standing_for(SHOTS) == SHOTS


@pytest.mark.parametrize("flash", [0, 25, 48], ids=["it begins with", "within", "it ends with"])
def test_a_flash_in_a_part_that_was_decoded_shows_what_is_seen_beside_it(flash):
    """Key frames, which are sampled, are often flashes."""
    small = np.full((50, 27, 48, 3), 60, np.uint8)
    small[flash : flash + 2] = 250
    samples = np.full((3, 54, 96, 3), 60, np.uint8)
    samples[1] = 250
    times = (Fraction(10, 25), Fraction(flash, 25), Fraction(40, 25))
    none = KeyFrames(samples[:0], (), {})
    seen = OutputPictures.of(none, [Stretch(small, Fraction(0), samples, times)], Fraction(25))
    assert seen.times == times
    assert seen.pictures.max() == 60
    lasting = [Stretch(np.full_like(small, 250), Fraction(0), samples, times)]
    assert OutputPictures.of(none, lasting, Fraction(25)).pictures.max() == 250


def test_a_key_frame_that_is_a_flash_shows_what_is_seen_after_it(tmp_path):
    """An encoder sets key frames to flashes; other key frames stay as they are."""
    frames = [picture // 2 for picture in synth.moving_texture(100, seed=8, size=(160, 90), dx=0.3)]
    for flash in (30, 31):
        frames[flash][:] = 255
    path = synth.write_video(tmp_path / "clip.mp4", frames, options={"keyint_min": "1"})
    with av.open(str(path)) as container:
        packets = container.demux(container.streams.video[0])
        keys = tuple(packet.pts * packet.time_base for packet in packets if packet.is_keyframe and packet.size)
    doubted = unplanned(keys, keys, [], Fraction(25))
    assert Fraction("1.2") in doubted
    assert OutputPictures.of(key_frames(path, keys), [], Fraction(25)).pictures.mean((1, 2, 3)).max() > 240
    seen = OutputPictures.of(key_frames(path, keys, follow=doubted), [], Fraction(25))
    assert seen.times == keys
    assert seen.pictures.mean((1, 2, 3)).max() < 130


def test_only_key_frames_that_nothing_explains_are_looked_at_further():
    """Those before their time, 2 s after the last, where no change of shot is known."""
    keys = [Fraction(second) for second in ("0", "2", "3", "4.5", "6.5", "7")]
    changes = [Boundary(Fraction(3), Fraction(3), TransitionType.CUT, 1.0)]
    assert unplanned(keys, keys, changes, Fraction(25)) == {Fraction("4.5"), Fraction(7)}
    assert unplanned(keys, keys[:4], changes, Fraction(25)) == {Fraction("4.5")}
