"""Where a transition between two framings of one moment is seen to double what it shows: a face, text, a picture that stands still."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction

from clipzy.style.dna import TransitionType
from clipzy.style.measurements import Measurements
from clipzy.style.time import Span

MIXES = frozenset({TransitionType.DISSOLVE, TransitionType.ZOOM})
"""The kinds that show both framings over each other."""
SHOWS_BOTH = MIXES | {TransitionType.SLIDE}
"""And those that show them beside each other, where only a face is seen to be there twice."""
A_FACE = "a face there would be seen twice"
AROUND_A_FACE = Fraction(1, 2)  # seconds: faces are looked for about as often
STILL = 0.06  # frame diagonals a second of the whole picture: below, the eye rests on edges and sees them twice


class Doubling:
    """Footage that is seen in two framings at once."""

    def __init__(self, footage: Measurements) -> None:
        video = footage.video
        self._faces = sorted(Fraction(subject.time_s) for subject in video.subjects if subject.is_face)
        self._texts = [
            Span(Fraction(text.start_ms, 1000), Fraction(text.start_ms + text.duration_ms, 1000))
            for text in video.text_overlays
            if text.start_ms is not None and text.duration_ms > 0
        ]
        self._flow = footage.motion.flow

    def why_not(self, within: Span) -> str:
        """What would be seen twice in these seconds of the footage, in words; empty where nothing is known to be."""
        if _any_in(self._faces, within.start - AROUND_A_FACE, within.end + AROUND_A_FACE):
            return A_FACE
        if any(text.start < within.end and within.start < text.end for text in self._texts):
            return "text there would be seen twice"
        step = Fraction(self._flow.step_s)
        passing = self._flow.values[max(int(within.start / step), 0) : int(within.end / step) + 1]
        if min((flow for flow in passing if flow is not None), default=STILL) < STILL:
            return "the picture there is still and would be seen twice"
        return ""


def is_doubled(kind: TransitionType, why: str) -> bool:
    """Whether that kind is not to be made where `Doubling` says why not."""
    return bool(why) and kind in (SHOWS_BOTH if why == A_FACE else MIXES)


def _any_in(times: Sequence[Fraction], start: Fraction, end: Fraction) -> bool:
    at = bisect_left(times, start)
    return at < len(times) and times[at] <= end
