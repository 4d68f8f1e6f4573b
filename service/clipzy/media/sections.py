"""Divide the output's frames among encoders that work side by side; what they give is joined without being coded again."""

from __future__ import annotations

from fractions import Fraction

SECTION_S = 8  # about; a section begins with a key frame, and so often there is one anyway
PROCESSORS_A_SECTION = 4  # one x264 keeps so many busy; with many more threads it waits for itself
MOST_AT_ONCE = 8
MOST_PIXELS = 8 * 1920 * 1080  # of the pictures of all encoders at once: each holds about fifty
MOST_AHEAD, MOST_PIXELS_AHEAD = 3, 3 * 1920 * 1080  # pictures that wait between two threads, 3 MB each at 1080p


def encoders_at_once(processors: int, pixels: int) -> int:
    """How many encoders use that many processors well, for pictures of so many pixels, within bounds of memory."""
    return max(1, min(processors // PROCESSORS_A_SECTION, MOST_AT_ONCE, MOST_PIXELS // pixels))


def pictures_ahead(pixels: int) -> int:
    """How many pictures of so many pixels may wait between two threads."""
    return max(1, min(MOST_AHEAD, MOST_PIXELS_AHEAD // pixels))


def divide(total: int, rate: Fraction, key_frame_s: int, at_once: int) -> list[range]:
    """The output's frames in sections of whole groups of pictures, in order; one section where there is one encoder.

    Args:
        total: frames of the output.
        rate: frames a second.
        key_frame_s: seconds from key frame to key frame.
        at_once: encoders.
    """
    if at_once == 1:
        return [range(total)]
    group = max(1, round(key_frame_s * rate))
    length = group * max(1, round(SECTION_S / key_frame_s))
    starts = list(range(0, total, length))
    if len(starts) > 1 and total - starts[-1] < length // 2:  # a short rest is not worth an encoder
        starts.pop()
    return [range(start, end) for start, end in zip(starts, [*starts[1:], total], strict=True)]
