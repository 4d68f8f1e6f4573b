"""Stage 1: one decode pass over each video, then its shots, colours, composition and text."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.bars import find_bars
from clipzy.analysis.colour import colour_samples, measure_colour
from clipzy.analysis.composition import measure_composition
from clipzy.analysis.ocr import TextReader
from clipzy.analysis.shots import find_boundaries, shots_between
from clipzy.analysis.text import TextReading, read_text
from clipzy.analysis.windows import Window, join_windows, window_plan
from clipzy.inference.client import Inference
from clipzy.inference.specs import SHOT_BOUNDARY
from clipzy.media.containers import available_processors
from clipzy.media.decode import PassSummary, Tap, decode_pass
from clipzy.media.probe import Limits, probe
from clipzy.media.taps import (
    Frames,
    MotionPairsTap,
    SamplesTap,
    ShotFramesTap,
    open_samples,
    open_shot_frames,
)
from clipzy.stages.context import Source, StageContext
from clipzy.stages.measured import VIDEO, cached, cached_colours, frames_folder, keep, keep_colours
from clipzy.stages.shares import Report, each_source, part
from clipzy.style.measurements import ColorMeasure, Composition, VideoAnalysis
from clipzy.style.time import Span

# the upload's limits were those of its time; what was accepted then is worked on
NO_LIMITS = Limits(max_duration_s=math.inf, max_dimension_px=1 << 20)
# ends of the steps in the progress of one source, by their usual cost
DECODED, SHOTS_FOUND, LOOKED_AT = 0.4, 0.85, 0.9
WINDOWS_AT_ONCE = 4  # of 300 frames: between two calls the stage says how far it is

Floats = NDArray[np.float32]


def run(context: StageContext) -> None:
    """Analyse every source's pictures; leaves `<role>.json`, colour samples and, in `<role>_frames/`, what motion needs."""
    reader: TextReader | None = None
    for source, report in each_source(context):
        known = cached(context, source, VideoAnalysis, VIDEO)
        if known is None or not cached_colours(context, source):
            reader = reader or TextReader(threads=available_processors())
            known = _analyse(context, source, reader, report)
        keep(context, source, known)


def _analyse(context: StageContext, source: Source, reader: TextReader, report: Report) -> VideoAnalysis:
    folder = frames_folder(context.folder, source.role)
    facts = probe(source.path, NO_LIMITS).facts
    taps: tuple[Tap, ...] = (ShotFramesTap(folder), MotionPairsTap(folder), SamplesTap(folder))
    decoded = decode_pass(source.path, taps, part(report, 0, DECODED))
    small = open_shot_frames(folder)
    one_hot, many_hot = _shot_probabilities(context.inference, small, part(report, DECODED, SHOTS_FOUND))
    boundaries = find_boundaries(one_hot, many_hot, small.pictures, _edges(decoded), decoded.time_base)
    shots = shots_between(boundaries, decoded.duration)
    samples = open_samples(folder)
    color, composition = _look(context, source, samples, shots)
    report(LOOKED_AT)
    text = read_text(samples.pictures, samples.times_s.tolist(), reader)
    report(1.0)
    return VideoAnalysis(
        facts=replace(facts, duration=decoded.duration, frame_count=decoded.frame_count),
        boundaries=boundaries,
        shots=shots,
        color=color,
        composition=composition,
        text_overlays=text.overlays,
        has_captions=text.has_captions,
        warnings=(*decoded.warnings, *_text_warnings(text)),
    )


def _edges(decoded: PassSummary) -> NDArray[np.int64]:
    """Start of every frame and end of the last, in ticks."""
    return np.append(decoded.ticks, round(decoded.duration / decoded.time_base))


def _shot_probabilities(inference: Inference, frames: Frames, report: Report) -> tuple[Floats, Floats]:
    """What the shot network says of every frame: (N,) each, see `specs.SHOT_BOUNDARY`."""
    count = len(frames.pictures)
    plan = window_plan(count)
    one_hot: list[tuple[Window, Floats]] = []
    many_hot: list[tuple[Window, Floats]] = []
    for at in range(0, len(plan), WINDOWS_AT_ONCE):
        windows = plan[at : at + WINDOWS_AT_ONCE]
        answer = inference.infer(SHOT_BOUNDARY, {"frames": np.stack([w.cut(frames.pictures) for w in windows])})
        one_hot += zip(windows, cast(Floats, answer["one_hot"]), strict=True)
        many_hot += zip(windows, cast(Floats, answer["many_hot"]), strict=True)
        report((at + len(windows)) / len(plan))
    return join_windows(count, one_hot), join_windows(count, many_hot)


def _look(
    context: StageContext, source: Source, samples: Frames, shots: tuple[Span, ...]
) -> tuple[ColorMeasure, Composition]:
    """Colours and composition of the picture without its bars; colour samples are kept for the look."""
    times, bars = samples.times_s.tolist(), find_bars(samples.pictures)
    drawn = colour_samples(samples.pictures, sample_times=times, shots=shots, bars=bars)
    keep_colours(context, source, drawn)
    return measure_colour(samples.pictures, times, shots, bars), measure_composition(samples.pictures, bars)


def _text_warnings(text: TextReading) -> tuple[str, ...]:
    if text.examined == text.offered:
        return ()
    return (f"text was looked for in {text.examined} of {text.offered} samples; short overlays may have been missed",)
