"""Stage 2: one decode of each video's sound, then its beats, tempo, genre, loudness and dynamics, and what sounds where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.audio.sound import NO_SOUND, Heard, Sound, measure_sound, tag_patches
from clipzy.analysis.audio.sound_rates import RATE_16K, RATE_22K
from clipzy.analysis.audio.sound_windows import (
    BEATS_FRAMING,
    EVENTS_FRAMING,
    VOICE_FRAMING,
    Framing,
    ask_in_chunks,
)
from clipzy.inference.client import Inference
from clipzy.inference.specs import AUDIO_EVENTS, BEATS, MUSIC_TAGS, VOICE_ACTIVITY, ModelSpec
from clipzy.media.sound.audio import AudioPass, decode_audio
from clipzy.stages.context import Role, Source, StageContext
from clipzy.stages.measured import AUDIO
from clipzy.stages.shares import Report, part
from clipzy.stages.sources import measure_sources
from clipzy.style.measurements import AudioAnalysis

# ends of the steps in the progress of one source, by their usual cost
DECODED, EVENTS_HEARD, BEATS_HEARD, VOICE_HEARD, TAGGED = 0.25, 0.35, 0.5, 0.65, 0.95

Floats = NDArray[np.float32]


def run(context: StageContext) -> None:
    """Analyse the sound of all sources side by side: one is decoded while the networks hear the other; leaves `<role>.json`."""
    measure_sources(context, AudioAnalysis, AUDIO, _analyse, at_once=len(Role))


def _analyse(context: StageContext, source: Source, report: Report) -> AudioAnalysis:
    folder = context.folder / f"{source.role}_sound"
    decoded = decode_audio(source.path, folder, part(report, 0, DECODED))
    if decoded is None:
        return NO_SOUND
    sound = _sound(decoded)
    measured = measure_sound(sound, _heard(context.inference, sound, report))
    return replace(measured, warnings=(*measured.warnings, *decoded.warnings))


def _sound(decoded: AudioPass) -> Sound:
    rms, peak = decoded.levels()
    return Sound(
        duration=decoded.duration,
        audio_22k=decoded.mono(RATE_22K),
        audio_16k=decoded.mono(RATE_16K),
        loudness=decoded.loudness,
        block_rms=rms,
        block_peak=peak,
    )


def _heard(inference: Inference, sound: Sound, report: Report) -> Heard:
    """Ask every sound network; the tagger, which costs most, only where there is music."""
    listen = _Listener(inference)
    events = listen(AUDIO_EVENTS, sound.audio_16k, EVENTS_FRAMING, part(report, DECODED, EVENTS_HEARD))
    beats = listen(BEATS, sound.audio_22k, BEATS_FRAMING, part(report, EVENTS_HEARD, BEATS_HEARD))
    voice = listen(VOICE_ACTIVITY, sound.audio_16k, VOICE_FRAMING, part(report, BEATS_HEARD, VOICE_HEARD))
    msd, mtt = _tags(inference, tag_patches(sound, events), part(report, VOICE_HEARD, TAGGED))
    return Heard(beats=beats, events=events, voice=voice, msd=msd, mtt=mtt)


class _Listener:
    """Runs networks that have one output over whole sounds."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference

    def __call__(self, model: ModelSpec, audio: Floats, framing: Framing, progress: Callable[[float], None]) -> Floats:
        def ask(batch: Floats) -> Floats:
            return cast(Floats, self._inference.infer(model, {"audio": batch})[model.outputs[0].name])

        return ask_in_chunks(audio, framing, ask, progress=progress)


def _tags(inference: Inference, patches: Floats, report: Report) -> tuple[Floats, Floats]:
    """Tags of each patch: two of (P, 50)."""
    msd, mtt = (np.zeros((0, output.shape[-1]), np.float32) for output in MUSIC_TAGS.outputs)
    for at in range(0, len(patches), MUSIC_TAGS.max_batch_size):
        answer = inference.infer(MUSIC_TAGS, {"audio": patches[at : at + MUSIC_TAGS.max_batch_size]})
        # a patch of three seconds is one row of the network's answer
        msd = np.concatenate([msd, cast(Floats, answer["msd"])[:, 0]])
        mtt = np.concatenate([mtt, cast(Floats, answer["mtt"])[:, 0]])
        report(len(msd) / len(patches))
    return msd, mtt
