"""How many shots of a plan's output zoom: by its crops, or as the footage's own camera does."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from clipzy.style.measurements import Boundary, CameraMove
from clipzy.style.plan import Clip, EditPlan, placed
from clipzy.style.time import Span
from clipzy.style.zooming import zooms_itself

LEAST = 0.01  # of a crop's width over a clip: less is no zoom


@dataclass(frozen=True, slots=True)
class Zooms:
    """`made`: shots that the plan's crops zoom in; `own`: others that zoom by themselves; `shots`: in all, at least one."""

    made: int
    own: int
    shots: int

    @property
    def usage(self) -> float:
        """Share of the shots that zoom, 0..100, as in a Style DNA."""
        return 100 * (self.made + self.own) / self.shots

    @property
    def words(self) -> str:
        """What the share was counted on."""
        return f"the plan: zoom added to {self.made} of {self.shots} shots, {self.own} zoom already"


def zooms(clip: Clip) -> bool:
    """Whether a clip's crop becomes closer or wider; one that goes with a subject does not."""
    return any(abs(key.crop.width / clip.crop.width - 1) >= LEAST for key in clip.crop_path)


def zooms_shown(plan: EditPlan, changes: Sequence[Boundary], moves: Sequence[CameraMove]) -> Zooms:
    """Of the shots between the output's changes.

    Args:
        plan: of the output.
        changes: of shot in it, in its seconds, in order; see `shown.changes_shown`.
        moves: of the footage's camera.
    """
    edges = [Fraction(0), *((change.start + change.end) / 2 for change in changes), plan.duration]
    shots = [Span(start, end) for start, end in pairwise(edges) if start < end]
    clips, made, own = placed(plan.clips), 0, 0
    starts = [begins for begins, _ in clips]
    for shot in shots:
        here = clips[bisect_right(starts, shot.start) - 1 : bisect_left(starts, shot.end)]
        parts = [(clip, _shown(clip, begins, shot)) for begins, clip in here]
        if any(zooms(clip) for clip, _ in parts):
            made += 1
        elif any(zooms_itself(part, moves) for _, part in parts):
            own += 1
    return Zooms(made, own, len(shots))


def _shown(clip: Clip, begins: Fraction, shot: Span) -> Span:
    """The part of a clip's source that lies in a shot of the output; slowed pictures beside a transition do not matter here."""
    start, end = max(begins, shot.start), min(begins + clip.source.duration, shot.end)
    return Span(clip.source.start + start - begins, clip.source.start + end - begins)
