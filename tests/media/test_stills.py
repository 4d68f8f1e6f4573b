import io
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

import synth
from clipzy.errors import InvalidVideo
from clipzy.media import stills
from clipzy.media.decoding.probe import probe
from clipzy.media.guard import guarded
from clipzy.media.stills import contact_sheet, frame_at, save_picture, side_by_side
from clipzy.media.thumbnail import thumbnail


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Ninety numbered frames at 30 a second, a key frame every thirty."""
    path = tmp_path_factory.mktemp("stills") / "clip.mp4"
    return synth.write_video(path, synth.numbered_frames(90, (320, 180)), rate=Fraction(30), options={"g": "30"})


@pytest.mark.parametrize(
    ("time", "number"),
    [
        (Fraction(0), 0),
        (Fraction(1), 30),
        (Fraction(47, 30), 47),
        (Fraction(479, 300), 47),
        (Fraction(99), 89),
        (Fraction(10**30), 89),
        (Fraction(-1), 0),
    ],
    ids=["start", "key frame", "between", "while shown", "past the end", "past any clock", "before the start"],
)
def test_the_frame_on_the_screen_at_a_time(clip, time, number):
    """The last frame that has started by then, exactly."""
    assert synth.read_index(frame_at(clip, time)) == number


@pytest.mark.parametrize("suffix", [".mkv", ".webm", ".avi"])
def test_seeking_works_in_every_container(suffix, tmp_path):
    """The same frame is found whatever kind of index the container has."""
    path = synth.write_video(tmp_path / f"clip{suffix}", synth.numbered_frames(60, (320, 180)))
    assert synth.read_index(frame_at(path, Fraction(41, 25) + Fraction(1, 1000))) == 41


def test_times_count_from_the_first_frame(tmp_path):
    """A late first time stamp does not shift the times."""
    times = [Fraction(2) + Fraction(i, 25) for i in range(30)]
    path = synth.write_video(tmp_path / "clip.mkv", synth.numbered_frames(30, (320, 180)), times=times)
    assert synth.read_index(frame_at(path, Fraction(21, 50))) == 10


def test_a_still_is_upright_with_square_pixels(tmp_path):
    """Rotation and pixel aspect are applied."""
    frames = synth.numbered_frames(3, (96, 64))
    path = synth.write_video(tmp_path / "clip.mp4", frames, rotation=90, sample_aspect=Fraction(2))
    assert frame_at(path, Fraction(0)).shape == (192, 64, 3)


def test_a_file_without_pictures_has_no_still(tmp_path):
    """Sound alone gives no picture."""
    with pytest.raises(InvalidVideo):
        frame_at(synth.write_audio(tmp_path / "clip.mp4", synth.sine(440, 0.2)), Fraction(0))


@pytest.mark.parametrize(("suffix", "kind", "error"), [(".png", "PNG", 0), (".jpg", "JPEG", 6)])
def test_pictures_are_saved_by_their_suffix(suffix, kind, error, tmp_path):
    """PNG keeps every value, JPEG nearly."""
    picture = synth.textured_frame(5, (64, 36))
    save_picture(picture, tmp_path / f"still{suffix}")
    with Image.open(tmp_path / f"still{suffix}") as image:
        assert image.format == kind
        assert np.abs(np.asarray(image).astype(int) - picture).mean() <= error


def test_before_and_after_stand_side_by_side():
    """Both pictures in the lower one's height, named in their corners, with a white line between."""
    before, after = np.full((100, 160, 3), 10, np.uint8), np.full((200, 320, 3), 90, np.uint8)
    picture = side_by_side(before, after)
    assert picture.shape == (100, 322, 3)
    assert picture[:15, :60].max() >= 250
    assert picture[:15, 162:220].max() >= 250
    assert [set(part[30:].flat) for part in np.split(picture, [160, 162], axis=1)] == [{10}, {255}, {90}]


def test_a_contact_sheet_shows_pictures_row_by_row():
    """In a grid of the width that is asked for; what is left over is black."""
    pictures = [np.full((90, 160, 3), 40 * number, np.uint8) for number in range(1, 5)]
    sheet = contact_sheet(pictures, columns=3, width=240)
    assert sheet.shape == (90, 240, 3)
    assert [[int(sheet[y, x, 0]) for x in (40, 120, 200)] for y in (20, 70)] == [[40, 80, 120], [160, 0, 0]]


def test_one_picture_takes_as_much_memory_on_any_machine(tmp_path, monkeypatch):
    """With a thread for each of sixteen processors a thumbnail of 8K took more than its process may."""
    monkeypatch.setattr("clipzy.media.decoding.containers.available_processors", lambda: 64)
    prepare, threads = stills.prepare_decoder, []

    def prepared(context, *args, **options):
        prepare(context, *args, **options)
        threads.append(context.thread_count)

    monkeypatch.setattr(stills, "prepare_decoder", prepared)
    frame_at(synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(5, (64, 36))), Fraction(1, 25))
    assert threads == [1, 2]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".avi"])
def test_of_large_pictures_the_key_picture_before_is_enough(suffix, tmp_path, monkeypatch):
    """It alone is decoded, wherever the container says that it is; smaller videos are shown at the very time."""
    path = synth.write_video(
        tmp_path / f"clip{suffix}", synth.numbered_frames(90, (320, 180)), rate=Fraction(30), options={"g": "30"}
    )
    times = [Fraction(number, 30) + Fraction(1, 1000) for number in (0, 29, 30, 47, 200)]
    assert [synth.read_index(frame_at(path, time, frugal=True)) for time in times] == [0, 29, 30, 47, 89]
    monkeypatch.setattr(stills, "MOST_PIXELS", 320 * 180 - 1)
    assert [synth.read_index(frame_at(path, time, frugal=True)) for time in times] == [0, 0, 30, 30, 60]


def test_a_thumbnail_of_large_pictures_takes_little_memory(tmp_path):
    """A picture or two, as the probe: a decoder holds up to sixteen, and at 8K with 10 bits its process exceeded its limit."""
    size, limit_mb = (4352, 2448), 100
    frames = [np.full((size[1], size[0], 3), 10 * number, np.uint8) for number in range(8)]
    path = synth.write_video(tmp_path / "clip.mp4", frames, options={"preset": "ultrafast", "x264-params": "ref=16"})
    assert guarded(probe, path, memory_mb=limit_mb).facts.width == size[0]
    with Image.open(io.BytesIO(guarded(thumbnail, path, Fraction(6, 25), memory_mb=limit_mb))) as image:
        assert image.size == (480, 270)
