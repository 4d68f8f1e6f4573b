"""A frame between two frames, for outputs at another frame rate with blending."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from av.video.format import VideoFormat
from av.video.frame import VideoFrame

from clipzy.media.colour.lut import lines
from clipzy.media.packed_rgb import unpacked


def mixed(earlier: VideoFrame, later: VideoFrame, share: float) -> VideoFrame:
    """Mix two decoded frames sample by sample, in their own coding.

    Args:
        earlier: in host memory, of any format.
        later: of the same stream; if its size or format differs, the earlier one is returned.
        share: of the later one, 0..1.

    Returns:
        A new frame, coded and tagged as the earlier one, without a time stamp.
    """
    if (earlier.width, earlier.height, earlier.format.name) != (later.width, later.height, later.format.name):
        return earlier
    earlier, later = unpacked(earlier), unpacked(later)
    pixels = _mixable(earlier.format.name)
    if min(plane.line_size for frame in (earlier, later) for plane in frame.planes) < 0:
        pixels = "gbrp"  # raw RGB in AVI is stored upside down
    if pixels != earlier.format.name:
        earlier, later = (frame.reformat(format=pixels, threads=1) for frame in (earlier, later))
    result = VideoFrame(earlier.width, earlier.height, earlier.format.name)
    # samples of more than eight bits are stored in sixteen
    deep = max(component.bits for component in earlier.format.components) > 8
    for each in zip(lines(earlier), lines(later), lines(result), strict=True):
        one, other, made = (rows.view(np.uint16) if deep else rows for rows in each)
        width = min(one.shape[1], other.shape[1], made.shape[1])
        made[:, :width] = cv2.addWeighted(one[:, :width], 1 - share, other[:, :width], share, 0)
    result.colorspace, result.color_range = earlier.colorspace, earlier.color_range
    result.color_primaries, result.color_trc = earlier.color_primaries, earlier.color_trc
    return result


@cache
def _mixable(pixels: str) -> str:
    """The format, or a similar one whose samples can be mixed in place: without a palette, packed words, floats or big-endian bytes."""
    form = VideoFormat(pixels)
    bits = {component.bits for component in form.components}
    if max(bits) > 8 and form.is_big_endian:
        return _mixable(pixels.removesuffix("be") + "le")
    shares_words = not form.is_planar and len(form.components) > 1 and not bits <= {8, 16}
    if not (form.has_palette or form.is_bit_stream or shares_words or max(bits) > 16 or "f16" in pixels):
        return pixels
    if max(bits) <= 8:
        return "rgb24"
    return "gbrp16le" if form.is_rgb else "yuv444p16le"
