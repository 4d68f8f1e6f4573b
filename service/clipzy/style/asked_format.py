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
    names = {name for name in ("aspect_ratio", "frame_rate") if getattr(asked, name) is not None}
    return frozenset(names - same_formats(asked, theirs or Profile()))


def same_formats(one: Profile, other: Profile) -> frozenset[str]:
    """Names of shape and rate, as far as both are known and the same to the eye."""
    names: set[str] = set()
    if one.aspect_ratio and other.aspect_ratio and is_same_shape(one.aspect_ratio, other.aspect_ratio):
        names.add("aspect_ratio")
    if one.frame_rate and other.frame_rate and is_same_rate(one.frame_rate, other.frame_rate):
        names.add("frame_rate")
    return frozenset(names)
