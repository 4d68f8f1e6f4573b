"""Looks that leave the footage's black bars black: a faded one would turn them grey, and the subtitles in them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from av.video.frame import VideoFrame

from clipzy.media.colour.lut import planes
from clipzy.media.rendering.geometry import Region, Size
from clipzy.style.plan import Clip, Crop

Step = Callable[[VideoFrame], VideoFrame]

NO_BAR = 1  # pixel between the picture and the frame's edge: rounding


@dataclass(frozen=True, slots=True)
class Inside:
    """The part of a frame that is picture, in pixels; its edges are even where they are not the frame's, so that no chroma sample is of both."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def of(cls, picture: Region, window: Region, size: Size) -> Inside | None:
        """The picture in a frame of that size that shows a window of the stored picture; None where it fills the frame."""
        across, down = size[0] / window.width, size[1] / window.height
        left, right = _even((picture.x - window.x) * across, picture.width * across, size[0])
        top, bottom = _even((picture.y - window.y) * down, picture.height * down, size[1])
        return None if (left, top, right, bottom) == (0, 0, *size) else cls(left, top, right, bottom)

    def only(self, look: Step, plain: Step | None) -> Step:
        """A step that shows a new frame of `look` in this part, and what `plain` makes of the frame, or the frame itself, around it."""

        def looked(frame: VideoFrame) -> VideoFrame:
            result = look(frame)
            around = frame if plain is None else plain(frame)
            for number, (made, kept) in enumerate(zip(planes(result), planes(around), strict=True)):
                per = 2 if number else 1  # chroma planes have half of the samples, the last one of odd sides too
                left, top = self.left // per, self.top // per
                right, bottom = -(-self.right // per), -(-self.bottom // per)
                made[:top], made[bottom:] = kept[:top], kept[bottom:]
                made[:, :left], made[:, right:] = kept[:, :left], kept[:, right:]
            return result

        return looked


def shows_bars(clip: Clip, picture: Crop) -> bool:
    """Whether some crop of the clip reaches out of the picture within the bars."""
    return any(_reaches_out(crop, picture) for crop in (clip.crop, *(key.crop for key in clip.crop_path)))


def _reaches_out(crop: Crop, picture: Crop) -> bool:
    rounding = 1e-9
    return (
        min(crop.x - picture.x, crop.y - picture.y) < -rounding
        or crop.x + crop.width > picture.x + picture.width + rounding
        or crop.y + crop.height > picture.y + picture.height + rounding
    )


def _even(start: float, length: float, pixels: int) -> tuple[int, int]:
    """First and last edge within a side of so many pixels, rounded to the picture's inside."""
    first = 0 if start <= NO_BAR else min(pixels, 2 * math.ceil(start / 2))
    last = pixels if start + length >= pixels - NO_BAR else max(0, 2 * math.floor((start + length) / 2))
    return first, max(first, last)
