"""Stage 5: the style meets the footage: the look as a table, and the edit plan."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache

import numpy as np

from clipzy.analysis.look.monochrome import Tone
from clipzy.analysis.look.shown_colours import shown_colours
from clipzy.analysis.look.slider_look import ENOUGH, slider_look, unreached
from clipzy.analysis.look.tone_beneath import tone_beneath
from clipzy.errors import StageError
from clipzy.media.colour.cube import write_cube
from clipzy.media.rendering.worn_look import worn_look
from clipzy.media.timelines.timecode import not_counted, seconds_until, start_timecode
from clipzy.media.timelines.timeline import write_timelines
from clipzy.media.timelines.timeline_sound import SAMPLES_PER_S, TemplateMedia
from clipzy.stages.context import PUBLISH, Role, StageContext
from clipzy.stages.matched_look import Table, between, matched_look
from clipzy.stages.measured import colours, measured_sound, measured_video, measurements
from clipzy.stages.style_extraction import extracted_style
from clipzy.storage.artifacts import load_json, save_json
from clipzy.storage.published import PLAN
from clipzy.style.apply import build_plan, little_kept, sound_missing
from clipzy.style.config import JobConfig
from clipzy.style.cropped_away import cropped_away
from clipzy.style.delivery import hard_to_play, not_carried
from clipzy.style.density import too_few_changes, too_many_changes
from clipzy.style.filler import mostly_filler
from clipzy.style.given_plan import check_fits, check_soundtrack
from clipzy.style.lasting import other_length
from clipzy.style.laying import dies_away, speaks, unusable
from clipzy.style.measurements import AudioAnalysis, Measurements, VideoAnalysis
from clipzy.style.picture_format import format_of
from clipzy.style.plan import EditPlan, Look

TIMELINE, DECISIONS, LOOK_TABLES = "timeline.otio", "timeline.edl", "looks.npz"

LOUD_SPEECH_LUFS = -11.0  # over it speech is limited all the time
MUCH_SPEECH = 0.3  # share of the footage's time, from which it is one that speaks
MUCH_MUSIC = 0.3  # share of a video's time, from which it is one with music: in the way of the template's, or missed


def run(context: StageContext) -> None:
    """Publish `plan.json`, the same for editors as `timeline.otio` and `timeline.edl`, and, where colours change, its looks (`lut.cube`)."""
    footage = measurements(context, Role.FOOTAGE)
    plan = context.config.plan
    if plan is None:
        plan = _made(context, footage)
    else:
        try:
            check_fits(plan, footage.video)
            check_soundtrack(plan.soundtrack, _template_sound(context))
        except ValueError as exc:
            raise StageError(str(exc)) from exc
    context.report(0.2)
    facts, starts = footage.video.facts, start_timecode(context.footage.path)
    _warn(context, not_carried(facts), not_counted(starts, facts.frame_rate))
    published = context.folder / PUBLISH
    published.mkdir()
    tables = _tables(context, plan)
    np.savez(context.folder / LOOK_TABLES, **tables)
    for name, table in tables.items():
        write_cube(table, published / name)
    write_timelines(
        plan,
        context.footage.shown_name,
        facts,
        published / TIMELINE,
        published / DECISIONS,
        template=_template_media(context),
        starts=starts,
    )
    save_json(published / PLAN, plan)
    context.report(1.0)


def _made(context: StageContext, footage: Measurements) -> EditPlan:
    template, config = _template_sound(context), context.config
    own_style = context.template is None and config.style is None
    missing = sound_missing(template, footage.video.facts.duration, config)
    if missing is not None:
        missing += f": the footage's sound is used instead of config.audio {config.audio!r}"
    style, seen = None if own_style else extracted_style(context), _template_pictures(context)
    little = little_kept(style, None if seen is None else format_of(seen), footage.video, config)
    _warn(context, missing, little)
    plan = build_plan(
        style,
        footage,
        config,
        template_video=seen,
        template_sound=template,
        worn=_worn_already(context),
        warn=context.warn,
    )
    tone = _tone(context) if plan.looks else None
    if tone is not None:
        plan = replace(plan, reasons=(*plan.reasons, _told_tone(tone)))
    _warn(
        context,
        *(
            far(style, plan, footage.video.changes, config, "style" if seen is None else "template")
            for far in (too_few_changes, too_many_changes)
        ),
        other_length(style, config.target_duration_seconds, plan) if config.pacing == "highlights" else None,
        mostly_filler(plan, footage) if config.pacing == "highlights" else None,
        *cropped_away(plan, footage.video, config, is_told_of_size=little is not None),
        _two_musics(plan, footage.audio),
        *_of_soundtrack(plan, template),
        _silent(plan, template, footage, config),
        _loud_speech(plan, template, footage.audio),
        hard_to_play(plan.output, config),
    )
    return plan


def _warn(context: StageContext, *told: str | None) -> None:
    """Pass on what there is to tell, in this order."""
    for warning in filter(None, told):
        context.warn(warning)


def _two_musics(plan: EditPlan, audio: AudioAnalysis) -> str | None:
    """What a person should know where the template's sound is mixed with footage that has much music."""
    mixed = plan.soundtrack is not None and plan.hears_footage
    if not mixed or audio.music_ratio < MUCH_MUSIC:
        return None
    return "the footage's own music plays together with the template's; config.audio 'template' leaves it out"


def _of_soundtrack(plan: EditPlan, template: AudioAnalysis | None) -> tuple[str | None, ...]:
    """What a person should know of the template's sound, where it is heard."""
    if template is None or plan.soundtrack is None:
        return ()
    stretches = plan.soundtrack.stretches
    return dies_away(template, stretches), speaks(template, stretches)


def _silent(plan: EditPlan, template: AudioAnalysis | None, footage: Measurements, config: JobConfig) -> str | None:
    """What a person should know who gets no sound where the template has music, and did not say whose is to be heard."""
    if plan.audio is not None or config.audio is not True or template is None or template.music_ratio < MUCH_MUSIC:
        return None
    if unusable(template, footage.video.facts.duration) is not None:
        return None
    return (
        "the footage has no sound, so the output has none; config.audio 'template' puts the template's music under it"
    )


def _loud_speech(plan: EditPlan, template: AudioAnalysis | None, audio: AudioAnalysis) -> str | None:
    """What a person should know of speech that comes to the loudness of a template whose sound is louder than speech is made for."""
    if template is None or plan.audio is None or plan.audio.target_lufs is None or plan.soundtrack is not None:
        return None
    if (
        plan.audio.target_lufs <= LOUD_SPEECH_LUFS
        or audio.speech_ratio < MUCH_SPEECH
        or audio.music_ratio >= MUCH_MUSIC
    ):
        return None
    return (
        f"the footage's speech is brought to the template's {plan.audio.target_lufs:.1f} LUFS, which flattens it: speech is usually at -16 to -14; "
        "give the style back as config.style with a lower audio_style.normalization_level, or set config.audio to false"
    )


def _worn_already(context: StageContext) -> float:
    """The strength at which the footage already wears the template's look; 0 where it does not."""
    if context.template is None:
        return 0.0
    worn = worn_look(context.footage.path)
    return 0.0 if worn is None or worn.template != context.template.content_hash else worn.strength


def _template_media(context: StageContext) -> TemplateMedia | None:
    source, sound = context.template, _template_sound(context)
    if source is None or sound is None:
        return None
    begins = seconds_until(start_timecode(source.path), measured_video(context, Role.TEMPLATE).facts.frame_rate)
    return TemplateMedia(source.shown_name, Fraction(sound.duration_s).limit_denominator(SAMPLES_PER_S), begins)


def _template_sound(context: StageContext) -> AudioAnalysis | None:
    return None if context.template is None else measured_sound(context, Role.TEMPLATE)


def planned(context: StageContext) -> tuple[EditPlan, dict[str, Table]]:
    """The plan of this job's style_application, and its looks by their names, (33, 33, 33, 3) float32 by [blue, green, red]."""
    folder = context.earlier["style_application"]
    plan = load_json(folder / PUBLISH / PLAN, EditPlan)
    with np.load(folder / LOOK_TABLES) as tables:
        return plan, dict(tables)


def _template_pictures(context: StageContext) -> VideoAnalysis | None:
    return None if context.template is None else measured_video(context, Role.TEMPLATE)


def _tone(context: StageContext) -> Tone | None:
    """The template's, if it has one tint for each lightness and no other colours."""
    if context.template is None:
        return None
    return tone_beneath(colours(context, Role.TEMPLATE), measured_video(context, Role.TEMPLATE).texts)


def _told_tone(tone: Tone) -> str:
    sure = "" if tone.sureness == 1 else f", which is {tone.sureness:.0%} sure"
    return f"the template is taken as black and white or of another single tone{sure}: all colours take its tint for their lightness"


def _tables(context: StageContext, plan: EditPlan) -> dict[str, Table]:
    """Each look by its name: made from the template's colours and those that the plan shows of the footage, or from the sliders of a style without a video.

    Raises:
        StageError: a look is for shots of which no colour was seen.
    """
    looks = plan.looks
    if not looks:
        return {}
    style, strength = context.config.style, context.config.strength
    samples = colours(context, Role.FOOTAGE)
    shown = shown_colours(samples, plan.clips, measured_video(context, Role.FOOTAGE).shots)
    if style is not None:
        seen_colours = shown.of(count=ENOUGH)
        brought = slider_look(style.color_grade, seen_colours, strength)
        short = unreached(style.color_grade, seen_colours, strength, brought)
        if short is not None:
            context.warn(short)
        return dict.fromkeys([look.name for look in looks], brought)
    wanted, tone = colours(context, Role.TEMPLATE), _tone(context)
    gentler: list[float] = []

    @cache
    def matched(shots: tuple[int, ...]) -> Table:
        # a plan from the user may have a look for shots that it does not show
        seen = shown if not shots or np.isin(shown.shots, shots).any() else samples
        try:
            full, share = matched_look(context.inference, seen, shots, wanted, strength, tone=tone)
        except ValueError as exc:
            raise StageError(str(exc)) from exc
        gentler.append(share)
        return full

    def table(look: Look) -> Table:
        # what lies between two looks bands and clips no more than they do: the bounds are convex
        share = look.own if look.shots else 0.0
        return between(lambda: matched(()), lambda: matched(look.shots), share)

    tables = {look.name: table(look) for look in looks}
    if min(gentler) < 1:
        context.warn(
            f"the look takes only {min(gentler):.0%} of the template's contrasts, as more would show the footage's noise and texture; "
            "brightness and colour cast are matched as usual"
        )
    return tables
