"""What a decode pass and those who want something of its frames tell each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from clipzy.media.orientation import Orientation

if TYPE_CHECKING:
    from clipzy.media.decoding.cuda_scaling import Batch


class Scale(Protocol):
    """Makes pictures of frames."""

    def __call__(self, frame: VideoFrame) -> NDArray[np.uint8]:
        """The picture of one frame."""

    def together(self, batch: Batch, places: Sequence[int]) -> list[NDArray[np.uint8]]:
        """Those of some frames of a batch, by their places, which rise."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What taps are told before the first frame. `display`: (width, height) as shown; `expected`: length in seconds, if known.

    `peak`: cd/m² of the lightest where the first frame is HDR or of a wide gamut, else None.
    """

    display: tuple[int, int]
    orientation: Orientation
    time_base: Fraction
    expected: Fraction | None
    peak: float | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a tap will do with a picture.

    `first`, `second`: of a pair, neither: to look at beside one; `thins`: keeping it makes too many, every second goes.
    `moments`: ticks at which it is kept for being what is shown.
    """

    first: bool = False
    second: bool = False
    thins: bool = False
    moments: tuple[int, ...] = ()


Wishes = list[tuple[int, Wish]]  # for one frame, with the numbers of the taps whose they are


class Tap(Protocol):
    """Takes what it needs of the frames that pass by; scales none that it does not keep.

    What it wants depends on times alone, so that frames can be decoded and scaled out of order, by several decoders at once.
    """

    def begin(self, layout: Layout) -> None:
        """Get ready, again if need be; called before the first frame."""

    def wants(self, ticks: int, until: int) -> Wish | None:
        """What it will do with the frame shown from `ticks` up to `until`; asked once of every frame, in order, maybe long before it is decoded."""

    def scaler(self) -> Scale:
        """What makes pictures of frames; one for each thread that decodes."""

    def keep(self, picture: NDArray[np.uint8], ticks: int, wish: Wish) -> None:
        """Take the picture of a frame that it wanted; called in presentation order."""

    def finish(self) -> None:
        """Complete what was kept; called after the last frame."""

    def discard(self) -> None:
        """Leave nothing behind; called instead of `finish` when the pass fails, and before another beginning."""


def wishes_of(taps: Sequence[Tap], ticks: int, until: int) -> Wishes:
    """What those taps want of the next frame."""
    asked = enumerate(tap.wants(ticks, until) for tap in taps)
    return [(number, wish) for number, wish in asked if wish is not None]
