"""Decode one file with several decoders at once, each working on groups of pictures that need nothing of each other.

One reader takes the packets in file order, so that nothing depends on the container's index. Each group begins where a fresh decoder gives the same
pictures (`entry_points`). The next free decoder decodes it and scales the frames that taps want, which the packets' time stamps tell beforehand.
If the frames do not match those stamps, as in a damaged file, Undivided is raised: the file is then decoded in order by a single decoder.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from itertools import chain, pairwise
from pathlib import Path
from queue import SimpleQueue
from threading import Event
from typing import Any, Self, TypeVar

import av.error
from av.packet import Packet
from av.video.frame import VideoFrame

from clipzy.machine.gpu import gpu_errors
from clipzy.media.accel import accelerated, check_on_gpu
from clipzy.media.awaited import awaited
from clipzy.media.colour.colour_spaces import ColourSpace
from clipzy.media.colour.colour_tags import colour_space_of
from clipzy.media.decoding.clock import Clock
from clipzy.media.decoding.containers import Smoothed, open_media, prepare_decoder, video_stream
from clipzy.media.decoding.division import GROUP_S
from clipzy.media.decoding.entry_points import MOST_BYTES, EntryPoints, Undivided
from clipzy.media.decoding.packets import Damage
from clipzy.media.decoding.scaling import Asked, Granted, scaled
from clipzy.media.decoding.tap import Scale, Tap, Wishes, wishes_of
from clipzy.media.progress import Progress

# of one group, 20 s at 30 frames a second; it is held as packets, MOST_BYTES at most, then as small pictures
MOST_FRAMES = 600
WAITING = 2  # groups that are done or wait for a decoder, besides those being decoded
T = TypeVar("T")
Kind = tuple[str, ColourSpace]  # pixel format and colour space, the same for all frames
Order = tuple[Callable[["_Decoder"], Any], "Future[Any]"]


@dataclass(frozen=True, slots=True)
class Decoding:
    """Settings that all decoders share."""

    path: Path
    at_once: int
    threads: int  # of each
    smoothed: Smoothed
    on_gpu: bool  # with NVDEC; without falling back


@dataclass(frozen=True, slots=True)
class _Seen:
    """A frame's stamp and duration in ticks, with the pictures that taps wanted of it."""

    stamp: int
    duration: int
    granted: Granted


@dataclass(frozen=True, slots=True)
class _Group:
    """Packets for one decoder in decoding order, and the stamps of their frames in presentation order."""

    packets: list[Packet[Any]]
    stamps: list[int]
    last_length: int  # duration of the last frame in ticks, 0 if unknown
    position: int  # byte of the file


def decode_divided(
    packets: Iterator[Packet[Any]],
    points: EntryPoints,
    how: Decoding,
    taps: Sequence[Tap],
    *,
    begin: Callable[[VideoFrame], None],
    clock: Clock,
    progress: Progress,
) -> None:
    """Decode all packets, place every frame on the clock and hand the pictures to the taps; `begin` is called with the first frame beforehand.

    Raises Undivided where a single decoder has to do it, LeftToProcessors where a GPU does not take the file; what taps have kept by then is void.
    """
    plan = _Plan(taps, clock)
    kind: Kind | None = None
    waiting: deque[tuple[_Group, Future[list[_Seen]]]] = deque()

    def keep(group: _Group, seen: Future[list[_Seen]]) -> None:
        for frame in awaited(seen, progress.goes_on):
            ticks = clock.place(frame.stamp, frame.duration)
            for number, wish, picture in frame.granted:
                taps[number].keep(picture, ticks, wish)
        progress.reached(group.position)

    with _Decoders(how, taps) as decoders:
        for group, following in pairwise(chain(_groups(packets, points, clock), [None])):
            assert group is not None
            if kind is None:
                first = awaited(decoders.ask(partial(_Decoder.first, packets=group.packets)), progress.goes_on)
                kind = _kind(first)
                if how.on_gpu:
                    # decoders that fall back to processors would hold far more pictures than room was counted for
                    check_on_gpu([first], Damage())
                begin(first)
                del first  # it may occupy one of the GPU's few surfaces
            wishes = plan.of(group, following)
            seen = decoders.ask(partial(_Decoder.pictures, group=group, wishes=wishes, kind=kind))
            waiting.append((group, seen))
            if len(waiting) >= how.at_once + WAITING:
                keep(*waiting.popleft())
        while waiting:
            keep(*waiting.popleft())


def _groups(packets: Iterator[Packet[Any]], points: EntryPoints, clock: Clock) -> Iterator[_Group]:
    """The packets in groups that begin at entry points and last at least GROUP_S."""
    least = GROUP_S / clock.tick
    some: list[Packet[Any]] = []
    size = 0
    for packet in packets:
        entry = points.at(packet)
        if some and entry and _stamp(packet) - _stamp(some[0]) >= least:
            yield _group(some)
            some, size = [], 0
        some.append(packet)
        size += packet.size
        if len(some) > MOST_FRAMES or size > MOST_BYTES:
            raise Undivided("points at which a decoder can begin lie far apart")
    if some:
        yield _group(some)


def _group(packets: list[Packet[Any]]) -> _Group:
    shown = sorted((_stamp(packet), packet.duration or 0) for packet in packets if not packet.is_discard)
    stamps = [stamp for stamp, _ in shown]
    position = -1 if packets[-1].pos is None else packets[-1].pos
    return _Group(packets, stamps, shown[-1][1] if shown else 0, position)


def _stamp(packet: Packet[Any]) -> int:
    if packet.pts is None:
        raise Undivided("its frames have no time stamps")
    return packet.pts


class _Plan:
    """Asks taps what they want of coming frames, by the stamps of their packets."""

    def __init__(self, taps: Sequence[Tap], clock: Clock) -> None:
        self._taps, self._clock = taps, clock
        self._origin: int | None = None
        self._last = -1

    def of(self, group: _Group, following: _Group | None) -> list[Wishes]:
        """What taps want of each frame of a group, whose last frame is shown until the following group begins."""
        if not group.stamps:
            return []
        if self._origin is None:
            self._origin = group.stamps[0]
        end = group.stamps[-1] + self._clock.length(group.last_length)
        ends = [*group.stamps[1:], following.stamps[0] if following and following.stamps else end]
        wishes: list[Wishes] = []
        for stamp, until in zip(group.stamps, ends, strict=True):
            ticks = stamp - self._origin
            if not self._last < ticks <= self._clock.most:
                raise Undivided("time stamps run backwards or leap")
            self._last = ticks
            wishes.append(wishes_of(self._taps, ticks, until - self._origin))
        return wishes


class _Decoders:
    """A pool of decoders, each with its own thread and its own open file; leaving the block stops them."""

    def __init__(self, how: Decoding, taps: Sequence[Tap]) -> None:
        self._how, self._taps = how, taps
        self._orders: SimpleQueue[Order | None] = SimpleQueue()
        self._stop = Event()
        self._pool = ThreadPoolExecutor(how.at_once, "decode")

    def __enter__(self) -> Self:
        try:
            for _ in range(self._how.at_once):
                self._pool.submit(copy_context().run, self._work)
        except RuntimeError as exc:  # raised by Python when the system allows no more threads
            self.__exit__()
            raise Undivided(f"there is no room for so many threads: {exc}") from exc
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        for _ in range(self._how.at_once):
            self._orders.put(None)
        self._pool.shutdown()

    def ask(self, work: Callable[[_Decoder], T]) -> Future[T]:
        """Have the next free decoder do it."""
        answer: Future[T] = Future()
        self._orders.put((work, answer))
        return answer

    def _work(self) -> None:
        decoder: _Decoder | None = None
        with ExitStack() as open_files:
            while (order := self._orders.get()) is not None and not self._stop.is_set():
                work, answer = order
                try:
                    if decoder is None:
                        decoder = _Decoder(self._how, self._taps, self._stop, open_files)
                    answer.set_result(work(decoder))
                except BaseException as exc:  # noqa: BLE001  # raised in the thread that waits
                    answer.set_exception(self._as_reason(exc))

    def _as_reason(self, error: BaseException) -> BaseException:
        """The error, or Undivided where a single decoder may succeed: it steps over damage and needs less memory."""
        if isinstance(error, MemoryError):
            return Undivided("there is no room in memory for several decoders")
        if isinstance(error, av.error.FFmpegError):
            return Undivided(f"it is damaged: {error}")
        return Undivided(f"nvdec: {error}") if self._how.on_gpu and isinstance(error, gpu_errors()) else error


class _Decoder:
    """One decoder with its own scalers."""

    def __init__(self, how: Decoding, taps: Sequence[Tap], stop: Event, open_files: ExitStack) -> None:
        self._taps, self._stop, self._on_gpu = taps, stop, how.on_gpu
        container = open_files.enter_context(open_media(how.path, accelerated() if how.on_gpu else None))
        self._stream = video_stream(container)
        prepare_decoder(self._stream.codec_context, how.threads, smoothed=how.smoothed)
        # report damage instead of concealing it: concealment depends on what the decoder saw before
        self._stream.codec_context.options |= {"err_detect": "explode"}
        self._scalers: list[Scale] = []

    def first(self, packets: Sequence[Packet[Any]]) -> VideoFrame:
        """The first frame of those packets."""
        with closing(self._frames(packets)) as frames:
            for frame in frames:
                return frame
        raise Undivided("it does not begin with a picture")

    def pictures(self, group: _Group, wishes: list[Wishes], kind: Kind) -> list[_Seen]:
        """All frames of a group in order, each with the pictures that taps want of it."""
        self._scalers = self._scalers or [tap.scaler() for tap in self._taps]
        with closing(self._frames(group.packets)) as frames:
            asked = _as_told(frames, group, wishes, kind)
            seen = [_Seen(*what, granted) for what, granted in scaled(asked, self._scalers, on_gpu=self._on_gpu)]
        if len(seen) != len(wishes):
            raise Undivided("frames are missing")
        return seen

    def _frames(self, packets: Sequence[Packet[Any]]) -> Generator[VideoFrame, None, None]:
        """All frames of these packets; at the end, or when closed, the decoder is reset."""
        try:
            for packet in chain(packets, [None]):
                if self._stop.is_set():
                    raise Undivided("nobody waits for it")
                yield from self._stream.decode(packet)
        finally:
            self._stream.codec_context.flush_buffers()


def _as_told(
    frames: Iterable[VideoFrame], group: _Group, wishes: list[Wishes], kind: Kind
) -> Iterator[Asked[tuple[int, int]]]:
    """Frames with their stamp and duration and what is wanted of them; raises Undivided where they do not match their packets."""
    for number, frame in enumerate(frames):
        if number == len(wishes) or frame.pts != group.stamps[number]:
            raise Undivided("frames differ from what their packets say")
        if frame.is_corrupt or _kind(frame) != kind:
            raise Undivided("frames are damaged or change their colours")
        yield (group.stamps[number], frame.duration), frame, wishes[number]


def _kind(frame: VideoFrame) -> Kind:
    return frame.format.name, colour_space_of(frame)
