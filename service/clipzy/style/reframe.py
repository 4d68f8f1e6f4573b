"""Cropping a picture to another shape, and the size to write it in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from clipzy.style.dna import AspectRatio
from clipzy.style.plan import LONGEST_SIDE, WHOLE_PICTURE, Crop

RATIOS = {AspectRatio.WIDE: Fraction(16, 9), AspectRatio.TALL: Fraction(9, 16), AspectRatio.SQUARE: Fraction(1)}
# 854x480 and 1366x768 are 16:9 to the eye: no pixel is worth a crop
CLOSE_ENOUGH = Fraction(1, 100)
ABOVE = 1 / 3  # of what is cut away, above the picture, where nothing is known of it: heads are up rather than down


@dataclass(frozen=True, slots=True)
class Frame:
    """What of a picture is kept, and the even size it is written in; `kept`: pixels of the crop, width and height."""

    crop: Crop
    width: int
    height: int
    kept: tuple[int, int]

    @property
    def is_enlarged(self) -> bool:
        """Whether it is written with more lines than are kept of it."""
        return self.height > self.kept[1]


def reframe(
    width: int, height: int, target: Fraction | None, max_height: int | None = None, min_height: int | None = None
) -> Frame:
    """Crop a displayed picture to a shape, around its centre or a little above, and size the output.

    The output is no larger than what is kept of the picture (but at least 2x2, the smallest that 4:2:0 has), even on both sides, and at
    most `max_height` lines high. With `min_height` it is enlarged to that many lines, or as far as its longer side comes to no more than
    `LONGEST_SIDE`; a shape within 1 % of 16:9, 9:16 or 1:1 then becomes that very shape.

    Args:
        width: of the displayed picture, pixels.
        height: likewise.
        target: shape to crop to, width to height; None keeps the whole picture, and so does a shape that it has already within 1 %.
        max_height: most lines of the output.
        min_height: fewest lines of the output, at most `max_height`.

    Raises:
        ValueError: for a picture without pixels.
    """
    if width < 1 or height < 1:
        raise ValueError(f"a picture of {width}x{height} has no pixels")
    shape = Fraction(width, height)
    if target is None or abs(shape / target - 1) <= CLOSE_ENOUGH:
        crop, kept_width, kept_height = WHOLE_PICTURE, width, height
    else:
        kept_width = width if shape <= target else _even_near(height * target, width)
        kept_height = height if shape >= target else _even_near(width / target, height)
        crop = _unaimed(min(1.0, kept_width / width), min(1.0, kept_height / height))
    kept = kept_width, kept_height
    if min_height is not None and _even_below(kept_height) < min_height:
        return Frame(crop, *_enlarged(*kept, min_height, max_height), kept)
    out_height = _even_below(kept_height if max_height is None else min(kept_height, max_height))
    shrunk = Fraction(kept_width * out_height, kept_height)
    return Frame(crop, _even_near(shrunk, kept_width), out_height, kept)


def _enlarged(width: int, height: int, min_height: int, max_height: int | None) -> tuple[int, int]:
    """Even width and height of at least that many lines, where `LONGEST_SIDE` and `max_height` leave room."""
    shape = Fraction(width, height)
    shape = next((usual for usual in RATIOS.values() if abs(shape / usual - 1) <= CLOSE_ENOUGH), shape)
    most = min(LONGEST_SIDE, math.floor(LONGEST_SIDE / shape), LONGEST_SIDE if max_height is None else max_height)
    lines = min(min_height + min_height % 2, _even_below(max(height, most)))
    return _even_near(shape * lines, max(width, LONGEST_SIDE)), lines


def _unaimed(width: float, height: float) -> Crop:
    return Crop((1 - width) / 2, (1 - height) * ABOVE, width, height)


def _even_below(value: int) -> int:
    return max(2, value // 2 * 2)


def _even_near(value: Fraction, most: int) -> int:
    """The even number nearest to a value, at most `most`, at least 2."""
    return min(max(2, 2 * round(value / 2)), _even_below(most))
