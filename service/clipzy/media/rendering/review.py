"""Look at a rendered file at a small part of the cost of decoding it: its key frames, and the surroundings of chosen moments."""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, pairwise
from operator import itemgetter
from pathlib import Path
from typing import TypeAlias, TypeVar, cast

import numpy as np
from av.codec.context import CodecContext
from av.container import InputContainer
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from clipzy.machine.processors import available_processors
from clipzy.media.decoding.containers import Smoothed, open_media, prepare_decoder, video_stream
from clipzy.media.decoding.packets import Damage, decoded, select, time_base
from clipzy.media.decoding.taps import SHOT_SIZE
from clipzy.media.orientation import Orientation
from clipzy.media.pictures import Scaler, fitted_size
from clipzy.style.time import Span, merged, sharing

T = TypeVar("T")

_Group: TypeAlias = "list[Packet[VideoStream]]"

MOST_KEYS = 120
FOLLOWERS = 3  # frames after a key frame, as long as a flash of light lasts
MOST_PACKETS = 20  # that they may need: eight B frames between two references, with room
LONG_SIDE = 240  # pixels; looks do not depend on detail
APART = Fraction(1, 2)  # seconds between pictures that are kept for their colours, as in the analyses
AROUND = Fraction(2, 5)  # seconds on each side of a moment: a change is judged by eight frames beside it
LARGEST_SHARE = Fraction(1, 6)  # of the file that is decoded for its changes, 3 % of the cost of rendering
# Pictures that are scaled down so far need no deblocking: at 1080p it changes distances of looks by .001, at 480p by .04 to .08
DEBLOCKED_BELOW_TIMES = 8
MOST_THREADS = 4  # a decoder that seeks often keeps no more busy
# so on many processors several decoders share a file, each with a dozen pictures in memory
PROCESSORS_A_DECODER = 2
MOST_DECODERS, MOST_PIXELS = 8, 8 * 1920 * 1080  # at once, and of a picture of each
# limits of the decoded share in seconds; with half of LEAST_S looks of short files come out up to .1 off, for lack of pictures
LEAST_S, MOST_S = 8, 120
# if all changes of a file fit into so many seconds they are all decoded: a sample of few says little of the others
CHANGES_S = 20


@dataclass(frozen=True, slots=True)
class KeyFrames:
    """`pictures`: (N, H, W, 3) uint8 RGB, long side at most 240; `times`: their seconds.

    `followed`: by index of the picture, a picture with up to `FOLLOWERS` consecutive ones after it: (1 to 4, H, W, 3).
    """

    pictures: NDArray[np.uint8]
    times: tuple[Fraction, ...]
    followed: Mapping[int, NDArray[np.uint8]]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive pictures, (N, 27, 48, 3) uint8 RGB, and the time of the first in seconds.

    `samples`: the key frames among them and two more a second, (S, H, W, 3), long side at most 240, with their `times` in seconds.
    """

    pictures: NDArray[np.uint8]
    starts: Fraction
    samples: NDArray[np.uint8]
    times: tuple[Fraction, ...]


def to_be_seen(keys: Sequence[Fraction], spans: Sequence[Span], duration: Fraction) -> set[Fraction]:
    """The key frames of a file to look at besides the `spans` that are decoded anyway: MOST_KEYS at most, evenly spread."""
    kept: list[Fraction] = []
    for key in keys:
        if not kept or key >= kept[-1] + duration / MOST_KEYS:
            kept.append(key)
    return {key for key in kept if not any(span.start <= key < span.end for span in spans)}


def key_frames(
    path: Path, times: Collection[Fraction], at_once: int = 1, *, follow: Collection[Fraction] = ()
) -> KeyFrames:
    """Decode these key frames of a rendered file, given by their times in seconds, with so many decoders.

    `follow`: those after which a few more frames are decoded.
    """
    with _opened(path) as (container, stream):
        tick = time_base(stream)
        ticks, more = ({at / tick for at in some} for some in (times, follow))
        select(container, stream)
        waiting = deque(_groups(container.demux(stream), ticks, more) if times else ())
        with ThreadPoolExecutor(at_once, "key frames") as pool:
            found = [pool.submit(_key_frames, stream, waiting) for _ in range(at_once)]
        seen = sorted(chain.from_iterable(each.result() for each in found), key=itemgetter(0))
        pictures = _stacked([pictures[0] for _, pictures in seen], _large(stream))
        followed = {place: np.stack(on_end) for place, (at, on_end) in enumerate(seen) if at in more}
        return KeyFrames(pictures, tuple(at * tick for at, _ in seen), followed)


def _groups(
    packets: Iterable[Packet[VideoStream]], ticks: Collection[Fraction], follow: Collection[Fraction]
) -> list[_Group]:
    """The packets of these key frames, each with those of its followers, which may include another key frame."""
    groups: list[_Group] = []
    begun: list[_Group] = []
    for packet in packets:
        if packet.pts is None:
            continue
        for group in begun:
            group.append(packet)
        begun = [group for group in begun if not _all_followers(group)]
        if packet.is_keyframe and packet.pts in ticks:
            groups.append([packet])
            begun += groups[-1:] if packet.pts in follow else []
    return groups


def _all_followers(group: _Group) -> bool:
    assert group[0].pts is not None  # it is one of the wanted times
    last = group[0].pts + FOLLOWERS * (group[0].duration or 0)
    return sum(group[0].pts < (packet.pts or 0) <= last for packet in group) >= FOLLOWERS or len(group) > MOST_PACKETS


def _key_frames(stream: VideoStream, waiting: deque[_Group]) -> list[tuple[int, list[NDArray[np.uint8]]]]:
    """Decode waiting groups of packets until none is left; the ticks of each first picture, and the pictures."""
    like = stream.codec_context
    decoder = cast("VideoCodecContext", CodecContext.create(like.name, "r"))
    decoder.extradata = like.extradata
    # one thread: others would wait for a next picture
    prepare_decoder(decoder, 1, smoothed=_smoothed(stream))
    scale = _large(stream)
    found = []
    for group in _taken(waiting):
        frames = [frame for packet in (*group, None) for frame in decoder.decode(packet)]
        on_end = sorted(frames, key=_ticks)[: FOLLOWERS + 1]
        if on_end:
            found.append((_ticks(on_end[0]), [scale(frame) for frame in on_end]))
        decoder.flush_buffers()
    return found


def _ticks(frame: VideoFrame) -> int:
    assert frame.pts is not None  # it is the packet's
    return frame.pts


def places_to_see(
    changes: Sequence[Span | Fraction], keys: Sequence[Fraction], duration: Fraction, seed: int
) -> list[Span]:
    """Choose which parts of a file to decode: around changes and the middles of shots in turn, until a sixth of the file is reached.

    Shots without a key frame come first. If all changes take only CHANGES_S, all are decoded. A short file gets at least LEAST_S, filled up with the middles
    between key frames. Each part begins with a key frame, where decoding can begin. The choice is random, and the same for the same seed.

    Args:
        changes: times of changes in seconds; a span for a gradual one.
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
    # the others are at least seen in their key frames
    shots.sort(key=lambda shot: bisect_left(keys, shot[0]) < bisect_left(keys, shot[1]))
    between = [((start + end) / 2,) * 2 for start, end in shots]
    wanted = [each for pair in zip(spans, between, strict=False) for each in pair]
    wanted += spans[len(between) :] + between[len(spans) :]
    room = min(max(LARGEST_SHARE * duration, Fraction(LEAST_S)), Fraction(MOST_S))
    rest = [((one + other) / 2,) * 2 for one, other in pairwise([*keys, duration]) if other - one > 2 * AROUND]
    chance.shuffle(rest)
    chosen: list[Span] = []
    for moments, most in ((wanted, room), (rest, Fraction(LEAST_S))):
        left = most - _together(chosen)
        for moment in moments:
            about = _about(moment, keys, duration)
            more = about.duration - sum(_shared(about, span) for span in sharing(chosen, about))
            if not chosen or more <= left:
                chosen = merged([*chosen, about])
                left -= more
    every = merged([*chosen, *(_about(span, keys, duration) for span in spans)])
    return every if _together(every) <= CHANGES_S else chosen


def stretches(path: Path, spans: Sequence[Span], at_once: int = 1) -> list[Stretch]:
    """Decode these parts of a rendered file as small pictures, with so many decoders, each part from a key frame on; in order."""
    # the longest first, so that no decoder is left alone with a long one
    waiting = deque(sorted(spans, key=lambda span: span.duration, reverse=True))
    with ThreadPoolExecutor(at_once, "review") as pool:
        found = [pool.submit(_stretches, path, waiting) for _ in range(at_once)]
    return sorted(chain.from_iterable(each.result() for each in found), key=lambda stretch: stretch.starts)


def decoders_at_once(processors: int, pixels: int, parts: int) -> int:
    """How many decoders share the parts of a file; `pixels`: of a picture."""
    return max(1, min(processors // PROCESSORS_A_DECODER, MOST_DECODERS, MOST_PIXELS // pixels, parts))


def _stretches(path: Path, waiting: deque[Span]) -> list[Stretch]:
    """Decode waiting parts until none is left."""
    found: list[Stretch] = []
    with _opened(path) as (container, stream):
        small, large = Scaler(SHOT_SIZE, Orientation()), _large(stream)
        for span in _taken(waiting):
            container.seek(round(span.start / time_base(stream)), stream=stream)
            pictures, samples = [], []
            times: list[Fraction] = []
            for at, frame in _timed(container, stream):
                if at >= span.end:
                    break
                if at < span.start:
                    continue
                pictures.append(small(frame))
                if frame.key_frame or not times or at >= times[-1] + APART:
                    samples.append(large(frame))
                    times.append(at)
            if pictures:
                found.append(Stretch(np.stack(pictures), span.start, _stacked(samples, large), tuple(times)))
    return found


def _taken(waiting: deque[T]) -> Iterator[T]:
    """Take items until none is left; several threads may take from the same queue."""
    with suppress(IndexError):
        while True:
            yield waiting.popleft()


def _stacked(pictures: Sequence[NDArray[np.uint8]], scale: Scaler) -> NDArray[np.uint8]:
    return np.stack(pictures) if pictures else np.zeros((0, *scale.shape), np.uint8)


def _about(moment: tuple[Fraction, Fraction], keys: Sequence[Fraction], duration: Fraction) -> Span:
    """The part to decode for a moment, from a key frame on."""
    start, end = moment[0] - AROUND, moment[1] + AROUND
    before = bisect_right(keys, start)
    return Span(keys[before - 1] if before else Fraction(0), min(end, duration))


def _shared(one: Span, other: Span) -> Fraction:
    """Seconds that two overlapping spans share."""
    return min(one.end, other.end) - max(one.start, other.start)


def _together(spans: Sequence[Span]) -> Fraction:
    return sum((span.duration for span in spans), Fraction(0))


@contextmanager
def _opened(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    with open_media(path) as container:
        stream = video_stream(container)
        # few threads: each decodes a picture in vain whenever decoding stops
        prepare_decoder(stream.codec_context, min(available_processors(), MOST_THREADS), smoothed=_smoothed(stream))
        yield container, stream


def _smoothed(stream: VideoStream) -> Smoothed:
    return "all" if max(stream.width, stream.height) < DEBLOCKED_BELOW_TIMES * LONG_SIDE else "none"


def _large(stream: VideoStream) -> Scaler:
    return Scaler(fitted_size((stream.width, stream.height), LONG_SIDE), Orientation(), exact=True)


def _timed(container: InputContainer, stream: VideoStream) -> Iterator[tuple[Fraction, VideoFrame]]:
    for _, frames in decoded(container, stream, Damage()):
        for frame in frames:
            if frame.pts is not None:
                yield frame.pts * time_base(stream), frame
