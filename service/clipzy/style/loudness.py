"""The scales on which a style says how loud and how heavy in the bass its sound is, and from where on a voice counts as brought forward."""

from __future__ import annotations

QUIETEST_LUFS = -30.0
LOUDEST_LUFS = -8.0
# a low shelf of this gain at 100 Hz is a bass_boost of 100
FULL_BASS_DB = 12.0
# 2-5 kHz over natural speech's. Voices and microphones differ by several dB (a plain LibriSpeech reading lies 4.3 dB over it): only more is a treatment
TREATED_PRESENCE_DB = 7.0


def normalization_level(integrated_lufs: float | None) -> float:
    """Loudness on the scale 0..1: 0 at -30 LUFS or less, 1 at -8 LUFS or more, linear between; 0 for silence (None).

    The ends are chosen so that every delivery standard lies inside: cinema and streaming dialogue at -27 (0.14), EBU R128 at -23 (0.32),
    podcasts at -16 (0.64), web music and video at -14 (0.73), loud masters at -8.
    """
    if integrated_lufs is None:
        return 0.0
    return min(1.0, max(0.0, (integrated_lufs - QUIETEST_LUFS) / (LOUDEST_LUFS - QUIETEST_LUFS)))


def target_lufs(level: float) -> float | None:
    """The loudness that a level stands for; None for 0, which says that nobody set a level: the sound keeps its own."""
    return None if level <= 0 else QUIETEST_LUFS + min(level, 1.0) * (LOUDEST_LUFS - QUIETEST_LUFS)


def bass_gain_db(boost: float) -> float:
    """Gain of the low shelf that a bass_boost of 0..100 stands for, dB."""
    return boost / 100 * FULL_BASS_DB


def bass_boost(gain_db: float) -> float:
    """The bass_boost, 0..100, that a low shelf of that gain amounts to."""
    return min(100.0, max(0.0, on_bass_scale(gain_db)))


def on_bass_scale(gain_db: float) -> float:
    """A low shelf's gain on the scale of bass_boost without its ends: under 0 for thin bass."""
    return 100 * gain_db / FULL_BASS_DB
