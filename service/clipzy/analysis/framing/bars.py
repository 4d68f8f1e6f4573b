"""Black bars around the picture (letterbox, pillarbox): found once, then left out of every measurement."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.edges import Shares
from clipzy.style.measurements import ActivePicture, Subject

Pixels = NDArray[np.uint8]

_BLACK = 28  # code value: video black (16 in limited range decodes to 0) with the ringing of a strong codec
_DARK_FRAME = 0.1  # share of lit pixels; bars cannot be told from a picture darker than this
_LOOKED_AT = 60  # samples
_NARROWEST, _WIDEST = 0.006, 0.4  # share of the side
_LOPSIDED = 0.02  # bars of one pair differ by less than this share
_STAYS = 0.8  # share of the frames in which a bar's rows are black
_STRAY = 0.02  # share of a black row's pixels that may be lit
# Text on a bar is set in the middle: one pixel of so many lies beside it at the left, and one at the right
_BESIDE_TEXT = 6
_MOST_INK = 0.2  # share of a bar that text on it lights; subtitles of 14 to 26 pixels in one of 33: .04 to .18


@dataclass(frozen=True, slots=True)
class Bars:
    """Pixels of bar on each side of pictures of the measured size; all 0 where the picture fills the frame."""

    top: int = 0
    bottom: int = 0
    left: int = 0
    right: int = 0

    @classmethod
    def beside(cls, picture: Shares, height: int, width: int) -> Bars:
        """The bars around a picture whose edges are known, in frames of that size; what is bar in part is bar."""
        left, top, right, bottom = picture
        return cls(
            top=_ceil(top * height),
            bottom=_ceil((1 - bottom) * height),
            left=_ceil(left * width),
            right=_ceil((1 - right) * width),
        )

    def crop(self, samples: Pixels) -> Pixels:
        """Take the picture without its bars out of (..., H, W, 3), as a view."""
        height, width = samples.shape[-3:-1]
        return samples[..., self.top : height - self.bottom, self.left : width - self.right, :]

    def whole(self, subject: Subject, height: int, width: int) -> Subject:
        """A subject of the picture without its bars, placed in the whole picture of that size."""
        across, down = width - self.left - self.right, height - self.top - self.bottom
        return replace(
            subject,
            left=(self.left + subject.left * across) / width,
            top=(self.top + subject.top * down) / height,
            right=(self.left + subject.right * across) / width,
            bottom=(self.top + subject.bottom * down) / height,
        )

    def shares(self, height: int, width: int) -> Shares:
        """Where the picture lies within measured pictures of that size."""
        return self.left / width, self.top / height, 1 - self.right / width, 1 - self.bottom / height

    def picture(self, measured: tuple[int, int], displayed: tuple[int, int]) -> ActivePicture | None:
        """What lies within the bars, in pixels of the displayed frame; None where there are none. Both sizes: width, height.

        A pixel of the measured size more is left out on each side that has a bar: at its edge one may be half picture and half bar.
        """
        left, columns = _even_within(self.left, self.right, measured[0], displayed[0])
        top, rows = _even_within(self.top, self.bottom, measured[1], displayed[1])
        fills = not (self.left or self.right or self.top or self.bottom)
        return None if fills or min(columns, rows) < 2 else ActivePicture(left, top, columns, rows)


def find_bars(samples: Pixels) -> Bars:
    """Find black bars that stay for the whole video, in samples (S, H, W, 3) uint8 RGB.

    A row belongs to a bar when 98 % of its pixels are black in 80 % of the frames that are not dark all over; bars come in pairs of like
    width. On bars at top and bottom text may be burned in all the time, as long as both ends of its lines are left black.
    """
    frames = [_lit(sample) for sample in samples[:: max(1, len(samples) // _LOOKED_AT)]]
    frames = [pixels for pixels in frames if pixels.mean() > _DARK_FRAME]
    if not frames:
        return Bars()
    lit = np.stack(frames)
    return Bars(*_across(lit), *_pair(_black_rows(lit.transpose(0, 2, 1))))


def _black_rows(lit: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which rows of (S, H, W) stay black: (H,)."""
    return np.asarray((lit.mean(2) < _STRAY).mean(0) >= _STAYS)


def _across(lit: NDArray[np.bool_]) -> tuple[int, int]:
    """Pixels of the bars at top and bottom of (S, H, W)."""
    black = _black_rows(lit)
    bare, (top, bottom) = _pair(black), _pair_with_text(lit)
    if bare == (0, 0):
        return top, bottom
    # as far as to lines of text alone, if beyond those there is black again: a picture that is dark at its sides begins at once
    beyond = min(top, bottom) > max(bare) and black[top - 1] and black[-bottom]
    return (top, bottom) if beyond else bare


def _pair_with_text(lit: NDArray[np.bool_]) -> tuple[int, int]:
    """Bars at top and bottom by their outer parts; none where what is lit between those is more than text."""
    beside = max(1, lit.shape[2] // _BESIDE_TEXT)
    top, bottom = _pair(_black_rows(lit[:, :, :beside]) & _black_rows(lit[:, :, -beside:]))
    on_them = (lit[:, :top], lit[:, lit.shape[1] - bottom :])
    return (top, bottom) if top and max(part.mean() for part in on_them) <= _MOST_INK else (0, 0)


def _ceil(pixels: float) -> int:
    return int(np.ceil(round(pixels, 6)))


def _even_within(before: int, after: int, measured: int, pixels: int) -> tuple[int, int]:
    """First pixel and number of pixels between two bars along a side, even and never in a bar; all of them, an odd number too, where there are no bars."""
    if not before and not after:
        return 0, pixels
    first = -(-(before + 1) * pixels // (2 * measured)) * 2
    last = (measured - after - 1) * pixels // (2 * measured) * 2
    return first, last - first


def _lit(sample: Pixels) -> NDArray[np.bool_]:
    return np.asarray(np.maximum(np.maximum(sample[..., 0], sample[..., 1]), sample[..., 2]) >= _BLACK)


def _pair(black: NDArray[np.bool_]) -> tuple[int, int]:
    """How many rows are black at either end; 0 and 0 where that is no pair of bars."""
    size = len(black)
    if black.all():
        return 0, 0
    first, last = int(np.argmin(black)), int(np.argmin(black[::-1]))
    narrow = min(first, last) < _NARROWEST * size or max(first, last) > _WIDEST * size
    return (0, 0) if narrow or abs(first - last) > max(2, _LOPSIDED * size) else (first, last)
