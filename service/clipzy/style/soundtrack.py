"""The template's sound on the output's timeline, as a plan has it: which stretches are heard when, how loud, and where they make room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate, pairwise

from clipzy.style.measurements import Beat
from clipzy.style.time import Span, up_to_clock

LEAST_RAMP_S = Fraction(1, 200)  # a gain that changes faster is heard as a click
DEEPEST_DB = 60.0
BEAT_ERROR_S = 0.05  # twice of it is still under the distance of two beats, 0.2 s at 300 a minute
MOST_GAIN_DB = 60.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """One span of the template's sound; stretches follow each other on the output's timeline, from its beginning.

    `crossfade_s`: for so long before this one begins, the one before fades out and what the template has before the span fades in.
    """

    template: Span
    crossfade_s: Fraction
    reason: str

    def __post_init__(self) -> None:
        if not 0 <= self.crossfade_s <= self.template.start:
            raise ValueError(
                "a cross-fade takes what the template has before the stretch, and cannot be longer than that"
            )


@dataclass(frozen=True, slots=True)
class Ducking:
    """Where the template's sound is lower by `depth_db`.

    `spans`: seconds of the output, in order. The gain goes down in the `attack_s` before each and comes back in the `release_s`
    after it, along half a cosine in decibels.
    """

    spans: tuple[Span, ...]
    depth_db: float
    attack_s: Fraction
    release_s: Fraction
    reason: str

    def __post_init__(self) -> None:
        if not 0 <= self.depth_db <= DEEPEST_DB:
            raise ValueError(f"a sound is ducked by 0 to {DEEPEST_DB:.0f} dB, not {self.depth_db!r}")
        if min(self.attack_s, self.release_s) < LEAST_RAMP_S:
            raise ValueError(f"attack and release take {float(LEAST_RAMP_S)} s at least")
        if any(later.start < earlier.end for earlier, later in pairwise(self.spans)):
            raise ValueError("the spans of a ducking must be in order and apart")


@dataclass(frozen=True, slots=True)
class Soundtrack:
    """The template's sound, in place of the footage's or beside it.

    `gain_db`: of the template's sound. `footage_gain_db`: of the footage's, None where that is not heard. `fade_out_s`: at the end
    of the stretches or of the output, whichever comes first.
    """

    stretches: tuple[Stretch, ...]
    gain_db: float
    footage_gain_db: float | None
    ducking: Ducking | None
    fade_out_s: Fraction
    reason: str

    def __post_init__(self) -> None:
        if not self.stretches:
            raise ValueError("a soundtrack needs at least one stretch of the template's sound")
        if self.stretches[0].crossfade_s:
            raise ValueError("the first stretch has none before it to fade out of")
        for before, after in pairwise(self.stretches):
            if after.crossfade_s > before.template.duration - before.crossfade_s:
                raise ValueError("a stretch is shorter than the cross-fades at its ends")
        if self.fade_out_s < 0:
            raise ValueError("a fade cannot last less than nothing")
        if max(abs(self.gain_db), abs(self.footage_gain_db or 0)) > MOST_GAIN_DB:
            raise ValueError(f"a gain lies between -{MOST_GAIN_DB:.0f} and {MOST_GAIN_DB:.0f} dB")

    @property
    def duration(self) -> Fraction:
        """Seconds until the last stretch has ended."""
        return sum((stretch.template.duration for stretch in self.stretches), Fraction(0))


def placed_stretches(stretches: Sequence[Stretch]) -> list[tuple[Fraction, Stretch]]:
    """The stretches, each with the second of the output at which it begins."""
    ends = accumulate((stretch.template.duration for stretch in stretches), initial=Fraction(0))
    return list(zip(ends, stretches, strict=False))


def heard_beats(stretches: Sequence[Stretch], beats: Sequence[Beat]) -> tuple[Beat, ...]:
    """The template's beats where they are heard, in ascending seconds of the output.

    Stretches are joined on beats, which are known to a few hundredths of a second: at a join the beat of either side counts, once.
    """
    heard: list[Beat] = []
    for begins, stretch in placed_stretches(stretches):
        start, end = float(stretch.template.start), float(stretch.template.end)
        later = float(begins) - start
        for beat in beats:
            at = later + beat.time_s
            inside = start - BEAT_ERROR_S <= beat.time_s < end + BEAT_ERROR_S
            if inside and at >= 0 and (not heard or at - heard[-1].time_s > 2 * BEAT_ERROR_S):
                heard.append(replace(beat, time_s=at))
    return tuple(heard)


def shortened(stretches: Sequence[Stretch], duration: Fraction) -> tuple[Stretch, ...]:
    """The first `duration` seconds of them, up to an instant of a plan's clock."""
    return tuple(
        replace(
            stretch,
            template=Span(
                stretch.template.start, min(stretch.template.end, up_to_clock(stretch.template.start + left))
            ),
        )
        for begins, stretch in placed_stretches(stretches)
        if (left := duration - begins) > 0
    )
