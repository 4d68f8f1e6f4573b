"""Where a crop of the displayed picture lies in the stored one, and how it comes to the output's size."""

from __future__ import annotations

from dataclasses import dataclass

from clipzy.media.orientation import Orientation
from clipzy.style.plan import Crop

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle of the stored picture in pixels, with an even corner, so that 4:2:0 chroma stays in place."""

    x: int
    y: int
    width: int
    height: int

    @property
    def size(self) -> Size:
        """(width, height)."""
        return self.width, self.height


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of the stored picture in fractional pixels; (0, 0) is the corner of the first one."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Geometry:
    """From a stored picture to the output: crop to `window`, scale to `scaled`, then turn upright."""

    window: Window
    scaled: Size
    orientation: Orientation

    @property
    def enlarges(self) -> bool:
        """Whether the output has more pixels than the window, so that processing is cheaper before scaling."""
        return self.scaled[0] * self.scaled[1] > self.window.width * self.window.height

    @property
    def scales(self) -> bool:
        """Whether the window has another size than the output."""
        return self.scaled != self.window.size


def geometry(stored: Size, orientation: Orientation, crop: Crop, output: Size) -> Geometry:
    """The window of a crop, which is given in shares of the displayed picture.

    A window within a pixel of the output's size takes exactly that size, which saves scaling.
    """
    x, y, width, height = _turned_back(crop, orientation)
    scaled = stored_size(output, orientation)
    left, columns = _interval(x, width, stored[0], scaled[0])
    top, rows = _interval(y, height, stored[1], scaled[1])
    return Geometry(Window(left, top, columns, rows), scaled, orientation)


def region(stored: Size, orientation: Orientation, crop: Crop) -> Region:
    """A crop of the displayed picture in the stored one, unrounded: for crops that move."""
    x, y, width, height = _turned_back(crop, orientation)
    return Region(x * stored[0], y * stored[1], width * stored[0], height * stored[1])


def stored_size(output: Size, orientation: Orientation) -> Size:
    """The output's size before the picture is turned upright."""
    return output[::-1] if orientation.swaps_sides else output


def _turned_back(crop: Crop, orientation: Orientation) -> tuple[float, float, float, float]:
    """The crop in shares of the stored picture: undo the counter-clockwise quarter turns, then the mirroring."""
    x, y, width, height = crop.x, crop.y, crop.width, crop.height
    for _ in range(orientation.quarter_turns):
        # turned clockwise: the top edge becomes the right edge
        x, y, width, height = 1 - y - height, x, height, width
    if orientation.mirrored:
        x = 1 - x - width
    return x, y, width, height


def _interval(start: float, length: float, pixels: int, wanted: int) -> tuple[int, int]:
    """First pixel, even, and number of pixels, even if possible."""
    count = min(pixels, max(2, 2 * round(length * pixels / 2)))
    if length * pixels > pixels - 1:  # all of it, odd sizes too
        count = pixels
    if abs(count - wanted) <= 1 and wanted <= pixels:
        count = wanted
    first = 2 * round(start * pixels / 2)
    return max(0, min(first, (pixels - count) // 2 * 2)), count
