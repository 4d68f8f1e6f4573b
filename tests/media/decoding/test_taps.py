from fractions import Fraction

import numpy as np
import pytest

import synth
from clipzy.media.decoding import taps
from clipzy.media.decoding.decode import decode_pass
from clipzy.media.decoding.probe import probe
from clipzy.media.decoding.taps import (
    MotionPairsTap,
    SamplesTap,
    ShotFramesTap,
    open_motion_pairs,
    open_samples,
    open_shot_frames,
)


def numbers(pictures):
    """The numbers painted into pictures."""
    return [synth.read_index(picture) for picture in pictures]


def test_shot_frames_are_every_frame_at_48_by_27(tmp_path):
    """Each frame arrives as (27, 48, 3), with its exact time."""
    path = synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(30, (320, 180)))
    decode_pass(path, [ShotFramesTap(tmp_path)])
    frames = open_shot_frames(tmp_path)
    assert (frames.pictures.shape, frames.pictures.dtype) == ((30, 27, 48, 3), np.uint8)
    assert numbers(frames.pictures) == list(range(30))
    assert frames.times_s == pytest.approx(np.arange(30) / 25)


def test_times_are_the_nearest_to_the_exact_ones():
    """To the last bit: a picture at a boundary between shots is of the one that begins there."""
    ticks = 1001 * np.arange(20_000)
    time_base = Fraction(1, 24_000)
    frames = taps.Frames(np.empty((0, 27, 48, 3), np.uint8), ticks, time_base)
    assert frames.times_s.tolist() == [float(tick * time_base) for tick in ticks.tolist()]


def test_shot_frames_average_areas(tmp_path):
    """A fine checkerboard becomes even grey: nothing aliases."""
    board = np.indices((540, 960)).sum(axis=0) % 2 * 255
    picture = np.repeat(board[..., None], 3, axis=2).astype(np.uint8)
    decode_pass(synth.write_video(tmp_path / "clip.mp4", [picture] * 2, crf=0), [ShotFramesTap(tmp_path)])
    assert open_shot_frames(tmp_path).pictures[0].astype(float) == pytest.approx(127.5, abs=4)


@pytest.mark.parametrize(
    ("rate", "first", "gap"),
    [
        (Fraction(30), [0, 5, 10, 15, 20], Fraction(1, 30)),
        (Fraction(25), [0, 5, 9, 13, 17], Fraction(1, 25)),
        (Fraction(10), [0, 2, 4, 5, 7], Fraction(1, 10)),
        (Fraction(5), [0, 1, 2, 3, 4], Fraction(1, 5)),
    ],
    ids=["30 fps", "25 fps", "10 fps", "5 fps"],
)
def test_motion_pairs_are_consecutive_frames_six_times_a_second(rate, first, gap, tmp_path):
    """The second frame of each pair is the very next one; a slow video gives every frame once as first."""
    path = synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(40, (320, 180)), rate=rate)
    decode_pass(path, [MotionPairsTap(tmp_path)])
    pairs = open_motion_pairs(tmp_path)
    assert pairs.pictures.shape[1:] == (2, 180, 320)
    assert numbers(pairs.pictures[:5, 0]) == first
    assert numbers(pairs.pictures[:5, 1]) == [number + 1 for number in first]
    assert [int(tick) * pairs.time_base for tick in pairs.ticks[:5]] == [number / rate for number in first]
    assert {int(ticks) * pairs.time_base for ticks in pairs.gaps} == {gap}


@pytest.mark.parametrize(
    ("rate", "apart"),
    [(48, 2), (50, 2), (60, 2), (90, 4), (120, 4), (240, 8)],
    ids=lambda number: f"{number}",
)
def test_frames_of_a_pair_lie_a_thirtieth_of_a_second_apart_at_high_rates(rate, apart, tmp_path):
    """In a frame of slow motion hardly anything moves; most frames of it are not even looked at."""
    path = synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(rate, (320, 180)), rate=Fraction(rate), crf=8)
    decode_pass(path, [MotionPairsTap(tmp_path)])
    pairs = open_motion_pairs(tmp_path)
    assert len(pairs.pictures) == 6
    first, second = numbers(pairs.pictures[:, 0]), numbers(pairs.pictures[:, 1])
    assert {b - a for a, b in zip(first, second, strict=True)} == {apart}
    assert pairs.intervals_s == pytest.approx([apart / rate] * 6)


def test_a_pair_at_the_end_has_the_frames_that_are_left(tmp_path):
    """Three frames at 240 a second are one pair."""
    path = synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(7, (320, 180)), rate=Fraction(240), crf=8)
    decode_pass(path, [MotionPairsTap(tmp_path)])
    (pair,) = open_motion_pairs(tmp_path).pictures
    assert numbers(pair) == [0, 4]


def test_motion_pairs_of_uneven_times_know_their_intervals(tmp_path):
    """The interval of a pair is the difference of its frames' own times."""
    times = [Fraction(i, 25) + Fraction(i * i % 5, 300) for i in range(40)]
    path = synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(40, (320, 180)), times=times)
    decode_pass(path, [MotionPairsTap(tmp_path)])
    pairs = open_motion_pairs(tmp_path)
    first = numbers(pairs.pictures[:, 0])
    assert [int(tick) * pairs.time_base for tick in pairs.gaps] == [times[i + 1] - times[i] for i in first]


@pytest.mark.parametrize(("most", "expected"), [(10, range(8, 11)), (3, range(2, 4)), (1, range(1, 2))])
def test_a_long_video_is_sampled_sparsely_and_evenly(most, expected, tmp_path):
    """No more pairs than allowed, and those spread over the whole length."""
    path = synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(250, (320, 180)))
    decode_pass(path, [MotionPairsTap(tmp_path, max_pairs=most)])
    first = numbers(open_motion_pairs(tmp_path).pictures[:, 0])
    assert len(first) in expected
    if most == 10:
        assert np.diff(first) == pytest.approx(np.full(len(first) - 1, 28), abs=1)


def test_sound_that_goes_on_after_the_pictures_thins_no_samples(tmp_path):
    """The length of Matroska's file is that of its sound; what is known of the pictures' own goes before it."""
    path = synth.write_video(tmp_path / "clip.mkv", synth.numbered_frames(100, (64, 36)), audio=synth.silence(120.0))
    for folder, known, expected in (("told", probe(path).facts.duration, 20), ("believed", None, 1)):
        decode_pass(path, [MotionPairsTap(tmp_path / folder, max_pairs=30)], expected=known)
        assert len(open_motion_pairs(tmp_path / folder).pictures) == pytest.approx(expected, abs=4)


def test_samples_are_two_a_second(tmp_path):
    """Colour frames at 0, 0.5, 1, … seconds."""
    path = synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(100, (320, 180)))
    decode_pass(path, [SamplesTap(tmp_path)])
    samples = open_samples(tmp_path)
    assert samples.pictures.shape == (8, 180, 320, 3)
    assert numbers(samples.pictures) == [0, 13, 25, 38, 50, 63, 75, 88]
    assert samples.times_s[2] == 1.0


PAUSES = [
    pytest.param([0, 1, 2, 3, 32], [0, 3, 3, 3, 3, 3, 4], id="the last before a pause"),
    pytest.param([0, 20, 40, 41], [0, 0, 1, 1, 2], id="a picture for two seconds each"),
    pytest.param([0, 4, 8, 12, 16, 20], [0, 3, 5], id="several from beat to beat"),
]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize(("starts", "shown"), PAUSES)
def test_a_picture_that_stands_is_a_sample_at_each_beat(starts, shown, suffix, tmp_path):
    """Recordings of screens have no frames while nothing moves: what came just after one beat, and stood, was never looked at."""
    times = [Fraction(start, 10) for start in starts]
    pictures = synth.numbered_frames(len(times), (320, 180))
    path = synth.write_video(tmp_path / f"clip{suffix}", pictures, times=times, rate=Fraction(10))
    decode_pass(path, [SamplesTap(tmp_path, Fraction(1) if starts[1] > 1 else Fraction(2))])
    samples = open_samples(tmp_path)
    assert numbers(samples.pictures) == shown
    assert (np.diff(samples.ticks) > 0).all()
    assert samples.times_s[-1] < float(times[-1]) + 0.1


def test_the_last_picture_is_a_sample_as_long_as_it_stands(tmp_path):
    """By its own length, which MP4 tells."""
    path = synth.write_video(
        tmp_path / "clip.mp4",
        synth.numbered_frames(3, (320, 180)),
        times=[Fraction(0), Fraction(1, 10), Fraction(21, 10)],
    )
    assert decode_pass(path, [SamplesTap(tmp_path)]).duration == pytest.approx(4.1, abs=0.01)
    assert numbers(open_samples(tmp_path).pictures) == [0, 1, 1, 1, 2, 2, 2, 2]


def test_what_stands_throughout_a_long_video_makes_no_more_samples_than_allowed(tmp_path):
    """An hour of one picture."""
    path = synth.write_video(
        tmp_path / "clip.mp4", synth.numbered_frames(2, (320, 180)), times=[Fraction(0), Fraction(3600)]
    )
    decode_pass(path, [SamplesTap(tmp_path, max_samples=20)], expected=Fraction(30))
    samples = open_samples(tmp_path)
    assert 5 <= len(samples.pictures) <= 20
    assert samples.times_s[-1] > 3000


def test_at_most_so_many_samples_are_kept_even_where_the_file_lies_about_its_length(tmp_path, monkeypatch):
    """A stream longer than it claims is thinned as it goes: never more than allowed, evenly spread to the end."""
    monkeypatch.setattr("clipzy.media.decoding.decode.claimed_duration", lambda *_: Fraction(1))
    path = synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(300, (320, 180)))
    decode_pass(path, [SamplesTap(tmp_path, per_second=Fraction(5), max_samples=10)])
    kept = numbers(open_samples(tmp_path).pictures)
    assert 5 <= len(kept) <= 10
    assert set(np.diff(kept)) == {40}
    assert kept[0] == 0


@pytest.mark.parametrize(
    ("size", "rotation", "aspect", "samples", "pairs"),
    [
        ((960, 540), 0, Fraction(1), (270, 480), (180, 320)),
        ((960, 540), 90, Fraction(1), (480, 270), (320, 180)),
        ((720, 576), 0, Fraction(64, 45), (270, 480), (180, 320)),
        ((160, 90), 0, Fraction(1), (90, 160), (90, 160)),
        ((854, 480), 0, Fraction(1), (270, 480), (180, 320)),
    ],
    ids=["wide", "turned", "anamorphic", "small", "nearly 16:9"],
)
def test_sizes_keep_the_aspect_as_shown(size, rotation, aspect, samples, pairs, tmp_path):
    """Long sides of 480 and 320, upright, pixels square, sides even, nothing enlarged."""
    path = synth.write_video(
        tmp_path / "clip.mp4", synth.numbered_frames(5, size), rotation=rotation, sample_aspect=aspect
    )
    decode_pass(path, [SamplesTap(tmp_path), MotionPairsTap(tmp_path)])
    assert open_samples(tmp_path).pictures.shape[1:3] == samples
    assert open_motion_pairs(tmp_path).pictures.shape[2:] == pairs


def test_a_single_frame_makes_one_sample_and_no_pair(tmp_path):
    """The shortest video has an empty array of pairs, which can be opened."""
    path = synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(1, (320, 180)))
    decode_pass(path, [SamplesTap(tmp_path), MotionPairsTap(tmp_path), ShotFramesTap(tmp_path)])
    assert len(open_samples(tmp_path).pictures) == 1
    assert len(open_shot_frames(tmp_path).pictures) == 1
    assert open_motion_pairs(tmp_path).pictures.shape == (0, 2, 180, 320)


def test_only_wanted_frames_are_scaled(tmp_path, monkeypatch):
    """Of a hundred frames the samples' tap converts eight."""
    converted = []

    class Counting(taps.Scaler):
        def __call__(self, frame):
            converted.append(frame.pts)
            return super().__call__(frame)

    monkeypatch.setattr(taps, "Scaler", Counting)
    path = synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(100, (320, 180)))
    decode_pass(path, [SamplesTap(tmp_path)])
    assert len(converted) == 8


@pytest.mark.parametrize("suffix", ["mkv", "mp4", "avi"])
def test_as_much_is_sampled_in_each_container(suffix, tmp_path):
    """Whose clocks count milliseconds, ten-thousandths or frames: a sixth of a second is a whole number in none."""
    path = synth.write_video(tmp_path / f"clip.{suffix}", synth.moving_texture(251, seed=3), rate=Fraction(25))
    decode_pass(path, [MotionPairsTap(tmp_path), SamplesTap(tmp_path)])
    assert len(open_motion_pairs(tmp_path).pictures) == 60
    assert len(open_samples(tmp_path).pictures) == 21
