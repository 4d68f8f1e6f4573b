"""A template's real shape and frame rate, where its style only names the nearest of three, and what footage takes on of them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from clipzy.style.active_picture import shape_seen
from clipzy.style.config import JobConfig
from clipzy.style.dna import FRAME_RATES, StyleDNA
from clipzy.style.extract import nearest_aspect, nearest_rate
from clipzy.style.measurements import VideoAnalysis, VideoFacts
from clipzy.style.reframe import RATIOS

# 29.97 shown as 30 would repeat a frame every 33 s: a rate this close is kept
SAME_RATE = Fraction(2, 1000)
# 2.35:1 and 2.39:1 are one shape to the eye, and bars are found to a pixel or two of 480
SAME_SHAPE = Fraction(2, 100)
# What has a name of its own; other shapes are told by their longer side
NAMED_SHAPES = tuple(Fraction(w, h) for w, h in ((16, 9), (9, 16), (1, 1), (4, 3), (3, 4), (4, 5), (5, 4), (3, 2), (2, 3), (2, 1), (1, 2)))  # fmt: skip
NAMED_WITHIN = Fraction(1, 100)
KEEPS_OWN = "the footage keeps its own style"


@dataclass(frozen=True, slots=True)
class PictureFormat:
    """`shape`: width to height of the picture that is seen. `frame_rate`: frames a second, usual; `is_steady`: all of them as far apart."""

    shape: Fraction
    frame_rate: Fraction
    is_steady: bool = True


def format_of(video: VideoAnalysis) -> PictureFormat:
    """Of an analysed video: of its picture within black bars where the style names that as it names the frame, else of the frame."""
    facts = video.facts
    seen = shape_seen(video)
    # an upright picture between bars in a lying frame is lying by its style
    is_named_alike = nearest_aspect(seen) is nearest_aspect(facts.shape)
    return PictureFormat(seen if is_named_alike else facts.shape, steady_rate(facts), not facts.variable_frame_rate)


def steady_rate(facts: VideoFacts) -> Fraction:
    """The usual frame rate as one to write a file at."""
    return facts.frame_rate.limit_denominator(1001)


def is_same_rate(one: Fraction | int, other: Fraction | int) -> bool:
    """To the eye."""
    return abs(Fraction(one) / other - 1) <= SAME_RATE


def is_same_shape(one: Fraction, other: Fraction) -> bool:
    """To the eye."""
    return abs(one / other - 1) <= SAME_SHAPE


def shape_name(shape: Fraction) -> str:
    """As people write it: 16:9, 2.39:1, 1:2.2."""
    for named in NAMED_SHAPES:
        if abs(shape / named - 1) <= NAMED_WITHIN:
            return f"{named.numerator}:{named.denominator}"
    return f"{float(shape):.3g}:1" if shape > 1 else f"1:{float(1 / shape):.3g}"


def wanted_shape(style: StyleDNA, template: PictureFormat | None) -> tuple[Fraction, str]:
    """What footage of another shape is brought to, and whose that is in words."""
    if template is None:
        return RATIOS[style.aspect_ratio], f"the style is {style.aspect_ratio}"
    return template.shape, f"the template is {shape_name(template.shape)}"


def why_shape_kept(own: Fraction, style: StyleDNA, template: PictureFormat | None) -> str | None:
    """Why footage keeps its shape in a style, None where it does not.

    It does where it is the template's own, or what the style names; in a style without a video also where the style would name it so.
    """
    named = style.aspect_ratio
    if template is not None and is_same_shape(own, template.shape):
        return f"already {shape_name(template.shape)}, like the template"
    if is_same_shape(own, RATIOS[named]):
        really = "" if template is None else f", the nearest to the template's {shape_name(template.shape)}"
        return f"already {named}, as the style says{really}"
    if template is None and nearest_aspect(own) is named:
        return f"{shape_name(own)} counts as {named}, which the style asks for"
    return None


def output_rate(
    style: StyleDNA | None, template: PictureFormat | None, facts: VideoFacts, config: JobConfig
) -> tuple[Fraction, str]:
    """The frame rate that footage is written at, and a sentence on it. `style`: None for the footage's own; `template`: of the style's video."""
    own = steady_rate(facts)
    if config.frame_rate is not None:
        wanted, why = _in_step(Fraction(config.frame_rate), facts), "requested by the job"
        if not facts.variable_frame_rate and is_same_rate(own, wanted):
            wanted, why = own, f"matches the {config.frame_rate} {why}"
    elif style is None:
        wanted, why = own, KEEPS_OWN
    else:
        wanted, why = _styles_rate(facts, style, template)
    if wanted == own and (style is None or not facts.variable_frame_rate):
        return own, f"{float(own):.5g} fps kept: {why}"
    was = f"a variable {float(own):.5g}" if facts.variable_frame_rate else f"{float(own):.5g}"
    return wanted, f"{float(wanted):.5g} fps instead of {was}: {why}"


def _styles_rate(facts: VideoFacts, style: StyleDNA, template: PictureFormat | None) -> tuple[Fraction, str]:
    """The frame rate that footage is written at in a style, and why.

    Its own where that is steady and the template's, or what the style names; or where no better than a name is known and a style would name it so.
    """
    own, named = steady_rate(facts), style.frame_rate
    is_steady = not facts.variable_frame_rate
    if template is not None and is_same_rate(own, template.frame_rate) and (is_steady or template.is_steady):
        return own if is_steady else template.frame_rate, "the template's rate"
    if is_steady and is_same_rate(own, named):
        really = "" if template is None else f", the nearest to the template's {float(template.frame_rate):.5g}"
        return own, f"matches the style's {named}{really}"
    if template is not None and _is_usual(template):
        return _in_step(template.frame_rate, facts), "the template's rate"
    if is_steady and own <= max(FRAME_RATES) and nearest_rate(own) == named:
        return own, f"counts as {named}, which the style asks for"
    return _in_step(Fraction(named), facts), "the style's rate"


def _in_step(wanted: Fraction, facts: VideoFacts) -> Fraction:
    """A rate, or one as near as 29.97 is to 30 that shows or repeats each nth picture of steady footage: of 59.94 at 30, one would be left out in 33 s."""
    own = steady_rate(facts)
    fewer, more = max(1, round(own / wanted)), max(1, round(wanted / own))
    exact = own / fewer if fewer > 1 else own * more
    return exact if not facts.variable_frame_rate and is_same_rate(exact, wanted) else wanted


def _is_usual(template: PictureFormat) -> bool:
    """Whether other footage can be shown at its rate: fewer pictures stutter, and more than 60 a second few screens show."""
    low, high = min(FRAME_RATES) * (1 - SAME_RATE), max(FRAME_RATES) * (1 + SAME_RATE)
    return template.is_steady and low <= template.frame_rate <= high
