"""Stage 6: the plan becomes a file, with a poster and a picture of before and after."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from clipzy.media.render import render
from clipzy.media.stills import frame_at, save_picture, side_by_side
from clipzy.stages.context import OUTPUT, PUBLISH, Role, StageContext
from clipzy.stages.measured import measured_video
from clipzy.stages.shares import part
from clipzy.stages.style_application import planned
from clipzy.style.plan import EditPlan
from clipzy.style.time import Span

POSTER, BEFORE_AFTER = "poster.jpg", "before_after.jpg"
RENDERED = 0.97  # of the stage's progress


def run(context: StageContext) -> None:
    """Publish `output.mp4`, `poster.jpg` and `before_after.jpg`."""
    source = context.source(Role.FOOTAGE)
    assert source is not None  # a job without footage ends before this stage
    plan, look = planned(context)
    published = context.folder / PUBLISH
    published.mkdir()
    output = published / OUTPUT
    rendered = render(plan, source.path, look, output, part(context.report, 0, RENDERED))
    for warning in rendered.warnings:
        context.warn(warning)
    _stills(plan, source.path, output, published, _telling_moment(context))
    context.report(1.0)


def _telling_moment(context: StageContext) -> Fraction:
    """The middle of the footage's longest shot, in seconds: fades and titles lie elsewhere."""
    video = measured_video(context, Role.FOOTAGE)
    # a single long transition leaves no shot at all
    shots = video.shots or (Span(Fraction(0), video.facts.duration),)
    longest = max(shots, key=lambda shot: shot.duration)
    return (longest.start + longest.end) / 2


def _stills(plan: EditPlan, source: Path, output: Path, folder: Path, moment: Fraction) -> None:
    after = frame_at(output, _when_shown(plan, moment))
    save_picture(after, folder / POSTER)
    save_picture(side_by_side(frame_at(source, moment), after), folder / BEFORE_AFTER)


def _when_shown(plan: EditPlan, moment: Fraction) -> Fraction:
    """When the output shows an instant of the source; its own beginning for one that was left out."""
    begins = Fraction(0)
    for clip in plan.clips:
        if clip.source.start <= moment < clip.source.end:
            return begins + moment - clip.source.start
        begins += clip.source.duration
    return Fraction(0)
