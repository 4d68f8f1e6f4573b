"""Stage 6: the plan becomes a file, with pictures of it (poster, before and after, contact sheet, waveform) and a report on its quality."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from clipzy.media.decoding.packets import untold
from clipzy.media.rendering.cadence import place
from clipzy.media.rendering.output_sound import FOOTAGE as FOOTAGE_PIECES
from clipzy.media.rendering.output_sound import TEMPLATE as TEMPLATE_PIECES
from clipzy.media.rendering.passing import Passing, frame_shown_at
from clipzy.media.rendering.passing_sound import PassingSound
from clipzy.media.rendering.render import RenderReport, render
from clipzy.media.rendering.worn_look import WornLook, worn_look
from clipzy.media.sound.waveform import Envelope, waveform
from clipzy.media.stills import contact_sheet, save_picture, side_by_side
from clipzy.stages.context import PUBLISH, Role, StageContext
from clipzy.stages.frame_count import FrameCount
from clipzy.stages.hardware import tell_decoder, tell_encoder
from clipzy.stages.measured import measured_sound, measured_video
from clipzy.stages.quality_report import Rendered, quality_of
from clipzy.stages.shares import part, together
from clipzy.stages.style_application import planned
from clipzy.storage.artifacts import save_json
from clipzy.storage.published import OUTPUT, QUALITY
from clipzy.style.active_picture import picture_of
from clipzy.style.measurements import Beat, Loudness, VideoAnalysis
from clipzy.style.plan import Clip, EditPlan, placed
from clipzy.style.quality import QualityReport
from clipzy.style.shown import when_shown
from clipzy.style.soundtrack import heard_beats
from clipzy.style.time import Span, on_clock

POSTER, BEFORE_AFTER, CONTACT_SHEET, WAVEFORM = "poster.jpg", "before_after.jpg", "contact_sheet.jpg", "waveform.png"
SHEET_PICTURES, SHEET_COLUMNS, SHEET_WIDTH = 9, 3, 1440
RENDERED = 0.95  # of the stage's progress
RENDERING = "rendering"


def run(context: StageContext) -> None:
    """Publish `output.mp4`, `poster.jpg`, `before_after.jpg`, `contact_sheet.jpg`, `quality.json` and, of sound, `waveform.png`."""
    plan, looks = planned(context)
    published = context.folder / PUBLISH
    published.mkdir()
    output = published / OUTPUT
    frames = FrameCount(RENDERING, round(plan.duration * plan.output.frame_rate))
    told = together(frames.follow, part(context.report, 0, RENDERED))
    template = context.template
    passing = _passing(plan, telling_moment(plan, measured_video(context, Role.FOOTAGE)))
    qualities: list[QualityReport] = []

    def look(path: Path, made: RenderReport) -> None:
        qualities.append(_looked_at(context, plan, passing, path, made))

    rendered = render(
        plan,
        context.footage.path,
        looks,
        output,
        told,
        hardware=context.hardware_decoding,
        nvenc=context.hardware_encoding,
        template=None if template is None else template.path,
        passing=passing,
        meanwhile=look,
        worn=worn_after(context, plan),
        picture=picture_of(measured_video(context, Role.FOOTAGE)),
    )
    frames.complete(rendered.frames)
    tell_encoder(context, rendered.encoder)
    tell_decoder(context, Role.FOOTAGE, rendered.decoder)
    quality = qualities[-1]  # a file that failed may have been looked at before
    save_json(published / QUALITY, quality)
    for warning in (*untold(rendered.warnings, _told_of_sources(context)), *quality.warnings):
        context.warn(warning)
    context.report(1.0)


def worn_after(context: StageContext, plan: EditPlan) -> WornLook | None:
    """The look that the output wears: the template's where all clips get one, the one that the footage came with where no clip does."""
    if not any(clip.look for clip in plan.clips):
        return worn_look(context.footage.path)
    if context.template is None or context.config.style is not None or not all(clip.look for clip in plan.clips):
        return None
    return WornLook(context.template.content_hash, context.config.strength)


def _told_of_sources(context: StageContext) -> list[str]:
    """Warnings of the analyses in rendering's words: both read the same streams, and the analyses read them whole."""
    told = [*measured_video(context, Role.FOOTAGE).warnings, *measured_sound(context, Role.FOOTAGE).warnings]
    if context.template is not None:
        theirs = measured_sound(context, Role.TEMPLATE).warnings
        told += [warning.replace(FOOTAGE_PIECES, TEMPLATE_PIECES) for warning in theirs]
    return told


def _looked_at(
    context: StageContext, plan: EditPlan, passing: Passing, path: Path, made: RenderReport
) -> QualityReport:
    """The report on a rendered file; publishes pictures of what passed on the way to the encoder."""
    published = context.folder / PUBLISH
    beats = _heard_beats(context, plan)
    heard = None if passing.sound is None else passing.sound.heard
    loudness = Loudness(None, None, None) if heard is None else heard.loudness
    with ThreadPoolExecutor(2, "look") as pool:
        pictures = [pool.submit(_stills, passing, published)]
        if heard is not None:
            pictures.append(pool.submit(_waveform, plan, beats, heard.envelope, published))
        rendered = Rendered(path, plan, made.duration, made.keys, loudness, beats, made.sound_codings)
        quality = quality_of(context, rendered)
        for picture in pictures:
            picture.result()
    return quality


def telling_moment(plan: EditPlan, video: VideoAnalysis) -> Fraction:
    """A second of the footage that the plan shows: the middle of the longest shot, away from fades and titles, or else of the longest clip."""
    # a single long transition leaves no shot at all
    shots = video.shots or (Span(Fraction(0), video.facts.duration),)
    longest = max(shots, key=lambda shot: shot.duration)
    middle = (longest.start + longest.end) / 2
    if when_shown(plan, middle) is not None:
        return middle
    clip = max((clip.source for clip in plan.clips), key=lambda source: source.duration)
    return (clip.start + clip.end) / 2


def _passing(plan: EditPlan, moment: Fraction) -> Passing:
    """What keeps the picture of that second of the footage, evenly spread pictures of the output, and its sound."""
    rate = plan.output.frame_rate
    total = place(plan.clips, rate)[-1].frames.stop
    telling = frame_shown_at(when_shown(plan, moment) or Fraction(0), rate, total)
    spread = [total * (2 * number + 1) // (2 * SHEET_PICTURES) for number in range(SHEET_PICTURES)]
    return Passing(telling, spread, SHEET_WIDTH // SHEET_COLUMNS, PassingSound(plan.duration))


def _stills(passing: Passing, folder: Path) -> None:
    assert passing.before is not None  # a checked output has all of its frames
    assert passing.after is not None
    save_picture(passing.after, folder / POSTER)
    save_picture(side_by_side(passing.before, passing.after), folder / BEFORE_AFTER)
    save_picture(contact_sheet(passing.small, SHEET_COLUMNS, SHEET_WIDTH), folder / CONTACT_SHEET)


def _heard_beats(context: StageContext, plan: EditPlan) -> list[Beat]:
    """The beats heard in the output, in its time: the template's where its sound is heard, none without sound."""
    if plan.audio is None:
        return []
    if plan.soundtrack is not None:
        theirs = heard_beats(plan.soundtrack.stretches, measured_sound(context, Role.TEMPLATE).beats)
        return [beat for beat in theirs if beat.time_s < plan.duration]
    return own_beats(plan.clips, measured_sound(context, Role.FOOTAGE).beats)


def own_beats(clips: Sequence[Clip], beats: Sequence[Beat]) -> list[Beat]:
    """The footage's beats, in order of time, where clips play them, in seconds of the output; the beat at which a clip begins is that clip's."""
    heard: list[Beat] = []
    for begins, clip in placed(clips):
        start, end = clip.source.start, clip.source.end
        # clips begin at the instants of a plan's clock that are nearest to beats: some a little after the beat
        first, last = (bisect_left(beats, edge, key=lambda beat: on_clock(beat.time_s)) for edge in (start, end))
        heard += [replace(beat, time_s=float(begins) + beat.time_s - float(start)) for beat in beats[first:last]]
    return heard


def _waveform(plan: EditPlan, beats: Sequence[Beat], envelope: Envelope, folder: Path) -> None:
    """A picture of the output's sound, with its beats and the plan's cuts."""
    cuts = [begins for begins, _ in placed(plan.clips)][1:]
    marks = [(beat.time_s, beat.downbeat) for beat in beats]
    save_picture(waveform(envelope, plan.duration, marks, cuts), folder / WAVEFORM)
