"""Cutting a video's frames into overlapping windows for a network, and joining what it says about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LONGEST = 300  # frames of a window: long ones waste less on context, 1.7 times the useful frames a second at 200..400 on a CPU


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of frames given to the network at once.

    `keep`: first and one past the last frame whose answers count. The window itself runs `context` frames further on both sides and may
    reach past the video's ends, where the end frames are repeated.
    """

    keep: tuple[int, int]
    context: int

    @property
    def length(self) -> int:
        """Number of frames in the window, context included."""
        return self.keep[1] - self.keep[0] + 2 * self.context

    def cut(self, frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Take the window out of (N, ...) frames, repeating the end frames: (length, ...), a copy."""
        index = np.arange(self.keep[0] - self.context, self.keep[1] + self.context).clip(0, len(frames) - 1)
        return np.asarray(frames[index])


def window_plan(n: int, context: int, start: int = 0) -> tuple[Window, ...]:
    """Cover n >= 1 frames from frame `start` on by windows of one common length of at most `LONGEST` frames.

    The work is spread evenly: 400 frames make two windows of 250 rather than one of 300 and a stub. Where the count does not divide, the
    last window overlaps its neighbour by a few kept frames.
    """
    count = -(-n // (LONGEST - 2 * context))
    length = -(-n // count)
    firsts = [start + min(k * length, n - length) for k in range(count)]
    return tuple(Window((first, first + length), context) for first in firsts)


def join_windows(n: int, windows: Iterable[tuple[Window, NDArray[np.float32]]]) -> NDArray[np.float32]:
    """Put each window's answers, shape (length,), back in place: (n,), 0 where no window is.

    Raises:
        ValueError: when an answer has not its window's length, or values that are no numbers.
    """
    joined = np.zeros(n, np.float32)
    for window, answer in windows:
        if answer.shape != (window.length,):
            raise ValueError(f"a window of {window.length} frames cannot have an answer of shape {answer.shape}")
        if np.isnan(answer).any():
            raise ValueError("the network's answer has values that are no numbers")
        joined[window.keep[0] : window.keep[1]] = answer[window.context : window.length - window.context]
    return joined
