"""Packed RGB of 16 bits or less, as in QuickTime's Animation and old screen recordings, converted to 8 bits a component.

swscale converts such formats with white at 248 of 255, and turns big-endian ones into noise.
"""

from __future__ import annotations

from functools import cache

from av.video.format import VideoFormat
from av.video.frame import VideoFrame


def unpacked(frame: VideoFrame) -> VideoFrame:
    """Such a frame as `rgb24`; any other frame unchanged."""
    for pixels in _way(frame.format.name):
        frame = frame.reformat(format=pixels, threads=1)
    return frame


@cache
def _way(pixels: str) -> tuple[str, ...]:
    """The formats to convert to, in turn."""
    form = VideoFormat(pixels)
    deepest = max((component.bits for component in form.components), default=0)
    if not form.is_rgb or not 0 < deepest < 8 or pixels.startswith("bayer"):
        return ()
    return (pixels.removesuffix("be") + "le", "rgb24") if form.is_big_endian else ("rgb24",)
