"""Part of stage 6: how often the picture of the rendered file changes, and how, held against what was planned."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction

from scipy.stats import binom

from clipzy.analysis.cuts.change_witness import Known, witness
from clipzy.media.rendering.review import Stretch
from clipzy.style.dna import TransitionType
from clipzy.style.measurements import Boundary

CLEAR_FRAMES = 3  # of a change from the edge of what was decoded about it
OVERLOOKED = 0.2  # share of changes that are there and not seen, as between two framings of one take
CHANCE = 0.05  # of overlooking so many, from which on that may be all


@dataclass(frozen=True, slots=True)
class Changes:
    """`a_minute`: changes; `in_doubt`: how many were not seen that may be there; `of_kind`: the share of a kind; `words`: on what they were measured on."""

    a_minute: float
    in_doubt: int
    of_kind: float | None
    words: str


def changes_seen(
    known: Sequence[Boundary],
    stretched: Sequence[Stretch],
    rate: Fraction,
    duration: Fraction,
    kind: TransitionType | None,
    *,
    uncounted: Collection[Boundary] = (),
) -> Changes:
    """Reckon them from the parts of a file that are decoded for it; elsewhere changes count as they were planned.

    Planned changes that are not seen are taken off as they are: of the rest of the file a few of them say nothing. Where more are missing than
    anybody overlooks as many are taken to be missing there.

    Args:
        known: changes that were planned, in the file's seconds.
        stretched: the parts.
        rate: the file's frames a second.
        duration: its length in seconds.
        kind: of which the share is told.
        uncounted: of the known ones those that change no shot, as the footage's own fade in from black: looked for, and not held to be others.
    """
    seen: dict[int, TransitionType | None] = {}
    others, looked_at = 0, Fraction(0)
    for stretch in stretched:
        here = [_in_frames(change, stretch.starts, rate) for change in known]
        last = len(stretch.pictures)
        inside = [n for n, k in enumerate(here) if k.first >= CLEAR_FRAMES and k.end + CLEAR_FRAMES <= last]
        found = witness(stretch.pictures, [here[n] for n in inside], float(rate))
        # a change that is cut off by the edge is neither counted nor held to be another one
        cut_off = sum(n not in inside and k.end >= 0 and k.first <= last for n, k in enumerate(here))
        seen |= {n: how for n, how in zip(inside, found.seen, strict=True) if known[n] not in uncounted}
        others += max(0, found.others - cut_off)
        looked_at += len(stretch.pictures) / rate
    clear = sum(each is not None for each in seen.values())
    missed = len(seen) - clear
    overlooked = may_be_overlooked(missed, len(seen))
    counted = [(number, change) for number, change in enumerate(known) if change not in uncounted]
    missing = Fraction(missed) if overlooked else Fraction(len(counted) * missed, len(seen))
    per_second = (len(counted) - missing) / duration + (others / looked_at if looked_at else 0)
    kinds = [seen.get(number, change.type) for number, change in counted]
    of_kind = kinds.count(kind) / len(kinds) if seen and kind is not None else None
    words = f"{clear} of {len(seen)} changes looked for were seen, {others} others"
    covered = f"in {float(looked_at):.1f} of {float(duration):.1f} s; {len(counted)} changes in all"
    return Changes(60 * float(per_second), missed if overlooked else 0, of_kind, f"{words}, {covered}")


def may_be_overlooked(missed: int, looked_for: int) -> bool:
    """Whether so many changes that are not seen, or more, may all be there."""
    return bool(binom.sf(missed - 1, looked_for, OVERLOOKED) >= CHANCE)


def _in_frames(change: Boundary, starts: Fraction, rate: Fraction) -> Known:
    # the first frame that begins at or after a moment shows what comes after it
    first, end = (int(-((starts - edge) * rate // 1)) for edge in (change.start, change.end))
    return Known(first, max(first, end), change.type)
