"""How far a job brought its footage to a style: each aspect before and after, and the share of the distance closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Literal

from clipzy.style.config import USUAL_STRENGTH
from clipzy.style.dna import ColorGrade
from clipzy.style.picture_format import is_same_shape, shape_name

Value = float | int | str


@dataclass(frozen=True, slots=True)
class Profile:
    """What is compared of one video; None where it is not known, as the loudness of a silent one.

    `look_distance`: of its colours from the template's, see `analysis.colour_distance`. `on_beat`: share of its changes of shot within 70 ms of a
    beat; `beat_error_ms`: middle distance of a change from its nearest beat. `primary_transition`: share of its changes that are made as
    most of the template's are. `zoom_usage`: share of its shots that zoom, 0..100. `aspect_ratio`: width to height. `frame_rate`: frames a second.
    """

    look_distance: float | None = None
    grade: ColorGrade | None = None
    loudness_lufs: float | None = None
    true_peak_dbtp: float | None = None
    cut_frequency: float | None = None
    on_beat: float | None = None
    beat_error_ms: float | None = None
    primary_transition: float | None = None
    zoom_usage: float | None = None
    aspect_ratio: Fraction | None = None
    frame_rate: Fraction | None = None
    tempo_bpm: float | None = None


@dataclass(frozen=True, slots=True)
class Aspect:
    """One row of the report.

    `closed`: share of the distance to the template that is gone after rendering, 1 for all of it, < 0 where it grew; None where there was no
    distance worth the name, or a value is not known. `kept`: whether the output has what the footage had; None where that cannot be told, as when
    a value is unknown or was of more pictures than the output shows. `sought`: whether the job
    set out to change it. `measured_on`: what of the rendered file the value after was measured on. `asked`: `template` is not the template's value
    but another one, which the job asks for by name.
    """

    name: str
    unit: str
    template: Value | None
    before: Value | None
    after: Value | None
    closed: float | None
    kept: bool | None
    sought: bool
    measured_on: str
    asked: bool = False


@dataclass(frozen=True, slots=True)
class QualityReport:
    """All aspects of a job. `compared_with`: a template video, a style without one, or nothing (the footage's own style)."""

    compared_with: Literal["template", "style", "own"]
    strength: float
    aspects: tuple[Aspect, ...]
    warnings: tuple[str, ...]

    @property
    def summary(self) -> str | None:
        """How much of the distance is closed of all that was sought, in one line; None where nothing was there to close."""
        told = []
        for target, asked in ((f"the {self.compared_with}", False), ("what the job asked for", True)):
            shares = [
                f"{KINDS[row.name].words.removeprefix('the ')} {round(100 * row.closed)} %"
                for row in self.aspects
                if row.sought and row.closed is not None and row.asked is asked
            ]
            if shares:
                told.append(f"distance to {target} closed: {', '.join(shares)}")
        return "; ".join(told) or None


@dataclass(frozen=True, slots=True)
class _Kind:
    """An aspect as such. `slack`: a difference that is none. `words`: for a warning. `beyond`: where past the template is as good as there."""

    unit: str
    slack: float
    words: str
    beyond: Literal["above", "below"] | None = None


SEEN = 2.0  # of the look: a distance that is plainly seen
SLIDER_SEEN = 10.0  # of a slider, likewise
CUT_TO_BEATS = 0.5  # share of a template's cuts on beats, from which that is no chance
LEAST_ON_BEAT = 0.5  # of that share, under which cuts are seen to miss them
# Of the saturation: black and white is measured at about -95, and what a look leaves of colours under it at -94 or less
HARDLY_ANY_COLOUR, STILL_COLOURED = -85.0, -60.0
LEAST_OF_STRENGTH = 0.5  # that a look closes: pairs that go together come to .98 to 1.06 at .7

# What a plan bounds: true peaks by a ceiling, and of its cuts those between pictures that are alike are not seen
AT_MOST = frozenset({"true_peak", "cut_frequency"})
SLIDERS = tuple(field.name for field in fields(ColorGrade))
KINDS: Mapping[str, _Kind] = {
    "look": _Kind("OKLab x 100", 0.5, "the look"),
    **{name: _Kind("-100..100", 5.0, name) for name in SLIDERS},
    "loudness": _Kind("LUFS", 0.5, "the loudness"),
    "true_peak": _Kind("dBTP", 1.0, "the true peak"),
    "cut_frequency": _Kind("changes a minute", 1.0, "the cut density"),
    "on_beat": _Kind("share of changes", 0.1, "the share of cuts on beats", beyond="above"),
    "beat_error": _Kind("ms", 10.0, "the distance of cuts from beats", beyond="below"),
    "primary_transition": _Kind("share of changes", 0.1, "the share of the main transition"),
    "zoom_usage": _Kind("0..100", 5.0, "the share of shots that zoom"),
    "aspect_ratio": _Kind("", 0.0, "the shape"),
    "frame_rate": _Kind("frames a second", 0.1, "the frame rate"),
    "tempo": _Kind("beats a minute", 2.0, "the tempo"),
}


def compare(
    wanted: Profile | None,
    before: Profile,
    after: Profile,
    *,
    compared_with: Literal["template", "style", "own"],
    strength: float,
    sought: frozenset[str],
    measured_on: Mapping[str, str],
    asked: frozenset[str] = frozenset(),
    of_more: frozenset[str] = frozenset(),
    slack: Mapping[str, float] | None = None,
    planned: Profile | None = None,
) -> QualityReport:
    """Put the three beside each other.

    Args:
        wanted: of the template, or of the style where there is no video of it; None in the footage's own style.
        before: of the footage.
        after: of the rendered file.
        compared_with: what `wanted` is of.
        strength: of the look, 0..1.
        sought: names of the aspects that the job set out to change.
        measured_on: by name of the aspect.
        asked: names of the aspects that `wanted` has from the job, not from the template.
        of_more: names of the aspects whose value before is of more than what the output shows of the footage.
        slack: by name of the aspect, a difference from what is wanted that is none in this file, where that is more than in others.
        planned: what the file is to be by a plan that came with the job, None where none came. In the footage's own style it is held against that,
            against the footage only in its colours, which a plan without looks keeps.
    """
    kinds = {name: replace(kind, slack=max(kind.slack, (slack or {}).get(name, 0.0))) for name, kind in KINDS.items()}
    like = (wanted or before).aspect_ratio
    mine, theirs, now = (_values(profile, like) for profile in (before, wanted or Profile(), after))
    found = [
        _row(name, kind, (theirs[name], mine[name], now[name]), name in sought, measured_on.get(name, ""))
        for name, kind in kinds.items()
        if (theirs[name], mine[name], now[name]) != (None, None, None)
    ]
    rows = tuple(replace(row, asked=row.name in asked, kept=None if row.name in of_more else row.kept) for row in found)
    meant = None if planned is None else _values(planned, like)

    def warning(row: Aspect) -> str | None:
        kind = kinds[row.name]
        if wanted is not None:
            # the template's sound is heard where its tempo is sought
            off = _off_beat(row, compared_with) if "tempo" in sought else None
            kept = _keeps_colours(row, strength) if "look" in sought else None
            return _moved_away(row, kind, compared_with) or _fell_short(row, strength) or kept or off
        return _unplanned(row, kind, meant[row.name]) if meant and row.name not in SLIDERS else _unasked(row, kind)

    told = map(warning, rows)
    sliders = _sliders_fell_short(rows, kinds, strength, compared_with)
    warnings = tuple(sentence for sentence in (*told, sliders) if sentence)
    return QualityReport(compared_with, strength, rows, warnings)


def _values(profile: Profile, like: Fraction | None) -> dict[str, Value | None]:
    """By name of the aspect. `like`: a shape whose name goes for all that are the same to the eye."""
    grade, shape, rate = profile.grade, profile.aspect_ratio, profile.frame_rate
    named = like if shape and like and is_same_shape(shape, like) else shape
    return {
        "look": profile.look_distance,
        **{name: None if grade is None else getattr(grade, name) for name in SLIDERS},
        "loudness": profile.loudness_lufs,
        "true_peak": profile.true_peak_dbtp,
        "cut_frequency": profile.cut_frequency,
        "on_beat": profile.on_beat,
        "beat_error": profile.beat_error_ms,
        "primary_transition": profile.primary_transition,
        "zoom_usage": profile.zoom_usage,
        "aspect_ratio": None if named is None else shape_name(named),
        "frame_rate": None if rate is None else int(rate) if rate.denominator == 1 else float(rate),
        "tempo": profile.tempo_bpm,
    }


def _row(
    name: str, kind: _Kind, values: tuple[Value | None, Value | None, Value | None], sought: bool, measured_on: str
) -> Aspect:
    template, before, after = values
    left, was, moved = _short(kind, template, after), _short(kind, template, before), _apart(before, after)
    closed = None if left is None or was is None or was <= kind.slack else 1 - left / was
    return Aspect(
        name=name,
        unit=kind.unit,
        template=_rounded(template),
        before=_rounded(before),
        after=_rounded(after),
        closed=None if closed is None else round(closed, 3),
        kept=None if moved is None else moved <= kind.slack,
        sought=sought,
        measured_on=measured_on,
    )


def _short(kind: _Kind, template: Value | None, value: Value | None) -> float | None:
    """How far a value is from the template's; none where it lies beyond on the side that is as good."""
    distance = _apart(template, value)
    if kind.beyond and isinstance(template, int | float) and isinstance(value, int | float):
        return 0.0 if (value > template) == (kind.beyond == "above") else distance
    return distance


def _apart(one: Value | None, other: Value | None) -> float | None:
    """Words are the same or 1 apart."""
    if one is None or other is None:
        return None
    if isinstance(one, str) or isinstance(other, str):
        return float(one != other)
    return abs(one - other)


def _rounded(value: Value | None) -> Value | None:
    return round(value, 3) if isinstance(value, float) else value


def _unasked(row: Aspect, kind: _Kind) -> str | None:
    """Of an aspect that changed without a template."""
    if row.sought or row.kept is not False:
        return None
    return (
        f"{kind.words} changed from {_said(row, row.before)} to {_said(row, row.after)}, which the job did not ask for"
    )


def _unplanned(row: Aspect, kind: _Kind, planned: Value | None) -> str | None:
    """Of an aspect that is not as the plan has it, where that says how it is to be."""
    apart = _short(replace(kind, beyond="below") if row.name in AT_MOST else kind, planned, row.after)
    if apart is None or apart <= kind.slack:
        return None
    return f"{kind.words} is {_said(row, row.after)}, but the plan says {_said(row, _rounded(planned))}"


def _moved_away(row: Aspect, kind: _Kind, whose: str) -> str | None:
    """Of an aspect that moved away from the template, or the style without one, although it was to come nearer."""
    left, was = _short(kind, row.template, row.after), _short(kind, row.template, row.before)
    if not row.sought or left is None or was is None or left <= max(was + KINDS[row.name].slack, kind.slack):
        return None
    wanted = f"the {_said(row, row.template)} asked for" if row.asked else f"the {whose}'s {_said(row, row.template)}"
    return f"{kind.words} moved away from {wanted}: {_said(row, row.before)} before, {_said(row, row.after)} after"


def _off_beat(row: Aspect, whose: str) -> str | None:
    """Of cuts that lie by chance to the beats of the template's sound, which is heard, where the template's own lie on them."""
    if row.name != "on_beat" or not row.sought:
        return None
    if not (isinstance(row.template, float) and isinstance(row.after, float)):
        return None
    if row.template < CUT_TO_BEATS or row.after >= row.template * LEAST_ON_BEAT:
        return None
    return f"only {_said(row, row.after)} of the cuts are on beats of the {whose}'s sound, where {_said(row, row.template)} of its own cuts are"


def _fell_short(row: Aspect, strength: float) -> str | None:
    """Of a look that closed less than half of what its strength lets one expect, where there was something to be seen."""
    if row.name != "look" or not row.sought or row.closed is None or not isinstance(row.before, float):
        return None
    if row.before < SEEN or row.closed >= strength * LEAST_OF_STRENGTH:
        return None
    return (
        f"the look closed only {100 * max(0.0, row.closed):.0f} % of the distance to the template's at a strength of {100 * strength:.0f} %: "
        "it may be held back to keep surfaces even and noise low, or the template may show colours that the footage has nothing for"
    )


def _keeps_colours(row: Aspect, strength: float) -> str | None:
    """Of colours that stay under a template of hardly any, which a person takes for black and white."""
    if row.name != "saturation" or strength < USUAL_STRENGTH:
        return None
    if not (isinstance(row.template, float) and isinstance(row.after, float)):
        return None
    if row.template > HARDLY_ANY_COLOUR or row.after <= STILL_COLOURED:
        return None
    return (
        f"the output keeps colours (saturation {_said(row, row.after)}) under a template of hardly any ({_said(row, row.template)}): "
        "some colours of its own show that the template is not in black and white"
    )


def _sliders_fell_short(
    rows: tuple[Aspect, ...], kinds: Mapping[str, _Kind], strength: float, whose: str
) -> str | None:
    """The same of a style that came without a video, whose look is to bring each slider there."""
    short = []
    for row in rows:
        if row.name not in SLIDERS or not row.sought or row.closed is None or _moved_away(row, kinds[row.name], whose):
            continue
        if (_apart(row.template, row.before) or 0.0) >= SLIDER_SEEN and row.closed < strength * LEAST_OF_STRENGTH:
            short.append(f"{100 * max(0.0, row.closed):.0f} % of the distance to the style's {row.name}")
    if not short:
        return None
    return (
        f"the look closed only {', '.join(short)}, at a strength of {100 * strength:.0f} %: "
        "the footage's own colours limit it, and it is held back to avoid banding and clipping"
    )


def _said(row: Aspect, value: Value | None) -> str:
    if row.name in {"on_beat", "primary_transition"} and isinstance(value, float):
        return f"{100 * value:.0f} %"
    digits = 5 if row.name == "frame_rate" else 3
    number = str(value)
    if isinstance(value, float):
        number = f"{value:.{digits}g}" if abs(value) < 1000 else f"{value:.0f}"
    return f"{number} {row.unit}" if row.name in {"loudness", "true_peak", "beat_error"} else number
