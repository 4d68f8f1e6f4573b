"""The edit plan as editors read it: OpenTimelineIO's own format, and an edit decision list (CMX 3600)."""

from __future__ import annotations

from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from clipzy.style.measurements import VideoFacts
from clipzy.style.plan import Clip, EditPlan
from clipzy.style.time import Span

OURS = "clipzy"  # the key of what no editor's format has words for
# frames a second of which SMPTE time codes exist; a list is in the nearest one
TIME_CODES = tuple(Fraction(n) for n in (24, 25, 30, 48, 50, 60)) + tuple(
    Fraction(n * 1000, 1001) for n in (24, 30, 60)
)
REEL = "FOOTAGE"  # eight letters at most


def write_timelines(plan: EditPlan, footage: str, facts: VideoFacts, otio_path: Path, edl_path: Path) -> None:
    """Write the plan's cuts for editors.

    Each clip names its span of the footage in the footage's own frames, and carries its crop and where that goes, its look and its reason as
    metadata; an edit decision list has the cuts alone.

    Args:
        plan: to be written.
        footage: file name that the clips refer to; editors ask where it is.
        facts: of the footage.
        otio_path: written as OpenTimelineIO's JSON.
        edl_path: written as CMX 3600, in the nearest rate that has time codes.
    """
    timeline = _timeline(plan, footage, facts)
    otio.adapters.write_to_file(timeline, str(otio_path), "otio_json")
    rate = min(TIME_CODES, key=lambda each: abs(each - plan.output.frame_rate))
    otio.adapters.write_to_file(timeline, str(edl_path), "cmx_3600", rate=float(rate))


def _timeline(plan: EditPlan, footage: str, facts: VideoFacts) -> otio.schema.Timeline:
    rate = facts.frame_rate
    media = otio.schema.ExternalReference(footage, available_range=_range(Span(Fraction(0), facts.duration), rate))
    timeline = otio.schema.Timeline(
        Path(footage).stem, metadata={OURS: {"version": plan.version, "reasons": list(plan.reasons)}}
    )
    pictures = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    pictures.extend(_clip(clip, number, media, rate) for number, clip in enumerate(plan.clips, 1))
    timeline.tracks.append(pictures)
    if plan.audio is not None:
        sound = otio.schema.Track(
            "A1", kind=otio.schema.TrackKind.Audio, metadata={OURS: {"reason": plan.audio.reason}}
        )
        sound.extend(_clip(clip, number, media, rate) for number, clip in enumerate(plan.clips, 1))
        timeline.tracks.append(sound)
    return timeline


def _clip(clip: Clip, number: int, media: otio.schema.ExternalReference, rate: Fraction) -> otio.schema.Clip:
    told: dict[str, Any] = {"reason": clip.reason, "look": clip.look, "crop": asdict(clip.crop)}
    if clip.crop_path:
        told["crop_path"] = [{"at": str(key.at), "crop": asdict(key.crop)} for key in clip.crop_path]
    metadata = {OURS: told, "cmx_3600": {"reel": REEL}}
    return otio.schema.Clip(f"clip {number}", media.clone(), _range(clip.source, rate), metadata=metadata)


def _range(span: Span, rate: Fraction) -> otio.opentime.TimeRange:
    """In whole frames: each edge on the nearest one, so that clips that follow each other still do; one frame at least."""
    start, end = round(span.start * rate), round(span.end * rate)
    at = float(rate)
    return otio.opentime.TimeRange(
        otio.opentime.RationalTime(start, at), otio.opentime.RationalTime(max(end - start, 1), at)
    )
