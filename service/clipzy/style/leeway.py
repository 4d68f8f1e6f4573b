"""How long pictures beside a cut can be slowed for a transition without anybody seeing it.

Slowed pictures run off their sound, by half of the transition at most, and they show single frames twice. So they are slowed where no
lips are seen to speak, nothing moves in time with its sound, and the camera is calm.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from clipzy.style.cut_points import WORD_EDGE
from clipzy.style.measurements import Course, Measurements, SoundKind
from clipzy.style.time import Span

LONGEST = Fraction(2)  # seconds on either side: over them a change of pace by an eighth is not felt
SLOWEST = Fraction(4, 5)  # of its own speed: at that a walk begins to look heavy
RESTLESS = 0.25  # frame diagonals a second of the whole picture: from here on a frame that is shown twice is a stumble
LIVELY = 0.06  # of what moves without the camera: steps, blows and claps, whose sound would come early
VOICES = (SoundKind.SPEECH, SoundKind.SINGING)


@dataclass(frozen=True, slots=True)
class Leeway:
    """Seconds before and after a cut that can be slowed; where either is 0, `why` says for what."""

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
        self._shots, self._faces = video.shots, [subject.time_s for subject in video.subjects if subject.is_face]
        self._flow, self._moving = footage.motion.flow, footage.motion.subject_flow
        self._is_heard = is_heard and footage.audio.present
        self._voices = [
            Span(max(sound.span.start - WORD_EDGE, Fraction(0)), sound.span.end + WORD_EDGE)
            for sound in footage.audio.sounds
            if sound.kind in VOICES
        ]

    def beside(self, old: Span, new: Span) -> Leeway:
        """Between two clips: at the end of the one, at the beginning of the other, each in its own shot and at most half of its clip."""
        before, why_before = self._calm(old, at_end=True)
        after, why_after = self._calm(new, at_end=False)
        return Leeway(before, after, why_before or why_after)

    def _calm(self, clip: Span, *, at_end: bool) -> tuple[Fraction, str]:
        """Seconds at one end of a clip, and why there are none."""
        shot = next((shot for shot in self._shots if _holds_end(shot, clip, at_end=at_end)), None)
        if shot is None:
            return Fraction(0), "a transition of the footage's own lies there"
        inside = clip.end - shot.start if at_end else shot.end - clip.start
        length = min(LONGEST, clip.duration / 2, inside)
        if self._is_heard and any(shot.start <= time < shot.end for time in self._faces):
            length = self._unspoken(clip, length, at_end=at_end)
            if length <= 0:
                return Fraction(0), "somebody is seen to speak there"
        part = Span(clip.end - length, clip.end) if at_end else Span(clip.start, clip.start + length)
        if _most(self._flow, part) > RESTLESS:
            return Fraction(0), "the picture moves too fast there to be slowed unseen"
        if self._is_heard and _most(self._moving, part) > LIVELY:
            return Fraction(0), "things move there, perhaps in time with their sound"
        return length, ""

    def _unspoken(self, clip: Span, length: Fraction, *, at_end: bool) -> Fraction:
        """Seconds from the clip's end, or beginning, to the nearest voice."""
        for voice in self._voices:
            if voice.start < clip.end and clip.start < voice.end:
                length = min(length, clip.end - voice.end if at_end else voice.start - clip.start)
        return length


def _holds_end(shot: Span, clip: Span, *, at_end: bool) -> bool:
    return shot.start < clip.end <= shot.end if at_end else shot.start <= clip.start < shot.end


def _most(course: Course, part: Span) -> float:
    first, last = int(float(part.start) / course.step_s), math.ceil(float(part.end) / course.step_s)
    return max((value for value in course.values[first:last] if value is not None), default=0.0)
