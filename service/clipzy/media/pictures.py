"""Decoded frames as arrays: upright, scaled, in RGB by the right matrix and range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

from clipzy.media.colour.coding import CUDA, coding_of, is_rgb, source_matrix
from clipzy.media.colour.colour_spaces import STANDARD, ColourSpace
from clipzy.media.colour.colour_tags import colour_space_of, peak_of
from clipzy.media.orientation import Orientation
from clipzy.media.packed_rgb import unpacked

if TYPE_CHECKING:
    from clipzy.media.decoding.cuda_scaling import Batch, CudaScaler

Colours = Literal["rgb24", "gray"]


def fitted_size(display: tuple[int, int], long_side: int) -> tuple[int, int]:
    """The largest even size with that aspect and a long side of at most `long_side`; never enlarged."""
    scale = min(1.0, long_side / max(display))
    width, height = (max(2, 2 * round(side * scale / 2)) for side in display)
    return width, height


class Scaler:
    """Converts frames to arrays of one size.

    By area averaging, since plainer filters alias when a frame shrinks twentyfold. `exact`: with accurate rounding and full chroma interpolation, for
    measuring colours. RGB is full range, whatever the source's matrix and range; grey is full-range luma. HDR and wide gamuts are mapped to standard video
    after scaling.
    """

    def __init__(
        self,
        size: tuple[int, int],
        orientation: Orientation,
        colours: Colours = "rgb24",
        *,
        exact: bool = False,
        peak: float | None = None,
    ) -> None:
        """`peak`: highest luminance of a PQ video in cd/m²; None: that of the first picture."""
        self.size = size
        self._orientation = orientation
        self._colours = colours
        self._stored = size[::-1] if orientation.swaps_sides else size
        self._how = Interpolation.AREA
        if exact:
            self._how |= Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
        self._reformatter = VideoReformatter()
        self._on_gpu: CudaScaler | None = None
        self._peak = peak  # one for all pictures: H.264 gives it at key frames alone, and white must not change midway

    @property
    def shape(self) -> tuple[int, ...]:
        """Of every array: (height, width, 3) or, in grey, (height, width)."""
        width, height = self.size
        return (height, width, 3) if self._colours == "rgb24" else (height, width)

    def __call__(self, frame: VideoFrame) -> NDArray[np.uint8]:
        """The frame as uint8; raises av.error.FFmpegError if it cannot be converted."""
        space = colour_space_of(frame)
        small = self._scaled(frame) if space == STANDARD else self._standard(self._deep(frame), space, peak_of(frame))
        return np.ascontiguousarray(self._orientation.upright(small))

    def together(self, batch: Batch, places: Sequence[int]) -> list[NDArray[np.uint8]]:
        """The same of frames in a batch on the GPU."""
        space = batch.coding.space
        deep = space != STANDARD
        small = self._cuda_scaler().together(batch, places, deep=deep)
        if deep:
            small = [self._standard(picture, space, batch.peak) for picture in small]
        return [np.ascontiguousarray(self._orientation.upright(picture)) for picture in small]

    def _standard(self, deep: NDArray[np.uint16], space: ColourSpace, peak: float) -> NDArray[np.uint8]:
        # imported late: the compiled loops take a while to load, and most files are standard video
        from clipzy.media.colour.standard_table import standard_picture  # noqa: PLC0415

        if self._peak is None:
            self._peak = peak
        return standard_picture(deep, replace(space, peak=self._peak))

    def _deep(self, frame: VideoFrame) -> NDArray[np.uint16]:
        """The scaled picture, not yet upright, in full-range codes of 16 bits."""
        from clipzy.media.colour.standard_table import rgb_of  # noqa: PLC0415 (see above)

        if frame.format.name == CUDA:
            return cast(NDArray[np.uint16], self._cuda_scaler()(frame, deep=True))
        if self._colours == "gray" or is_rgb(frame.format):
            pixels = "gray16le" if self._colours == "gray" else "gbrp16le"
            return cast(NDArray[np.uint16], self._scaled_by_swscale(frame, pixels).to_ndarray())
        # swscale's conversion of Y'CbCr of more than 8 bits to RGB loses 0.4 % of white: it only scales here
        coding = coding_of(frame)
        span = ColorRange.JPEG if coding.full_range else ColorRange.MPEG
        scaled = self._reformatter.reformat(
            frame,
            *self._stored,
            format="yuv444p16le",
            interpolation=self._how,
            src_color_range=span,
            dst_color_range=span,
            threads=1,
        )
        bits = max(component.bits for component in frame.format.components)
        return rgb_of(scaled, coding, bits)

    def _scaled(self, frame: VideoFrame) -> NDArray[np.uint8]:
        """The scaled picture, not yet upright."""
        if frame.format.name == CUDA:
            return self._cuda_scaler()(frame)
        return _plane(self._scaled_by_swscale(frame, self._colours))

    def _scaled_by_swscale(self, frame: VideoFrame, pixels: str) -> VideoFrame:
        return self._reformatter.reformat(
            unpacked(frame),
            *self._stored,
            format=pixels,
            # swscale's grey is BT.601's luma: with that as the frame's matrix it takes luma as it is
            src_colorspace=Colorspace.ITU601 if self._colours == "gray" else source_matrix(frame),
            dst_colorspace=Colorspace.ITU709,
            interpolation=self._how,
            dst_color_range=ColorRange.JPEG,
            threads=1,
        )

    def _cuda_scaler(self) -> CudaScaler:
        if self._on_gpu is None:
            # torch takes seconds to import, and is needed only for decoding on a GPU
            from clipzy.media.decoding.cuda_scaling import CudaScaler  # noqa: PLC0415

            self._on_gpu = CudaScaler(self._stored, self._colours)
        return self._on_gpu


def _plane(frame: VideoFrame) -> NDArray[np.uint8]:
    """The plane of a packed frame as an array, without a copy."""
    plane = frame.planes[0]
    channels = 3 if frame.format.name == "rgb24" else 1
    rows: NDArray[np.uint8] = np.frombuffer(memoryview(plane), np.uint8).reshape(frame.height, plane.line_size)[
        :, : frame.width * channels
    ]
    return rows.reshape(frame.height, frame.width, 3) if channels == 3 else rows
