"""Part of stage 6: the rendered file is measured, and compared with the template and with the footage."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Literal

from clipzy.analysis.cuts.shots import shots_between
from clipzy.machine.processors import available_processors
from clipzy.media.rendering.review import (
    Stretch,
    decoders_at_once,
    key_frames,
    places_to_see,
    stretches,
    to_be_seen,
)
from clipzy.stages.context import Role, StageContext
from clipzy.stages.measured import measured_sound, measurements
from clipzy.stages.output_changes import Changes, changes_seen
from clipzy.stages.output_colours import output_colours
from clipzy.stages.output_pictures import OutputPictures, unplanned
from clipzy.stages.style_extraction import extracted_style
from clipzy.style.active_picture import edges_shown
from clipzy.style.asked_format import as_asked, asked_by_name, same_formats
from clipzy.style.config import JobConfig
from clipzy.style.dna import StyleDNA, TransitionType
from clipzy.style.extract import changes_in, changes_of, cuts_per_minute
from clipzy.style.loudness import target_lufs
from clipzy.style.measurements import Beat, Boundary, Loudness, Measurements, VideoAnalysis
from clipzy.style.picture_format import format_of, steady_rate
from clipzy.style.plan import EditPlan
from clipzy.style.quality import SLIDERS, Profile, QualityReport, compare
from clipzy.style.reframe import RATIOS
from clipzy.style.rhythm import cut_rhythm
from clipzy.style.shown import changes_shown, shows_all
from clipzy.style.time import Span
from clipzy.style.zooming import zooms_itself
from clipzy.style.zooms_shown import zooms, zooms_shown

LEAST_GAPS = 4  # between beats, from which a tempo is told
HALF_A_CHANGE = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered file with its plan, its length and its key frames in seconds, its loudness, and the beats heard in it.

    `codings`: how often parts of its sound were coded: more than once where coding had lifted peaks over the ceiling.
    """

    path: Path
    plan: EditPlan
    duration: Fraction
    keys: Sequence[Fraction]
    loudness: Loudness
    beats: Sequence[Beat]
    codings: int = 1


def quality_of(context: StageContext, rendered: Rendered) -> QualityReport:
    """Measure a rendered file and compare it with the template, or the style, and with the footage."""
    footage, config = measurements(context, Role.FOOTAGE), context.config
    whose: Literal["template", "style", "own"] = "style" if config.style is not None else "own"
    if context.template is not None:
        whose = "template"
    style = None if whose == "own" else extracted_style(context)
    kind = None if style is None else style.primary_transition.type
    known = changes_shown(rendered.plan, footage.video.boundaries)
    counted = changes_shown(rendered.plan, footage.video.changes)
    moments = [Span(c.start, c.end) if c.start < c.end else c.start for c in known]
    places = places_to_see(moments, rendered.keys, rendered.duration, config.seed)
    seen, pictures = _seen(rendered, places, known)
    rate = rendered.plan.output.frame_rate
    shown = changes_shown(rendered.plan, footage.video.boundaries, footage.video.facts.frame_rate)
    shots = shots_between([on_frames(change, rate, rendered.duration) for change in shown], rendered.duration)
    pictures = pictures.of_shots(shots)  # a shot that stands for others reaches over the transitions between them
    picture = edges_shown(rendered.plan.clips, footage.video)
    grade, look_before, look_after = output_colours(context, rendered.plan, shots, pictures, picture)
    changes = changes_seen(
        known,
        seen,
        rate,
        rendered.duration,
        kind,
        uncounted=set(known) - set(counted),
        picture=picture,
    )
    zooming = zooms_shown(rendered.plan, counted, footage.motion.moves)
    size, loudness = rendered.plan.output, rendered.loudness
    after = Profile(
        look_distance=look_after,
        grade=grade,
        loudness_lufs=loudness.integrated_lufs,
        true_peak_dbtp=loudness.true_peak_dbtp,
        cut_frequency=changes.a_minute,
        primary_transition=changes.of_kind,
        zoom_usage=None if style is None else zooming.usage,
        aspect_ratio=Fraction(size.width, size.height),
        frame_rate=size.frame_rate,
        tempo_bpm=_tempo(context, rendered),
        **_rhythm(counted, rendered.beats),
    )
    before = profile_of(footage, kind, look_before)
    before = before if style is None else replace(before, zoom_usage=_own_zooms(footage))
    theirs = None if style is None else _styles(context, style)
    planned = None if config.plan is None else planned_profile(rendered, counted)
    return compare(
        None if theirs is None else as_asked(config, theirs),
        before,
        after,
        compared_with=whose,
        strength=config.strength if rendered.plan.looks else 0.0,
        sought=sought_aspects(rendered.plan, config, whose)
        - same_formats(before, after)
        - kept_cuts(footage.video, style, config),
        asked=asked_by_name(config, theirs),
        of_more=frozenset() if _shows_all(rendered.plan, footage) else frozenset(SLIDERS),
        slack={
            "cut_frequency": float(60 * changes_unsure(changes, theirs or planned or before) / rendered.duration),
            "zoom_usage": 50 / zooming.shots,  # half a shot: a share of the shots is rarely a whole number of them
        },
        planned=planned,
        measured_on={**_told(pictures.words(shots), changes, counted, rendered.codings), "zoom_usage": zooming.words},
    )


def _seen(
    rendered: Rendered, places: Sequence[Span], known: Sequence[Boundary]
) -> tuple[list[Stretch], OutputPictures]:
    """These parts of the file, and the pictures from which its colours are measured; decoded side by side."""
    size = rendered.plan.output
    at_once = partial(decoders_at_once, available_processors(), size.width * size.height)
    alone = to_be_seen(rendered.keys, places, rendered.duration)
    with ThreadPoolExecutor(1, "others") as pool:
        doubted = unplanned(rendered.keys, alone, known, size.frame_rate)
        others = pool.submit(key_frames, rendered.path, alone, at_once(len(alone)), follow=doubted)
        seen = stretches(rendered.path, places, at_once(len(places)))
        return seen, OutputPictures.of(others.result(), seen, size.frame_rate)


def _shows_all(plan: EditPlan, footage: Measurements) -> bool:
    return shows_all(plan, footage.video.facts.duration, footage.video.picture_share)


def changes_unsure(changes: Changes, wanted: Profile) -> Fraction:
    """How many changes too many or too few prove nothing: half a one, for the number wanted is rarely whole, and those that may have been overlooked."""
    fewer = wanted.cut_frequency is not None and changes.a_minute < wanted.cut_frequency
    return HALF_A_CHANGE + (changes.in_doubt if fewer else 0)


def profile_of(found: Measurements, kind: TransitionType | None, look_distance: float | None = None) -> Profile:
    """The profile of a video that was analysed. `kind`: the template's main transition."""
    video, loudness = found.video, found.audio.loudness
    of_kind = [change.type is kind for change in video.changes]
    return Profile(
        look_distance=look_distance,
        grade=video.color.grade,
        loudness_lufs=loudness.integrated_lufs,
        true_peak_dbtp=loudness.true_peak_dbtp,
        cut_frequency=cuts_per_minute(video),
        primary_transition=None if kind is None or not of_kind else sum(of_kind) / len(of_kind),
        aspect_ratio=video.facts.shape,
        frame_rate=steady_rate(video.facts),
        tempo_bpm=found.audio.tempo_bpm,
        **_rhythm(video.changes, found.audio.beats),
    )


def planned_profile(rendered: Rendered, known: Sequence[Boundary]) -> Profile:
    """What the plan says of its file, whose changes are `known`; None where it says nothing, as about the loudness of sound that is only passed on."""
    plan = rendered.plan
    chain, size = plan.audio, plan.output
    levelled = chain if chain is not None and chain.target_lufs is not None else None
    return Profile(
        loudness_lufs=None if levelled is None else levelled.target_lufs,
        true_peak_dbtp=None if levelled is None else levelled.true_peak_ceiling_dbtp,
        cut_frequency=float(60 * len(known) / rendered.duration),
        aspect_ratio=Fraction(size.width, size.height),
        frame_rate=size.frame_rate,
    )


def _styles(context: StageContext, style: StyleDNA) -> Profile:
    """The profile of the template, whose picture is what lies within black bars, or of a style without a video."""
    if context.template is None:
        return Profile(
            grade=style.color_grade,
            loudness_lufs=target_lufs(style.audio_style.normalization_level),
            cut_frequency=style.cut_frequency,
            zoom_usage=style.zoom_usage,
            aspect_ratio=RATIOS[style.aspect_ratio],
            frame_rate=Fraction(style.frame_rate),
        )
    template = measurements(context, Role.TEMPLATE)
    found = profile_of(template, style.primary_transition.type, 0.0)
    return replace(found, zoom_usage=style.zoom_usage, aspect_ratio=format_of(template.video).shape)


def _rhythm(changes: Sequence[Boundary], beats: Sequence[Beat]) -> dict[str, float | None]:
    rhythm = cut_rhythm(changes, beats)
    offsets = [abs(offset) for offset in rhythm.offsets_ms if offset is not None]
    return {"on_beat": rhythm.on_beat, "beat_error_ms": float(median(offsets)) if offsets else None}


def _own_zooms(footage: Measurements) -> float:
    """Share of the footage's shots in which its camera zooms, 0..100, as the plan counts them."""
    shots = footage.video.shots
    return 100 * sum(zooms_itself(shot, footage.motion.moves) for shot in shots) / max(1, len(shots))


def _tempo(context: StageContext, rendered: Rendered) -> float | None:
    """The tempo of the beats that are heard; None where they are too few, or where no tempo was found in their sound."""
    whose = Role.FOOTAGE if rendered.plan.soundtrack is None else Role.TEMPLATE
    gaps = [after.time_s - before.time_s for before, after in pairwise(rendered.beats)]
    if measured_sound(context, whose).tempo_bpm is None or len(gaps) < LEAST_GAPS:
        return None
    return 60 / median(gaps)


def on_frames(change: Boundary, rate: Fraction, duration: Fraction) -> Boundary:
    """A change on the frames of a file of that many seconds: from the frame nearest to its instant, where cuts are made.

    A key frame often stands there: by the instant alone the first picture of a shot could count as the last one of the shot before.
    """
    start, end = (min(round(edge * rate) / rate, duration) for edge in (change.start, change.end))
    return replace(change, start=start, end=end)


def sought_aspects(plan: EditPlan, config: JobConfig, whose: Literal["template", "style", "own"]) -> frozenset[str]:
    """Names of what the job set out to change. `whose`: the style that it was given, "own" for the footage's."""
    names: set[str] = set()
    if plan.audio is not None and plan.audio.target_lufs is not None:
        names.add("loudness")
        if whose == "own":
            names.add("true_peak")  # it goes with the loudness
    if plan.soundtrack is not None:
        names.add("tempo")
    if config.plan is not None:
        return frozenset(names)
    if config.pacing == "highlights" or (config.pacing and whose != "own"):
        names |= {"cut_frequency", "on_beat", "beat_error"}
    if whose == "own":
        return frozenset(names) | asked_by_name(config, None)
    if plan.looks:
        names |= {"look"} if whose == "template" else set(SLIDERS)
    if config.transitions:
        names.add("primary_transition")
    if any(zooms(clip) for clip in plan.clips):
        names.add("zoom_usage")
    if config.framing or config.aspect_ratio:
        names.add("aspect_ratio")
    return frozenset({*names, "frame_rate"})


def kept_cuts(footage: VideoAnalysis, style: StyleDNA | None, config: JobConfig) -> frozenset[str]:
    """The density of cuts, if footage that is shown whole has as many changes as the style, or more: none is added, and none taken out."""
    if style is None or config.pacing == "highlights":
        return frozenset()
    wanted = changes_in(float(footage.facts.duration), style.cut_frequency)
    return frozenset({"cut_frequency"} if changes_of(footage) >= wanted else ())


def _told(pictures: str, changes: Changes, counted: Sequence[Boundary], codings: int) -> dict[str, str]:
    beats = f"{len(counted)} planned changes of shot, beats of the sound that is heard"
    again = f", parts of which were encoded up to {codings} times because encoding had raised peaks over the ceiling"
    return {
        "look": pictures,
        **dict.fromkeys(SLIDERS, pictures),
        "loudness": "all of the sound",
        "true_peak": "all of the sound" + (again if codings > 1 else ""),
        "cut_frequency": changes.words,
        "primary_transition": f"{changes.words}, which count as planned where they were not looked for",
        "on_beat": beats,
        "beat_error": beats,
        "tempo": "beats of the sound that is heard, as found before",
        "aspect_ratio": "the file's header",
        "frame_rate": "all time stamps",
    }
