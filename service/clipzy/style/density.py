"""What a person should know of a plan that changes shots far less often than its style does, or far more often."""

from __future__ import annotations

from collections.abc import Sequence

from clipzy.style.camerawork import NO_CLOSER
from clipzy.style.config import JobConfig
from clipzy.style.dna import StyleDNA
from clipzy.style.extract import changes_in
from clipzy.style.lasting import NEARLY, why_all
from clipzy.style.measurements import Boundary
from clipzy.style.phrasing import SHORTEST
from clipzy.style.plan import EditPlan
from clipzy.style.shown import changes_shown

MANY = 1.5  # times the changes that are wanted: more are seen as another pace
FEW = 3  # changes more are no pace
NO_SHORTER = f"no shot is made shorter than {float(SHORTEST):g} s, and cuts go to beats where there are any"


def too_few_changes(
    style: StyleDNA | None, plan: EditPlan, boundaries: Sequence[Boundary], config: JobConfig, whose: str
) -> str | None:
    """The sentence; None where there are nearly as many as wanted, or a job does not want the style's.

    Args:
        style: None for the footage's own.
        plan: made with it.
        boundaries: of the footage.
        config: the job's.
        whose: the style is, "template" or "style", in words.
    """
    if style is None or not config.pacing:
        return None
    made, lasts = len(changes_shown(plan, boundaries)), float(plan.duration)
    wanted = changes_in(lasts, style.cut_frequency)
    if made >= NEARLY * wanted:
        return None
    because, without = NO_SHORTER, _without_room(plan)
    if without is not None:
        number, words = without
        because = words if made + number >= NEARLY * wanted else f"{words}, and {NO_SHORTER}"
    return (
        f"the output has {made} {'change' if made == 1 else 'changes'} of shot ({60 * made / lasts:.3g} per minute), where the {whose}'s {style.cut_frequency:.3g} per minute "
        f"would be {wanted}: {because}"
    )


def too_many_changes(
    style: StyleDNA | None, plan: EditPlan, boundaries: Sequence[Boundary], config: JobConfig, whose: str
) -> str | None:
    """The sentence on a plan that changes shots much more often than its style, since the footage or its best moments do; arguments and None as of `too_few_changes`."""
    if style is None or not config.pacing:
        return None
    made, lasts = len(changes_shown(plan, boundaries)), float(plan.duration)
    wanted = changes_in(lasts, style.cut_frequency)
    if made <= MANY * wanted or made - wanted < FEW:
        return None
    moments = config.pacing == "highlights" and why_all(plan) is None
    because = f"its best moments are shorter than the {whose}'s shots" if moments else "the footage's own cuts stay"
    return (
        f"the output has {made} changes of shot ({60 * made / lasts:.3g} per minute), where the {whose}'s {style.cut_frequency:.3g} per minute would be {wanted}: "
        f"{because}"
    )


def _without_room(plan: EditPlan) -> tuple[int, str] | None:
    """How many virtual cuts had no room for a closer crop, and words on it; None where all had."""
    parts = (part for reason in plan.reasons for part in reason.split("; "))
    words = next((part for part in parts if part.endswith(NO_CLOSER)), None)
    return None if words is None else (int(words.split()[0]), words)
