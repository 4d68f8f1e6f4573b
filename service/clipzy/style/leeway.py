"""How long pictures beside a cut can be slowed for a transition without anybody seeing it.

Slowed pictures run off their sound, by half of the transition at most, and they show single frames twice. So they are slowed where no
lips are seen to speak, nothing moves in time with its sound, and the camera is calm.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from clipzy.style.cut_points import WORD_EDGE
from clipzy.style.measurements import Course, Measurements, SoundKind
from clipzy.style.time import Span, down_to_clock, merged

LONGEST = Fraction(2)  # seconds on either side: over them a change of pace by an eighth is not felt
SLOWEST = Fraction(4, 5)  # of its own speed: at that a walk begins to look heavy
MOST_FLOW = 0.25  # frame diagonals a second of the whole picture: from here on a frame that is shown twice is a stumble
MOST_SUBJECT_FLOW = 0.06  # of what moves without the camera: steps, blows and claps, whose sound would come early
VOICES = (SoundKind.SPEECH, SoundKind.SINGING)


@dataclass(frozen=True, slots=True)
class Leeway:
    """Seconds before and after a cut that can be slowed, on a plan's clock. `why`: what limits the shorter one, empty where only time does."""

    before: Fraction
    after: Fraction
    why: str = ""

    @property
    def most(self) -> Fraction:
        """Seconds of the longest transition that can be made of them."""
        return 2 * min(self.before, self.after) * (1 / SLOWEST - 1)


class Slowable:
    """Footage whose pictures are to be slowed. `is_heard`: its own sound is heard with it."""

    def __init__(self, footage: Measurements, *, is_heard: bool) -> None:
        video = footage.video
        self._shots, self._faces = video.shots, sorted(subject.time_s for subject in video.subjects if subject.is_face)
        self._restless = _over(footage.motion.flow, MOST_FLOW)
        self._lively = _over(footage.motion.subject_flow, MOST_SUBJECT_FLOW)
        self._is_heard = is_heard and footage.audio.present
        self._voices = merged(
            Span(max(sound.span.start - WORD_EDGE, Fraction(0)), sound.span.end + WORD_EDGE)
            for sound in footage.audio.sounds
            if sound.kind in VOICES
        )

    def beside(self, old: Span, new: Span) -> Leeway:
        """Between two clips: at the end of the one, at the beginning of the other, each in its own shot and at most half of its clip."""
        (before, why), (after, why_after) = self._calm(old, at_end=True), self._calm(new, at_end=False)
        return Leeway(before, after, why if before <= after else why_after)

    def _calm(self, clip: Span, *, at_end: bool) -> tuple[Fraction, str]:
        """Seconds at one end of a clip that can be slowed unseen, and what limits them."""
        at = bisect_left(self._shots, clip.end, key=lambda shot: shot.end) if at_end else self._after(clip.start) - 1
        shot = self._shots[at] if 0 <= at < len(self._shots) else None
        if shot is None or not _holds_end(shot, clip, at_end=at_end):
            return Fraction(0), "the footage has a transition there"
        inside = clip.end - shot.start if at_end else shot.end - clip.start
        length, why = min(LONGEST, clip.duration / 2, inside), ""
        for reason, busy in self._busy(shot):
            free = _free(clip, busy, at_end=at_end)
            if free < length:
                length, why = free, reason
        return down_to_clock(length), why

    def _shows_face(self, shot: Span) -> bool:
        at = bisect_left(self._faces, shot.start)
        return at < len(self._faces) and self._faces[at] < shot.end

    def _after(self, time: Fraction) -> int:
        """Place of the first shot that begins after a time."""
        return bisect_right(self._shots, time, key=lambda shot: shot.start)

    def _busy(self, shot: Span) -> Iterator[tuple[str, Sequence[Span]]]:
        """What of a shot must not be slowed, and why."""
        if self._is_heard and self._shows_face(shot):
            yield "somebody speaks in the picture there", self._voices
        yield "the picture moves too fast there to be slowed unnoticed", self._restless
        if self._is_heard:
            yield "the motion there may be in time with its sound", self._lively


def _free(clip: Span, busy: Sequence[Span], *, at_end: bool) -> Fraction:
    """Seconds at one end of a clip without any of these spans, which are in order and apart."""
    if at_end:
        at = bisect_left(busy, clip.end, key=lambda span: span.start) - 1
        return max(clip.end - max(busy[at].end, clip.start), Fraction(0)) if at >= 0 else clip.duration
    at = bisect_right(busy, clip.start, key=lambda span: span.end)
    return max(min(busy[at].start, clip.end) - clip.start, Fraction(0)) if at < len(busy) else clip.duration


def _over(course: Course, limit: float) -> list[Span]:
    """The steps of a course that lie above a limit."""
    step = Fraction(course.step_s).limit_denominator(1000)
    return [
        Span(number * step, (number + 1) * step)
        for number, value in enumerate(course.values)
        if value is not None and value > limit
    ]


def _holds_end(shot: Span, clip: Span, *, at_end: bool) -> bool:
    return shot.start < clip.end <= shot.end if at_end else shot.start <= clip.start < shot.end
