"""In which measure a video uses its kinds of transitions, and how many of some cuts are each kind's in the same measure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clipzy.style.dna import Transition, TransitionType
from clipzy.style.measurements import Boundary, DipColor
from clipzy.style.transitions import PLAIN_CUT, ranked_dips

SECONDARY_SHARE = (
    1 / 3
)  # where a style comes without its video: it does not tell how much rarer its secondary transition is


Kind = tuple[TransitionType, DipColor]


@dataclass(frozen=True, slots=True)
class Portion:
    """A kind of transition as it usually is, and its share of the changes of shot, 0..1. `dips_to`: of a fade."""

    transition: Transition
    share: float
    dips_to: DipColor = DipColor.BLACK

    @property
    def kind(self) -> Kind:
        """What tells it from the others."""
        return self.transition.type, self.dips_to


def measured_mixture(changes: Sequence[Boundary]) -> tuple[Portion, ...]:
    """The kinds that a video surely has, the most frequent first; plain cuts where it has none."""
    ranked = ranked_dips(changes)
    whole = sum(evidence for *_, evidence in ranked)
    portions = tuple(Portion(transition, evidence / whole, dips_to) for transition, dips_to, evidence in ranked)
    return portions or (Portion(PLAIN_CUT, 1.0),)


def told_mixture(primary: Transition, secondary: Transition | None) -> tuple[Portion, ...]:
    """The same of a style that names two kinds at most; it does not say what its fades go through, which is black."""
    if secondary is None:
        return (Portion(primary, 1.0),)
    return Portion(primary, 1 - SECONDARY_SHARE), Portion(secondary, SECONDARY_SHARE)


def shared_out(mixture: Sequence[Portion], cuts: int, have: Mapping[Kind, int]) -> list[int]:
    """How many of so many cuts are to become each portion's, beside the transitions that are there already.

    One after another goes to the kind that lags furthest behind its share, by the divisors of Sainte-Laguë, which favour neither the frequent
    kinds nor the rare ones; of equals to the more frequent.
    """
    counts = Counter({portion.kind: have.get(portion.kind, 0) for portion in mixture})
    given = [0] * len(mixture)
    for _ in range(cuts):
        lags = [portion.share / (2 * counts[portion.kind] + 1) for portion in mixture]
        at = lags.index(max(lags))
        given[at] += 1
        counts[mixture[at].kind] += 1
    return given
