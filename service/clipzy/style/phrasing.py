"""Where virtual cuts go by the template: on beats or bars if it is cut on them, in the rhythm of its shots while no beats lead, and between words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import cycle, islice, pairwise

from clipzy.style.cut_points import Speech
from clipzy.style.dna import StyleDNA
from clipzy.style.measurements import AudioAnalysis, Beat, VideoAnalysis
from clipzy.style.rhythm import cut_rhythm
from clipzy.style.time import Span, on_clock

SHORTEST = Fraction(2, 5)  # seconds between two cuts: below, an eye does not find its way in the new picture
REACH = Fraction(1, 2)  # share of the distance between two cuts within which a beat, or a pause, draws a cut


@dataclass(frozen=True, slots=True)
class Phrasing:
    """Where cuts go; all but `on_beats` and `on_bars` while no beats lead.

    `lengths`: of the template's shots in order, seconds, in whose proportions pieces are cut; none: all alike. `first`: the length to begin with. `speech`:
    of the sound that will be heard, None where none is. `on_beats`, `on_bars`: the template's cuts lie on beats, and on downbeats.
    """

    lengths: tuple[Fraction, ...] = ()
    first: int = 0
    speech: Speech | None = None
    on_beats: bool = False
    on_bars: bool = False

    def endless(self) -> Iterator[Fraction]:
        """The lengths again and again."""
        first = self.first % max(1, len(self.lengths))
        return cycle([*self.lengths[first:], *self.lengths[:first]] or [Fraction(1)])


def phrasing_of(
    style: StyleDNA | None,
    template: VideoAnalysis | None,
    sound: AudioAnalysis | None,
    seed: int,
    beats: Sequence[Beat] = (),
) -> Phrasing:
    """Of a template by its changes of shot, None where it came without its video, and of the footage's sound, None where it is not heard.

    `seed`: says with which of the template's shots it begins. `beats`: of the template.
    """
    rhythm = cut_rhythm(() if template is None else template.changes, beats)
    speech = None if sound is None else Speech(sound)
    lengths = () if style is None or template is None else _shot_lengths(template)
    spoken = speech if speech is not None and speech.spans else None
    return Phrasing(lengths, seed, spoken, rhythm.keeps_to_beats, rhythm.keeps_to_bars)


def phrased(shared: Sequence[tuple[Span, int]], phrasing: Phrasing) -> Iterator[Fraction]:
    """The cuts of each stretch, as many as it comes with, on a plan's clock; it must have room for them."""
    lengths = phrasing.endless()
    for room, count in shared:
        yield from _cuts(room, list(islice(lengths, count + 1)), phrasing.speech)


def is_silent(time: Fraction, speech: Speech | None) -> bool:
    """Whether nobody says a word at an instant; False of sound without speech."""
    return speech is not None and not speech.cuts_word(time)


def _shot_lengths(video: VideoAnalysis) -> tuple[Fraction, ...]:
    """Seconds of each shot of a video, from the middle of one boundary to that of the next; none without a change of shot."""
    if not video.changes:
        return ()
    shown = video.pictured
    edges = [(edge.start + edge.end) / 2 for edge in video.boundaries]
    # where no fade leads in, or out, the video itself begins and ends there
    edges = [
        *([shown.start] if edges[0] > shown.start else []),
        *edges,
        *([shown.end] if edges[-1] < shown.end else []),
    ]
    return tuple(later - earlier for earlier, later in pairwise(edges) if later > earlier)


def _cuts(room: Span, lengths: Sequence[Fraction], speech: Speech | None) -> list[Fraction]:
    """Cuts that part a stretch in these proportions, none of the pieces too short, drawn out of words where a pause is near; on a plan's clock."""
    pieces = _scaled(lengths, room.duration)
    times: list[Fraction] = []
    time, earliest = room.start, room.start + SHORTEST
    for number, (before, after) in enumerate(pairwise(pieces), 1):
        time += before
        latest = room.end - (len(pieces) - number) * SHORTEST
        placed = min(max(time, earliest), latest)
        if speech is not None and speech.cuts_word(placed):
            reach = REACH * min(before, after)
            near = [
                mark
                for mark in speech.marks(Span(max(placed - reach, Fraction(0)), placed + reach))
                if earliest <= mark <= latest and not speech.cuts_word(mark)
            ]
            placed = min(near, key=lambda mark: abs(mark - time), default=placed)
        times.append(on_clock(placed))
        earliest = placed + SHORTEST
    return times


def _scaled(lengths: Sequence[Fraction], total: Fraction) -> list[Fraction]:
    """Lengths in these proportions that add up to a total, none under the shortest; the total must have room for them."""
    short: set[int] = set()
    while True:
        left = total - len(short) * SHORTEST
        whole = sum((length for at, length in enumerate(lengths) if at not in short), Fraction(0))
        less = {at for at, length in enumerate(lengths) if at not in short and length * left < SHORTEST * whole}
        if not less:
            return [SHORTEST if at in short else length * left / whole for at, length in enumerate(lengths)]
        short |= less
