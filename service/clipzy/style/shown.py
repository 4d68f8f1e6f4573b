"""What the output of a plan shows when: the changes of shot in it, and when it shows an instant of the source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from clipzy.style.dna import TransitionType
from clipzy.style.measurements import Boundary
from clipzy.style.plan import Clip, EditPlan, joins, placed
from clipzy.style.slowing import paces


def changes_shown(plan: EditPlan, boundaries: Sequence[Boundary]) -> tuple[Boundary, ...]:
    """Every change of shot in the output, in order, in its seconds: the plan's joins, and the footage's own within clips.

    Two clips that show the source running on in one framing do not change anything, unless a transition lies between them.
    """
    ways = paces(plan.clips)
    gradual = {join.middle: join for join in joins(plan.clips)}
    cuts = {own.start for own in boundaries if own.start == own.end}
    found: list[Boundary] = []
    before: Clip | None = None
    for (begins, clip), way in zip(placed(plan), ways, strict=True):
        join = gradual.get(begins)
        if join is not None:
            found.append(Boundary(join.starts, join.ends, join.transition.type, 1.0, join.transition.easing))
        elif before is not None and (clip.source.start in cuts or not _runs_on(before, clip)):
            found.append(Boundary(begins, begins, TransitionType.CUT, 1.0))
        found += [
            replace(own, start=way.output(own.start), end=way.output(own.end))
            for own in boundaries
            if clip.source.start < own.start and own.end < clip.source.end
        ]
        before = clip
    return tuple(found)


def when_shown(plan: EditPlan, moment: Fraction) -> Fraction | None:
    """When the output first shows an instant of the source, in seconds; None where the plan leaves it out."""
    for clip, way in zip(plan.clips, paces(plan.clips), strict=True):
        if clip.source.start <= moment < clip.source.end:
            return way.output(moment)
    return None


def _runs_on(before: Clip, clip: Clip) -> bool:
    last_crop = before.crop_path[-1].crop if before.crop_path else before.crop
    return before.source.end == clip.source.start and last_crop == clip.crop
