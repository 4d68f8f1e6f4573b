"""Makes sure that a plan from outside shows and plays only what its videos have."""

from __future__ import annotations

from clipzy.style.laying import TOLERANCE_S
from clipzy.style.measurements import AudioAnalysis, VideoAnalysis
from clipzy.style.plan import NEED_NONE, EditPlan, joins
from clipzy.style.soundtrack import Soundtrack


def check_fits(plan: EditPlan, video: VideoAnalysis) -> None:
    """Hold a plan against the footage.

    Raises:
        ValueError: a clip, or what a transition shows of it after its end, ends more than a frame after the footage; or a look is made
            for a shot that it does not have.
    """
    most = video.facts.duration + 1 / video.facts.frame_rate
    for number, clip in enumerate(plan.clips, 1):
        if clip.source.end > most:
            ends, lasts = float(clip.source.end), float(video.facts.duration)
            raise ValueError(f"clip {number} of the plan ends at {ends:.2f} s, but the footage lasts {lasts:.2f} s")
    for join in joins(plan.clips):
        if join.has_handles and join.old.source.end + join.duration / 2 > most:
            needs, has = float(join.duration / 2), max(0.0, float(most - join.old.source.end))
            raise ValueError(
                f"the {join.transition.type} into clip {join.number} needs {needs:.2f} s of footage after the end of the previous clip, "
                f"but only {has:.2f} s are left; {NEED_NONE}"
            )
    for look in plan.looks:
        if max(look.shots, default=-1) >= len(video.shots):
            raise ValueError(
                f"{look.name} of the plan is made for shot {max(look.shots)} (counted from 0), but the footage has only {len(video.shots)}"
            )


def check_soundtrack(soundtrack: Soundtrack | None, template: AudioAnalysis | None) -> None:
    """Hold a soundtrack against the template's sound.

    Raises:
        ValueError: a stretch ends after the template's sound, or there is none.
    """
    if soundtrack is None:
        return
    if template is None or not template.present or template.loudness.integrated_lufs is None:
        raise ValueError("the plan's soundtrack needs a template video with sound")
    for number, stretch in enumerate(soundtrack.stretches, 1):
        if stretch.template.end > template.duration_s + TOLERANCE_S:
            ends, lasts = float(stretch.template.end), template.duration_s
            raise ValueError(
                f"stretch {number} of the plan ends at {ends:.2f} s, but the template's sound lasts {lasts:.2f} s"
            )
