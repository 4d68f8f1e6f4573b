"""How far an extracted style can be relied on, out of the evidence for each of its parts."""

from __future__ import annotations

from collections.abc import Mapping
from math import log2, prod

from clipzy.style.measurements import STEADY_TEMPO, AudioAnalysis, Measurements

# share each part has in the whole; they sum to 1
WEIGHTS = {
    "length": 0.20,
    "shots": 0.15,
    "boundaries": 0.15,
    "color": 0.15,
    "picture": 0.05,
    "motion": 0.10,
    "sound": 0.10,
    "tempo": 0.10,
}
LEAST = 0.05  # no part alone brings the whole to nothing
DOUBTFUL = 0.6
# What a part says that is doubtful itself; of the parts that weigh most, so many are named
REASONS = {
    "length": "it is short",
    "shots": "it has few shots",
    "boundaries": "its cuts are unclear",
    "color": "its colours may come from the scene and not from a grade",
    "picture": "its resolution or frame rate is low",
    "motion": "its motion is hard to see",
    "sound": "it has little sound",
    "tempo": "its tempo varies or may be off by a factor of two",
}
MOST_REASONS = 3

ENOUGH_SECONDS = 20.0
ENOUGH_SHOTS = 8
ONE_SHOT = 0.35  # a single shot shows no rhythm and no transition, but its look and its sound
ENOUGH_LINES = 480  # of the picture's shorter side
ENOUGH_FRAMES = 20.0  # a second
# a grade guessed without the ungraded original never gets past .8 (analysis/look/colour.py), and reaches about this with eight plain shots
ENOUGH_COLOR = 0.4
NO_SOUND = 0.7  # half of the fields are about the sound, and none of them is known
NO_MUSIC_NOR_SPEECH = 0.85
UNPLAIN_BEATS = 0.7  # music whose beats are not sure
UNKNOWN_TEMPO = 0.5  # nobody weighed its rivals


def extraction_confidence(measurements: Measurements) -> tuple[float, dict[str, float]]:
    """Confidence of the whole style, and of its parts, each 0..1.

    The whole is the weighted geometric mean of the parts, so that one bad part is not hidden by many good ones:

    - length: seconds, full from 20 on;
    - shots: their number on a logarithmic scale, .35 for one and full from 8 on;
    - boundaries: mean confidence of the shot boundaries, full where there are none (the shots' part tells that already);
    - color: confidence of the colour measure, full from .4 on, up to halved when the shots do not share one look;
    - picture: shorter side up to 480 lines, and frame rate up to 20 a second;
    - motion: share of the samples in which motion could be seen, between .5 and 1;
    - sound: .7 without any, .85 without music and speech, between .7 and 1 with music as its beats are sure, else 1;
    - tempo: probability that it is not half or twice the one meant, up to halved where it is not steady; full without a tempo.

    Above .85 it is reliable: about half a minute with eight shots or more, seen and heard well. Below .6 it is doubtful: a few seconds, or a
    longer piece in which several measurements failed.
    """
    video = measurements.video
    facts = video.facts
    sure = [boundary.confidence for boundary in video.boundaries]
    parts = {
        "length": min(1.0, float(facts.duration) / ENOUGH_SECONDS),
        "shots": _shots(len(video.shots)),
        "boundaries": sum(sure) / len(sure) if sure else 1.0,
        "color": min(1.0, video.color.confidence / ENOUGH_COLOR) * (1 + video.color.consistency) / 2,
        "picture": min(1.0, min(facts.width, facts.height) / ENOUGH_LINES)
        * min(1.0, float(facts.frame_rate) / ENOUGH_FRAMES),
        "motion": 0.5 + 0.5 * measurements.motion.observable,
        "sound": _sound(measurements.audio),
        "tempo": _tempo(measurements.audio),
    }
    whole = prod(max(parts[name], LEAST) ** weight for name, weight in WEIGHTS.items())
    return min(1.0, whole), parts


def doubt(confidence: float, parts: Mapping[str, float]) -> str | None:
    """What there is to say of a doubtful style, as a sentence without its subject; None of one that is not."""
    if confidence >= DOUBTFUL:
        return None
    weak = [name for name in parts if parts[name] < DOUBTFUL]
    weak.sort(key=lambda name: WEIGHTS[name] * log2(max(parts[name], LEAST)))
    why = ", ".join(REASONS[name] for name in weak[:MOST_REASONS])
    return f"is doubtful (confidence {confidence:.2f})" + (f": {why}" if why else "")


def _shots(count: int) -> float:
    return min(1.0, ONE_SHOT + (1 - ONE_SHOT) * log2(max(1, count)) / log2(ENOUGH_SHOTS))


def _sound(audio: AudioAnalysis) -> float:
    if not audio.present or audio.loudness.integrated_lufs is None:
        return NO_SOUND
    if audio.music_ratio == 0:
        return 1.0 if audio.speech_ratio > 0 else NO_MUSIC_NOR_SPEECH
    if audio.tempo_bpm is None or not audio.beats:
        return UNPLAIN_BEATS
    return UNPLAIN_BEATS + (1 - UNPLAIN_BEATS) * sum(beat.confidence for beat in audio.beats) / len(audio.beats)


def _tempo(audio: AudioAnalysis) -> float:
    """An octave off brings most beats and all that is cut to them with it, and nothing else shows it; one that changes is no tempo of the whole."""
    if audio.tempo_bpm is None:
        return 1.0
    sure = UNKNOWN_TEMPO if audio.tempo_confidence is None else audio.tempo_confidence
    stability = STEADY_TEMPO if audio.tempo_stability is None else audio.tempo_stability
    return sure * (1 + min(1.0, stability / STEADY_TEMPO)) / 2
