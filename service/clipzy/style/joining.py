"""Puts a template's transitions at those cuts of a plan that can bear them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from clipzy.style.dna import Transition, TransitionType
from clipzy.style.plan import Clip, joins
from clipzy.style.time import Span

SECONDARY_EVERY = 3  # the secondary transition takes every third cut: the style does not tell how much rarer it is
MOST_OF_A_CLIP = Fraction(
    1, 2
)  # of a clip's length that its transitions may take together, so that something of it is seen plain
SHORTEST = Fraction(1, 12)  # seconds; two frames of a film: what is shorter is seen as a cut


def joined(
    clips: Sequence[Clip],
    virtual: Sequence[bool],
    shots: Sequence[Span],
    primary: Transition,
    secondary: Transition | None,
) -> tuple[tuple[Clip, ...], str]:
    """Give the clips the template's transitions, in its measure.

    At a virtual cut the source runs on, and every kind can be made. Elsewhere both clips need handles, pictures of their own shot
    beyond their ends: a picture of another shot would flash up. Where there are none, as at a cut of the footage's own, only a fade can
    be made, which goes through black. Transitions are made shorter where clips or handles are short.

    Args:
        clips: in playing order.
        virtual: of each, whether it begins with a virtual cut.
        shots: of the footage, in order.
        primary: of the template.
        secondary: of the template, None where it has only one kind.

    Returns:
        The clips, and a sentence on what was done.
    """
    made = list(clips)
    kinds: dict[TransitionType, int] = {}
    kept = 0
    for number in range(1, len(clips)):
        takes_secondary = secondary is not None and number % SECONDARY_EVERY == 0
        wanted = secondary if takes_secondary and secondary is not None else primary
        if wanted.type is TransitionType.CUT:
            continue
        room = MOST_OF_A_CLIP * min(clips[number - 1].source.duration, clips[number].source.duration)
        lasts = min(Fraction(wanted.duration_ms, 1000), room)
        if not virtual[number] and wanted.type is not TransitionType.FADE:
            lasts = min(lasts, 2 * _handles(clips[number - 1].source, clips[number].source, shots))
        if lasts < SHORTEST:
            kept += 1
            continue
        transition = replace(wanted, duration_ms=int(lasts * 1000))
        made[number] = replace(clips[number], transition_in=transition)
        kinds[wanted.type] = kinds.get(wanted.type, 0) + 1
    return tuple(made), _told(kinds, kept, len(clips) - 1)


def check_handles(clips: Sequence[Clip], footage_ends: Fraction) -> None:
    """Make sure that clips can run on past their ends for as long as their transitions need; `footage_ends` in seconds.

    Raises:
        ValueError: one cannot.
    """
    for join in joins(clips):
        if join.has_handles and join.old.source.end + join.duration / 2 > footage_ends:
            needs, has = float(join.duration / 2), max(0.0, float(footage_ends - join.old.source.end))
            raise ValueError(
                f"the {join.transition.type} into clip {join.number} needs {needs:.2f} s of footage after the end of the clip before, "
                f"but there are {has:.2f} s; a fade needs none"
            )


def _handles(old: Span, new: Span, shots: Sequence[Span]) -> Fraction:
    """Seconds for which the old clip can run on past its end and the new one begin early, both in their own shots."""
    after = next((shot.end - old.end for shot in shots if shot.start < old.end <= shot.end), Fraction(0))
    before = next((new.start - shot.start for shot in shots if shot.start <= new.start < shot.end), Fraction(0))
    return min(after, before)


def _told(kinds: dict[TransitionType, int], kept: int, cuts: int) -> str:
    if not kinds and not kept:
        return "cuts are plain: so are the template's" if cuts else "no transitions: nothing is cut"
    told = [f"{count} of {cuts} cuts made a {kind}" for kind, count in kinds.items()]
    if kept:
        told.append(f"{kept} kept plain: their shots have no pictures beyond them, or no time for more")
    return f"{', '.join(told)}, as in the template"
