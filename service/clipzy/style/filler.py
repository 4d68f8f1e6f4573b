"""What a person should know of best moments that are mostly filled with what does not stand out."""

from __future__ import annotations

import numpy as np

from clipzy.style.interest import PLAIN, STEP_S, interest_of
from clipzy.style.lasting import told_seconds, why_all
from clipzy.style.measurements import Measurements
from clipzy.style.plan import EditPlan
from clipzy.style.time import on_clock

# of a worth of 0..1: twice that of a picture with nobody in it, in which nothing moves and nothing is heard
STANDS_OUT = 2 * PLAIN
MOSTLY = 0.5  # of what is shown


def mostly_filler(plan: EditPlan, footage: Measurements) -> str | None:
    """The sentence on best moments most of which do not stand out, though some of the footage does; None of others."""
    if why_all(plan) is not None:
        return None
    stands_out = interest_of(footage).worth > STANDS_OUT
    begins = np.arange(len(stands_out)) * STEP_S
    shown = sum(
        float(np.clip(np.minimum(begins + STEP_S, end) - np.maximum(begins, start), 0, None)[stands_out].sum())
        for start, end in ((float(clip.source.start), float(clip.source.end)) for clip in plan.clips)
    )
    if not stands_out.any() or shown >= MOSTLY * float(plan.duration):
        return None
    there_is = told_seconds(on_clock(STEP_S * int(stands_out.sum())))
    return (
        f"only {shown:.1f} s of the best moments stand out, and {there_is} s of the footage do: the rest is filled with its plainer parts, "
        "which a shorter config.target_duration_seconds leaves out"
    )
