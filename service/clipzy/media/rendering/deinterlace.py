"""Whole pictures of interlaced footage, whose two fields were taken one after the other: as it is it shows combs at all that moves, which scaling tears apart.

FFmpeg's bwdif keeps the lines of the field that comes first and makes the others: those of the second field where nothing moves, else from the lines and
the pictures about them. Many files call themselves interlaced whose pictures are whole, as broadcasters' progressive ones are; so the beginning is looked
at first.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from itertools import islice

from av.video.frame import VideoFrame

from clipzy.media.rendering.filters import Filter, chain, ready

LOOKED_AT = 40  # frames
MOST = 1000  # frames among which so many interlaced ones are looked for, where whole ones lie between them
# Frames that have to be told apart: where nothing moves they cannot be, but the filter changes nothing there.
TELLING = 5
COMBED_SHARE = 0.2  # of these: FFmpeg's detector takes single whole pictures for combed
DETECTOR: Filter = ("idet", "")
DEINTERLACER: Filter = ("bwdif", "mode=send_frame:parity=auto:deint=interlaced")


def is_combed(frames: Iterable[VideoFrame]) -> bool:
    """Whether pictures are interlaced; `frames`: the first ones of a video, of which LOOKED_AT that are called so are looked at.

    Where none of the first LOOKED_AT is called so, none is: a first picture alone may be whole.
    """
    kinds: Counter[str] = Counter()
    detector = None
    for number, frame in enumerate(islice(_called_interlaced(frames), LOOKED_AT)):
        detector = detector or chain(frame, [DETECTOR])
        frame.pts = number
        detector.vpush(frame)
        kinds.update(str(seen.metadata.get("lavfi.idet.multiple.current_frame")) for seen in ready(detector))
    combed = kinds["tff"] + kinds["bff"]
    told = combed + kinds["progressive"]
    return detector is not None and (told < TELLING or combed > COMBED_SHARE * told)


def _called_interlaced(frames: Iterable[VideoFrame]) -> Iterator[VideoFrame]:
    found = False
    for number, frame in enumerate(islice(frames, MOST), 1):
        found = found or frame.interlaced_frame
        if frame.interlaced_frame:
            yield frame
        if number == LOOKED_AT and not found:
            return


def deinterlaced(frames: Iterable[VideoFrame]) -> Iterator[VideoFrame]:
    """A whole picture for each, in order and with its stamp; those that are not called interlaced are whole already."""
    maker: _Maker | None = None
    for frame in frames:
        if maker is not None and not maker.takes(frame):
            yield from maker.rest()
            maker = None
        if maker is None and frame.interlaced_frame:
            maker = _Maker(frame)
        if maker is None:
            yield frame
        else:
            yield from maker.made(frame)
    if maker is not None:
        yield from maker.rest()


class _Maker:
    """The filter for frames of one kind. It looks at the frame before and the one after each, so that it is one behind."""

    def __init__(self, first: VideoFrame) -> None:
        self._kind, self._graph = _kind(first), chain(first, [DEINTERLACER])
        self._stamps: deque[tuple[int | None, int]] = deque()  # its own would run at twice the pace
        self._given = 0

    def takes(self, frame: VideoFrame) -> bool:
        """Whether it can go on with that frame."""
        return _kind(frame) == self._kind

    def made(self, frame: VideoFrame) -> Iterator[VideoFrame]:
        """What is ready with the next frame."""
        self._stamps.append((frame.pts, frame.duration))
        frame.pts, self._given = self._given, self._given + 1
        self._graph.vpush(frame)
        return self._ready()

    def rest(self) -> Iterator[VideoFrame]:
        """What is left when no more frames come."""
        self._graph.vpush(None)
        return self._ready()

    def _ready(self) -> Iterator[VideoFrame]:
        for picture in ready(self._graph):
            picture.pts, picture.duration = self._stamps.popleft()
            yield picture


def _kind(frame: VideoFrame) -> tuple[int, int, str]:
    return frame.width, frame.height, frame.format.name
