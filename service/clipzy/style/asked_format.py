"""Shape and frame rate that a job asks for by name, in the quality report: they go before a template's."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from clipzy.style.config import JobConfig
from clipzy.style.picture_format import is_same_rate, is_same_shape
from clipzy.style.quality import Profile
from clipzy.style.reframe import RATIOS


def as_asked(config: JobConfig, theirs: Profile) -> Profile:
    """A template's or a style's, with what the job asks for by name in its place."""
    return replace(
        theirs,
        aspect_ratio=theirs.aspect_ratio if config.aspect_ratio is None else RATIOS[config.aspect_ratio],
        frame_rate=theirs.frame_rate if config.frame_rate is None else Fraction(config.frame_rate),
    )


def asked_by_name(config: JobConfig, theirs: Profile | None) -> frozenset[str]:
    """What the job asks for by name and the template, or the style without one, does not have just so."""
    asked = as_asked(config, Profile())
    shape, rate = asked.aspect_ratio, asked.frame_rate
    names: set[str] = set()
    if shape is not None and not (theirs and theirs.aspect_ratio and is_same_shape(shape, theirs.aspect_ratio)):
        names.add("aspect_ratio")
    if rate is not None and not (theirs and theirs.frame_rate and is_same_rate(rate, theirs.frame_rate)):
        names.add("frame_rate")
    return frozenset(names)


def kept_formats(before: Profile, after: Profile) -> frozenset[str]:
    """Of shape and rate those that the plan kept: it did not set out to change them."""
    return frozenset(
        name
        for name, is_same in (("aspect_ratio", is_same_shape), ("frame_rate", is_same_rate))
        if (was := getattr(before, name)) and (now := getattr(after, name)) and is_same(was, now)
    )
