"""How near models of a transition come to the frames between two pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from clipzy.style.dna import TransitionType
from clipzy.style.measurements import Direction

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ModelFit:
    """One kind fitted to the frames between two pictures.

    `progress` (n,) 0..1 per frame. `residual`: root of the unexplained share of the change, 0 = exact, 1 = no better than guessing
    one of the two ends, mean over frames. `left`: the same in absolute terms, root of the sum of squares of codes 0..1; it compares dips, which
    are shares of another change. `turn`: index of the frame at which a dip turns back, None for all other kinds. `direction`: of wipes and slides.
    """

    type: TransitionType
    progress: Floats
    residual: float
    left: float
    turn: int | None = None
    direction: Direction | None = None


@dataclass(frozen=True, slots=True)
class ModelFits:
    """Many models fitted to the same frames: their types, `progress` (models, n), `residual` and `left` (models,) as in `ModelFit`.

    `directions`: of each model; empty where none has one.
    """

    types: tuple[TransitionType, ...]
    progress: Floats
    residual: Floats
    left: Floats
    directions: tuple[Direction | None, ...] = ()

    @classmethod
    def of(
        cls,
        types: Sequence[TransitionType],
        progress: Floats,
        squares: Floats,
        change: float,
        directions: Sequence[Direction | None] = (),
    ) -> Self:
        """From the sums of squares (models, n) that are left in each frame, and the sum of squares of the change."""
        left = np.sqrt(np.maximum(np.ascontiguousarray(squares), 0)).mean(1)
        residual = left.astype(float) / float(np.sqrt(max(change, 1e-9)))
        return cls(tuple(types), progress.astype(np.float32), residual, left, tuple(directions))

    def at(self, k: int) -> ModelFit:
        """One of them."""
        direction = self.directions[k] if self.directions else None
        return ModelFit(
            self.types[k], self.progress[k], float(self.residual[k]), float(self.left[k]), direction=direction
        )
