"""The processing of each picture between decoder and encoder: crop, look, scaling, rotation."""

from __future__ import annotations

from collections.abc import Mapping
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
from clipzy.media.rendering.geometry import Geometry, Region, Size, geometry, region, stored_size
from clipzy.media.rendering.inside_bars import Inside, Step, shows_bars
from clipzy.media.rendering.resample import reframed
from clipzy.style.crop_path import CropPath
from clipzy.style.plan import WHOLE_PICTURE, Clip, Crop

if TYPE_CHECKING:
    from clipzy.media.rendering.cuda_look import CudaLook

# bicubic widens its kernel when it shrinks, so that nothing aliases. Chroma is co-sited with the left one of two luma samples, as H.264, HEVC and MPEG-4 have
# it by default; swscale's default is between them, which would shift the colours of 4:4:4 or scaled pictures by half a pixel. From RGB it rounds: swscale's
# short way for BGR of 24 bits, as of uncompressed AVI, cuts off, which darkens by up to 3 codes
_SCALING = "flags=bicubic{}:in_chroma_loc=left:out_chroma_loc=left"
_CLOCKWISE, _COUNTER_CLOCKWISE = ("transpose", "clock"), ("transpose", "cclock")
# two transposes, since FFmpeg's vflip gives pictures with negative line sizes
_TURNS: dict[int, list[Filter]] = {
    0: [],
    1: [_COUNTER_CLOCKWISE],
    2: [_CLOCKWISE, _CLOCKWISE],
    3: [_CLOCKWISE],
}


class Tables:
    """The packed tables of one rendering, each baked when a frame first needs it; shared by threads.

    A frame with another matrix or range than the delivered one goes through a table even without a look: that is exact, while swscale would convert it by
    way of 8-bit RGB.
    """

    def __init__(self, looks: Mapping[str, NDArray[np.float32]], peak: float = USUAL_PEAK) -> None:
        """`peak`: highest luminance of the footage in cd/m², if it is coded in PQ."""
        for look in looks.values():
            check_look(look)
        self._looks, self._peak = looks, peak
        self._baked: dict[tuple[str | None, Coding], PackedLook | DeepLook] = {}
        self._on_gpu: dict[PackedLook, CudaLook] = {}
        self._lock = Lock()

    def table(self, coding: Coding, look: str | None) -> PackedLook | DeepLook | None:
        """The table of a look, by its name, for frames of that coding; None if nothing changes."""
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
        """A table on the GPU."""
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
    bars: bool  # whether the look must leave some out


class PictureChain:
    """Frames of the source to upright 8-bit 4:2:0 frames of the output's size, BT.709 in limited range and labelled so.

    A frame that is so already passes untouched. The steps are planned again whenever the kind of frame changes: between clips, and in files whose resolution
    changes midway. A chain is for one thread.
    """

    def __init__(self, orientation: Orientation, size: Size, tables: Tables, picture: Crop = WHOLE_PICTURE) -> None:
        """`picture`: what lies within the footage's black bars, which no look changes."""
        self._orientation, self._size, self._tables, self._picture = orientation, size, tables, picture
        self._clip: Clip | None = None
        self._bars = False  # whether a look of that clip would lie on bars
        self._kind: _Kind | None = None
        self._steps: list[Step] = []
        self._moving: Clip | None = None
        self._path: CropPath | None = None
        self._crop = WHOLE_PICTURE  # of the current frame, if it moves

    def __call__(self, frame: VideoFrame, clip: Clip, since_start: Fraction = Fraction(0)) -> VideoFrame:
        """The clip's picture from a decoded frame; raises av.error.FFmpegError if it cannot be converted.

        `since_start`: seconds since the clip's start, for a moving crop.
        """
        frame, crop = unpacked(frame), None if clip.crop_path else clip.crop
        kind = _Kind(
            (frame.width, frame.height), frame.format.name, coding_of(frame), crop, clip.look, self._grades_bars(clip)
        )
        if kind != self._kind:
            self._steps = self._planned(kind, rgb=is_rgb(frame.format))
            self._kind = kind
        if clip.crop_path:
            self._aim(clip, since_start)
        for step in self._steps:
            frame = step(frame)
        label(frame)
        return frame

    def _grades_bars(self, clip: Clip) -> bool:
        if clip is not self._clip:
            self._clip = clip
            self._bars = clip.look is not None and shows_bars(clip, self._picture)
        return self._bars

    def _aim(self, clip: Clip, since_start: Fraction) -> None:
        if self._path is None or clip is not self._moving:
            self._moving, self._path = clip, CropPath(clip)
        self._crop = self._path(float(since_start))

    def _reframed(self, frame: VideoFrame) -> VideoFrame:
        stored = frame.width, frame.height
        size = stored_size(self._size, self._orientation)
        return reframed(frame, region(stored, self._orientation, self._crop), size)

    def _planned_moving(self, kind: _Kind, *, rgb: bool) -> list[Step]:
        """The look comes before or after reframing, wherever there are fewer pixels; first for deep tables, for frames from the GPU, and where bars stay, which do not move there."""
        table = self._tables.table(kind.coding, kind.look)
        on_gpu, deep = kind.pixels == CUDA, isinstance(table, DeepLook)
        looked_on_gpu = table if on_gpu and isinstance(table, PackedLook) and not kind.bars else None
        looks_first = on_gpu or deep or kind.bars or _pixels(self._size) > _pixels(kind.size)
        steps: list[Step] = [self._fetching(looked_on_gpu)] if on_gpu else []
        wanted = _wanted_pixels(kind.pixels, deep=deep)
        if wanted is not None:
            steps.append(_Filters([_scaled(kind.size, kind.coding, rgb=rgb), ("format", wanted)]))
        whole = Region(0, 0, *kind.size)
        looks = [] if table is None or looked_on_gpu is not None else [self._looking(table, kind, whole, kind.size)]
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
        looked_on_gpu = table if on_gpu and isinstance(table, PackedLook) and not (before or kind.bars) else None
        steps: list[Step] = [self._fetching(looked_on_gpu)] if on_gpu else []
        if table is None or looked_on_gpu is not None:
            return steps + ([_Filters(before + after)] if before + after else [])
        steps += [_Filters(before)] if before else []
        window = Region(place.window.x, place.window.y, *place.window.size)
        steps.append(self._looking(table, kind, window, place.window.size if scales_late else place.scaled))
        return steps + ([_Filters(after)] if after else [])

    def _looking(self, table: PackedLook | DeepLook, kind: _Kind, window: Region, size: Size) -> Step:
        """The look on frames of that size, which show a window of the stored picture; bars get no more than their coding changed."""
        look = _applying(table)
        if not kind.bars:
            return look
        inside = Inside.of(region(kind.size, self._orientation, self._picture), window, size)
        plain = self._tables.table(kind.coding, None)
        return look if inside is None else inside.only(look, None if plain is None else _applying(plain))

    def _fetching(self, table: PackedLook | None) -> Step:
        """Fetches frames from the GPU; a look that comes first is applied there, at next to no cost."""
        from clipzy.media.rendering.cuda_look import fetch  # noqa: PLC0415 (imports torch)

        return partial(fetch, look=None if table is None else self._tables.on_gpu(table))


def _wanted_pixels(pixels: str, *, deep: bool) -> str | None:
    """The pixel format that the tables need, None if the frames have it; those from the GPU come as 8-bit 4:2:0."""
    if deep:
        return None if pixels == DEEP_FORMAT else DEEP_FORMAT
    return None if pixels == CUDA or pixels in PACKABLE else "yuv420p"


def _applying(table: PackedLook | DeepLook) -> Step:
    return partial(apply_deep, table) if isinstance(table, DeepLook) else partial(apply, table)


def _pixels(size: Size) -> int:
    return size[0] * size[1]


def _cut(place: Geometry, size: Size) -> list[Filter]:
    window = place.window
    if window.size == size:
        return []
    return [("crop", f"{window.width}:{window.height}:{window.x}:{window.y}:exact=1")]


def _scaled(size: Size, coding: Coding, *, rgb: bool) -> Filter:
    """Scale, keeping matrix and range; RGB pictures come out coded as `coding`."""
    width, height = size
    span = "full" if coding.full_range else "limited"
    arriving = "" if rgb else f"in_color_matrix={coding.matrix}:in_range={span}:"
    scaling = _SCALING.format("+accurate_rnd" if rgb else "")
    return "scale", f"{width}:{height}:{scaling}:{arriving}out_color_matrix={coding.matrix}:out_range={span}"


class _Filters:
    """A chain of FFmpeg filters that gives one frame for each frame; set up at the first."""

    def __init__(self, filters: list[Filter]) -> None:
        self._filters = filters
        self._graph: Graph | None = None

    def __call__(self, frame: VideoFrame) -> VideoFrame:
        if self._graph is None:
            self._graph = chain(frame, self._filters)
        if frame.pts is None:
            frame.pts = 0  # the graph insists on a time stamp
        self._graph.vpush(frame)
        return self._graph.vpull()
