"""Turns a client's request into a job: fills in the upload's defaults, and checks what no schema can."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from clipzy.api.schemas.config import JobConfig
from clipzy.api.schemas.jobs import JobRequest
from clipzy.api.schemas.plan import EditPlan
from clipzy.api.services import Services
from clipzy.api.webhooks import check_target
from clipzy.errors import MissingField, ValidationFailed, VideoNotFound
from clipzy.jobs.records import Job, Video, new_job
from clipzy.settings import Settings
from clipzy.style.config import TEMPLATES_SOUND
from clipzy.style.plan import joins

PLAN_TOLERANCE_S = 1.0  # containers are vague about how long they last
COUNT_BESIDE_PLAN = ("plan", "render", "style", "strength")  # all else of a config stands in the plan itself


def asked_job(asked: JobRequest, services: Services, owner: str | None) -> Job:
    """The job that is meant, with the defaults that were given when its video was uploaded.

    Raises:
        MissingField, ValidationFailed: it does not make sense.
        VideoNotFound: a video that it names does not exist.
    """
    if asked.video_id is None and asked.template_video_id is None:
        raise MissingField(
            "give a video_id, a template_video_id or both", (("video_id", "is required without a template"),)
        )
    config = asked.config or JobConfig()
    if config.style is not None:
        _check_style_is_applied(asked)
    check_target(asked.webhook_url, services.settings)
    video = None if asked.video_id is None else services.store.get_video(asked.video_id, owner)
    template_id, warnings = asked.template_video_id, tuple[str, ...]()
    if video is not None and not asked.names_template and config.style is None:
        template_id, warnings = _default_template(video, services, owner)
    if config.plan is None:
        _check_audio(config, has_footage=video is not None, has_template=template_id is not None)
    else:
        _check_plan(
            config.plan, video, services.settings, has_style=template_id is not None or config.style is not None
        )
        if config.plan.soundtrack is not None and template_id is None:
            raise _bad_plan("soundtrack", "needs a template_video_id, whose sound is used")
        warnings += _without_use(config, config.plan)
    job = new_job(
        video_id=asked.video_id,
        template_video_id=template_id,
        config=config.to_domain(),
        webhook_url=asked.webhook_url or _default_webhook(video, template_id, services, owner),
        owner=owner,
        metadata=asked.metadata,
        priority=asked.priority,
    )
    return replace(job, warnings=warnings)


def _default_template(video: Video, services: Services, owner: str | None) -> tuple[str | None, tuple[str, ...]]:
    """The template that was named with the upload, and a warning where it cannot be used any more."""
    template_id = video.template_video_id
    if template_id is None:
        return None, ()
    try:
        services.store.get_video(template_id, owner)
    except VideoNotFound:
        return None, (
            f"the template named with the upload, {template_id}, is gone or cannot be read; the job runs without one",
        )
    return template_id, ()


def _default_webhook(video: Video | None, template_id: str | None, services: Services, owner: str | None) -> str | None:
    """The one given with the upload of the footage, or of the template where there is no footage."""
    if video is None:
        assert template_id is not None  # one of both is required
        video = services.store.get_video(template_id, owner)
    return video.webhook_url


def _check_plan(plan: EditPlan, video: Video | None, settings: Settings, *, has_style: bool) -> None:
    if video is None:
        raise MissingField("config.plan applies to footage", (("video_id", "is required with a plan"),))
    if plan.duration_s > settings.max_duration_s:
        raise _bad_plan("clips", f"must not be longer than {settings.max_duration_s:.0f} s together")
    if plan.looks and not has_style:
        raise _bad_plan("looks", "need a template or config.style to take its colours from")
    lasts_s = video.metadata.duration_seconds
    for number, clip in enumerate(plan.clips):
        # the stage looks again, to the frame; here the container's word has to do
        if float(Fraction(clip.source.end)) > lasts_s + PLAN_TOLERANCE_S:
            raise _bad_plan(f"clips.{number}.source.end", f"must be within the footage, which lasts {lasts_s:.2f} s")
    for join in joins(plan.to_domain().clips):
        if join.has_handles and float(join.old.source.end + join.duration / 2) > lasts_s + PLAN_TOLERANCE_S:
            why = f"shows the clip before for {float(join.duration / 2):.2f} s after its end, but the footage lasts {lasts_s:.2f} s"
            raise _bad_plan(f"clips.{join.number - 1}.transition_in", why)


def _without_use(config: JobConfig, plan: EditPlan) -> tuple[str, ...]:
    """What the caller is told of choices that change nothing, since the plan is rendered as it stands."""
    chosen = [name for name, field in JobConfig.model_fields.items() if getattr(config, name) != field.default]
    useless = [f"config.{name}" for name in chosen if name not in COUNT_BESIDE_PLAN]
    if "strength" in chosen and not plan.looks:
        useless.append("config.strength")
    if not useless:
        return ()
    return (f"the plan is rendered as it is, so these options have no effect: {', '.join(useless)}",)


def _check_audio(config: JobConfig, *, has_footage: bool, has_template: bool) -> None:
    if config.audio in TEMPLATES_SOUND and has_footage and not has_template:
        why = "needs a template_video_id, whose sound is used"
        raise ValidationFailed(f"config.audio {config.audio!r} {why}", (("config.audio", why),))


def _bad_plan(field: str, why: str) -> ValidationFailed:
    return ValidationFailed(f"config.plan.{field}: {why}", ((f"config.plan.{field}", why),))


def _check_style_is_applied(asked: JobRequest) -> None:
    if asked.template_video_id is not None:
        raise ValidationFailed(
            "give config.style or a template_video_id, not both",
            (("config.style", "replaces a template's style"),),
        )
