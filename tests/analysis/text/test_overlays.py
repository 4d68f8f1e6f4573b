"""Text over a video: overlays with their place, colour and time, and captions."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from clipzy.analysis.text.ocr import TextBox, TextReader
from clipzy.analysis.text.overlays import TextReading, read_text
from synth_pictures import captioned, textured_frame

SIZE = (480, 270)
STEP_S = 0.5
SPOKEN = ("we left at dawn", "the road was empty", "nobody knew why", "then came the rain", "and we turned back")


@pytest.fixture(scope="module")
def reader():
    """The reader on one thread."""
    return TextReader()


def video(*texts, still=False, **how):
    """Samples, two a second, each with the line named for it, or none for an empty one."""
    frames = []
    for k, text in enumerate(texts):
        ground = textured_frame(3 if still else 3 + k % 2, SIZE)
        frames.append(captioned(ground, text, **({"height_px": 26} | how)) if text else ground)
    return np.stack(frames)


def read(reader, samples, **options):
    """Read samples that follow each other by half a second."""
    return read_text(samples, [STEP_S * k for k in range(len(samples))], reader, **options)


def plain(content):
    """Words without blanks, which readers of narrow lettering lose, in small letters."""
    return content.replace(" ", "").casefold()


def test_a_title_is_one_overlay(reader):
    """Its words, place, height, colour and time are those it was shown with."""
    samples = video("", "", *["Golden hour"] * 4, "", "", centre=(0.5, 0.3), colour=(255, 220, 0))
    reading = read(reader, samples)
    (title,) = reading.overlays
    assert plain(title.content) == "goldenhour"
    assert title.position == (pytest.approx(0.5, abs=0.02), pytest.approx(0.3, abs=0.03))
    assert title.size == pytest.approx(26 / 270, abs=0.04)
    assert (title.start_ms, title.duration_ms) == (750, 2000)
    (stands,) = reading.standing
    assert (stands.start_s, stands.end_s) == (0.75, 2.75)
    assert ((stands.left + stands.right) / 2, (stands.top + stands.bottom) / 2) == pytest.approx(
        title.position, abs=0.002
    )
    assert 0.25 < stands.right - stands.left < 0.6
    red, green, blue = (int(title.color[k : k + 2], 16) for k in (1, 3, 5))
    assert red > 220
    assert green > 180
    assert blue < 90
    assert not reading.has_captions


def test_a_slanted_title_is_as_large_as_a_level_one(reader):
    """Its size is the height of its line, not of the box about it."""
    level = video(*["Golden hour"] * 2, centre=(0.5, 0.5))
    turn = cv2.getRotationMatrix2D((SIZE[0] / 2, SIZE[1] / 2), 15, 1)
    slanted = np.stack([cv2.warpAffine(frame, turn, SIZE, borderMode=cv2.BORDER_REFLECT) for frame in level])
    (one,), (other,) = (read(reader, samples).overlays for samples in (level, slanted))
    assert other.size == pytest.approx(one.size, rel=0.1)


def test_no_text_gives_none(reader):
    """Textures alone have neither overlays nor captions."""
    assert read(reader, video(*[""] * 6)) == TextReading((), False, 6, 6)


def test_what_flashes_by_in_one_sample_is_no_overlay(reader):
    """A line must stay for two samples."""
    assert read(reader, video("", "", "Golden hour", "", "")).overlays == ()


def test_lines_read_side_by_side_are_read_as_in_turn(reader):
    """In threads captions and overlays are the same, to the last bit."""
    samples = video(*(line for line in SPOKEN for _ in range(2)), centre=(0.5, 0.85))
    in_turn = read(reader, samples)
    with ThreadPoolExecutor(4) as pool:
        assert read(reader, samples, each=pool.map) == in_turn
    assert in_turn.has_captions
    assert len(in_turn.overlays) == len(SPOKEN)


def test_overlays_come_in_order_of_appearance(reader):
    """Two titles, one after the other, each with its own time: half way between samples, or the video's own start and end."""
    samples = video(*["First chapter"] * 4, "", *["Second chapter"] * 2, centre=(0.5, 0.4))
    overlays = read(reader, samples, duration_s=3.4).overlays
    assert [(each.content, each.start_ms, each.start_ms + each.duration_ms) for each in overlays] == [
        ("First chapter", 0, 1750),
        ("Second chapter", 2250, 3400),
    ]


def test_what_stands_while_no_new_picture_comes_is_told_half_way_to_the_next(reader):
    """Files that show each picture for as long as it stands, as recordings of screens do, have no samples in between."""
    samples = video("", "", *["Golden hour"] * 2, "", "", centre=(0.5, 0.3))
    (title,) = read_text(samples, [0.0, 0.5, 1.0, 1.5, 9.5, 10.0], reader, 10.5).overlays
    assert (title.start_ms, title.start_ms + title.duration_ms) == (750, 5500)


def test_a_title_that_fades_has_the_colour_of_its_clearest_moment(reader):
    """As it comes and goes it has that of its ground."""
    grounds = [textured_frame(3, SIZE) for _ in range(9)]
    clear = [captioned(ground, "Golden hour", height_px=26, centre=(0.5, 0.4)) for ground in grounds]
    shown = [0, 0, 0.25, 0.5, 1, 0.5, 0.25, 0, 0]
    samples = [
        cv2.addWeighted(title, much, ground, 1 - much, 0)
        for title, much, ground in zip(clear, shown, grounds, strict=True)
    ]
    (title,) = read(reader, np.stack(samples)).overlays
    assert (title.start_ms, title.start_ms + title.duration_ms) == (750, 3250)
    assert min(int(title.color[k : k + 2], 16) for k in (1, 3, 5)) > 240


def test_a_typed_title_begins_with_what_can_be_read_of_it(reader):
    """Half a second sooner than all of it stands there."""
    samples = video("", "", "Gold", "Golden h", *["Golden hour"] * 3, "", "", still=True, centre=(0.5, 0.4))
    (title,) = read(reader, samples).overlays
    assert (plain(title.content), title.start_ms) == ("goldenhour", 1250)


def test_stacked_lines_are_one_overlay(reader):
    """Two lines over one another for the same time are read as one, line by line."""
    upper = video(*["Golden hour"] * 3, centre=(0.5, 0.4))
    samples = np.stack([captioned(frame, "in Lisbon", height_px=26, centre=(0.5, 0.53)) for frame in upper])
    (title,) = read(reader, samples).overlays
    assert [plain(line) for line in title.content.split("\n")] == ["goldenhour", "inlisbon"]
    assert title.position[1] == pytest.approx(0.465, abs=0.03)


def test_a_line_missed_once_is_still_one_overlay(reader):
    """The same words at the same height after one sample without are the same overlay."""
    samples = video(*["Golden hour"] * 2, "", *["Golden hour"] * 2, centre=(0.5, 0.3))
    (title,) = read(reader, samples).overlays
    assert title.duration_ms == 2500


def test_changing_lines_in_the_lower_part_are_captions(reader):
    """Five lines, two seconds each, at one height."""
    samples = video(*np.repeat(SPOKEN, 4))
    reading = read(reader, samples)
    assert reading.has_captions
    assert [plain(each.content) for each in reading.overlays] == [plain(text) for text in SPOKEN]


def test_words_too_quick_for_overlays_are_captions_all_the_same(reader):
    """Lines that change with every sample are captions, though none stays long enough to be listed."""
    reading = read(reader, video(*SPOKEN, *SPOKEN))
    assert reading.has_captions
    assert reading.overlays == ()
    assert [stands.start_s for stands in reading.standing] == pytest.approx([0.0, *(0.25 + k / 2 for k in range(9))])


def test_captions_of_a_film_of_two_hours_are_found(reader):
    """Its samples lie twelve seconds apart, farther than any caption lasts."""
    samples = video(*SPOKEN, *SPOKEN)
    assert read_text(samples, [12.2 * k for k in range(len(samples))], reader).has_captions


def test_where_not_all_was_looked_at_captions_stand_throughout(reader):
    """In their place, as wide as the widest that was seen: what stands between two stretches that were looked at is not known."""
    samples = video(*[line for line in SPOKEN for _ in range(4)] * 2)
    reading = read(reader, samples, most=16)
    assert reading.examined < reading.offered
    *lines, throughout = reading.standing
    assert (throughout.start_s, throughout.end_s) == (0.0, 20.0)
    assert throughout.right - throughout.left == pytest.approx(max(line.right - line.left for line in lines), abs=0.05)


@pytest.mark.parametrize(
    ("texts", "centre"),
    [(("Golden hour",) * 12, (0.5, 0.85)), (np.repeat(SPOKEN, 3), (0.5, 0.15))],
    ids=["one line that stays", "changing lines at the top"],
)
def test_other_text_is_no_captions(reader, texts, centre):
    """A logo that stays and titles in the upper part are overlays and no captions."""
    reading = read(reader, video(*texts, centre=centre))
    assert not reading.has_captions
    assert len(reading.overlays) >= 1


@pytest.mark.parametrize(
    ("samples_each", "captions"), [(1, True), (3, True), (6, False)], ids=["words", "lines", "a list of titles"]
)
def test_quick_lines_in_the_middle_of_upright_video_are_captions(reader, samples_each, captions):
    """As short videos have them; titles, three seconds each, are none."""
    shown = [text for text in (*SPOKEN, "until noon") for _ in range(samples_each)]
    grounds = [textured_frame(3 + k % 2, (270, 480)) for k in range(len(shown))]
    upright = np.stack([captioned(g, t, height_px=22, centre=(0.5, 0.5)) for g, t in zip(grounds, shown, strict=True)])
    assert read(reader, upright).has_captions is captions
    lying = video(*shown, centre=(0.5, 0.5))
    assert not read(reader, lying).has_captions


@pytest.mark.parametrize("sign", ["", "PLAY "], ids=["time code", "camcorder"])
@pytest.mark.parametrize("centre", [(0.5, 0.85), (0.35, 0.85)], ids=["middle", "left"])
def test_a_running_clock_is_no_captions(reader, sign, centre):
    """Of copies for viewing and of camcorders: nobody says it, though it changes all the while."""
    clock = [f"{sign}{9 + k:02}:{7 * k % 60:02}:{(41 + 13 * k) % 60:02}:{11 * k % 25:02}" for k in range(12)]
    assert not read(reader, video(*clock, centre=centre)).has_captions
    spoken = [f"in {1970 + 7 * k} {said}" for k, said in enumerate(SPOKEN)]
    assert read(reader, video(*np.repeat(spoken, 3))).has_captions


def test_a_still_picture_is_searched_once(reader, monkeypatch):
    """Where no block of the picture changes the boxes stand, and detection is not paid for again."""
    searched = []
    find = reader.find
    monkeypatch.setattr(reader, "find", lambda picture: searched.append(1) or find(picture))
    (title,) = read(reader, video(*["Golden hour"] * 8, still=True)).overlays
    assert len(searched) == 1
    assert title.duration_ms == 4000


class Marked:
    """Stands for the reader: a sample shows text where its first pixel says so."""

    def __init__(self):
        self.searched = []

    def find_in(self, pictures):
        """A box in each marked picture; which pictures were searched is noted down by their numbers."""
        found = []
        for picture in pictures:
            self.searched.append(int(picture[0, 0, 1]))
            corners = np.array([[16, 30], [80, 30], [80, 40], [16, 40]], np.float32)
            found.append((TextBox(0.5, 0.55, 0.67, 0.15, corners),) if picture[0, 0, 0] else ())
        return found

    def find_within(self, bands):
        """The same for bands, wherever they lie."""
        return self.find_in(picture for picture, _ in bands)

    def read(self, _picture, boxes):
        """The same words everywhere."""
        return [("golden hour", 0.99)] * len(boxes)


@pytest.mark.parametrize(
    ("shown", "still", "searched", "stays"),
    [
        ("........", "", [0, 2, 4, 6], []),
        ("..##....", "", [0, 2, 4, 6, 1, 3], [2]),
        ("...##...", "", [0, 2, 4, 6, 3, 5], [2]),
        (".....#..", "", [0, 2, 4, 6], []),
        ("......##", "", [0, 2, 4, 6, 5, 7], [2.5]),  # with the video
        (".##.....", "2", [0, 1, 4, 6, 3], [2]),
    ],
    ids=[
        "none",
        "from an even one",
        "from an odd one",
        "one alone",
        "to the end",
        "seen once, and still there in the next",
    ],
)
def test_between_two_samples_without_text_none_is_looked_for(shown, still, searched, stays):
    """Every second changed sample is searched, the others only beside text: whatever stays for two samples is found all the same."""
    random = np.random.default_rng(3)
    samples = random.integers(0, 255, (len(shown), 64, 96, 3), np.uint8)
    samples[[mark == "#" for mark in shown], 28:42, 14:82] = random.integers(0, 255, (14, 68, 3), np.uint8)
    for k in map(int, still):
        samples[k] = samples[k - 1]
    samples[:, 0, 0, 0] = [mark == "#" for mark in shown]
    samples[:, 0, 0, 1] = range(len(shown))
    marked = Marked()
    overlays = read(marked, samples).overlays
    assert marked.searched == searched
    assert [each.duration_ms / (1000 * STEP_S) for each in overlays] == stays


@pytest.mark.parametrize(
    ("texts", "again"),
    [
        (["one day"] * 5, []),
        (["one day"] * 2 + ["then more"] * 3, [1]),
        (["one day", "in a year", "one day", "one day", "one day"], [1]),
        (["one day", "", "one day", "one day", "one day"], [1]),
    ],
    ids=["the same throughout", "gives place to another", "another in between", "gone in between"],
)
def test_a_line_that_both_neighbours_show_is_not_looked_for_in_between(reader, monkeypatch, texts, again):
    """If its letters stand there too; else a band about the line is searched, and the overlays are those of a search of everything."""
    bands = []
    find = reader.find_within

    def noted(asked):
        bands.extend(asked)
        return find(bands)

    monkeypatch.setattr(reader, "find_within", noted)
    samples = video(*texts)
    overlays = read(reader, samples).overlays
    assert [
        next(k for k, sample in enumerate(samples) if np.shares_memory(picture, sample)) for picture, _ in bands
    ] == again
    assert all(end - first <= 135 and first < 230 < end for _, (first, end) in bands)  # half of the picture at most
    lasting = [
        text for text in dict.fromkeys(texts) if text and "".join("#" if t == text else "." for t in texts).count("##")
    ]
    assert [plain(each.content) for each in overlays] == [plain(text) for text in lasting]


def test_long_videos_are_examined_in_bursts(reader):
    """No more samples are looked at than allowed, and the reading says so."""
    samples = np.repeat(video("Golden hour"), 60, axis=0)
    reading = read(reader, samples, most=16)
    assert (reading.examined, reading.offered) == (16, 60)
    assert plain(reading.overlays[0].content) == "goldenhour"


def pages():
    """Samples of five pages of fourteen lines each, two seconds long."""
    shown = []
    for page in range(5):
        image = Image.new("RGB", SIZE, "white")
        pen, font = ImageDraw.Draw(image), ImageFont.load_default(size=13)
        for line in range(14):
            words = SPOKEN[(page + line) % 5] + " " + SPOKEN[(2 * page + 3 * line) % 5]
            pen.text((100, 8 + 18 * line), words, font=font, fill="black")
        shown += [np.asarray(image)] * 4
    return np.stack(shown)


def test_the_lines_of_pages_are_no_captions(reader):
    """They change every few seconds, too, in the lower part, and one of them is in the middle."""
    assert not read(reader, pages()).has_captions


def test_captions_over_pages_are_captions(reader):
    """Their letters are larger."""
    spoken = [line for line in SPOKEN for _ in range(4)]
    samples = [captioned(page, line, height_px=30) for page, line in zip(pages(), spoken, strict=True)]
    assert read(reader, np.stack(samples)).has_captions


def test_of_many_lines_those_of_the_largest_letters_are_read(reader):
    """As many as allowed; the reading says how many there are."""
    samples = np.stack([textured_frame(3, SIZE)] * 3)
    for k, (words, height) in enumerate([("Golden hour", 34), ("first light of day", 18), ("fog on the hills", 18)]):
        samples = np.stack([captioned(each, words, height_px=height, centre=(0.5, 0.2 + 0.3 * k)) for each in samples])
    assert len(read(reader, samples).overlays) == 3
    reading = read(reader, samples, most_lines=1)
    assert [plain(each.content) for each in reading.overlays] == ["goldenhour"]
    assert (reading.lines, reading.lines_read) == (3, 1)


def test_no_samples_have_no_text(reader):
    """An empty video is read as empty."""
    assert read(reader, np.zeros((0, 90, 160, 3), np.uint8)) == TextReading((), False, 0, 0)


def test_words_set_close_are_read_apart(reader):
    """Blanks are kept where capitals leave little room between words."""
    (title,) = read(reader, video(*["THE PEACH OPEN MOVIE PROJECT"] * 3, centre=(0.5, 0.3), height_px=20)).overlays
    assert title.content == "THE PEACH OPEN MOVIE PROJECT"


def test_samples_need_times(reader):
    """As many times as samples are asked for."""
    with pytest.raises(ValueError, match="2 samples have 1 times"):
        read_text(video("", ""), [0.0], reader)
