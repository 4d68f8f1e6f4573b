"""Where footage may be cut for its ear: on beats where there is music, and never within a spoken word."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from clipzy.style.measurements import AudioAnalysis, Beat, SoundKind
from clipzy.style.time import Span, down_to_clock, merged, on_clock, up_to_clock

# Seconds around speech that still belong to it: voices are told by windows of 32 ms, and words begin and end softly
WORD_EDGE = Fraction(3, 50)
CLOSEST = Fraction(1, 20)  # seconds between two points: nobody hears a difference


@dataclass(frozen=True, slots=True)
class CutPoint:
    """An instant at which footage may be cut. `beat`: the music's, counted from 1; `within_speech`: in a pause of it."""

    time: Fraction
    beat: int | None = None
    downbeat: bool = False
    within_speech: bool = False

    @property
    def rank(self) -> tuple[bool, bool]:
        """Of two, the greater one is cut at: a beat before anything else, then what leaves phrases whole."""
        return self.beat is not None, not self.within_speech


class Speech:
    """Where somebody speaks, and where between words there is a pause long enough to cut in, on a plan's clock."""

    def __init__(self, audio: AudioAnalysis, *, is_heard: bool = True) -> None:
        """Of a sound; none of one that will not be heard, for nobody misses a word of that."""
        spoken = [sound.span for sound in audio.sounds if sound.kind is SoundKind.SPEECH and is_heard]
        self.spans = merged(
            Span(down_to_clock(max(span.start - WORD_EDGE, Fraction(0))), up_to_clock(span.end + WORD_EDGE))
            for span in spoken
        )
        hushed = (
            (up_to_clock(pause.start + WORD_EDGE), down_to_clock(pause.end - WORD_EDGE))
            for pause in audio.pauses
            if is_heard
        )
        self.pauses = merged(Span(start, end) for start, end in hushed if start < end)
        edges = [edge for span in [*self.spans, *self.pauses] for edge in (span.start, span.end)]
        self._marks = sorted([*edges, *(on_clock((pause.start + pause.end) / 2) for pause in self.pauses)])

    def marks(self, within: Span) -> Sequence[Fraction]:
        """Where in a stretch speech and its pauses begin and end, and the middles of pauses, in order."""
        return self._marks[bisect_left(self._marks, within.start) : bisect_right(self._marks, within.end)]

    def speaks(self, time: Fraction) -> bool:
        """Whether that instant lies in speech, pauses included."""
        return _inside(self.spans, time)

    def cuts_word(self, time: Fraction) -> bool:
        """Whether a word could be spoken at that instant."""
        return _inside(self.spans, time) and not _inside(self.pauses, time)


def cut_points(within: Span, speech: Speech, beats: Sequence[Beat], spacing: Fraction) -> list[CutPoint]:
    """The instants in a stretch of footage at which it may be cut, in order, those of its own ends among them.

    Where beats are closer than two spacings they alone are taken, and the edges of what is spoken; elsewhere every `spacing` seconds.

    Args:
        within: the stretch, of one shot.
        speech: of the footage.
        beats: of the sound that will be heard, in order; none without music.
        spacing: seconds.
    """
    on_beats = _beats_in(within, beats)
    even = _even(within, spacing, [point.time for point in on_beats])
    points = [
        CutPoint(time, within_speech=speech.speaks(time))
        for time in (*speech.marks(within), within.start, within.end, *even)
    ]
    allowed = [point for point in [*on_beats, *points] if not speech.cuts_word(point.time)]
    return _thinned(allowed)


def _beats_in(within: Span, beats: Sequence[Beat]) -> list[CutPoint]:
    first = bisect_left(beats, float(within.start), key=lambda beat: beat.time_s)
    last = bisect_right(beats, float(within.end), key=lambda beat: beat.time_s)
    numbered = enumerate(beats[first:last], first + 1)
    return [CutPoint(on_clock(beat.time_s), number, beat.downbeat) for number, beat in numbered]


def _even(within: Span, spacing: Fraction, taken: Sequence[Fraction]) -> list[Fraction]:
    """Every so often where nothing is near."""
    count = int(within.duration / spacing)
    times = (on_clock(within.start + number * spacing) for number in range(1, count + 1))
    return [time for time in times if not _near(time, taken, spacing)]


def _near(time: Fraction, taken: Sequence[Fraction], reach: Fraction) -> bool:
    at = bisect_left(taken, time - reach)
    return at < len(taken) and taken[at] <= time + reach


def _thinned(points: Iterable[CutPoint]) -> list[CutPoint]:
    """In order, without those that lie on top of a better one."""
    kept: list[CutPoint] = []
    for point in sorted(points, key=lambda point: point.time):
        if kept and point.time - kept[-1].time < CLOSEST:
            if point.rank > kept[-1].rank:
                kept[-1] = point
            continue
        kept.append(point)
    return kept


def _inside(spans: Sequence[Span], time: Fraction) -> bool:
    """Between the edges of one; an edge itself is outside."""
    at = bisect_right(spans, time, key=lambda span: span.start) - 1
    return at >= 0 and spans[at].start < time < spans[at].end
