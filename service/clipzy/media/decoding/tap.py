"""The interface between a decode pass and the taps that take pictures from it."""

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
    """Scales frames to pictures."""

    def __call__(self, frame: VideoFrame) -> NDArray[np.uint8]:
        """The picture of one frame."""

    def together(self, batch: Batch, places: Sequence[int]) -> list[NDArray[np.uint8]]:
        """The pictures of some frames of a batch, given by ascending places."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What taps know before the first frame. `display`: (width, height) as shown; `expected`: length in seconds, if known.

    `peak`: highest luminance in cd/m² where the first frame is HDR or of a wide gamut, else None.
    """

    display: tuple[int, int]
    orientation: Orientation
    time_base: Fraction
    expected: Fraction | None
    peak: float | None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a tap will do with a picture.

    `first`, `second`: its part in a pair; neither: it is only compared. `thins`: with it there are too many, every second one goes.
    `moments`: ticks at which it is a sample.
    """

    first: bool = False
    second: bool = False
    thins: bool = False
    moments: tuple[int, ...] = ()


Wishes = list[tuple[int, Wish]]  # for one frame, each with the number of its tap


class Tap(Protocol):
    """Takes pictures of the frames that it wants.

    What it wants depends on times alone, so that several decoders can decode and scale frames out of order.
    """

    def begin(self, layout: Layout) -> None:
        """Get ready, or start over; called before the first frame."""

    def wants(self, ticks: int, until: int) -> Wish | None:
        """What it will do with the frame shown from `ticks` to `until`; asked once for each frame, in order, possibly long before that is decoded."""

    def scaler(self) -> Scale:
        """A scaler for one thread that decodes."""

    def keep(self, picture: NDArray[np.uint8], ticks: int, wish: Wish) -> None:
        """Take the picture of a wanted frame; called in presentation order."""

    def finish(self) -> None:
        """Complete the files; called after the last frame."""

    def discard(self) -> None:
        """Remove what was kept; called instead of `finish` when the pass fails, and before it starts over."""


def wishes_of(taps: Sequence[Tap], ticks: int, until: int) -> Wishes:
    """What these taps want of the next frame."""
    asked = enumerate(tap.wants(ticks, until) for tap in taps)
    return [(number, wish) for number, wish in asked if wish is not None]
