"""What the output of a plan shows when: the changes of shot in it, and when it shows an instant of the source."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from math import ceil, gcd

from clipzy.style.dna import TransitionType
from clipzy.style.measurements import Boundary
from clipzy.style.plan import Clip, EditPlan, joins, placed
from clipzy.style.slowing import paces
from clipzy.style.time import sharing

SLIGHT = Fraction(1, 100)
FINEST_GRID = Fraction(1, 500)  # seconds; on finer ones the clocks of containers cannot tell the points apart


def changes_shown(
    plan: EditPlan, boundaries: Sequence[Boundary], source_rate: Fraction | None = None
) -> tuple[Boundary, ...]:
    """Every change of shot in the output, in order, in its seconds: the plan's joins, and the footage's own within clips.

    Two clips that show the source running on in one framing do not change anything, unless a transition lies between them.

    `source_rate`: usual rate of the footage, frames a second. With it the footage's own changes are told by the first of the output's frames that shows them.
    """
    rate, ways = plan.output.frame_rate, paces(plan.clips)
    early = None if source_rate is None else allowance(rate, source_rate)

    def seen(at: Fraction) -> Fraction:
        return at if early is None else ceil((at - early) * rate) / rate

    gradual = {join.middle: join for join in joins(plan.clips)}
    cuts = {own.start for own in boundaries if own.start == own.end}
    found: list[Boundary] = []
    before: Clip | None = None
    for (begins, clip), way in zip(placed(plan.clips), ways, strict=True):
        join = gradual.get(begins)
        if join is not None:
            found.append(
                Boundary(
                    join.starts,
                    join.ends,
                    join.transition.type,
                    1.0,
                    join.transition.easing,
                    clip.dips_to,
                    clip.direction,
                )
            )
        elif before is not None and (clip.source.start in cuts or not _runs_on(before, clip)):
            found.append(Boundary(begins, begins, TransitionType.CUT, 1.0))
        found += [
            replace(own, start=seen(way.output(own.start)), end=seen(way.output(own.end)))
            for own in sharing(boundaries, clip.source)
            if clip.source.start < own.start and own.end < clip.source.end
        ]
        before = clip
    return tuple(found)


def allowance(rate: Fraction, source_rate: Fraction) -> Fraction:
    """How many seconds early a source frame is shown at most, frames of the output and of the source a second given: about half of the shorter frame duration.

    Time stamps are rounded to the clock of their container, milliseconds in Matroska: without an allowance a frame whose stamp was
    rounded up would be dropped and its predecessor shown twice. Where the two rates share a grid of instants, the allowance ends
    between two of its points, so that rounding never decides.
    """
    step, source_step = 1 / rate, 1 / source_rate
    half = min(step, source_step) / 2
    grid = Fraction(
        gcd(step.numerator * source_step.denominator, source_step.numerator * step.denominator),
        step.denominator * source_step.denominator,
    )
    if grid < FINEST_GRID:
        return half
    return (half // grid) * grid - grid / 2 if half % grid < grid / 2 else (half // grid) * grid + grid / 2


def when_shown(plan: EditPlan, moment: Fraction) -> Fraction | None:
    """When the output first shows an instant of the source, in seconds; None where the plan leaves it out."""
    for clip, way in zip(plan.clips, paces(plan.clips), strict=True):
        if clip.source.start <= moment < clip.source.end:
            return way.output(moment)
    return None


def playing(plan: EditPlan, times: Sequence[Fraction]) -> list[tuple[Clip, Fraction]]:
    """At each of some seconds of the output the clip that plays, in a transition the newer one, and the instant of the source that it shows."""
    begins, ways = [begins for begins, _ in placed(plan.clips)], paces(plan.clips)
    numbers = [max(0, bisect_right(begins, time) - 1) for time in times]
    return [(plan.clips[number], ways[number].source(time)) for number, time in zip(numbers, times, strict=True)]


def shows_all(plan: EditPlan, duration: Fraction, picture: float = 1.0) -> bool:
    """Whether the output shows the footage once from end to end, each clip the whole picture, but for a hundredth of either.

    `duration`: of the footage, in seconds. `picture`: share of its frame within its black bars.
    """
    crops = [crop for clip in plan.clips for crop in (clip.crop, *(key.crop for key in clip.crop_path))]
    if min(crop.width * crop.height for crop in crops) < (1 - SLIGHT) * picture:
        return False
    spans = sorted((clip.source.start, clip.source.end) for clip in plan.clips)
    twice = sum((max(Fraction(0), before[1] - after[0]) for before, after in pairwise(spans)), Fraction(0))
    return twice <= SLIGHT * duration and plan.duration - twice >= (1 - SLIGHT) * duration


def _runs_on(before: Clip, clip: Clip) -> bool:
    last_crop = before.crop_path[-1].crop if before.crop_path else before.crop
    return before.source.end == clip.source.start and last_crop == clip.crop
