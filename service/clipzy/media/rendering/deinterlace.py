"""Deinterlacing: the two fields of a frame were taken one after the other, so that everything that moves shows combs, which scaling makes worse.

FFmpeg's bwdif keeps the lines of the first field and makes the others: from the second field where nothing moves, else from neighbouring lines and pictures.
Many files are flagged as interlaced although their pictures are progressive, as from broadcasters; so the beginning is examined first.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from itertools import islice

from av.video.frame import VideoFrame

from clipzy.media.rendering.filters import Filter, chain, ready

LOOKED_AT = 40  # frames
MOST = 1000  # frames in which those are searched, if progressive ones lie between them
# frames that have to be classified; where nothing moves that is impossible, but then the filter changes nothing
TELLING = 5
COMBED_SHARE = 0.2  # of these, since FFmpeg's detector takes single progressive pictures for combed
DETECTOR: Filter = ("idet", "")
DEINTERLACER: Filter = ("bwdif", "mode=send_frame:parity=auto:deint=interlaced")


def is_combed(frames: Iterable[VideoFrame]) -> bool:
    """Whether pictures are interlaced; `frames`: the first ones of a video, of which LOOKED_AT with the interlaced flag are examined.

    If none of the first LOOKED_AT frames has the flag the answer is no; a single first picture may be progressive.
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
    """A progressive picture for each frame, in order and with its stamp; frames without the interlaced flag pass as they are."""
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
    """The filter for frames of one kind. It uses the frames before and after each, so that it is one frame late."""

    def __init__(self, first: VideoFrame) -> None:
        self._kind, self._graph = _kind(first), chain(first, [DEINTERLACER])
        self._stamps: deque[tuple[int | None, int]] = deque()  # the filter doubles the rate of its own stamps
        self._given = 0

    def takes(self, frame: VideoFrame) -> bool:
        """Whether the frame is of the same kind."""
        return _kind(frame) == self._kind

    def made(self, frame: VideoFrame) -> Iterator[VideoFrame]:
        """Add a frame; the pictures that are ready."""
        self._stamps.append((frame.pts, frame.duration))
        frame.pts, self._given = self._given, self._given + 1
        self._graph.vpush(frame)
        return self._ready()

    def rest(self) -> Iterator[VideoFrame]:
        """The last pictures, when no more frames come."""
        self._graph.vpush(None)
        return self._ready()

    def _ready(self) -> Iterator[VideoFrame]:
        for picture in ready(self._graph):
            picture.pts, picture.duration = self._stamps.popleft()
            yield picture


def _kind(frame: VideoFrame) -> tuple[int, int, str]:
    return frame.width, frame.height, frame.format.name
