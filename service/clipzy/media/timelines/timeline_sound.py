"""A plan's soundtrack for editing programs: the template's stretches as a track of OpenTimelineIO, with gains, ducking and fades as metadata."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from clipzy.style.soundtrack import Ducking, Soundtrack, Stretch, placed_stretches

OURS = "clipzy"  # the key of our own metadata
SAMPLES_PER_S = 48000  # music cut to whole picture frames would be out of rhythm
# characters of file names that are syntax in URLs; blanks and others stay as they are, as OpenTimelineIO writes them
_NO_ADDRESS = str.maketrans({sign: f"%{ord(sign):02X}" for sign in "%#?:;"})


@dataclass(frozen=True, slots=True)
class TemplateMedia:
    """The file that the stretches refer to. `begins`: its start time code in seconds."""

    name: str
    duration: Fraction  # seconds of its sound
    begins: Fraction = Fraction(0)


def media_reference(name: str, available: otio.opentime.TimeRange) -> otio.schema.ExternalReference:
    """A reference to a file of that name beside the timeline; `available`: its time range."""
    reference = otio.schema.ExternalReference(name.translate(_NO_ADDRESS), available)
    reference.name = name
    return reference


def soundtrack_track(soundtrack: Soundtrack, template: TemplateMedia) -> otio.schema.Track:
    """The track `A2`: each stretch a clip, each cross-fade a transition that ends where its stretch begins."""
    told = {
        "reason": soundtrack.reason,
        "gain_db": soundtrack.gain_db,
        "footage_gain_db": soundtrack.footage_gain_db,
        "fade_out_s": str(soundtrack.fade_out_s),
        "ducking": None if soundtrack.ducking is None else _told(soundtrack.ducking),
    }
    track = otio.schema.Track("A2", kind=otio.schema.TrackKind.Audio, metadata={OURS: told})
    track.extend(_items(soundtrack, template))
    return track


def _told(ducking: Ducking) -> dict[str, Any]:
    """As the plan has it in JSON."""
    return {
        "spans": [{"start": str(span.start), "end": str(span.end)} for span in ducking.spans],
        "depth_db": ducking.depth_db,
        "attack_s": str(ducking.attack_s),
        "release_s": str(ducking.release_s),
        "reason": ducking.reason,
    }


def _items(soundtrack: Soundtrack, template: TemplateMedia) -> Iterator[otio.core.Item | otio.schema.Transition]:
    media = media_reference(template.name, _range(template.begins, template.begins + template.duration))
    for number, (begins, stretch) in enumerate(placed_stretches(soundtrack.stretches), 1):
        if stretch.crossfade_s:
            yield otio.schema.Transition(
                name="cross-fade",
                transition_type=otio.schema.TransitionTypes.SMPTE_Dissolve,
                in_offset=_time(stretch.crossfade_s),
                out_offset=_time(Fraction(0)),
            )
        yield _clip(stretch, number, begins, template.begins, media)


def _clip(
    stretch: Stretch, number: int, begins: Fraction, counted_from: Fraction, media: otio.schema.ExternalReference
) -> otio.schema.Clip:
    # rounded on the output's timeline, so that errors do not add up
    samples = _samples(begins + stretch.template.duration) - _samples(begins)
    shown = otio.opentime.TimeRange(
        _time(counted_from + stretch.template.start), otio.opentime.RationalTime(max(samples, 1), SAMPLES_PER_S)
    )
    return otio.schema.Clip(f"sound {number}", media.clone(), shown, metadata={OURS: {"reason": stretch.reason}})


def _range(start: Fraction, end: Fraction) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(_time(start), _time(end - start))


def _time(seconds: Fraction) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(_samples(seconds), SAMPLES_PER_S)


def _samples(seconds: Fraction) -> int:
    return round(seconds * SAMPLES_PER_S)
