"""Onsets, activations and beats of drums that play a pattern over and over."""

import numpy as np

SECONDS = 24
KICK, SNARE, HAT = (1.0, 0.6, 0.3), (0.05, 0.6, 0.9), (0.0, 0.02, 0.4)


def drummed(beat_s, pattern, start=0.5):
    """Onsets of drums that repeat a bar, given in half beats: k kick, s snare, h hat, b kick and snare, - none."""
    drums = {"k": KICK, "s": SNARE, "h": HAT, "b": (1.0, 0.9, 0.9), "-": (0, 0, 0)}
    flux = np.zeros((SECONDS * 50, 3), np.float32)
    for number, time in enumerate(np.arange(start, SECONDS - 0.1, beat_s / 2)):
        flux[round(time * 50)] = drums[pattern[number % len(pattern)]]
    return flux


def heard(times, strengths, downbeats=()):
    """Activations with these strengths, in turn, at the times; and a downbeat at some."""
    activations = np.tile(np.float32([0.01, 0.01, 0.98]), (SECONDS * 50, 1))
    for number, time in enumerate(times):
        activations[round(time * 50), 0] = strengths[number % len(strengths)]
    for time in downbeats:
        activations[round(time * 50), :2] = activations[round(time * 50), 1::-1]
    return activations


def counted(beat_s, meter=4, start=0.5):
    """Beats of that length and their places in the bar."""
    times = np.arange(start, SECONDS - 0.1, beat_s)
    return times, np.arange(len(times)) % meter + 1
