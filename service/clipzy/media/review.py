"""Look at a rendered file again at a small part of a full decode's cost: its key frames, and the surroundings of chosen moments."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from clipzy.media.containers import Smoothed, available_processors, open_media, prepare_decoder, video_stream
from clipzy.media.orientation import Orientation
from clipzy.media.packets import Damage, Wanted, decoded, time_base
from clipzy.media.pictures import Scaler, fitted_size
from clipzy.media.taps import SHOT_SIZE
from clipzy.style.time import Span

MOST_KEYS = 120
LONG_SIDE = 240  # pixels; looks do not depend on detail
APART = Fraction(1, 2)  # seconds between the pictures that are kept for their colours, as analyses have them
AROUND = Fraction(2, 5)  # seconds on each side of a moment: what stands out is told by eight frames beside it
LARGEST_SHARE = Fraction(1, 6)  # of the file that is decoded for its changes: 3 % of what rendering it costs
# Pictures that are shrunk so much show nothing of the edges of blocks: of 1080p distances of looks move by .001, of 480p by .04 to .08
EDGES_VANISH = 8
MOST_THREADS = 4  # a decoder that jumps often keeps no more busy
# seconds that are decoded whatever the share; with half as much looks of short files are told up to .1 off, by the few pictures there are of them
LEAST_S, MOST_S = 8, 120


@dataclass(frozen=True, slots=True)
class KeyFrames:
    """`pictures`: (N, H, W, 3) uint8 RGB, long side at most 240; `times`: their seconds; `all_times`: those of every key frame of the file."""

    pictures: NDArray[np.uint8]
    times: tuple[Fraction, ...]
    all_times: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Pictures on end, (N, 27, 48, 3) uint8 RGB, and the second at which the first is shown.

    `samples`: two of them a second, (S, H, W, 3), long side at most 240, with their seconds in `times`.
    """

    pictures: NDArray[np.uint8]
    starts: Fraction
    samples: NDArray[np.uint8]
    times: tuple[Fraction, ...]


def key_frames(path: Path, most: int = MOST_KEYS) -> KeyFrames:
    """Decode some of a rendered file's key frames alone, evenly spread."""
    times: list[Fraction] = []  # of all key frames
    kept: list[Fraction] = []
    with _opened(path) as (container, stream):
        tick = time_base(stream)
        spacing = (stream.duration or 0) * tick / most

        # others are kept from the decoder: its threads would take turns with them, and but one of them be at work
        def due(packet: Packet[Any]) -> bool:
            if not packet.is_keyframe or packet.pts is None:
                return False
            times.append(packet.pts * tick)
            if kept and times[-1] < kept[-1] + spacing:
                return False
            kept.append(times[-1])
            return True

        scale = Scaler(fitted_size((stream.width, stream.height), LONG_SIDE), Orientation(), exact=True)
        seen = [(at, scale(frame)) for at, frame in _timed(container, stream, due)]
    return KeyFrames(np.stack([picture for _, picture in seen]), tuple(at for at, _ in seen), tuple(times))


def places_to_see(
    changes: Sequence[Span | Fraction], keys: Sequence[Fraction], duration: Fraction, seed: int
) -> list[Span]:
    """Choose which parts of a file to decode: about changes and the middles of shots by turns, until a sixth of the file is full.

    Shots without a key frame come first. What is then left of the seconds that short files get goes to the middles between key frames. Each part
    begins with one, for decoding begins there. Which ones is chance, the same for the same seed.

    Args:
        changes: when the picture changes, seconds; a span for one that takes its time.
        keys: seconds of the file's key frames, in order.
        duration: of the file, seconds.
        seed: of the choice.
    """
    chance = random.Random(seed)  # noqa: S311  # nothing secret hangs on it
    spans = [(each.start, each.end) if isinstance(each, Span) else (each, each) for each in changes]
    edges = [Fraction(0), *(edge for span in spans for edge in span), duration]
    shots = [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if end - start > 2 * AROUND]
    chance.shuffle(spans)
    chance.shuffle(shots)
    # the others are seen in their key frames at least
    shots.sort(key=lambda shot: any(shot[0] <= key < shot[1] for key in keys))
    between = [((start + end) / 2,) * 2 for start, end in shots]
    wanted = [each for pair in zip(spans, between, strict=False) for each in pair]
    wanted += spans[len(between) :] + between[len(spans) :]
    room = min(max(LARGEST_SHARE * duration, Fraction(LEAST_S)), Fraction(MOST_S))
    rest = [((one + other) / 2,) * 2 for one, other in pairwise([*keys, duration]) if other - one > 2 * AROUND]
    chance.shuffle(rest)
    chosen: list[Span] = []
    for moments, most in ((wanted, room), (rest, Fraction(LEAST_S))):
        for start, end in moments:
            more = _joined([*chosen, _decodable(start - AROUND, end + AROUND, keys, duration)])
            if not chosen or sum((span.duration for span in more), Fraction(0)) <= most:
                chosen = more
    return chosen


def stretches(path: Path, spans: Sequence[Span]) -> list[Stretch]:
    """Decode these parts of a rendered file as small pictures; each begins with a key frame."""
    with _opened(path, smoothed=False) as (container, stream):
        small = Scaler(SHOT_SIZE, Orientation())
        large = Scaler(fitted_size((stream.width, stream.height), LONG_SIDE), Orientation(), exact=True)
        found = []
        for span in spans:
            container.seek(round(span.start / time_base(stream)), stream=stream)
            pictures, samples = [], []
            times: list[Fraction] = []
            for at, frame in _timed(container, stream):
                if at >= span.end:
                    break
                if at < span.start:
                    continue
                pictures.append(small(frame))
                # the key frame at the beginning is known already
                if at >= (times[-1] if times else span.start) + APART:
                    samples.append(large(frame))
                    times.append(at)
            if pictures:
                kept = np.stack(samples) if samples else np.zeros((0, *large.shape), np.uint8)
                found.append(Stretch(np.stack(pictures), span.start, kept, tuple(times)))
    return found


def _decodable(start: Fraction, end: Fraction, keys: Sequence[Fraction], duration: Fraction) -> Span:
    return Span(max((key for key in keys if key <= start), default=Fraction(0)), min(end, duration))


def _joined(spans: Sequence[Span]) -> list[Span]:
    """In order; those that touch become one."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda each: each.start):
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined


@contextmanager
def _opened(path: Path, *, smoothed: bool = True) -> Iterator[tuple[InputContainer, VideoStream]]:
    with open_media(path) as container:
        stream = video_stream(container)
        filtered: Smoothed = (
            "all" if smoothed or max(stream.width, stream.height) < EDGES_VANISH * LONG_SIDE else "none"
        )
        # few threads: each of them decodes a picture in vain whenever decoding stops
        prepare_decoder(stream.codec_context, min(available_processors(), MOST_THREADS), smoothed=filtered)
        yield container, stream


def _timed(
    container: InputContainer, stream: VideoStream, wanted: Wanted = lambda _packet: True
) -> Iterator[tuple[Fraction, VideoFrame]]:
    for _, frames in decoded(container, stream, Damage(), wanted):
        for frame in frames:
            if frame.pts is not None:
                yield frame.pts * time_base(stream), frame
