"""Text that stands in a video's picture: where, and how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clipzy.style.time import Span

Box = tuple[float, float, float, float]  # left, top, right, bottom: shares of the whole picture


@dataclass(frozen=True, slots=True)
class StandingText:
    """A caption, a title or a sign with all its lines: a box in shares of the whole picture, 0..1, and its seconds of the video."""

    start_s: float
    end_s: float
    left: float
    top: float
    right: float
    bottom: float

    @property
    def box(self) -> Box:
        """Where it stands."""
        return self.left, self.top, self.right, self.bottom


def standing_in(texts: Sequence[StandingText], span: Span) -> list[StandingText]:
    """Those that are seen in a span."""
    start, end = float(span.start), float(span.end)
    return [text for text in texts if text.start_s < end and start < text.end_s]
