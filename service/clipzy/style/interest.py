"""How much each moment of footage has to offer: somebody to see, something that happens, something to hear, all of it sharp."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from clipzy.style.measurements import Course, Measurements, SoundKind
from clipzy.style.time import Span

Floats = NDArray[np.float64]

STEP_S = 0.25
# What a moment is worth, of 1; judged, not fitted. People look at faces first, and at what moves before what stands still.
FACE, ACTION, SOUND, PLAIN = 0.35, 0.3, 0.25, 0.1
NOT_A_FACE = 0.5  # of a face's worth, of what else stands out of its picture
SEEN_FOR_S = 0.75  # around a sample that shows a subject; wider where samples lie further apart
SUBJECT_FLOW_SCALE = 0.04  # frame diagonals a second of what moves without the camera: .63 of the action there
# frame diagonals a second of the whole picture: from the first on nothing is told well, at the second nothing at all
SMEARED = (0.5, 1.5)
LOUDER_DB = 12.0  # over the usual, at which a sound without speech counts in full
# of the sharpness that a quarter of the video surpasses: what has less loses in proportion
USUALLY_SHARP = 0.75


@dataclass(frozen=True, slots=True)
class Interest:
    """Step by step of `STEP_S` from the footage's beginning: all (K,).

    `face`, `subject`, `action`, `speech`, `loud`: 0..1. `worth`: of all together, 0..1. `view`: number of what the picture shows, -1
    where nobody looked. `shot`: its place among the shots, -1 between two.
    """

    face: Floats
    subject: Floats
    action: Floats
    speech: Floats
    loud: Floats
    worth: Floats
    view: NDArray[np.int64]
    shot: NDArray[np.int64]


class Summed:
    """Something that is told step by step, summed up between any two times."""

    def __init__(self, values: Floats) -> None:
        self._edges = np.arange(len(values) + 1) * STEP_S
        self._sums = np.concatenate([[0.0], np.cumsum(values)]) * STEP_S

    def between(self, start_s: Floats, end_s: Floats) -> Floats:
        """From each start to each end, times seconds."""
        until = [np.interp(times, self._edges, self._sums) for times in (start_s, end_s)]
        return np.asarray(until[1] - until[0])


def interest_of(footage: Measurements) -> Interest:
    """Weigh what was measured of the footage, moment by moment; what was not measured counts as middling."""
    video, motion, audio = footage.video, footage.motion, footage.audio
    middles = (np.arange(max(1, int(np.ceil(float(video.facts.duration) / STEP_S)))) + 0.5) * STEP_S
    shot = _shots_at(video.shots, middles)
    at = _nearest([view.time_s for view in video.views], middles, video.shots, shot)
    sharp = _sharp(np.array([view.sharpness for view in video.views]), at)
    view = np.where(at >= 0, np.array([*(view.number for view in video.views), -1])[at], -1)
    face, subject = _subjects(footage, middles, shot)
    action = _action(_read(motion.subject_flow, middles), _read(motion.flow, middles))
    speech = np.zeros(len(middles))
    for sound in audio.sounds:
        if sound.kind is SoundKind.SPEECH:
            speech[(middles >= float(sound.span.start)) & (middles < float(sound.span.end))] = 1.0
    loud = _loud(_read(audio.level, middles))
    drawn = np.maximum(face, NOT_A_FACE * subject)
    told = FACE * drawn + ACTION * action + SOUND * np.maximum(speech, loud) + PLAIN
    return Interest(face, subject, action, speech, loud, told * sharp, view, shot)


def _shots_at(shots: Sequence[Span], middles: Floats) -> NDArray[np.int64]:
    found = np.full(len(middles), -1)
    for number, shot in enumerate(shots):
        found[(middles >= float(shot.start)) & (middles < float(shot.end))] = number
    return found


def _nearest(
    times: Sequence[float], middles: Floats, shots: Sequence[Span], shot: NDArray[np.int64]
) -> NDArray[np.int64]:
    """For each step the nearest sample of its own shot, -1 where that has none."""
    found = np.full(len(middles), -1)
    sampled = np.asarray(times, float)
    for number, span in enumerate(shots):
        own = np.flatnonzero((sampled >= float(span.start) - 1e-3) & (sampled < float(span.end) - 1e-3))
        steps = np.flatnonzero(shot == number)
        if len(own) and len(steps):
            between = (sampled[own][1:] + sampled[own][:-1]) / 2
            found[steps] = own[np.searchsorted(between, middles[steps])]
    return found


def _sharp(sharpness: Floats, at: NDArray[np.int64]) -> Floats:
    """A factor 0..1: against what the video usually is, for lenses and compression differ more than moments do."""
    usual = float(np.percentile(sharpness[sharpness > 0], 75)) * USUALLY_SHARP if (sharpness > 0).any() else 0.0
    if usual == 0:
        return np.ones(len(at))
    return np.where(at >= 0, np.clip(np.append(sharpness, 0.0)[at] / usual, 0, 1), 1.0)


def _subjects(footage: Measurements, middles: Floats, shot: NDArray[np.int64]) -> tuple[Floats, Floats]:
    face, other = np.zeros(len(middles)), np.zeros(len(middles))
    times = [view.time_s for view in footage.video.views]
    spacing = median(np.diff(times)) if len(times) > 2 else 0.0
    reach = max(SEEN_FOR_S, 1.5 * float(spacing))
    seen_in = _shots_at(footage.video.shots, np.array([subject.time_s for subject in footage.video.subjects]))
    for subject, number in zip(footage.video.subjects, seen_in, strict=True):
        first, last = (int((subject.time_s + way * reach) / STEP_S) for way in (-1, 1))
        steps = np.arange(max(0, first), min(len(middles), last + 1))
        steps = steps[shot[steps] == number]
        into = face if subject.is_face else other
        into[steps] = np.maximum(into[steps], min(1.0, subject.confidence))
    return face, other


def _action(subject_flow: Floats, flow: Floats) -> Floats:
    """What moves in the picture; less where all of it moves so fast that it smears."""
    clear = 1 - np.clip((np.nan_to_num(flow) - SMEARED[0]) / (SMEARED[1] - SMEARED[0]), 0, 1)
    return np.asarray((1 - np.exp(-np.nan_to_num(subject_flow) / SUBJECT_FLOW_SCALE)) * clear)


def _loud(level_db: Floats) -> Floats:
    """What is louder than the usual; silence and a video without sound are not."""
    heard = level_db[np.isfinite(level_db)]
    if not len(heard):
        return np.zeros(len(level_db))
    return np.asarray(np.clip((np.nan_to_num(level_db, nan=-100.0) - np.median(heard)) / LOUDER_DB, 0, 1))


def _read(course: Course, middles: Floats) -> Floats:
    """A course at each step, NaN where it tells nothing."""
    values = np.array([np.nan if each is None else each for each in course.values] + [np.nan], float)
    index = np.minimum((middles / course.step_s).astype(np.int64), len(values) - 1)
    return np.asarray(values[index])
