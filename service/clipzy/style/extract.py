"""The Style DNA of a video, read off its measurements."""

from __future__ import annotations

from fractions import Fraction

from clipzy.style.confidence import extraction_confidence
from clipzy.style.dna import FRAME_RATES, MOST_CUTS_A_MINUTE, AspectRatio, AudioStyle, DetectedBeat, StyleDNA
from clipzy.style.loudness import normalization_level
from clipzy.style.measurements import AudioAnalysis, Measurements, VideoAnalysis
from clipzy.style.transitions import rank_transitions


def extract(measurements: Measurements, *, created_at: str) -> StyleDNA:
    """Turn measurements into a style.

    Args:
        measurements: of one video, all three analyses.
        created_at: ISO 8601 UTC with Z; the caller reads the clock.
    """
    video, audio, motion = measurements.video, measurements.audio, measurements.motion
    primary, secondary = rank_transitions(video.changes)
    confidence, _ = extraction_confidence(measurements)
    return StyleDNA(
        color_grade=video.color.grade,
        aspect_ratio=nearest_aspect(video.facts.shape),
        frame_rate=nearest_rate(video.facts.frame_rate),
        audio_style=_audio_style(audio),
        cut_frequency=cuts_per_minute(video),
        motion_intensity=motion.intensity,
        zoom_usage=motion.zoom_usage,
        primary_transition=primary,
        secondary_transition=secondary,
        text_overlays=video.text_overlays,
        use_subtitles=video.has_captions or video.facts.has_subtitle_stream,
        detected_beats=tuple(
            DetectedBeat(round(beat.time_s * 1000), beat.confidence, beat.band) for beat in audio.beats
        ),
        tempo_bpm=audio.tempo_bpm,
        music_genre=None if audio.genre is None else audio.genre.genre,
        created_at=created_at,
        source_duration_seconds=float(video.facts.duration),
        extraction_confidence=confidence,
    )


def nearest_aspect(shape: Fraction) -> AspectRatio:
    """The aspect ratio nearest to a picture's width to height, by the logarithm: twice as wide is as far as half as wide.

    4:3 lies exactly between 1:1 and 16:9 and goes to 16:9, the side that it leans to; likewise 3:4 to 9:16.
    """
    if shape >= Fraction(4, 3):
        return AspectRatio.WIDE
    return AspectRatio.TALL if shape <= Fraction(3, 4) else AspectRatio.SQUARE


def nearest_rate(frame_rate: Fraction) -> int:
    """24, 30 or 60, whichever is nearest to a frame rate; the lower one half way."""
    return min(FRAME_RATES, key=lambda rate: abs(rate - frame_rate))


def cuts_per_minute(video: VideoAnalysis) -> float:
    """Changes of shot a minute, by whatever transition; a fade in at the start or out at the end changes no shot."""
    return (
        min(float(changes_of(video) * 60 / video.facts.duration), MOST_CUTS_A_MINUTE) if video.facts.duration else 0.0
    )


def changes_of(video: VideoAnalysis) -> int:
    """How often a video changes its shot, by whatever transition."""
    return max(0, len(video.shots) - 1)


def changes_in(duration_s: float, cut_frequency: float) -> int:
    """How many changes of shot so many a minute are in that many seconds."""
    return round(cut_frequency * duration_s / 60)


def _audio_style(audio: AudioAnalysis) -> AudioStyle:
    return AudioStyle(
        normalization_level=normalization_level(audio.loudness.integrated_lufs),
        compression_ratio=audio.compression_ratio,
        bass_boost=audio.bass_boost,
        enhance_speech=audio.speech_enhanced,
    )
