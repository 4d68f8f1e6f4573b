"""Turn decoded frames into arrays: upright, of the size asked for, RGB by the right matrix and range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

from clipzy.media.orientation import Orientation

if TYPE_CHECKING:
    from clipzy.media.cuda_frames import CudaScaler

CUDA = "cuda"  # FFmpeg's name of the format of frames that lie in the memory of an NVIDIA GPU
UNSPECIFIED_MATRIX = 2  # AVCOL_SPC_UNSPECIFIED
PQ, HLG = 16, 18  # transfer characteristics of high dynamic range, ITU-T H.273


def fitted_size(display: tuple[int, int], long_side: int) -> tuple[int, int]:
    """The largest size of even sides with that aspect whose long side is at most `long_side`; never enlarged."""
    scale = min(1.0, long_side / max(display))
    width, height = (max(2, 2 * round(side * scale / 2)) for side in display)
    return width, height


def is_hdr(frame: VideoFrame) -> bool:
    """Whether the picture is coded for high dynamic range (PQ or HLG)."""
    return frame.color_trc in {PQ, HLG}


def source_matrix(frame: VideoFrame) -> Colorspace | None:
    """The matrix to assume where the file names none: BT.601 for standard definition, BT.709 above; None where it names one."""
    if frame.colorspace != UNSPECIFIED_MATRIX:
        return None
    return Colorspace.ITU601 if frame.width < 1280 and frame.height <= 576 else Colorspace.ITU709


class Scaler:
    """Frames to arrays of one size, through one conversion context kept from frame to frame.

    Area averaging, since plainer filters alias when a frame shrinks twentyfold. `exact` rounds and interpolates chroma fully, for
    measuring colours; RGB comes out full range, whatever matrix and range the source is coded in, grey is full-range luma.
    """

    def __init__(
        self,
        size: tuple[int, int],
        orientation: Orientation,
        colours: Literal["rgb24", "gray"] = "rgb24",
        *,
        exact: bool = False,
    ) -> None:
        self.size = size
        self._orientation = orientation
        self._colours = colours
        self._stored = size[::-1] if orientation.swaps_sides else size
        self._how = Interpolation.AREA
        if exact:
            self._how |= Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
        self._reformatter = VideoReformatter()
        self._on_gpu: CudaScaler | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of every array: (height, width, 3) or, in grey, (height, width)."""
        width, height = self.size
        return (height, width, 3) if self._colours == "rgb24" else (height, width)

    def __call__(self, frame: VideoFrame) -> NDArray[np.uint8]:
        """The frame upright at the size, uint8; raises av.error.FFmpegError for a picture that cannot be converted."""
        if frame.format.name == CUDA:
            return np.ascontiguousarray(self._orientation.upright(self._scaled_on_gpu(frame)))
        scaled = self._reformatter.reformat(
            frame,
            *self._stored,
            format=self._colours,
            # swscale's grey is BT.601's luma: told that the frame is coded so, it takes luma as it is
            src_colorspace=Colorspace.ITU601 if self._colours == "gray" else source_matrix(frame),
            dst_colorspace=Colorspace.ITU709,
            interpolation=self._how,
            dst_color_range=ColorRange.JPEG,
            threads=1,
        )
        return np.ascontiguousarray(self._orientation.upright(_plane(scaled)))

    def _scaled_on_gpu(self, frame: VideoFrame) -> NDArray[np.uint8]:
        if self._on_gpu is None:
            # torch takes seconds to import, and only machines that decode on a GPU need it here
            from clipzy.media.cuda_frames import CudaScaler  # noqa: PLC0415

            self._on_gpu = CudaScaler(self._stored, self._colours)
        return self._on_gpu(frame)


def _plane(frame: VideoFrame) -> NDArray[np.uint8]:
    """The only plane of a packed frame as an array, without copying."""
    plane = frame.planes[0]
    channels = 3 if frame.format.name == "rgb24" else 1
    rows: NDArray[np.uint8] = np.frombuffer(memoryview(plane), np.uint8).reshape(frame.height, plane.line_size)[
        :, : frame.width * channels
    ]
    return rows.reshape(frame.height, frame.width, 3) if channels == 3 else rows
