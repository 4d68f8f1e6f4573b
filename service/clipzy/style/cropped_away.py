"""What a person should know of what crops take away: that they go by guesses, leave few pixels, or cut text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from clipzy.style.config import JobConfig
from clipzy.style.measurements import VideoAnalysis
from clipzy.style.plan import Clip, EditPlan
from clipzy.style.shot_framing import Scene
from clipzy.style.text_in_crops import told_cut

MUCH_LEFT = 0.7  # of the picture: of 4:3 three quarters are left in 16:9
LITTLE_KEPT = Fraction(1, 3)  # of the picture: between lying and upright it is 32 %
MOSTLY = 0.5  # of the output's time
FEW_LINES = 540  # of the shorter side: half of what an upright screen shows
MUCH_SHORTER = 0.6  # of the footage's own shorter side
BLIND = (
    "no subject was found in the footage, so it is cropped around the middle and may lose what matters: "
    "set config.framing to false to keep its shape, or set the crops in the plan"
)


def cropped_away(
    plan: EditPlan, video: VideoAnalysis, config: JobConfig, *, is_told_of_size: bool
) -> Iterator[str | None]:
    """All there is to say of a plan's crops; `is_told_of_size`: that they leave little of the picture (see `apply.little_kept`)."""
    yield BLIND if is_blind(plan.clips, video) else guessed(plan, video)
    yield None if is_told_of_size else few_pixels(plan, video, config)
    yield told_cut(plan.clips, video.texts)


def is_blind(clips: Sequence[Clip], video: VideoAnalysis) -> bool:
    """Whether much of the picture within its black bars is cut away in every clip, and nothing tells what any of them is of."""
    scene, little = Scene.of(video), MUCH_LEFT * video.picture_share
    return all(clip.crop.width * clip.crop.height < little and scene.focus(clip.source) is None for clip in clips)


def guessed(plan: EditPlan, video: VideoAnalysis) -> str | None:
    """Told where less than a third of the picture is left and crops mostly go by something that may not matter; None elsewhere."""
    kept = _kept(plan, video)
    if kept >= LITTLE_KEPT:
        return None
    scene = Scene.of(video)
    unsure = sum((clip.source.duration for clip in plan.clips if not _is_sure(scene, clip)), Fraction(0))
    if unsure < MOSTLY * plan.duration:
        return None
    return (
        f"only {kept:.0%} of the footage's picture is kept, and for {float(unsure):.1f} of {float(plan.duration):.1f} s no face or clear subject tells "
        "which part that should be, so crops may miss what matters: set config.framing to false, choose another config.aspect_ratio, or set the crops "
        "in the plan"
    )


def few_pixels(plan: EditPlan, video: VideoAnalysis, config: JobConfig) -> str | None:
    """Told where the output's shorter side is short because of the crop; None where the job asks for that shape or a height itself."""
    asked = (config.aspect_ratio, config.max_height, config.min_height)
    output, facts, active = plan.output, video.facts, video.active
    own = min(facts.width, facts.height) if active is None else min(active.width, active.height)
    short = min(output.width, output.height)
    if any(each is not None for each in asked) or short >= min(FEW_LINES, MUCH_SHORTER * own):
        return None
    return (
        f"the output is only {output.width}x{output.height}: the crop leaves no more pixels; "
        "set config.framing to false to keep the footage's shape and size, or config.min_height to enlarge it"
    )


def _is_sure(scene: Scene, clip: Clip) -> bool:
    focus = scene.focus(clip.source)
    return focus is not None and focus.is_sure


def _kept(plan: EditPlan, video: VideoAnalysis) -> float:
    """Share of the picture within its black bars that the widest crop shows."""
    return max(clip.crop.width * clip.crop.height for clip in plan.clips) / video.picture_share
