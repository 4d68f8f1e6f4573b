"""Sound stays with its picture through the whole renderer: a flash and a click at one instant, at the beginning and an hour later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from av.codec.context import Flags

from clipzy.media.rendering.render import render
from clipzy.style.plan import AudioChain, Clip, Crop, EditPlan, OutputFormat
from clipzy.style.time import Span

SIZE = (160, 90)
NTSC = Fraction(30000, 1001)
FINE = Fraction(1, 90000)
CLICK_S = Fraction(1, 250)
# An equaliser and a limiter, so that their delays count too
CHAIN = AudioChain(3.0, None, None, None, -1.0, "")
CUT_EVERY_S = Fraction(731, 100)  # so that cuts fall beside frames and samples


@dataclass(frozen=True)
class Film:
    """Footage with a white picture and a click at once every so often. `rate`: None for a rate that changes twice a second."""

    suffix: str
    rate: Fraction | None
    sample_rate: int
    offset: Fraction = Fraction(0)  # of the file's first instant, seconds
    sound_starts: Fraction = Fraction(0)  # seconds after the first picture

    @property
    def output_rate(self) -> Fraction:
        """Frames a second of the output."""
        return self.rate or Fraction(25)

    def times(self, seconds: int) -> Iterator[Fraction]:
        """When each picture is shown."""
        if self.rate is not None:
            yield from (number / self.rate for number in range(int(seconds * self.rate)))
            return
        for second in range(seconds):
            yield from (second + Fraction(k, 30) for k in range(15))
            yield from (second + Fraction(1, 2) + Fraction(k, 20) for k in range(10))

    def marks(self, seconds: int, every: int) -> list[Fraction]:
        """When it flashes and clicks: with the first picture at or after each multiple of `every` seconds, save the very first."""
        rate = self.rate or Fraction(1)
        return [-(-at * rate // 1) / rate for at in range(every, seconds - 1, every)]


FILMS = {
    "29.97, 44.1 kHz, edit list": Film("mp4", NTSC, 44100, sound_starts=Fraction(35, 100)),
    "25, 48 kHz, late start": Film("mkv", Fraction(25), 48000, offset=Fraction(37, 10)),
    "variable, 44.1 kHz, edit lists": Film("mp4", None, 44100, offset=Fraction(1, 2), sound_starts=Fraction(1, 4)),
}


def write(path: Path, film: Film, seconds: int, every: int) -> Path:
    """The footage."""
    marks = film.marks(seconds, every)
    options = {"movie_timescale": "90000"} if film.suffix == "mp4" else {}
    with av.open(str(path), "w", container_options=options) as out:
        pictures = out.add_stream(
            "libx264", rate=film.output_rate, options={"preset": "ultrafast", "threads": "1", "g": "250"}
        )
        pictures.width, pictures.height, pictures.pix_fmt = *SIZE, "yuv420p"
        pictures.codec_context.time_base = FINE
        pictures.codec_context.flags |= Flags.frame_duration
        sound = out.add_stream("aac" if film.suffix == "mp4" else "flac", rate=film.sample_rate, layout="mono")
        for packet in _merged(_pictures(pictures, film, seconds, set(marks)), _sound(sound, film, seconds, marks)):
            out.mux(packet)
    return path


def _merged(*streams):
    """Packets of both in turn, so that neither is far ahead."""
    waiting = [(stream, next(stream, None)) for stream in streams]
    while waiting := [(stream, packet) for stream, packet in waiting if packet is not None]:
        first = min(range(len(waiting)), key=lambda k: waiting[k][1].pts * waiting[k][1].time_base)
        stream, packet = waiting[first]
        yield packet
        waiting[first] = stream, next(stream, None)


def _pictures(stream, film, seconds, marks):
    dark, white = (np.full((SIZE[1] * 3 // 2, SIZE[0]), value, np.uint8) for value in (32, 235))
    for plane in (dark, white):
        plane[SIZE[1] :] = 128
    for begins, ends in pairwise([*film.times(seconds), Fraction(seconds)]):
        frame = av.VideoFrame.from_ndarray(white if begins in marks else dark, format="yuv420p")
        frame.pts, frame.time_base = round((begins + film.offset) / FINE), FINE
        frame.duration = round((ends - begins) / FINE)
        yield from (packet for packet in stream.encode(frame) if packet.pts is not None)
    yield from stream.encode(None)


def _sound(stream, film, seconds, marks):
    rate = film.sample_rate
    burst = 0.7 * np.cos(2 * np.pi * 2000 * np.arange(int(CLICK_S * rate)) / rate)
    clicks = [round((mark - film.sound_starts) * rate) for mark in marks]
    for first in range(0, round((seconds - film.sound_starts) * rate), rate):
        samples = np.zeros(rate + len(burst), np.float32)
        for click in clicks:
            if first <= click < first + rate:
                samples[click - first : click - first + len(burst)] = burst
        # a click is put early enough in its second to end in it: marks are just after whole seconds, or not far from quarters
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[None, :rate]), format="fltp", layout="mono")
        frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
        frame.pts = first + round((film.offset + film.sound_starts) * rate)
        yield from stream.encode(frame)
    yield from stream.encode(None)


def edit(film: Film, seconds: int) -> EditPlan:
    """All of it, in many clips that are framed by turns: closer and whole."""
    edges = [*(k * CUT_EVERY_S for k in range(int(seconds / CUT_EVERY_S))), Fraction(seconds) - Fraction(1, 2)]
    crops = (Crop(0.0, 0.0, 1.0, 1.0), Crop(0.1, 0.1, 0.8, 0.8))
    clips = [
        Clip(Span(start, end), crops[number % 2], look=None, transition_in=None, reason="")
        for number, (start, end) in enumerate(pairwise(edges))
    ]
    output = OutputFormat(*SIZE, film.output_rate, "h264", 30, "ultrafast", 96)
    return EditPlan(tuple(clips), (), CHAIN, output, ())


def seen(path: Path, near: Fraction) -> Fraction:
    """When the picture turns white about that time, by the file's own stamps."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        container.seek(int((near - 1) / stream.time_base), stream=stream)
        for frame in container.decode(stream):
            if frame.to_ndarray()[: SIZE[1]].mean() > 128:
                return frame.pts * frame.time_base
    raise AssertionError(f"nothing flashes about {float(near)} s")


def heard(path: Path, near: Fraction) -> Fraction:
    """When the click begins about that time, by the file's own stamps."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        container.seek(int((near - 1) / stream.time_base), stream=stream)
        for frame in container.decode(stream):
            begins = frame.pts * frame.time_base
            loud = np.flatnonzero(np.abs(frame.to_ndarray()[0]) > 0.2)
            if begins > near - Fraction(1, 2) and len(loud):
                return begins + Fraction(int(loud[0]), frame.sample_rate)
    raise AssertionError(f"nothing clicks about {float(near)} s")


def apart(tmp_path: Path, film: Film, seconds: int, every: int) -> list[tuple[Fraction, Fraction]]:
    """For each mark: by how much the sound comes after its picture in the output, and the picture after its time; seconds."""
    source = write(tmp_path / f"source.{film.suffix}", film, seconds, every)
    output = tmp_path / "output.mp4"
    render(edit(film, seconds), source, {}, output)
    found = [(mark, seen(output, mark), heard(output, mark)) for mark in film.marks(seconds, every)]
    return [(sound - picture, picture - mark) for mark, picture, sound in found]


@pytest.mark.parametrize(
    ("film", "seconds"), [(film, 60 if film.rate is NTSC else 24) for film in FILMS.values()], ids=FILMS
)
def test_flash_and_click_stay_together(film, seconds, tmp_path):
    """Within a frame of each other, and each of its own time."""
    found = apart(tmp_path, film, seconds, seconds // 4)
    assert len(found) == 3
    for sound, picture in found:
        assert abs(sound) <= 1 / film.output_rate
        assert abs(picture) <= 1 / film.output_rate


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("film", FILMS.values(), ids=FILMS)
def test_flash_and_click_stay_together_for_an_hour(film, tmp_path):
    """At every minute within a frame, and no further apart in the last than in the first."""
    found = apart(tmp_path, film, 3600, 60)
    assert len(found) == 59
    for sound, picture in found:
        assert abs(sound) <= 1 / film.output_rate
        assert abs(picture) <= 1 / film.output_rate
    assert abs(found[-1][0] - found[0][0]) <= Fraction(1, 100)
