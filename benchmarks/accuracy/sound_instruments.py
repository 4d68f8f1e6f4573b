"""Synthetic instruments, each drawn anew from the ranges that real ones have: drums, bass, chords, leads, a room.

All are mono float64 at `RATE`, peak about 1, and start at their attack.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, sosfilt

Mono = NDArray[np.float64]
Random = np.random.Generator

RATE = 44100


def kick(random: Random) -> Mono:
    """A body of 45-65 Hz into which the beater's sweep falls within 10-30 ms, and a click."""
    time = _time(random.uniform(0.2, 0.5))
    body, start = random.uniform(45, 65), random.uniform(110, 220)
    sweep = random.uniform(0.01, 0.03)
    phase = body * time + (start - body) * sweep * (1 - np.exp(-time / sweep))
    click = _band(random.standard_normal(len(time)), 1500, 6000) * np.exp(-time / 0.003)
    return _unit(
        np.sin(2 * np.pi * phase) * np.exp(-time / random.uniform(0.06, 0.2)) + random.uniform(0.05, 0.4) * _unit(click)
    )


def snare(random: Random) -> Mono:
    """A drum head of 180-250 Hz with its second mode, under the rattle of the wires."""
    time = _time(0.35)
    head = random.uniform(180, 250)
    tone = np.sin(2 * np.pi * head * time) + 0.5 * np.sin(2 * np.pi * 1.6 * head * time)
    wires = _band(random.standard_normal(len(time)), random.uniform(500, 1500), random.uniform(7000, 12000))
    body = tone * np.exp(-time / random.uniform(0.03, 0.08))
    return _unit(random.uniform(0.4, 1.0) * _unit(body) + _unit(wires * np.exp(-time / random.uniform(0.05, 0.12))))


def clap(random: Random) -> Mono:
    """Three or four short bursts about 1 kHz, then a tail."""
    time = _time(0.3)
    envelope = np.exp(-time / random.uniform(0.05, 0.1)) * 0.6
    for at in np.arange(random.integers(3, 5)) * random.uniform(0.008, 0.012):
        envelope = np.maximum(envelope, np.where(time >= at, np.exp(-(time - at) / 0.004), 0))
    return _unit(_band(random.standard_normal(len(time)), 700, random.uniform(2500, 5000)) * envelope)


def rim(random: Random) -> Mono:
    """A stick on the rim: a short ring of two partials."""
    time = _time(0.08)
    base = random.uniform(400, 800)
    ring = np.sin(2 * np.pi * base * time) + 0.8 * np.sin(2 * np.pi * base * random.uniform(2.2, 3.1) * time)
    return _unit(ring * np.exp(-time / 0.012))


def hat(random: Random, *, opened: bool = False) -> Mono:
    """Noise above 5-8 kHz that dies within 20-50 ms, or 150-300 ms when open."""
    time = _time(0.5 if opened else 0.15)
    decay = random.uniform(0.15, 0.3) if opened else random.uniform(0.015, 0.04)
    return _unit(_band(random.standard_normal(len(time)), random.uniform(5000, 8000), 16000) * np.exp(-time / decay))


def shaker(random: Random) -> Mono:
    """Noise that swells and falls: its loudest moment comes 15-30 ms after its start."""
    time = _time(0.12)
    rise = random.uniform(0.015, 0.03)
    return _unit(_band(random.standard_normal(len(time)), 3500, 12000) * time / rise * np.exp(1 - time / rise))


def tone(
    frequency_hz: float, seconds: float, *, harmonics: Sequence[float], attack: float = 0.008, decay: float = 1.0
) -> Mono:
    """A note of given amplitudes of its harmonics; higher ones die sooner. `attack`, `decay` in seconds."""
    time = _time(seconds)
    note = np.zeros(len(time))
    for number, level in enumerate(harmonics, 1):
        if number * frequency_hz < 0.45 * RATE:
            note += level * np.sin(2 * np.pi * number * frequency_hz * time) * np.exp(-time * number**0.5 / decay)
    release = np.minimum(1, (seconds - time) / min(0.03, seconds / 4))
    return _unit(note * np.minimum(1, time / attack) * release)


def timbre(random: Random) -> tuple[float, ...]:
    """Amplitudes of eight harmonics of an instrument."""
    fall = random.uniform(0.8, 2.0)
    return tuple(float(random.uniform(0.4, 1.0) / number**fall) for number in range(1, 9))


def room(sound: Mono, random: Random) -> NDArray[np.float64]:
    """Two channels with the late sound of a room of 0.2-0.8 s: (samples, 2)."""
    seconds, wet = random.uniform(0.2, 0.8), random.uniform(0.02, 0.15)
    time = _time(seconds)
    channels = []
    for _ in range(2):
        tail = _band(random.standard_normal(len(time)), 200, 6000) * np.exp(-6.9 * time / seconds)
        tail[: round(0.012 * RATE)] = 0  # nothing comes back sooner from a wall two metres away
        tail /= np.sqrt(np.square(tail).sum())
        channels.append(sound + wet * fftconvolve(sound, tail)[: len(sound)])
    return np.stack(channels, axis=1)


def _time(seconds: float) -> Mono:
    return np.arange(round(seconds * RATE)) / RATE


def _band(sound: Mono, low_hz: float, high_hz: float) -> Mono:
    return np.asarray(sosfilt(butter(2, (low_hz, high_hz), "bandpass", fs=RATE, output="sos"), sound))


def _unit(sound: Mono) -> Mono:
    return sound / max(float(np.abs(sound).max()), 1e-9)
