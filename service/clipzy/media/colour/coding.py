"""How the colours of a decoded frame are coded: matrix, range and colour space, and what is lost in 8-bit 4:2:0."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from clipzy.media.colour.colour_spaces import STANDARD, ColourSpace
from clipzy.media.colour.colour_tags import UNSPECIFIED_MATRIX, colour_space_of

Matrix = Literal["bt709", "bt601", "bt2020"]

# Kr, Kb: ITU-R BT.709-6 table 3, BT.601-7 section 2.5.1, BT.2020-2 table 4.
LUMA_WEIGHTS: dict[Matrix, tuple[float, float]] = {
    "bt709": (0.2126, 0.0722),
    "bt601": (0.299, 0.114),
    "bt2020": (0.2627, 0.0593),
}
CUDA = "cuda"  # FFmpeg's pixel format of frames in the memory of an NVIDIA GPU
BT709 = 1  # AVCOL_SPC_BT709; PyAV's `Colorspace` counts as swscale does
# MatrixCoefficients of ITU-T H.273; the rare others are taken for BT.709
_MATRICES: dict[int, Matrix] = {1: "bt709", 4: "bt601", 5: "bt601", 6: "bt601", 9: "bt2020", 10: "bt2020"}
TRANSPARENCY = "transparency was dropped"
_SAMPLING = {(1, 1): "4:4:4", (2, 1): "4:2:2", (2, 2): "4:2:0", (1, 2): "4:4:0", (4, 1): "4:1:1"}


@dataclass(frozen=True, slots=True)
class Coding:
    """Matrix and range of a frame's Y'CbCr, and its colour space.

    `full_range`: luma spans 0..255 instead of 16..235. `space`: with the usual peak, not the frame's own.
    """

    matrix: Matrix
    full_range: bool
    space: ColourSpace = STANDARD


DELIVERED = Coding("bt709", full_range=False)  # what every player assumes of H.264


def coding_of(frame: VideoFrame) -> Coding:
    """As the frame's tags say, or as usual for its size without tags; RGB is converted to the coding of DELIVERED."""
    space = colour_space_of(frame)
    if is_rgb(frame.format):
        return replace(DELIVERED, space=space)
    full_range = frame.color_range == ColorRange.JPEG or frame.format.name.startswith("yuvj")
    assumed = source_matrix(frame)
    if assumed is not None and space.is_hdr:
        return Coding("bt2020", full_range, space)
    if assumed is not None:
        return Coding("bt601" if assumed == Colorspace.ITU601 else "bt709", full_range, space)
    return Coding(_MATRICES.get(frame.colorspace, "bt709"), full_range, space)


def source_matrix(frame: VideoFrame) -> Colorspace | None:
    """The matrix to assume if the file names none: BT.601 for standard definition, BT.709 above; None if it names one."""
    if frame.colorspace != UNSPECIFIED_MATRIX:
        return None
    return Colorspace.ITU601 if frame.width < 1280 and frame.height <= 576 else Colorspace.ITU709


def label(frame: VideoFrame) -> None:
    """Tag the frame with the coding DELIVERED."""
    frame.colorspace = BT709
    frame.color_range = ColorRange.MPEG
    frame.color_primaries = ColorPrimaries.BT709
    frame.color_trc = ColorTrc.BT709


def losses(frame: VideoFrame) -> list[str]:
    """A sentence about everything that a frame loses in 8-bit 4:2:0; the decode pass has told of HDR."""
    pixels = (frame.sw_format if frame.format.name == CUDA else None) or frame.format
    return list(_losses(pixels.name))


@cache
def _losses(name: str) -> tuple[str, ...]:
    found = []
    pixels = VideoFormat(name)
    sampling, depth = _sampling(pixels), max(component.bits for component in pixels.components)
    if depth > 8 or sampling not in {"4:2:0", "grey"}:
        found.append(f"{depth}-bit {sampling} video was converted to 8-bit 4:2:0, which every player supports")
    if any(component.is_alpha for component in pixels.components):
        found.append(TRANSPARENCY)
    return tuple(found)


def is_rgb(pixels: VideoFormat) -> bool:
    """Whether the format is RGB, directly or with a palette, rather than Y'CbCr."""
    return pixels.is_rgb or pixels.has_palette


def _sampling(pixels: VideoFormat) -> str:
    if is_rgb(pixels):
        return "RGB"
    if sum(not component.is_alpha for component in pixels.components) == 1:
        return "grey"
    block = 16 // pixels.chroma_width(16), 16 // pixels.chroma_height(16)  # luma samples to one of chroma
    return _SAMPLING.get(block, "chroma of other resolution")
