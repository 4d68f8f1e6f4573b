"""Cropping a picture to another shape, and the size to write it in."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from clipzy.style.dna import AspectRatio
from clipzy.style.plan import WHOLE_PICTURE, Crop

RATIOS = {AspectRatio.WIDE: Fraction(16, 9), AspectRatio.TALL: Fraction(9, 16), AspectRatio.SQUARE: Fraction(1)}
# 854x480 and 1366x768 are 16:9 to the eye: no pixel is worth a crop
CLOSE_ENOUGH = Fraction(1, 100)
ABOVE = 1 / 3  # of what is cut away, above the picture, where nothing is known of it: heads are up rather than down


@dataclass(frozen=True, slots=True)
class Frame:
    """What of a picture is kept, and the even size it is written in."""

    crop: Crop
    width: int
    height: int


def reframe(width: int, height: int, target: Fraction | None, max_height: int | None = None) -> Frame:
    """Crop a displayed picture to a shape, around its centre or a little above, and size the output.

    The output is never larger than what is kept of the picture (but at least 2x2, the smallest that 4:2:0 has), even on both sides, and at
    most `max_height` lines high.

    Args:
        width: of the displayed picture, pixels.
        height: likewise.
        target: shape to crop to, width to height; None keeps the whole picture, and so does a shape that it has already within 1 %.
        max_height: most lines of the output.

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
    out_height = _even_below(kept_height if max_height is None else min(kept_height, max_height))
    shrunk = Fraction(kept_width * out_height, kept_height)
    return Frame(crop, _even_near(shrunk, kept_width), out_height)


def _unaimed(width: float, height: float) -> Crop:
    return Crop((1 - width) / 2, (1 - height) * ABOVE, width, height)


def _even_below(value: int) -> int:
    return max(2, value // 2 * 2)


def _even_near(value: Fraction, most: int) -> int:
    """The even number nearest to a value, at most `most`, at least 2."""
    return min(max(2, 2 * round(value / 2)), _even_below(most))
