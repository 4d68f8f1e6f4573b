"""Which takes of the footage share a look, being alike in colour, and how far the looks of unlike ones differ.

One look for all brings the footage as a whole to the template's colours and leaves its shots as unlike as they are. Where the template's
are less so, as a template is whose shots were matched, each group of like takes is brought part of the way to the template by itself.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from clipzy.style.measurements import ColorMeasure, ShotColor, VideoAnalysis
from clipzy.style.plan import Look

LOOK = "lut.cube"
MOST_GROUPS = 4
# Of a take's mean lightness, a, b, contrast, chroma in OKLab: a cast is seen sooner than as large a difference of light, which scenes have anyway
WEIGHTS = (0.5, 2.0, 2.0, 1.0, 1.0)
APART = 0.16  # weighted, between the middles of two groups: shots of one film lie up to .2 from each other, groups of them below it
SHORTEST_S = 2.0  # of a group together: a look for less is not worth a change
# Night must not become day: half at most of what the shots have of their own is given up
MOST_OWN, LEAST_OWN = 0.5, 0.1
ROUNDS = 30
MOST_TOLD = 20  # stretches of shots that a sentence names of each look; the plan's `looks` have them all

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Wardrobe:
    """The looks of a plan, and what each take of the footage wears: `worn[k]` from the second `begins[k]` of the footage on."""

    looks: tuple[Look, ...] = ()
    begins: tuple[Fraction, ...] = ()
    worn: tuple[str | None, ...] = ()

    def at(self, moment: Fraction) -> str | None:
        """The name of the look that is worn at a second of the footage, None for none."""
        return self.worn[max(0, bisect_right(self.begins, moment) - 1)] if self.worn else None

    def shown(self, moments: Sequence[Fraction]) -> Wardrobe:
        """With those looks alone that are worn at some seconds of the footage, numbered anew."""
        names = {self.at(moment) for moment in moments}
        kept = [look for look in self.looks if look.name in names]
        anew = {look.name: LOOK if len(kept) == 1 else _numbered(k) for k, look in enumerate(kept, 1)}
        looks = tuple(replace(look, name=anew[look.name]) for look in kept)
        return Wardrobe(looks, self.begins, tuple(anew.get(name) if name else None for name in self.worn))


def _numbered(number: int) -> str:
    return f"lut-{number}.cube"


ONE_LOOK = Wardrobe((Look(LOOK),), (Fraction(0),), (LOOK,))


def wardrobe(video: VideoAnalysis, template: ColorMeasure | None) -> Wardrobe:
    """One look, or one for each group of takes alike where the template's shots are more alike than the footage's.

    Shots joined by a gradual transition are one take: no look changes within a picture.

    Args:
        video: the footage.
        template: its colours, None where the style came without a video.
    """
    own = 0.0 if template is None else own_share(video.color, template)
    if own < LEAST_OWN:
        return ONE_LOOK
    begins = (Fraction(0), *sorted(edge.start for edge in video.boundaries if edge.start == edge.end and edge.start))
    shots_of: list[list[int]] = [[] for _ in begins]
    for shot, span in enumerate(video.shots):
        shots_of[bisect_right(begins, span.start) - 1].append(shot)
    seconds = np.diff([float(edge) for edge in (*begins, video.facts.duration)])
    groups = _grouped(_colours_of(shots_of, video.color.shots), seconds)
    count = max(groups) + 1
    if count == 1:
        return ONE_LOOK
    made = [[shot for take, of in zip(groups, shots_of, strict=True) if take == k for shot in of] for k in range(count)]
    looks = tuple(Look(_numbered(k), tuple(shots), round(own, 3)) for k, shots in enumerate(made, 1))
    return Wardrobe(looks, begins, tuple(looks[k].name for k in groups))


def own_share(footage: ColorMeasure, template: ColorMeasure) -> float:
    """How far groups of the footage's shots should go each their own way, 0..`MOST_OWN`.

    A common look carries the footage's whole spread of colours to the template's, and with it the share of it that lies between shots; to have
    the template's share instead, that much is to be given up.
    """
    have, want = _between_shots(footage), _between_shots(template)
    return min(MOST_OWN, max(0.0, 1 - want / have)) if have else 0.0


def _between_shots(color: ColorMeasure) -> float:
    """The share of a video's spread of colours that lies between its shots, 0..1."""
    if len(color.shots) < 2:
        return 0.0
    means = np.array([(shot.lightness, shot.a, shot.b) for shot in color.shots])
    between = float(np.square(means - means.mean(0)).sum(1).mean())
    within = float(np.mean([shot.contrast**2 for shot in color.shots]))
    return float(np.sqrt(between / (between + within))) if between else 0.0


def _colours_of(shots_of: Sequence[Sequence[int]], colors: Sequence[ShotColor]) -> list[Array | None]:
    """Where each take lies among colours, (5,); None where none was seen of it."""
    seen = {
        color.shot: np.array((color.lightness, color.a, color.b, color.contrast, color.chroma)) * WEIGHTS
        for color in colors
    }
    known = [[seen[shot] for shot in shots if shot in seen] for shots in shots_of]
    return [np.mean(each, axis=0) if each else None for each in known]


def _grouped(places: Sequence[Array | None], seconds: Array) -> list[int]:
    """The group of each take, numbered as they first come: as many as lie apart and last long enough. What was not seen goes with its neighbour."""
    known = [k for k, place in enumerate(places) if place is not None]
    groups = np.zeros(len(places), int)
    points = np.array([place for place in places if place is not None])
    for count in range(min(MOST_GROUPS, len(known)), 1, -1):
        found, centres = _clusters(points, count)
        gaps = np.linalg.norm(centres[:, None] - centres, axis=-1)[np.triu_indices(len(centres), 1)]
        lasts = np.bincount(found, seconds[known], count)
        if len(centres) == count and gaps.min() >= APART and lasts.min() >= SHORTEST_S:
            nearest = np.searchsorted(known, np.arange(len(places)), "right") - 1
            groups = found[nearest.clip(0)]
            break
    order = {group: number for number, group in enumerate(dict.fromkeys(groups.tolist()))}
    return [order[group] for group in groups.tolist()]


def _clusters(points: Array, count: int) -> tuple[NDArray[np.int64], Array]:
    """Group points (n, 5) about so many centres (k-means from the points farthest from each other: no chance); fewer where some come out empty."""
    centres = points[[int(np.square(points - points.mean(0)).sum(1).argmax())]]
    for _ in range(count - 1):
        centres = np.vstack([centres, points[_nearest(points, centres)[1].argmax()]])
    for _ in range(ROUNDS):
        group = _nearest(points, centres)[0]
        kept = np.unique(group)
        moved = np.stack([points[group == k].mean(0) for k in kept])
        if len(kept) < len(centres) or np.array_equal(moved, centres):
            break
        centres = moved
    return _nearest(points, moved)[0], moved


def _nearest(points: Array, centres: Array) -> tuple[NDArray[np.int64], Array]:
    """The nearest centre of each point, and how far it is."""
    gaps = np.linalg.norm(points[:, None] - centres, axis=-1)
    return gaps.argmin(1), gaps.min(1)


def told(looks: Sequence[Look], strength: float, whose: str = "template") -> str:
    """What is done to the colours, in a sentence; `whose` colours they are matched to, "template" or "style"."""
    if len(looks) == 1:
        return f"colours matched to the {whose} with a look of strength {strength:g}"
    of = "; ".join(_runs(look.shots) for look in looks)
    return (
        f"colours matched to the {whose} with {len(looks)} looks of strength {strength:g}, since its shots look more alike than "
        f"the footage's: shots {of}"
    )


def _runs(shots: Sequence[int]) -> str:
    """Shots as people count them, from 1: "1-3, 7"; of many the first ones, and how many others there are."""
    edges = [0, *(k + 1 for k, (a, b) in enumerate(pairwise(shots)) if b != a + 1), len(shots)]
    runs = [(shots[a] + 1, shots[b - 1] + 1) for a, b in pairwise(edges)]
    told = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs[:MOST_TOLD])
    others = sum(b - a + 1 for a, b in runs[MOST_TOLD:])
    return f"{told} and {others} more" if others else told
