"""Mixtures of music, speech and everything else that sounds, each with what is in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import sound_generators
import sound_instruments as instruments
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, resample_poly, sosfilt
from sound_instruments import RATE, Mono, Random

Samples = NDArray[np.float32]

# Five vowels by their first three formants, Hz (G. Peterson, H. Barney, JASA 24, 1952, men)
VOWELS = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480), (570, 840, 2410))
# Fricatives and bursts as bands of noise, Hz
CONSONANTS = ((4000, 9000), (2500, 6000), (1500, 4500), (800, 3000))


@dataclass(frozen=True)
class Clip:
    """A sound and what is in it: `kind` names the recipe, `audio` is (samples, 2) at `RATE`."""

    kind: str
    audio: Samples
    music: bool
    speech: bool


@dataclass(frozen=True)
class Material:
    """What mixtures are made of; without files of real sound everything is generated. Sounds are mono at `RATE`."""

    seconds: float
    speech: tuple[Mono, ...] = ()
    music: tuple[Mono, ...] = ()


def voice(random: Random, seconds: float) -> Mono:
    """Syllables of a glottal pulse train through moving formants, with consonants and pauses: a voice without words."""
    pitch, scale = random.uniform(90, 230), 1.0
    scale += 0.17 * (pitch > 165)  # a shorter throat has higher formants
    mono = np.zeros(round(seconds * RATE))
    at, vowel = 0.1, VOWELS[0]
    while at < seconds - 0.4:
        if random.random() < 0.8:
            burst = _consonant(random)
            _add(mono, burst, at)
            at += 0.7 * len(burst) / RATE
        length = random.uniform(0.09, 0.24)
        target = VOWELS[int(random.integers(len(VOWELS)))]
        _add(mono, _syllable(random, length, pitch * random.uniform(0.85, 1.2), (vowel, target), scale), at)
        vowel = target
        at += length + (random.uniform(0.25, 0.7) if random.random() < 0.15 else random.uniform(0, 0.04))
    return mono / np.abs(mono).max()


def tune(random: Random, seconds: float) -> Mono:
    """Music without drums: slow chords, or a plucked line over them."""
    mono = np.zeros(round(seconds * RATE) + RATE)
    key, beat = int(random.integers(45, 60)), 60 / random.uniform(55, 140)
    harmonics, lead = instruments.timbre(random), instruments.timbre(random)
    slow = random.uniform(0.02, 0.4)
    line, degree = random.random() < 0.7, 0
    for number, at in enumerate(np.arange(0, seconds, beat)):
        if number % 4 == 0:
            degree = (0, 5, 7, 9)[int(random.integers(4))]
            for step in (0, 3 if degree == 9 else 4, 7):
                note = instruments.tone(_hz(key + degree + step), 4.2 * beat, harmonics=harmonics, attack=slow, decay=3)
                _add(mono, 0.3 * note, at)
        if line and random.random() < 0.8:
            note = instruments.tone(
                _hz(key + 12 + degree + (0, 4, 7, 12)[int(random.integers(4))]), 1.2 * beat, harmonics=lead, decay=0.5
            )
            _add(mono, 0.5 * note, at)
    return mono[: round(seconds * RATE)] / np.abs(mono).max()


def beat_music(random: Random, seconds: float) -> Mono:
    """Music with drums, or drums alone, of any group."""
    group = str(random.choice(sorted(sound_generators.GROUPS)))
    piece = sound_generators.GROUPS[group](random, seconds, float(random.uniform(70, 170)))
    return np.asarray(piece.audio.mean(axis=1), np.float64)


def coloured(random: Random, seconds: float) -> Mono:
    """Noise that falls by 0, 3 or 6 dB an octave."""
    spectrum = np.fft.rfft(random.standard_normal(round(seconds * RATE)))
    hertz = np.maximum(np.fft.rfftfreq(round(seconds * RATE), 1 / RATE), 20)
    return _scaled(np.fft.irfft(spectrum / hertz ** random.choice([0, 0.5, 1.0]), round(seconds * RATE)))


def gusts(random: Random, seconds: float) -> Mono:
    """Wind or surf: low noise that swells every few seconds."""
    count = round(seconds * RATE)
    swell = np.interp(
        np.arange(count), np.linspace(0, count, int(seconds) + 2), random.uniform(0.1, 1.0, int(seconds) + 2)
    )
    low = sosfilt(butter(2, random.uniform(300, 1500), fs=RATE, output="sos"), random.standard_normal(count))
    return _scaled(low * swell)


def hum(random: Random, seconds: float) -> Mono:
    """Mains hum, or an engine whose speed wanders."""
    time = np.arange(round(seconds * RATE)) / RATE
    base = float(random.choice([50.0, 60.0, random.uniform(25, 120)]))
    wander = random.uniform(0, 0.03) * np.cumsum(lfilter([1e-4], [1, -0.9999], random.standard_normal(len(time))))
    phase = 2 * np.pi * base * time + wander
    sound = sum(random.uniform(0.1, 1) / n * np.sin(n * phase) for n in range(1, 13))
    return _scaled(np.asarray(sound) + 0.05 * random.standard_normal(len(time)))


def steady_tone(random: Random, seconds: float) -> Mono:
    """One tone of a test, steady or swept."""
    time = np.arange(round(seconds * RATE)) / RATE
    low = random.uniform(200, 2000)
    high = low if random.random() < 0.5 else random.uniform(200, 4000)
    return np.sin(2 * np.pi * (low * time + (high - low) * time**2 / (2 * seconds)))


def applause(random: Random, seconds: float) -> Mono:
    """Hundreds of hands, each at its own pace of two to five claps a second, nobody in step."""
    mono = np.zeros(round((seconds + 1) * RATE))
    for _ in range(int(random.integers(15, 80))):
        hand, level, pace = instruments.clap(random)[: RATE // 20], random.uniform(0.1, 1), random.uniform(0.2, 0.5)
        hand = hand * np.exp(-np.arange(len(hand)) / (0.01 * RATE))
        for at in np.arange(random.uniform(0, pace), seconds, pace):
            _add(mono, level * hand, max(0.0, at + random.normal(0, 0.04)))
    return _scaled(mono[: round(seconds * RATE)])


def knocks(random: Random, seconds: float) -> Mono:
    """Typing, hammering, steps: short strokes at times of no pulse."""
    mono = np.zeros(round((seconds + 1) * RATE))
    make = instruments.rim if random.random() < 0.6 else instruments.snare
    at = 0.2
    while at < seconds:
        _add(mono, random.uniform(0.3, 1) * make(random), at)
        at += random.gamma(1.5, 0.2) + 0.03
    return _scaled(mono[: round(seconds * RATE)]) + 1e-3 * random.standard_normal(round(seconds * RATE))


def silence(random: Random, seconds: float) -> Mono:
    """Nothing, or the hiss of a converter."""
    return (random.random() < 0.5) * 3e-5 * random.standard_normal(round(seconds * RATE))


OTHERS: tuple[Callable[[Random, float], Mono], ...] = (coloured, gusts, hum, steady_tone, applause, knocks, silence)


def clips(count: int, seed: int, material: Material) -> list[Callable[[], Clip]]:
    """That many clips of each recipe, made when called."""
    return [partial(_clip, (seed, kind, number), material) for kind in range(len(RECIPES)) for number in range(count)]


def _clip(key: tuple[int, int, int], material: Material) -> Clip:
    random = np.random.default_rng(key)
    mono, name, music, speech = RECIPES[key[1]](random, material, key[2])
    mono = mono * random.uniform(0.2, 0.9) if np.abs(mono).max() > 0.01 else mono
    return Clip(name, np.asarray(instruments.room(mono, random).clip(-1, 1), np.float32), music, speech)


Made = tuple[Mono, str, bool, bool]


def _music(random: Random, material: Material, _number: int) -> Made:
    mono, name = _some_music(random, material)
    return mono, name, True, False


def _music_in_noise(random: Random, material: Material, _number: int) -> Made:
    mono, name = _some_music(random, material)
    noise = (coloured, gusts, applause)[int(random.integers(3))](random, material.seconds)
    return _over(mono, noise, random.uniform(3, 15)), f"{name} in noise", True, False


def _speech(random: Random, material: Material, _number: int) -> Made:
    mono, name = _some_speech(random, material)
    return mono, name, False, True


def _speech_in_noise(random: Random, material: Material, _number: int) -> Made:
    mono, name = _some_speech(random, material)
    noise = (coloured, gusts, hum)[int(random.integers(3))](random, material.seconds)
    return _over(mono, noise, random.uniform(3, 15)), f"{name} in noise", False, True


def _speech_over_music(random: Random, material: Material, _number: int) -> Made:
    speech, name = _some_speech(random, material)
    music, _ = _some_music(random, material)
    return _over(speech, music, random.uniform(-6, 12)), f"{name} over music", True, True


def _other(random: Random, material: Material, number: int) -> Made:
    make = OTHERS[number % len(OTHERS)]
    return make(random, material.seconds), make.__name__, False, False


# what has neither is made twice as often: there are many kinds of it
RECIPES = (_music, _music_in_noise, _speech, _speech_in_noise, _speech_over_music, _other, _other)


def _some_music(random: Random, material: Material) -> tuple[Mono, str]:
    if material.music and random.random() < 0.5:
        return _excerpt(random, material.music, material.seconds), "recorded music"
    return (beat_music if random.random() < 0.6 else tune)(random, material.seconds), "generated music"


def _some_speech(random: Random, material: Material) -> tuple[Mono, str]:
    if material.speech:
        return _varied(
            random, _excerpt(random, material.speech, 1.2 * material.seconds), material.seconds
        ), "recorded speech"
    return voice(random, material.seconds), "synthetic speech"


def _excerpt(random: Random, sounds: Sequence[Mono], seconds: float) -> Mono:
    sound = sounds[int(random.integers(len(sounds)))]
    count = round(seconds * RATE)
    if len(sound) < count:
        sound = np.tile(sound, -(-count // len(sound)))
    start = int(random.integers(len(sound) - count + 1))
    return _scaled(sound[start : start + count])


def _varied(random: Random, sound: Mono, seconds: float) -> Mono:
    """Another speaker through another channel: up to 12 % higher or lower, some through a telephone."""
    sound = resample_poly(sound, 100, int(random.integers(90, 113)))[: round(seconds * RATE)]
    if random.random() < 0.2:
        sound = sosfilt(butter(4, (300, 3400), "bandpass", fs=RATE, output="sos"), sound)
    return _scaled(np.pad(sound, (0, max(0, round(seconds * RATE) - len(sound)))))


def _over(front: Mono, back: Mono, by_db: float) -> Mono:
    """Both together, the first so much louder."""
    level = np.sqrt(np.square(front).mean() / max(float(np.square(back).mean()), 1e-12)) * 10 ** (-by_db / 20)
    return _scaled(front + level * back)


def _consonant(random: Random) -> Mono:
    time = np.arange(round(random.uniform(0.03, 0.11) * RATE)) / RATE
    low, high = CONSONANTS[int(random.integers(len(CONSONANTS)))]
    noise = sosfilt(butter(2, (low, high), "bandpass", fs=RATE, output="sos"), random.standard_normal(len(time)))
    return _scaled(noise * np.hanning(len(time))) * random.uniform(0.05, 0.25)


def _syllable(
    random: Random, seconds: float, pitch_hz: float, vowels: tuple[tuple[int, ...], tuple[int, ...]], scale: float
) -> Mono:
    """A voiced stretch that glides from one vowel to another; formants move in steps of 10 ms."""
    start, end = vowels
    count = round(seconds * RATE)
    fall = pitch_hz * np.linspace(1.05, 0.9, count) * (1 + 0.01 * random.standard_normal())
    source = np.diff(np.floor(np.cumsum(fall) / RATE), prepend=0.0) + 0.003 * random.standard_normal(count)
    source = lfilter([1], [1, -0.97], source)  # the glottis falls by 6 dB an octave more than pulses do, once radiated
    hop = RATE // 100
    out = np.zeros(count)
    states = [np.zeros(2) for _ in range(3)]
    for at in range(0, count, hop):
        piece = source[at : at + hop]
        share = min(1.0, 2 * at / count)
        for index in range(3):
            formant = scale * (start[index] + share * (end[index] - start[index]))
            radius, angle = np.exp(-np.pi * (60 + 40 * index) / RATE), 2 * np.pi * formant / RATE
            gain = 1 - 2 * radius * np.cos(angle) + radius**2
            piece, states[index] = lfilter([gain], [1, -2 * radius * np.cos(angle), radius**2], piece, zi=states[index])
        out[at : at + hop] = piece
    edge = np.minimum(1, np.minimum(np.arange(count), np.arange(count)[::-1]) / (0.02 * RATE))
    return _scaled(out * edge) * random.uniform(0.6, 1)


def _add(mono: Mono, sound: Mono, at_s: float) -> None:
    start = round(at_s * RATE)
    mono[start : start + len(sound)] += sound[: max(0, len(mono) - start)]


def _scaled(sound: Mono) -> Mono:
    return sound / max(float(np.abs(sound).max()), 1e-9)


def _hz(note: int) -> float:
    return float(440 * 2 ** ((note - 69) / 12))
