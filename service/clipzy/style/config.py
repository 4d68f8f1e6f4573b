"""What the caller of a job may choose: typed, bounded, each with its default."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from clipzy.style.dna import FRAME_RATES, AspectRatio, StyleDNA
from clipzy.style.plan import EditPlan

# A whole match of distributions also takes over what the template shows, not only how it looks
USUAL_STRENGTH = 0.7


def share_of_tone(strength: float) -> float:
    """How far a style without colours, or of one tone, takes all others away at a strength 0..1 of the look: wholly from the usual one on."""
    return min(1.0, strength / USUAL_STRENGTH)


# True is "source", False leaves the footage's sound as it is
Audio = Literal[True, False, "source", "template", "mix"]
TEMPLATES_SOUND = ("template", "mix")  # what needs a template with sound


# "highlights" also leaves out all of the footage but its best moments
Pacing = Literal[True, False, "highlights"]
SHORTEST_TARGET_S, LONGEST_TARGET_S = 1, 3600
LEAST_HEIGHT, MOST_HEIGHT = 144, 4320  # that a job may set, pixels


class Quality(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class JobConfig:
    """A job's `config`. `None` for a field means: as the style says.

    `render`: False ends with the style, "plan" with the plan. `plan`: rendered in place of one that the engine makes.
    `strength`: of the look, 0..1; under 1 the footage keeps some of its own colours.
    `color`, `pacing`, `transitions`, `motion`, `framing`, `audio`: False turns that aspect of the style off.
    `pacing` "highlights": the best moments of the footage alone, `target_duration_seconds` together.
    `audio`: whose sound is heard: "source" (as True), "template" in place of the footage's, or "mix".
    `frame_blending`: mix neighbouring frames where the output's rate differs from the footage's.
    `max_height`, `min_height`: of the output, pixels; only for the second are pictures enlarged.
    """

    quality: Quality = Quality.MEDIUM
    output_format: str = "mp4"
    render: Literal[True, False, "plan"] = True
    plan: EditPlan | None = None
    style: StyleDNA | None = None
    strength: float = USUAL_STRENGTH
    color: bool = True
    pacing: Pacing = True
    target_duration_seconds: float | None = None
    transitions: bool = True
    motion: bool = True
    framing: bool = True
    audio: Audio = True
    aspect_ratio: AspectRatio | None = None
    frame_rate: int | None = None
    frame_blending: bool = False
    max_height: int | None = None
    min_height: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.output_format != "mp4":
            raise ValueError(f"output_format must be 'mp4', not {self.output_format!r}")
        if not 0 <= self.strength <= 1:
            raise ValueError(f"strength must lie in 0..1, not {self.strength!r}")
        if self.target_duration_seconds is not None:
            if self.pacing != "highlights":
                raise ValueError("target_duration_seconds needs pacing 'highlights'")
            if not SHORTEST_TARGET_S <= self.target_duration_seconds <= LONGEST_TARGET_S:
                raise ValueError(
                    f"target_duration_seconds must lie in {SHORTEST_TARGET_S}..{LONGEST_TARGET_S}, not {self.target_duration_seconds!r}"
                )
        if self.frame_rate is not None and self.frame_rate not in FRAME_RATES:
            raise ValueError(f"frame_rate must be 24, 30 or 60, not {self.frame_rate!r}")
        for name, height in (("max_height", self.max_height), ("min_height", self.min_height)):
            if height is not None and not LEAST_HEIGHT <= height <= MOST_HEIGHT:
                raise ValueError(f"{name} must lie in {LEAST_HEIGHT}..{MOST_HEIGHT}, not {height!r}")
        if self.min_height is not None and self.max_height is not None and self.min_height > self.max_height:
            raise ValueError(f"min_height must not exceed max_height, {self.max_height}, but is {self.min_height}")
        if not 0 <= self.seed < 2**32:
            raise ValueError(f"seed must lie in 0..2^32-1, not {self.seed!r}")
