"""Part of stage 6: how often and how the rendered file changes shot, compared with the plan."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction

from scipy.stats import binom

from clipzy.analysis.cuts.bars import without_bars
from clipzy.analysis.cuts.change_witness import Known, witness
from clipzy.analysis.edges import WHOLE, Shares
from clipzy.media.rendering.review import Stretch
from clipzy.style.dna import TransitionType
from clipzy.style.measurements import Boundary

CLEAR_FRAMES = 3  # between a change and the edge of the part that was decoded for it
OVERLOOKED = 0.2  # share of changes that are there and not seen, as between two framings of one take
CHANCE = 0.05  # probability of overlooking so many, from which on overlooking may explain it


@dataclass(frozen=True, slots=True)
class Changes:
    """`a_minute`: changes; `in_doubt`: how many were not seen and may be there; `of_kind`: share of one kind; `words`: what they were measured on."""

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
    picture: Shares = WHOLE,
) -> Changes:
    """Count the changes in the parts of a file that were decoded for it; elsewhere changes count as planned.

    A few planned changes that are not seen say nothing about the rest of the file: only they are subtracted. If more are missing than one may
    overlook, the same share is taken to be missing in the whole file.

    Args:
        known: planned changes, in the file's seconds.
        stretched: the parts.
        rate: the file's frames a second.
        duration: its length in seconds.
        kind: the kind of `of_kind`.
        uncounted: those of `known` that change no shot, as a fade in from black in the footage: they are looked for and are no others.
        picture: what lies within the bars of the file's frames, which never change.
    """
    seen: dict[int, TransitionType | None] = {}
    others, looked_at = 0, Fraction(0)
    for stretch in stretched:
        here = [_in_frames(change, stretch.starts, rate) for change in known]
        last = len(stretch.pictures)
        inside = [n for n, k in enumerate(here) if k.first >= CLEAR_FRAMES and k.end + CLEAR_FRAMES <= last]
        found = witness(without_bars(stretch.pictures, picture), [here[n] for n in inside], float(rate))
        # a change that the edge cuts off counts neither as seen nor as another one
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
    kinds = [how for number, change in counted if (how := seen.get(number, change.type)) is not None]
    of_kind = kinds.count(kind) / len(kinds) if seen and kinds and kind is not None else None
    words = f"{clear} of {len(seen)} changes looked for were seen, {others} others"
    covered = f"in {float(looked_at):.1f} of {float(duration):.1f} s; {len(counted)} changes in all"
    return Changes(60 * float(per_second), missed if overlooked else 0, of_kind, f"{words}, {covered}")


def may_be_overlooked(missed: int, looked_for: int) -> bool:
    """Whether so many missed changes may all be there, overlooked."""
    return bool(binom.sf(missed - 1, looked_for, OVERLOOKED) >= CHANCE)


def _in_frames(change: Boundary, starts: Fraction, rate: Fraction) -> Known:
    # what comes after a moment shows from the first frame that begins at it or later
    first, end = (int(-((starts - edge) * rate // 1)) for edge in (change.start, change.end))
    return Known(first, max(first, end), change.type)
