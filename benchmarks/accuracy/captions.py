"""Whether text in the picture is found, captions are told from other text, and nothing is read where nothing stands.

    python benchmarks/accuracy/captions.py --videos 30

One third of the videos carry captions, one third a title or a label that stays, one third no text at all. Beside ours stands RapidOCR, the reader that
ours is built on, asked for one picture a second with its own settings and believed as it is.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import cv2
import numpy as np
from edits import encode
from material import Picture, random_shot
from PIL import Image, ImageDraw, ImageFont
from report import Report, Row, finish, options, seed_of
from scoring import bootstrap, pooled, share

from clipzy.analysis.text.ocr import TextReader
from clipzy.analysis.text.overlays import read_text
from clipzy.media.decoding.decode import decode_pass
from clipzy.media.decoding.taps import SamplesTap, open_samples

SIZE = (640, 360)
RATE = 25
SECONDS = 12
ALIKE = 0.8  # of the letters, for a text to count as found
KINDS = ("captions", "titles", "none")
WORDS = [
    "after",
    "again",
    "always",
    "around",
    "before",
    "better",
    "bring",
    "carry",
    "change",
    "city",
    "close",
    "cold",
    "could",
    "country",
    "day",
    "different",
    "early",
    "every",
    "family",
    "field",
    "find",
    "first",
    "follow",
    "friend",
    "garden",
    "great",
    "green",
    "hand",
    "head",
    "help",
    "home",
    "house",
    "hundred",
    "idea",
    "keep",
    "large",
    "learn",
    "light",
    "line",
    "little",
    "long",
    "machine",
    "make",
    "morning",
    "mountain",
    "music",
    "never",
    "night",
    "number",
    "often",
    "open",
    "order",
    "other",
    "paper",
    "people",
    "picture",
    "place",
    "plant",
    "point",
    "question",
    "quiet",
    "quick",
    "river",
    "road",
    "room",
    "school",
    "second",
    "simple",
    "small",
    "sound",
    "still",
    "stone",
    "story",
    "street",
    "summer",
    "table",
    "thing",
    "thought",
    "thousand",
    "time",
    "together",
    "travel",
    "tree",
    "under",
    "voice",
    "water",
    "way",
    "week",
    "white",
    "window",
    "winter",
    "without",
    "word",
    "world",
    "year",
]


@dataclass(frozen=True, slots=True)
class Text:
    """One text: its words, the frames it stands in, its centre and height as shares of the picture, and how it is drawn."""

    words: str
    first: int
    last: int
    centre: tuple[float, float]
    height: float
    colour: tuple[int, int, int]
    boxed: bool

    def draw(self, picture: Picture) -> Picture:
        """The picture with the text."""
        image = Image.fromarray(picture)
        pen = ImageDraw.Draw(image, "RGBA")
        font = ImageFont.load_default(size=self.height * image.height)
        place = (self.centre[0] * image.width, self.centre[1] * image.height)
        if self.boxed:
            left, top, right, bottom = pen.textbbox(place, self.words, font=font, anchor="mm")
            pen.rectangle((left - 6, top - 4, right + 6, bottom + 4), fill=(0, 0, 0, 160))
        stroke = 0 if self.boxed else max(1, round(0.06 * self.height * image.height))
        pen.text(
            place, self.words, fill=self.colour, font=font, anchor="mm", stroke_width=stroke, stroke_fill=(0, 0, 0)
        )
        return np.asarray(image).copy()


def random_texts(random: np.random.Generator, kind: str) -> tuple[Text, ...]:
    """The texts of one video."""
    frames = RATE * SECONDS
    colour = [(255, 255, 255), (255, 230, 60), (120, 255, 160), (255, 140, 140)][int(random.integers(4))]
    boxed = bool(random.random() < 0.4)
    height = float(random.uniform(0.055, 0.1))

    def words() -> str:
        chosen = " ".join(random.choice(WORDS, int(random.integers(2, 5)), replace=False))
        return chosen.upper() if random.random() < 0.3 else chosen.capitalize()

    if kind == "captions":
        y = float(random.uniform(0.78, 0.92))
        texts, at = [], int(random.integers(0, RATE))
        while at < frames - RATE:
            length = int(random.uniform(1.2, 3.5) * RATE)
            texts.append(Text(words(), at, min(frames, at + length), (0.5, y), height, colour, boxed))
            at += length + int(random.choice([0, 0, 10]))
        return tuple(texts)
    if kind == "titles":
        first = int(random.uniform(0, 0.3) * frames)
        last = int(random.uniform(0.6, 1.0) * frames)
        centre = (float(random.uniform(0.4, 0.6)), float(random.uniform(0.15, 0.6)))
        return (Text(words(), first, last, centre, float(random.uniform(0.08, 0.14)), colour, boxed),)
    return ()


def write_video(path: Path, seed: int, texts: Sequence[Text]) -> None:
    """Takes of made-up places with these texts over them."""
    random = np.random.default_rng(seed)
    frames = RATE * SECONDS

    def pictures() -> Iterator[Picture]:
        number = 0
        while number < frames:
            for picture in random_shot(random, RATE, size=SIZE).frames(
                min(frames - number, int(random.integers(50, 120)))
            ):
                shown = picture
                for text in texts:
                    if text.first <= number < text.last:
                        shown = text.draw(shown)
                yield shown
                number += 1

    encode(path, pictures(), RATE, crf=int(random.integers(18, 27)))


@dataclass(frozen=True, slots=True)
class Answer:
    """What was read in a video: texts, whether it has captions (None where nothing is said of that), and when each text is seen, in seconds."""

    texts: tuple[str, ...]
    captions: bool | None
    spans: tuple[tuple[float, float], ...] = ()


def ours(reader: TextReader, path: Path) -> tuple[Answer, Answer]:
    """What the video_analysis stage reads, and what the reader alone says of the same samples."""
    with tempfile.TemporaryDirectory(prefix="clipzy-accuracy-") as name:
        decoded = decode_pass(path, (SamplesTap(Path(name)),))
        samples = open_samples(Path(name))
        read = read_text(samples.pictures, samples.times_s.tolist(), reader, float(decoded.duration))
        spans = tuple(((o.start_ms or 0) / 1000, ((o.start_ms or 0) + o.duration_ms) / 1000) for o in read.overlays)
        mine = Answer(tuple(o.content for o in read.overlays), read.has_captions, spans)
        return mine, _alone(samples.pictures[::2])


def _alone(samples: np.ndarray) -> Answer:
    from rapidocr_onnxruntime import RapidOCR

    plain = RapidOCR()
    texts: list[str] = []
    for sample in samples:
        found, _ = plain(cv2.cvtColor(np.ascontiguousarray(sample), cv2.COLOR_RGB2BGR))
        texts += [text for _, text, _ in found or () if text not in texts]
    return Answer(tuple(texts), None)


def found(answer: Answer, texts: Sequence[Text]) -> tuple[int, int]:
    """How many of the texts were read, of all."""
    return sum(any(_alike(text.words, read) for read in answer.texts) for text in texts), len(texts)


def exact(answer: Answer, texts: Sequence[Text]) -> tuple[int, int]:
    """How many of the texts that were read were read to the letter and the blank, whatever the case."""
    read = [text.casefold() for text in answer.texts]
    return sum(text.words.casefold() in read for text in texts), found(answer, texts)[0]


def misses_s(answer: Answer, texts: Sequence[Text], end: int) -> list[float]:
    """Seconds by which the starts (`end` 0) or ends (1) of the texts that were read are off."""
    off = []
    for text in texts:
        alike = [k for k, read in enumerate(answer.texts) if _alike(text.words, read)]
        true = (text.first / RATE, text.last / RATE)
        off += [min(abs(answer.spans[k][end] - true[end]) for k in alike)] if alike else []
    return off


def false(answer: Answer, texts: Sequence[Text]) -> tuple[int, int]:
    """How many of the readings are like no text that is there, of all readings; on a video without text one is counted at least."""
    wrong = sum(not any(_alike(text.words, read) for text in texts) for read in answer.texts)
    return wrong, max(1, len(answer.texts))


def repeated(answer: Answer, texts: Sequence[Text]) -> tuple[int, int]:
    """How many of the readings tell a text that another one has told already, of all; counted as `false` counts."""
    alike = [sum(_alike(text.words, read) for read in answer.texts) for text in texts]
    return sum(max(0, times - 1) for times in alike), max(1, len(answer.texts))


def _alike(one: str, other: str) -> bool:
    plain, read = ("".join(ch for ch in text.casefold() if ch.isalnum()) for text in (one, other))
    return SequenceMatcher(None, plain, read).ratio() >= ALIKE


def main() -> None:
    """Make the material, score it, report."""
    parser = options(__doc__.splitlines()[0])
    parser.add_argument("--videos", type=int, default=30)
    given = parser.parse_args()
    seed = seed_of(given.seed)
    random = np.random.default_rng(seed)
    reader = TextReader()
    answers: list[tuple[str, tuple[Text, ...], Answer, Answer]] = []
    with tempfile.TemporaryDirectory(prefix="clipzy-accuracy-") as name:
        for number in range(given.videos):
            kind, path = KINDS[number % len(KINDS)], Path(name) / f"{number}.mp4"
            texts = random_texts(random, kind)
            write_video(path, int(random.integers(2**31)), texts)
            answers.append((kind, texts, *ours(reader, path)))
            print(".", end="", flush=True, file=sys.stderr)
    print(file=sys.stderr)
    rows = (
        _row("texts found", 0.95, [(found(a, t), found(b, t)) for _, t, a, b in answers if t]),
        Row(
            "use_subtitles right",
            bootstrap([(int(a.captions == (kind == "captions")), 1) for kind, _, a, _ in answers], share),
            0.95,
        ),
        _row("of these to the letter and the blank", None, [(exact(a, t), exact(b, t)) for _, t, a, b in answers if t]),
        *(
            Row(
                f"{what} of a text, median seconds off",
                bootstrap([misses_s(a, t, end) for _, t, a, _ in answers if t], pooled(np.median)),
                0.25,
                more=False,
            )
            for end, what in enumerate(("start", "end"))
        ),
        _row("false overlays, share of all", 0.02, [(false(a, t), false(b, t)) for _, t, a, b in answers], more=False),
        # the peer reads picture by picture, where a text has to come again
        Row("texts told again, share of all", bootstrap([repeated(a, t) for _, t, a, _ in answers], share), more=False),
    )
    notes = [
        f"{kind}: not read: {t.words!r}"
        for kind, texts, a, _ in answers
        for t in texts
        if not any(_alike(t.words, r) for r in a.texts)
    ]
    notes += [
        f"{kind}: falsely read: {r!r}"
        for kind, texts, a, _ in answers
        for r in a.texts
        if not any(_alike(t.words, r) for t in texts)
    ]
    notes += [f"{kind}: captions {a.captions}" for kind, _, a, _ in answers if a.captions != (kind == "captions")]
    finish(Report("text and captions", seed, f"{given.videos} videos of {SECONDS} s", rows, tuple(notes)), given.json)


def _row(
    what: str, bar: float | None, both: Sequence[tuple[tuple[int, int], tuple[int, int]]], *, more: bool = True
) -> Row:
    mine, plain = ([pair[k] for pair in both] for k in (0, 1))
    return Row(what, bootstrap(mine, share), bar, more, {"RapidOCR alone": bootstrap(plain, share)})


if __name__ == "__main__":
    main()
