"""Puts a template's transitions at those cuts of a plan that can bear them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from clipzy.style.dna import Transition, TransitionType
from clipzy.style.plan import Clip

SECONDARY_EVERY = 3  # the secondary transition takes every third cut: the style does not tell how much rarer it is
MOST_OF_A_CLIP = Fraction(
    1, 2
)  # of a clip's length that its transitions may take together, so that something of it is seen plain
SHORTEST = Fraction(1, 12)  # seconds; two frames of a film: what is shorter is seen as a cut


def joined(
    clips: Sequence[Clip], virtual: Sequence[bool], primary: Transition, secondary: Transition | None
) -> tuple[tuple[Clip, ...], str]:
    """Give the clips the template's transitions, in its measure.

    A cut of the footage's own has no pictures beyond it: of all kinds only a fade, which goes through black, can be made there. At a
    virtual cut the source runs on, and every kind can. Transitions are made shorter where clips are short.

    Args:
        clips: end to end.
        virtual: of each, whether it begins with a virtual cut.
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
        if lasts < SHORTEST or not (virtual[number] or wanted.type is TransitionType.FADE):
            kept += 1
            continue
        transition = replace(wanted, duration_ms=int(lasts * 1000))
        made[number] = replace(clips[number], transition_in=transition)
        kinds[wanted.type] = kinds.get(wanted.type, 0) + 1
    return tuple(made), _told(kinds, kept, len(clips) - 1)


def _told(kinds: dict[TransitionType, int], kept: int, cuts: int) -> str:
    if not kinds and not kept:
        return "cuts are plain: so are the template's" if cuts else "no transitions: nothing is cut"
    told = [f"{count} of {cuts} cuts made a {kind}" for kind, count in kinds.items()]
    if kept:
        told.append(f"{kept} kept plain: the footage has no pictures beyond them, or no time for more")
    return f"{', '.join(told)}, as in the template"
