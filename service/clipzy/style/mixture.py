"""How often a video uses each kind of transition, and how many cuts of a plan each kind gets to match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clipzy.style.dna import StyleDNA, Transition, TransitionType
from clipzy.style.measurements import Boundary, DipColor, Direction
from clipzy.style.transitions import PLAIN_CUT, ranked_dips

# Where a style comes without its video: it does not tell how much rarer its secondary transition is
SECONDARY_SHARE = 1 / 3


Kind = tuple[TransitionType, DipColor]


@dataclass(frozen=True, slots=True)
class Portion:
    """A kind of transition as it usually is, and its share of the changes of shot, 0..1.

    `dips_to`: of a fade. `directions`: of wipes or slides, as they follow each other in the video; empty where they are not known.
    """

    transition: Transition
    share: float
    dips_to: DipColor = DipColor.BLACK
    directions: tuple[Direction, ...] = ()

    @property
    def kind(self) -> Kind:
        """What tells it from the others."""
        return self.transition.type, self.dips_to


def mixture_of(style: StyleDNA, changes: Sequence[Boundary] | None) -> tuple[Portion, ...]:
    """A style's: by the changes of its video, or what it says itself where that is not known."""
    if changes is None:
        return told_mixture(style.primary_transition, style.secondary_transition)
    return measured_mixture(changes)


def measured_mixture(changes: Sequence[Boundary]) -> tuple[Portion, ...]:
    """The kinds that a video surely has, the most frequent first; plain cuts where it has none."""
    ranked = ranked_dips(changes)
    whole = sum(evidence for *_, evidence in ranked)
    portions = tuple(
        Portion(
            transition,
            evidence / whole,
            group[0].dips_to,
            tuple(change.direction for change in group if change.direction is not None),
        )
        for transition, group, evidence in ranked
    )
    return portions or (Portion(PLAIN_CUT, 1.0),)


def told_mixture(primary: Transition, secondary: Transition | None) -> tuple[Portion, ...]:
    """The same of a style that names two kinds at most. It does not say what its fades go through, black then, nor which way its wipes go."""
    if secondary is None:
        return (Portion(primary, 1.0),)
    return Portion(primary, 1 - SECONDARY_SHARE), Portion(secondary, SECONDARY_SHARE)


def shared_out(mixture: Sequence[Portion], cuts: int, have: Mapping[Kind, int]) -> list[int]:
    """How many of so many cuts are to become each portion's, beside the transitions that are there already.

    One after another goes to the portion that lags furthest behind its share, by the divisors of Sainte-Laguë, which favour neither the frequent
    ones nor the rare; of equals to the more frequent. Two portions of one kind, as fades of two lengths, have their shares each; what is there of
    their kind counts for both in the same way.
    """
    counts, given = [0] * len(mixture), [0] * len(mixture)
    for kind, number in have.items():
        of_kind = [at for at, portion in enumerate(mixture) if portion.kind == kind]
        for _ in range(number if of_kind else 0):
            counts[_lagging(mixture, counts, of_kind)] += 1
    for _ in range(cuts):
        at = _lagging(mixture, counts, range(len(mixture)))
        given[at] += 1
        counts[at] += 1
    return given


def _lagging(mixture: Sequence[Portion], counts: Sequence[int], among: Sequence[int]) -> int:
    """The place of the portion, among some, that is due next."""
    return max(among, key=lambda at: mixture[at].share / (2 * counts[at] + 1))
