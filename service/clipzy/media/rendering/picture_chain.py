"""What happens to each picture on its way from the decoder to the encoder: cut out, given its look, scaled, turned upright."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from av.filter import Graph
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from clipzy.media.colour.coding import CUDA, DELIVERED, Coding, coding_of, is_rgb, label
from clipzy.media.colour.colour_spaces import STANDARD, USUAL_PEAK
from clipzy.media.colour.deep_lut import DEEP_FORMAT, DeepLook, apply_deep, pack_deep
from clipzy.media.colour.look_table import check_look, identity
from clipzy.media.colour.lut import PACKABLE, PackedLook, apply, pack
from clipzy.media.orientation import Orientation
from clipzy.media.packed_rgb import unpacked
from clipzy.media.rendering.filters import Filter, chain
from clipzy.media.rendering.geometry import Geometry, Size, geometry, region, stored_size
from clipzy.media.rendering.resample import reframed
from clipzy.style.crop_path import CropPath
from clipzy.style.plan import WHOLE_PICTURE, Clip, Crop

if TYPE_CHECKING:
    from clipzy.media.rendering.cuda_look import CudaLook

Step = Callable[[VideoFrame], VideoFrame]

# bicubic widens its reach where it shrinks, so that nothing aliases. Chroma is level with the left one of two luma samples, as H.264, HEVC and MPEG-4 have
# it unless told otherwise; swscale puts it between them, and what it makes of 4:4:4 or of another size would have its colours half a pixel aside
_SCALING = "flags=bicubic:in_chroma_loc=left:out_chroma_loc=left"
_CLOCKWISE, _COUNTER_CLOCKWISE = ("transpose", "clock"), ("transpose", "cclock")
# Two transposes, since FFmpeg's vflip hands out pictures with lines that run backwards in memory.
_TURNS: dict[int, list[Filter]] = {
    0: [],
    1: [_COUNTER_CLOCKWISE],
    2: [_CLOCKWISE, _CLOCKWISE],
    3: [_CLOCKWISE],
}


class Tables:
    """The packed tables of one rendering, each baked when a frame first needs it; shared by threads.

    A frame whose matrix or range is not the delivered one goes through a table even where no look is wanted: that converts it
    exactly, while swscale would take it through 8-bit RGB.
    """

    def __init__(self, looks: Mapping[str, NDArray[np.float32]], peak: float = USUAL_PEAK) -> None:
        """Bake nothing yet. `peak`: cd/m² of the lightest in the footage, where that is coded in PQ."""
        for look in looks.values():
            check_look(look)
        self._looks, self._peak = looks, peak
        self._baked: dict[tuple[str | None, Coding], PackedLook | DeepLook] = {}
        self._on_gpu: dict[PackedLook, CudaLook] = {}
        self._lock = Lock()

    def table(self, coding: Coding, look: str | None) -> PackedLook | DeepLook | None:
        """The table of a look, by its name, for frames of that coding; None where nothing is to be changed."""
        if look is None and coding == DELIVERED:
            return None
        with self._lock:
            if (look, coding) not in self._baked:
                table = identity(2) if look is None else self._looks[look]
                self._baked[look, coding] = self._bake(table, coding)
            return self._baked[look, coding]

    def _bake(self, look: NDArray[np.float32], coding: Coding) -> PackedLook | DeepLook:
        if coding.space == STANDARD:
            return pack(look, full_range=coding.full_range, matrix=coding.matrix)
        space = replace(coding.space, peak=self._peak) if coding.space.transfer == "pq" else coding.space
        return pack_deep(look, space, full_range=coding.full_range, matrix=coding.matrix)

    def on_gpu(self, table: PackedLook) -> CudaLook:
        """One of the tables, on the GPU."""
        from clipzy.media.rendering.cuda_look import CudaLook  # noqa: PLC0415 (imports torch)

        with self._lock:
            if table not in self._on_gpu:
                self._on_gpu[table] = CudaLook(table)
            return self._on_gpu[table]


@dataclass(frozen=True, slots=True)
class _Kind:
    """All that a chain depends on."""

    size: Size
    pixels: str
    coding: Coding
    crop: Crop | None  # None where it moves
    look: str | None


class PictureChain:
    """Frames of the source to upright 8-bit 4:2:0 frames of the output's size, BT.709 in limited range and labelled so.

    A frame that is so already is handed on untouched. The work is planned anew whenever the kind of frame changes, which happens
    between clips and in files whose resolution changes midway. One chain belongs to one thread.
    """

    def __init__(self, orientation: Orientation, size: Size, tables: Tables) -> None:
        self._orientation, self._size, self._tables = orientation, size, tables
        self._kind: _Kind | None = None
        self._steps: list[Step] = []
        self._moving: Clip | None = None
        self._path: CropPath | None = None
        self._crop = WHOLE_PICTURE  # of the frame that is being worked on, where it moves

    def __call__(self, frame: VideoFrame, clip: Clip, since_start: Fraction = Fraction(0)) -> VideoFrame:
        """The clip's picture made from a decoded frame; raises av.error.FFmpegError where it cannot be converted.

        `since_start`: seconds of the clip that have passed, which say where a moving crop is.
        """
        frame, crop = unpacked(frame), None if clip.crop_path else clip.crop
        kind = _Kind((frame.width, frame.height), frame.format.name, coding_of(frame), crop, clip.look)
        if kind != self._kind:
            self._steps = self._planned(kind, rgb=is_rgb(frame.format))
            self._kind = kind
        if clip.crop_path:
            self._aim(clip, since_start)
        for step in self._steps:
            frame = step(frame)
        label(frame)
        return frame

    def _aim(self, clip: Clip, since_start: Fraction) -> None:
        if self._path is None or clip is not self._moving:
            self._moving, self._path = clip, CropPath(clip)
        self._crop = self._path(float(since_start))

    def _reframed(self, frame: VideoFrame) -> VideoFrame:
        stored = frame.width, frame.height
        size = stored_size(self._size, self._orientation)
        return reframed(frame, region(stored, self._orientation, self._crop), size)

    def _planned_moving(self, kind: _Kind, *, rgb: bool) -> list[Step]:
        """With a look before or after the picture is reframed, wherever it has fewer pixels; ten bits become eight before."""
        table = self._tables.table(kind.coding, kind.look)
        on_gpu, deep = kind.pixels == CUDA, isinstance(table, DeepLook)
        looked_on_gpu = table if on_gpu and isinstance(table, PackedLook) else None
        looks_first = on_gpu or deep or _pixels(self._size) > _pixels(kind.size)
        steps: list[Step] = [self._fetching(looked_on_gpu)] if on_gpu else []
        wanted = _wanted_pixels(kind.pixels, deep=deep)
        if wanted is not None:
            steps.append(_Filters([_scaled(kind.size, kind.coding, rgb=rgb), ("format", wanted)]))
        looks = [] if table is None or looked_on_gpu is not None else [_looking(table)]
        steps += [*looks, self._reframed] if looks_first else [self._reframed, *looks]
        return steps + ([_Filters(self._turns)] if self._turns else [])

    @property
    def _turns(self) -> list[Filter]:
        mirrored: list[Filter] = [("hflip", "")] if self._orientation.mirrored else []
        return mirrored + _TURNS[self._orientation.quarter_turns]

    def _planned(self, kind: _Kind, *, rgb: bool) -> list[Step]:
        if kind.crop is None:
            return self._planned_moving(kind, rgb=rgb)
        place = geometry(kind.size, self._orientation, kind.crop, self._size)
        table = self._tables.table(kind.coding, kind.look)
        scales_late = place.scales and place.enlarges and table is not None
        on_gpu = kind.pixels == CUDA
        before = _cut(place, kind.size)
        if place.scales and not scales_late:
            before += [_scaled(place.scaled, kind.coding, rgb=rgb)]
        wanted = _wanted_pixels(kind.pixels, deep=isinstance(table, DeepLook))
        if wanted is not None:
            before += [] if before and before[-1][0] == "scale" else [_scaled(place.window.size, kind.coding, rgb=rgb)]
            before += [("format", wanted)]
        after = [_scaled(place.scaled, DELIVERED, rgb=False)] if scales_late else []
        after += self._turns
        looked_on_gpu = table if on_gpu and isinstance(table, PackedLook) and not before else None
        steps: list[Step] = [self._fetching(looked_on_gpu)] if on_gpu else []
        if table is None or looked_on_gpu is not None:
            return steps + ([_Filters(before + after)] if before + after else [])
        steps += [_Filters(before)] if before else []
        steps.append(_looking(table))
        return steps + ([_Filters(after)] if after else [])

    def _fetching(self, table: PackedLook | None) -> Step:
        """Takes frames off the GPU; a look that comes first is put on there, where it costs next to nothing."""
        from clipzy.media.rendering.cuda_look import fetch  # noqa: PLC0415 (imports torch)

        return partial(fetch, look=None if table is None else self._tables.on_gpu(table))


def _wanted_pixels(pixels: str, *, deep: bool) -> str | None:
    """The pixel format that the tables need, None where the frames have it already; those from the GPU come as 8-bit 4:2:0."""
    if deep:
        return None if pixels == DEEP_FORMAT else DEEP_FORMAT
    return None if pixels == CUDA or pixels in PACKABLE else "yuv420p"


def _looking(table: PackedLook | DeepLook) -> Step:
    return partial(apply_deep, table) if isinstance(table, DeepLook) else partial(apply, table)


def _pixels(size: Size) -> int:
    return size[0] * size[1]


def _cut(place: Geometry, size: Size) -> list[Filter]:
    window = place.window
    if window.size == size:
        return []
    return [("crop", f"{window.width}:{window.height}:{window.x}:{window.y}:exact=1")]


def _scaled(size: Size, coding: Coding, *, rgb: bool) -> Filter:
    """Scale, and keep matrix and range; pictures in RGB come out coded as `coding`."""
    width, height = size
    span = "full" if coding.full_range else "limited"
    arriving = "" if rgb else f"in_color_matrix={coding.matrix}:in_range={span}:"
    return "scale", f"{width}:{height}:{_SCALING}:{arriving}out_color_matrix={coding.matrix}:out_range={span}"


class _Filters:
    """A chain of FFmpeg's filters that gives one frame for each; set up at the first."""

    def __init__(self, filters: list[Filter]) -> None:
        self._filters = filters
        self._graph: Graph | None = None

    def __call__(self, frame: VideoFrame) -> VideoFrame:
        if self._graph is None:
            self._graph = chain(frame, self._filters)
        if frame.pts is None:
            frame.pts = 0  # the graph has no use for time, but refuses to be without
        self._graph.vpush(frame)
        return self._graph.vpull()
