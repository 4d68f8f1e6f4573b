"""Which one of the things seen in a take it is about, from moment to moment."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import inf, sqrt

from clipzy.style.measurements import Subject
from clipzy.style.time import Span

# share of a take's time that shows a face, from which the take is about one: fewer are of passers-by, or wrong
FACES_COUNT = 1 / 3
# looks: where two pictures that were looked at, one apart, show a face in its place, the one between them was not looked at
ONE_APART = 2.2
LOOK_S = 0.5  # seconds between looks, usually
# shares of the picture that a thing may move from one sight to the next: always, for each second between them, and at most
STEP, SPEED, FARTHEST = 0.06, 0.3, 0.28
LONGEST_GAP_S = 3.0  # in which a thing may be out of sight
SIZES = 2.0  # times: a face that is so much larger or smaller at the next sight is another one
DETOUR = 0.3  # of a place's weight: what the longest possible step to it costs
MOSTLY = 0.5  # of the moments that must be of one thing, for what is no face


def seen_in(subjects: Sequence[Subject], span: Span) -> Sequence[Subject]:
    """Those of a span; `subjects`: in order of time."""
    return subjects[_first_at(subjects, span.start) : _first_at(subjects, span.end)]


def track_of(seen: Sequence[Subject], span: Span, look_s: float = LOOK_S) -> tuple[Subject, ...]:
    """One subject throughout a span of the footage: the places that one thing can have been at, and that weigh most together.

    A face before anything else, as soon as faces are seen for a third of the time, or nothing else is; large and sure ones before others. Found by
    dynamic programming over the moments, as in tracking by detection. Empty where nothing, or nothing steady, is seen.

    `seen`: in that span, in order of time. `look_s`: seconds between two looks at the footage.
    """
    is_face = of_faces(seen, span, look_s)
    places = [s for s in seen if s.is_face is is_face]
    track = _heaviest(places)
    if not is_face and len(track) < MOSTLY * len({place.time_s for place in places}):
        return ()
    return track


def of_faces(seen: Sequence[Subject], span: Span, look_s: float = LOOK_S) -> bool:
    """Whether a take is about a face: one that stays, or is at least all that is seen."""
    return any(s.is_face for s in seen) and (all(s.is_face for s in seen) or face_stays(seen, span, look_s))


def face_stays(seen: Sequence[Subject], span: Span, look_s: float = LOOK_S) -> bool:
    """Whether a face is seen for a third of a take: of its time, not of the moments at which anything was seen, which may be few.

    A face that is seen at a moment is there for half a look before and after it.
    """
    moments = sorted({s.time_s for s in seen if s.is_face})
    start, end = float(span.start), float(span.end)
    there, begins = 0.0, moments[0] - look_s / 2 if moments else end
    for now, after in zip(moments, [*moments[1:], inf], strict=True):
        if after - now > ONE_APART * look_s:
            there += min(now + look_s / 2, end) - max(begins, start)
            begins = after - look_s / 2
    return there >= FACES_COUNT * (end - start)


def covered_s(track: Sequence[Subject]) -> float:
    """For how many seconds a track says where its subject is."""
    gaps = (after.time_s - before.time_s for before, after in pairwise(track))
    return sum(gap for gap in gaps if gap <= LONGEST_GAP_S)


def _first_at(subjects: Sequence[Subject], time: Fraction | float) -> int:
    """Place of the first that is seen at a time or later."""
    return bisect_left(subjects, time, key=lambda subject: subject.time_s)


def _heaviest(places: Sequence[Subject]) -> tuple[Subject, ...]:
    best: list[float] = []
    before: list[int | None] = []
    first = 0
    for number, place in enumerate(places):
        while place.time_s - places[first].time_s > LONGEST_GAP_S:
            first += 1
        ways = [(best[k] - _detour(places[k], place), k) for k in range(first, number) if _possible(places[k], place)]
        gained, origin = max(ways, default=(0.0, None), key=lambda way: way[0])
        best.append(_weight(place) + max(gained, 0.0))
        before.append(origin if gained > 0 else None)
    at: int | None = max(range(len(places)), key=best.__getitem__, default=None)
    track = []
    while at is not None:
        track.append(places[at])
        at = before[at]
    return tuple(reversed(track))


def _weight(place: Subject) -> float:
    return place.confidence * (0.1 + sqrt(place.area))


def _reach(before: Subject, after: Subject) -> float:
    return min(STEP + SPEED * (after.time_s - before.time_s), FARTHEST)


def _moved(before: Subject, after: Subject) -> float:
    return max(abs(a - b) for a, b in zip(before.centre, after.centre, strict=True))


def _possible(before: Subject, after: Subject) -> bool:
    if after.time_s <= before.time_s or _moved(before, after) > _reach(before, after):
        return False
    ratio = sqrt(max(after.area, 1e-9) / max(before.area, 1e-9))
    return not after.is_face or 1 / SIZES <= ratio <= SIZES


def _detour(before: Subject, after: Subject) -> float:
    return DETOUR * _weight(after) * (_moved(before, after) / _reach(before, after)) ** 2
