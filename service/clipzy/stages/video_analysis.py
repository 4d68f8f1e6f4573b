"""Stage 1: one decode pass over each video, then its shots, colours, composition and text."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.cuts.bars import without_bars
from clipzy.analysis.cuts.dark import gain_of, lit, too_dark
from clipzy.analysis.cuts.doubt import CONTEXT, doubtful
from clipzy.analysis.cuts.film_rate import at_film_rate, to_the_frame
from clipzy.analysis.cuts.held import frame_rate, held_frames
from clipzy.analysis.cuts.leaders import without_leaders
from clipzy.analysis.cuts.lettered import without_titles
from clipzy.analysis.cuts.repeats import without_repeats
from clipzy.analysis.cuts.shots import find_boundaries, shots_between
from clipzy.analysis.each import Each
from clipzy.analysis.framing.bars import Bars, find_bars
from clipzy.analysis.framing.views import measure_views
from clipzy.analysis.look.colour import measure_colour
from clipzy.analysis.look.colour_samples import colour_samples, small_samples
from clipzy.analysis.look.flashes import Steady, steady
from clipzy.analysis.text.ocr import TextReader
from clipzy.analysis.text.overlays import TextReading, read_text
from clipzy.analysis.windows import Window, join_windows, window_plan
from clipzy.inference.client import Inference
from clipzy.inference.specs import SHOT_BOUNDARY
from clipzy.machine.processors import available_processors
from clipzy.media.accel import NVDEC, choose_decoder
from clipzy.media.awaited import awaited
from clipzy.media.decoding.decode import PassSummary, decode_pass
from clipzy.media.decoding.probe import Limits, probe
from clipzy.media.decoding.tap import Tap
from clipzy.media.decoding.taps import (
    Frames,
    MotionPairsTap,
    SamplesTap,
    ShotFramesTap,
    open_samples,
    open_shot_frames,
)
from clipzy.stages.background import roomy, started
from clipzy.stages.context import Source, StageContext
from clipzy.stages.frame_count import FrameCount
from clipzy.stages.hardware import tell_decoder
from clipzy.stages.measured import VIDEO, cached, cached_colours, frames_folder, keep_colours, keep_each, unmeasured
from clipzy.stages.shares import Report, all_sources, part, together
from clipzy.stages.subjects import look
from clipzy.style.measurements import Boundary, VideoAnalysis, VideoFacts

# limits are those of the upload; what was accepted then is analysed
NO_LIMITS = Limits(max_duration_s=math.inf, max_dimension_px=1 << 20)
# ends of the steps in the progress of one source, by their usual cost
DECODED, SHOTS_FOUND = 0.4, 0.85
# Threads that look for text. More have shown no gain; each holds some 30 MB and its stack, and 64 would take most of a stage's memory
MOST_READERS = 16
# Side by side: independent steps of an analysis; pieces of one step, as stretches that may hold shots, or lines of text
STEPS, PIECES = 4, 4
FEW = 2  # of either where processors are few

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Decoded:
    """A source after its decode pass."""

    facts: VideoFacts
    summary: PassSummary
    folder: Path


def run(context: StageContext) -> None:
    """Analyse every source's pictures; leaves `<role>.json`, colour samples and, in `<role>_frames/`, what motion needs.

    The next source is decoded while the last is analysed; NVDEC decodes two side by side, and many processors analyse two. Decoders are shared
    with the processes that work on other sources of the job.
    """
    told = dict(all_sources(context))
    known = {source: _known(context, source) for source in context.sources}
    fresh = unmeasured(known)
    on_gpu = bool(fresh) and context.hardware_decoding and choose_decoder().name == NVDEC
    at_once = max(1, min(len(fresh), 2) if on_gpu else 1)
    elsewhere = sum(cached(context, source, VideoAnalysis, VIDEO) is None for source in context.beside)
    passes = [partial(_decode, context, source, told[source], at_once + elsewhere) for source in fresh]
    with started(passes, at_once) as decoding:
        looks = [
            partial(_analyse, context, source, decoded, told[source])
            for source, decoded in zip(fresh, decoding, strict=True)
        ]
        with started(looks, at_once=2 if roomy() else 1) as analysing:
            keep_each(context, known, dict(zip(fresh, analysing, strict=True)), partial(_known, context))
    context.report(1.0)


def _known(context: StageContext, source: Source) -> VideoAnalysis | None:
    known = cached(context, source, VideoAnalysis, VIDEO)
    return known if known is not None and cached_colours(context, source) else None


def _decode(context: StageContext, source: Source, report: Report, beside: int, still_wanted: Report) -> _Decoded:
    folder = frames_folder(context.folder, source.role)
    facts = probe(source.path, NO_LIMITS).facts
    taps: tuple[Tap, ...] = (ShotFramesTap(folder), MotionPairsTap(folder), SamplesTap(folder))
    frames = FrameCount(VIDEO, facts.frame_count)
    summary = decode_pass(
        source.path,
        taps,
        together(still_wanted, frames.follow, part(report, 0, DECODED)),
        hardware=context.hardware_decoding,
        all_units=context.all_decoding_units,
        beside=beside,
        expected=facts.duration,
    )
    frames.complete(summary.frame_count)
    tell_decoder(context, source.role, summary.decoder)
    return _Decoded(facts, summary, folder)


def _analyse(
    context: StageContext, source: Source, decoding: Future[_Decoded], tell: Report, still_wanted: Report
) -> VideoAnalysis:
    report = together(still_wanted, tell)
    reader = _text_reader()  # loads while the pictures are still being decoded
    video = awaited(decoding, partial(still_wanted, 0.0))
    folder, decoded = video.folder, video.summary
    samples = open_samples(folder)
    times = samples.times_s.tolist()
    # shots and text first: they take longest
    with _side_by_side() as each, ThreadPoolExecutor(STEPS if roomy() else FEW, "analyse") as pool:
        bars = find_bars(samples.pictures)
        small = without_bars(open_shot_frames(folder).pictures, bars.shares(*samples.pictures.shape[1:3]), folder)
        told = part(report, DECODED, SHOTS_FOUND)
        search = partial(find_shots, context.inference, small, decoded, told, each, scratch=folder)
        finding = pool.submit(copy_context().run, search)
        lines = each if roomy() else map  # the reader's own threads keep few processors busy
        read = partial(read_text, samples.pictures, times, reader, float(decoded.duration), each=lines)
        reading = pool.submit(copy_context().run, read)
        looking = pool.submit(copy_context().run, look, context.inference, samples, bars)
        viewing = pool.submit(measure_views, samples.pictures, times, bars)
        calm = _steady(samples, small, decoded, bars)
        found, text, edges = finding.result(), reading.result(), _edges(decoded)
        whole = open_shot_frames(folder).pictures  # texts are told by their place in it
        boundaries = without_titles(found, text.standing, whole, edges, decoded.time_base)
        between = shots_between(boundaries, decoded.duration)
        shots = without_leaders(between, boundaries, small, edges, decoded.time_base)
        grading = pool.submit(measure_colour, samples.pictures, times, shots, bars, calm.small)
        drawn = colour_samples(
            samples.pictures,
            sample_times=times,
            shots=shots,
            bars=bars,
            small=calm.small,
            detail_of=calm.detail_of,
        )
        keep_colours(context, source, drawn)
    subjects, composition = looking.result()
    report(1.0)
    height, width = samples.pictures.shape[1:3]
    facts = replace(video.facts, duration=decoded.duration, frame_count=decoded.frame_count)
    return VideoAnalysis(
        facts=facts,
        boundaries=boundaries,
        shots=shots,
        color=grading.result(),
        composition=composition,
        subjects=subjects,
        views=viewing.result(),
        active=bars.picture((width, height), (facts.width, facts.height)),
        text_overlays=text.overlays,
        has_captions=text.has_captions,
        texts=text.standing,
        warnings=(*decoded.warnings, *_dark_warnings(small), *_text_warnings(text)),
    )


def _steady(samples: Frames, frames: NDArray[np.uint8], decoded: PassSummary, bars: Bars) -> Steady:
    """The samples at the size from which looks are made, without flashes of light."""
    height, width = samples.pictures.shape[1:3]
    at = np.searchsorted(decoded.ticks, samples.ticks, side="right") - 1
    edges_s = _edges(decoded) * float(decoded.time_base)
    shrunk = small_samples(samples.pictures, bars)
    return steady(shrunk, bars, (width, height), at=at, frames=frames, edges_s=edges_s)


def _edges(decoded: PassSummary) -> NDArray[np.int64]:
    """Start of every frame and the end of the last, (N + 1,) in ticks."""
    return np.append(decoded.ticks, round(decoded.duration / decoded.time_base))


@cache
def _text_reader() -> TextReader:
    """One for all sources: it takes a third of a second to load, and may search pictures of several at once."""
    return TextReader(threads=min(available_processors(), MOST_READERS))


def find_shots(
    inference: Inference,
    frames: NDArray[np.uint8],
    decoded: PassSummary,
    report: Report = lambda _share: None,
    each: Each = map,
    *,
    scratch: Path | None = None,
) -> tuple[Boundary, ...]:
    """Find the boundaries between the shots of a video from all its small frames (N, 27, 48, 3).

    A copy is made in `scratch` and searched if the video is dark, repeats its pictures, or has a high rate.
    """
    lit_up, all_edges, tick = lit(frames, gain_of(frames), scratch), _edges(decoded), decoded.time_base
    frames, edges = at_film_rate(*without_repeats(lit_up, all_edges, tick, scratch), tick, scratch)
    rate = frame_rate(edges, tick)
    asked = doubtful(frames, rate, held_frames(edges, tick))
    one_hot, many_hot = _shot_probabilities(inference, frames, asked, report)
    found = find_boundaries(one_hot, many_hot, frames, edges, tick, each=each)
    return to_the_frame(found, lit_up, all_edges, edges, tick)


@contextmanager
def _side_by_side() -> Iterator[Each]:
    """Work on pieces of a step side by side: most of it is loops that do not hold the GIL."""
    with ThreadPoolExecutor(PIECES if roomy() else FEW, "pieces") as pool:
        yield pool.map


def _shot_probabilities(
    inference: Inference, frames: NDArray[np.uint8], asked: Sequence[tuple[int, int]], report: Report
) -> tuple[Floats, Floats]:
    """The shot network's two probabilities for the frames that it is asked about, (N,) each (`specs.SHOT_BOUNDARY`); 0 for all others."""
    plan = [w for first, end in asked for w in window_plan(end - first, context=CONTEXT, start=first)]
    one_hot: list[tuple[Window, Floats]] = []
    many_hot: list[tuple[Window, Floats]] = []
    for number, window in enumerate(plan, 1):
        # one by one: windows differ in length, and the network takes those of a batch in turn anyway
        answer = inference.infer(SHOT_BOUNDARY, {"frames": window.cut(frames)[None]})
        one_hot.append((window, cast(Floats, answer["one_hot"][0])))
        many_hot.append((window, cast(Floats, answer["many_hot"][0])))
        report(number / len(plan))
    return join_windows(len(frames), one_hot), join_windows(len(frames), many_hot)


def _dark_warnings(frames: NDArray[np.uint8]) -> tuple[str, ...]:
    if not too_dark(frames):
        return ()
    return (
        "the video is nearly black throughout, so cuts and transitions may have been missed; upload a brighter copy if there is one",
    )


def _text_warnings(text: TextReading) -> tuple[str, ...]:
    told = []
    if text.examined < text.offered:
        told.append(
            f"text was searched for in only {text.examined} of {text.offered} samples; short overlays may have been missed"
        )
    if text.lines_read < text.lines:
        told.append(
            f"{text.lines} lines of text were found; only the {text.lines_read} with the largest letters were read"
        )
    return tuple(told)
