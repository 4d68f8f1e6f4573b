"""Measurements of a made-up video, every field plain unless a test says otherwise."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

from clipzy.style.dna import AspectRatio, AudioStyle, BeatBand, ColorGrade, StyleDNA, Transition, TransitionType
from clipzy.style.measurements import (
    AudioAnalysis,
    Beat,
    Boundary,
    CameraMove,
    CameraMoveKind,
    ColorMeasure,
    Composition,
    GenreScore,
    Loudness,
    Measurements,
    MotionAnalysis,
    VideoAnalysis,
    VideoFacts,
)
from clipzy.style.time import Span


def facts(**changes: Any) -> VideoFacts:
    """Facts of a 1080p video of 40 s at 30 frames a second, with sound."""
    plain = {
        "width": 1920,
        "height": 1080,
        "duration": Fraction(40),
        "frame_rate": Fraction(30),
        "frame_count": 1200,
        "variable_frame_rate": False,
        "has_audio": True,
        "has_subtitle_stream": False,
    }
    return VideoFacts(**(plain | changes))


def cut_at(time: Fraction | int, confidence: float = 0.9) -> Boundary:
    """A cut."""
    return Boundary(Fraction(time), Fraction(time), TransitionType.CUT, confidence)


def video(shots: int = 10, **changes: Any) -> VideoAnalysis:
    """A video cut into that many equal shots; `facts` and the other fields may be given."""
    about: VideoFacts = changes.get("facts", facts())
    edges = [about.duration * k / shots for k in range(shots + 1)]
    plain = {
        "facts": about,
        "boundaries": tuple(cut_at(edge) for edge in edges[1:-1]),
        "shots": tuple(Span(start, end) for start, end in pairwise(edges)),
        "color": ColorMeasure(ColorGrade(temperature=10), (), 0.5, consistency=0.7, confidence=0.45),
        "composition": Composition(None, None, None),
        "text_overlays": (),
        "has_captions": False,
    }
    return VideoAnalysis(**(plain | changes))


def audio(**changes: Any) -> AudioAnalysis:
    """Music at 120 beats a minute and -14 LUFS."""
    beats = tuple(Beat(0.5 * k, 0.8, BeatBand.BASS, k % 4 == 0) for k in range(80))
    plain = {
        "present": True,
        "duration_s": 40.0,
        "loudness": Loudness(-14.0, 5.0, -1.5),
        "compression_ratio": 2.0,
        "bass_boost": 20.0,
        "speech_enhanced": False,
        "beats": beats,
        "tempo_bpm": 120.0,
        "tempo_stability": 0.99,
        "tempo_confidence": 0.95,
        "genre": GenreScore("electronic", 0.6),
        "genre_runners_up": (),
        "sounds": (),
        "music_ratio": 1.0,
        "speech_ratio": 0.0,
    }
    return AudioAnalysis(**(plain | changes))


def motion(**changes: Any) -> MotionAnalysis:
    """A camera that stands still and is seen to."""
    plain = {
        "intensity": 12.0,
        "zoom_usage": 30.0,
        "moves": (CameraMove(Span(Fraction(0), Fraction(40)), CameraMoveKind.STATIC, 0.9),),
        "mean_flow": 0.02,
        "subject_motion": 0.01,
        "observable": 0.95,
    }
    return MotionAnalysis(**(plain | changes))


def measurements(
    video_analysis: VideoAnalysis | None = None,
    audio_analysis: AudioAnalysis | None = None,
    motion_analysis: MotionAnalysis | None = None,
) -> Measurements:
    """The three of them, plain where None."""
    return Measurements(video_analysis or video(), audio_analysis or audio(), motion_analysis or motion())


def style(**changes: Any) -> StyleDNA:
    """A wide style at 30 frames a second, cut fast, loud and dense."""
    plain = {
        "color_grade": ColorGrade(temperature=20, contrast=10),
        "aspect_ratio": AspectRatio.WIDE,
        "frame_rate": 30,
        "audio_style": AudioStyle(0.75, 3.0, 40.0, False),
        "cut_frequency": 30.0,
        "motion_intensity": 40.0,
        "zoom_usage": 0.0,
        "primary_transition": Transition(TransitionType.CUT, 0),
        "secondary_transition": None,
        "text_overlays": (),
        "use_subtitles": False,
        "detected_beats": (),
        "tempo_bpm": 120.0,
        "music_genre": "electronic",
        "created_at": "2025-01-01T00:00:00Z",
        "source_duration_seconds": 30.0,
        "extraction_confidence": 0.9,
    }
    return StyleDNA(**(plain | changes))
