"""All that is measured of a sound, put together from its samples, its levels and what the networks heard in it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from math import log10

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, minimum_filter1d

from clipzy.analysis.audio.beats import Rhythm, decode_beats
from clipzy.analysis.audio.dynamics import (
    NATURAL_MUSIC,
    NATURAL_SPEECH,
    bass_excess_db,
    compression_ratio,
    density,
    shelf_of_excess,
)
from clipzy.analysis.audio.genre import rank_genres
from clipzy.analysis.audio.music import has_music, passages, silence_mask, singing_mask, steadiness
from clipzy.analysis.audio.music_order import is_ordered, note_rate, pulse_clarity
from clipzy.analysis.audio.onsets import band_flux
from clipzy.analysis.audio.pauses import pauses_in
from clipzy.analysis.audio.sound_rates import BEAT_RATE, BLOCK_RATE, EVENT_HOP, EVENT_RATE, RATE_16K, VOICE_HOP
from clipzy.analysis.audio.sound_windows import spread_patches
from clipzy.analysis.audio.speech import speech_mask, speech_treatment
from clipzy.analysis.courses import course_of
from clipzy.analysis.stretches import resampled, spans_of
from clipzy.style.loudness import bass_boost
from clipzy.style.measurements import AudioAnalysis, Course, Loudness, SoundKind, SoundSpan
from clipzy.style.sound_readings import SoundReadings
from clipzy.style.time import Span

Floats = NDArray[np.float32]

PATCH_SAMPLES = 48000  # 3 s at 16 kHz, one patch of the tagger
MOST_PATCHES = 20  # a minute of music: scores stay within .03 of those from two minutes
TAGGED_DBFS = -23.0  # root mean square; folk, ragtime and an orchestra keep their genres there, and from -13, -16 and -23 to -27, -27 and -47
# notes are counted in ten excerpts of six seconds
EXCERPT_SAMPLES, MOST_EXCERPTS = 96000, 10
SHORTEST_ORDERED = 32000  # of less than two seconds notes count as if they were as many
ENOUGH_SPEECH = 0.1  # share of the duration from which speech without music sets the sound's dynamics
AROUND_MUSIC_S = 1.0  # a beat on the edge of a passage still belongs to it
ONSET_BLOCKS = 2  # of silence, before a sound and after it, in which its beat may be told to lie


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound before any network heard it; arrays may be memory maps.

    `audio_22k`, `audio_16k`: (N,) mono, -1..1, at 22 050 and 16 000 Hz. `block_rms`, `block_peak`: linear, one per 50 ms, of the channels
    together.
    """

    duration: Fraction  # seconds
    audio_22k: Floats
    audio_16k: Floats
    loudness: Loudness
    block_rms: Floats
    block_peak: Floats


@dataclass(frozen=True, slots=True)
class Heard:
    """What the networks say of a sound, joined over the whole of it: see `inference.specs` for each. `msd`, `mtt`: one row per patch."""

    beats: Floats
    events: Floats
    voice: Floats
    msd: Floats
    mtt: Floats


NO_SOUND = AudioAnalysis(
    present=False,
    duration_s=0.0,
    loudness=Loudness(None, None, None),
    compression_ratio=1.0,
    bass_boost=0.0,
    speech_enhanced=False,
    beats=(),
    tempo_bpm=None,
    tempo_stability=None,
    genre=None,
    genre_runners_up=(),
    sounds=(),
    music_ratio=0.0,
    speech_ratio=0.0,
)
"""The analysis of a video without a sound stream."""


def tag_patches(sound: Sound, events: Floats) -> Floats:
    """The (P, 48000) patches to give to the music tagger, P at most 20: evenly spread over the music.

    One gain makes them all together as loud as music usually is. (0, 48000) where there is no music: then there is no genre either,
    and the costliest network need not run.
    """
    music = events[:, 2] if len(events) else np.zeros(0, np.float32)
    if not has_music(music, sound.block_rms):
        return np.zeros((0, PATCH_SAMPLES), np.float32)
    patch_rate = RATE_16K / PATCH_SAMPLES
    where = resampled(passages(music), EVENT_RATE, len(sound.audio_16k) // PATCH_SAMPLES, patch_rate)
    return _levelled(spread_patches(sound.audio_16k, PATCH_SAMPLES, MOST_PATCHES, where))


def _levelled(patches: Floats) -> Floats:
    """Patches as loud together as `TAGGED_DBFS`: the tagger was trained on released music, and takes ragtime that is 20 dB quieter for classical."""
    power = float(np.mean(np.square(patches, dtype=np.float64))) if len(patches) else 0.0
    if power <= 0:
        return patches
    return patches * np.float32(10 ** (TAGGED_DBFS / 20) / math.sqrt(power))


def measure_sound(sound: Sound, heard: Heard) -> AudioAnalysis:
    """Measure beats, tempo, genre, dynamics, bass, speech and what sounds where.

    Music is what the event network takes for it and what is ordered as music is.
    Tempo and genre are None without music, save the tempo of bare clicks; beats are told where there is music or they are as plain as clicks.
    """
    music = heard.events[:, 2] if len(heard.events) else np.zeros(0, np.float32)
    claimed = has_music(music, sound.block_rms)
    plays = passages(music) if claimed else np.zeros(len(music), bool)
    rhythm, clarity = _rhythm(sound, heard, plays, claimed)
    musical = claimed and is_ordered(_note_rate(sound, plays), clarity, rhythm.strength, steadiness(music, plays))
    plays &= musical
    sings = singing_mask(heard.events)
    speaks = speech_mask(heard.voice, heard.events)
    genres = rank_genres(heard.msd, heard.mtt) if musical else ()
    treatment = speech_treatment(sound.audio_16k, speaks)
    spans = {
        SoundKind.MUSIC: spans_of(plays, Fraction(1, EVENT_RATE), sound.duration),
        SoundKind.SPEECH: spans_of(speaks, Fraction(VOICE_HOP, RATE_16K), sound.duration),
        SoundKind.SINGING: spans_of(sings, Fraction(1, EVENT_RATE), sound.duration),
        SoundKind.SILENCE: spans_of(silence_mask(sound.block_rms), Fraction(1, BLOCK_RATE), sound.duration),
    }
    share = {kind: _share(found, sound.duration) for kind, found in spans.items()}
    told = rhythm.has_tempo(musical)
    readings = SoundReadings(
        density=_density(sound, musical, share[SoundKind.SPEECH]),
        bass_db=_bass_db(sound, plays) if musical else None,
        presence_db=None if treatment is None else treatment.presence_db,
    )
    return AudioAnalysis(
        present=True,
        duration_s=float(sound.duration),
        loudness=sound.loudness,
        compression_ratio=compression_ratio(readings.density),
        bass_boost=0.0 if readings.bass_db is None else bass_boost(readings.bass_db),
        speech_enhanced=treatment is not None and treatment.enhanced,
        beats=rhythm.beats if musical or told else (),
        tempo_bpm=rhythm.tempo_bpm if told else None,
        tempo_stability=rhythm.stability if told else None,
        genre=genres[0] if genres else None,
        genre_runners_up=genres[1:],
        sounds=tuple(sorted((SoundSpan(span, kind) for kind, found in spans.items() for span in found), key=_by_start)),
        music_ratio=share[SoundKind.MUSIC],
        speech_ratio=share[SoundKind.SPEECH],
        pauses=pauses_in(speaks, heard.voice, sound.audio_16k, sound.duration),
        level=_level(sound),
        tempo_confidence=rhythm.level if told else None,
        readings=readings,
    )


def _level(sound: Sound) -> Course:
    power = np.square(np.asarray(sound.block_rms, np.float64))
    middles = (np.arange(len(power)) + 0.5) / BLOCK_RATE
    found = course_of(middles, power, np.ones(len(power)), float(sound.duration), digits=12)
    return Course(
        found.step_s, tuple(None if each is None else round(10 * log10(each + 1e-10), 1) for each in found.values)
    )


def _by_start(sound: SoundSpan) -> tuple[Fraction, Fraction, str]:
    return sound.span.start, sound.span.end, sound.kind


def _share(spans: tuple[Span, ...], duration: Fraction) -> float:
    return float(sum((span.duration for span in spans), Fraction(0)) / duration) if duration else 0.0


def _rhythm(sound: Sound, heard: Heard, plays: NDArray[np.bool_], claimed: bool) -> tuple[Rhythm, float]:
    """The beats within what may be music, and how clear their pulse is; all beats where there is none, to see whether they are clicks.

    Silence around music has no beats, and a rest within it has.
    """
    flux = band_flux(sound.audio_22k)
    if not claimed:
        return decode_beats(heard.beats, flux, audio=sound.audio_22k), 0.0
    widened = maximum_filter1d(plays, 2 * round(AROUND_MUSIC_S * EVENT_RATE) + 1)
    deep = minimum_filter1d(silence_mask(sound.block_rms), 2 * ONSET_BLOCKS + 1)
    silent = resampled(deep, BLOCK_RATE, len(heard.beats), BEAT_RATE)
    where = resampled(widened, EVENT_RATE, len(heard.beats), BEAT_RATE)
    where &= resampled(plays, EVENT_RATE, len(heard.beats), BEAT_RATE) | ~silent
    inside = resampled(plays, EVENT_RATE, len(flux), BEAT_RATE)
    return decode_beats(heard.beats, flux, where, sound.audio_22k), pulse_clarity(flux, inside)


def _note_rate(sound: Sound, plays: NDArray[np.bool_]) -> float:
    """New notes a second where music is claimed, between its first moment and its last: excerpts of a part that begins late would hold what came before."""
    playing = np.flatnonzero(plays)
    first, end = (int(playing[0]), int(playing[-1]) + 1) if len(playing) else (0, len(plays))
    audio = sound.audio_16k[first * EVENT_HOP : end * EVENT_HOP]
    where = resampled(plays[first:end], EVENT_RATE, len(audio) // EXCERPT_SAMPLES, RATE_16K / EXCERPT_SAMPLES)
    excerpts = spread_patches(audio, EXCERPT_SAMPLES, MOST_EXCERPTS, where)
    # one that is filled up with silence has its notes in less time; a single note makes no order, however short the sound
    return note_rate(excerpts) * max(1.0, EXCERPT_SAMPLES / max(len(audio), SHORTEST_ORDERED))


def _density(sound: Sound, musical: bool, speech_share: float) -> float | None:
    """Against natural music or natural speech; None for anything else, for nobody knows the dynamics that traffic has by nature."""
    if musical:
        return density(sound.block_rms, sound.block_peak, NATURAL_MUSIC)
    if speech_share >= ENOUGH_SPEECH:
        return density(sound.block_rms, sound.block_peak, NATURAL_SPEECH)
    return None


def _bass_db(sound: Sound, plays: NDArray[np.bool_]) -> float | None:
    excess = bass_excess_db(sound.audio_22k, plays, EVENT_RATE)
    return None if excess is None else shelf_of_excess(excess)
