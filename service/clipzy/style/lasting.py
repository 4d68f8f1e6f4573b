"""How long the best moments are to last together, and what a person should know where a plan lasts longer or much less."""

from __future__ import annotations

from fractions import Fraction

from clipzy.style.dna import StyleDNA
from clipzy.style.plan import EditPlan
from clipzy.style.time import on_clock

OWN_LENGTH_S, LONGEST_UNASKED_S, SHORTEST_S = 30.0, 60.0, 1.0  # where nobody says how long
ALL_OF_IT = "all of the footage: "  # begins the reason why nothing was chosen
NEARLY = 0.85  # of the time wanted: a plan that lasts less is none that anybody expects


def time_wanted(style: StyleDNA | None, target_s: float | None) -> Fraction:
    """Seconds: as asked for, else as long as the template, 60 s at most, and 30 s without one."""
    usual = OWN_LENGTH_S if style is None else min(max(style.source_duration_seconds, SHORTEST_S), LONGEST_UNASKED_S)
    return on_clock(target_s or usual)


def other_length(style: StyleDNA | None, target_s: float | None, plan: EditPlan) -> str | None:
    """What a person should know of a plan that lasts longer than its best moments were to, or much less; None of others.

    It lasts longer where none could be chosen. Footage that is shorter itself is told of only where the job says how long.

    `style` and `target_s`: what the plan was made with, as in `best_takes`.
    """
    total, why = time_wanted(style, target_s), why_all(plan)
    lasts, wanted = f"{told_seconds(plan.duration)} s", f"{told_seconds(total)} s"
    if why is not None and plan.duration > total:
        return (
            f"config.pacing 'highlights' keeps all of the footage, {lasts} where the target is {wanted} at most: {why}"
        )
    if plan.duration < NEARLY * total and (why is None or target_s is not None):
        why_short = no_more(is_heard=plan.hears_footage) if why is None else "the footage has no more"
        return f"config.pacing 'highlights' finds {lasts} where the target is {wanted}: {why_short}"
    return None


def no_more(*, is_heard: bool) -> str:
    """Why there are no more moments. `is_heard`: the footage's own sound is."""
    if is_heard:
        return "everything else is too short, looks like what is shown, or cannot be cut between words"
    return "everything else is too short or looks like what is shown"


def why_all(plan: EditPlan) -> str | None:
    """Why all of the footage is kept; None where moments were chosen."""
    return next((told.removeprefix(ALL_OF_IT) for told in plan.reasons if told.startswith(ALL_OF_IT)), None)


def told_seconds(time: Fraction) -> str:
    """As people write so many seconds: to a tenth, and whole ones without it."""
    return f"{round(float(time), 1):g}"
