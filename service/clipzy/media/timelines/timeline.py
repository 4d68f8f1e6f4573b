"""The edit plan for editing programs: in OpenTimelineIO's format, and as an edit decision list (CMX 3600)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any

import opentimelineio as otio

from clipzy.media.timelines.decision_list import REEL, corrected
from clipzy.media.timelines.timecode import TIME_CODES, counted_rate, drops, frames_until
from clipzy.media.timelines.timeline_sound import OURS, TemplateMedia, media_reference, soundtrack_track
from clipzy.style.dna import TransitionType
from clipzy.style.measurements import VideoFacts
from clipzy.style.plan import Clip, EditPlan, Join, joins, placed
from clipzy.style.slowing import parts_of
from clipzy.style.time import Span

COARSEST = 10  # frames a second: slower footage, such as stills, is counted in fractions of its frames, else short clips would have no length


@dataclass(frozen=True, slots=True)
class _Media:
    """The footage. `rate`: frames a second in which it is counted; `starts`: its first time code; `from_zero`: count from 0 nevertheless."""

    name: str
    facts: VideoFacts
    rate: Fraction
    starts: str | None
    from_zero: bool = False

    @property
    def frames(self) -> int:
        """Number of frames."""
        return round(self.facts.duration * self.rate)

    @property
    def first(self) -> int:
        """Number of the first frame."""
        count = None if self.from_zero else frames_until(self.starts, self.facts.frame_rate)
        return 0 if count is None else round(count * self.numbered / counted_rate(self.facts.frame_rate))

    @property
    def numbered(self) -> Fraction:
        """Frame numbers a second of the footage's time code, counted at `rate`: without drop-frame, 23.976 frames counted at 30 are 29.97."""
        own = counted_rate(self.facts.frame_rate)
        return self.rate if self.is_dropping else own * round(self.rate) / round(own)

    @property
    def is_dropping(self) -> bool:
        """Whether its time code is drop-frame, or may be, since it has none."""
        return self.starts is None or frames_until(self.starts, self.facts.frame_rate) is None or drops(self.starts)

    def reference(self) -> otio.schema.ExternalReference:
        """The media reference of its clips."""
        start, lasts = (otio.opentime.RationalTime(count, float(self.rate)) for count in (self.first, self.frames))
        return media_reference(self.name, otio.opentime.TimeRange(start, lasts))


@dataclass(frozen=True, slots=True)
class _Placed:
    """A clip on the timeline. `begins`: seconds; `shift`: the footage's frame number minus the timeline's."""

    clip: Clip
    begins: Fraction
    shift: int

    def is_seen(self, rate: Fraction) -> bool:
        """Whether any frame of it is on the timeline."""
        return bool(self.shown(self.clip.source, rate).duration.value > 0)

    def shown(self, span: Span, rate: Fraction, later: Fraction = Fraction(0)) -> otio.opentime.TimeRange:
        """A span of the clip in whole frames, from rounding its edges on the timeline, possibly none.

        So rounding errors never add up. `later`: seconds after the span's start at which the footage begins.
        """
        begins = self.begins + span.start - self.clip.source.start
        first, last = round(begins * rate), round((begins + span.duration) * rate)
        return otio.opentime.TimeRange(
            otio.opentime.RationalTime(round((begins + later) * rate) + self.shift, float(rate)),
            otio.opentime.RationalTime(last - first, float(rate)),
        )


def write_timelines(
    plan: EditPlan,
    footage: str,
    facts: VideoFacts,
    otio_path: Path,
    edl_path: Path,
    *,
    template: TemplateMedia | None = None,
    starts: str | None = None,
) -> None:
    """Write the plan's cuts for editing programs.

    Each clip gives its span of the footage in the footage's own frames, lies on the timeline within half a frame of its place in the output, and has its crop
    and crop path, its look and its reason as metadata. Clips shorter than a frame are left out, with their transitions. Transitions are centred on their cuts,
    with handles of both clips; if both are heard too, the sound has a transition as well. Slowed pictures are separate clips with a linear time warp (`M2` in
    a list); their sound is not slowed. An edit decision list has the cuts and dissolves of the pictures, since it has no names for other kinds.

    Args:
        plan: to be written.
        footage: file name that clips refer to, and clips of a list are named by; programs look for it, or ask where it is.
        facts: of the footage.
        otio_path: written as OpenTimelineIO's JSON.
        edl_path: written as CMX 3600, in the nearest rate that has time codes, drop-frame if the footage's is.
        template: the file of the plan's soundtrack, which is a track of the timeline; the list leaves it out.
        starts: time code of the footage's first frame (see `start_timecode`), from which clips count; from 0 if None or if it does not fit the footage's
            rate.
    """
    # footage of a variable frame rate is counted at the output's rate
    own = plan.output.frame_rate if facts.variable_frame_rate else facts.frame_rate
    media = _Media(footage, facts, own * max(1, ceil(COARSEST / own)), starts)
    timeline = _timeline(plan, media, joins(plan.clips), is_list=False)
    if plan.soundtrack is not None and template is not None:
        timeline.tracks.append(soundtrack_track(plan.soundtrack, template))
    otio.adapters.write_to_file(timeline, str(otio_path), "otio_json")
    rate = min(TIME_CODES, key=lambda each: abs(each - plan.output.frame_rate))
    dissolves = [join for join in joins(plan.clips) if join.transition.type is TransitionType.DISSOLVE]
    # both at the list's rate, so that each event lasts as long in the footage as in the output
    media = replace(media, rate=rate)
    listed = _timeline(plan, replace(media, from_zero=True), dissolves, is_list=True)
    text = otio.adapters.write_to_string(listed, "cmx_3600", rate=float(rate))
    text = corrected(text, rate, is_dropping=media.is_dropping, first=media.first)
    edl_path.write_text(text, encoding="utf-8")


def _timeline(plan: EditPlan, footage: _Media, joined: Sequence[Join], *, is_list: bool) -> otio.schema.Timeline:
    rate, media = footage.rate, footage.reference()
    if is_list:
        media.target_url = footage.name  # a list has names in place of URLs
    timeline = otio.schema.Timeline(
        Path(footage.name).stem, metadata={OURS: {"version": plan.version, "reasons": list(plan.reasons)}}
    )
    clips = _placed(plan, footage)
    pictures = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    pictures.extend(_pictures(clips, media, rate, joined, is_list=is_list))
    timeline.tracks.append(pictures)
    if plan.audio is not None and plan.hears_footage:
        sound = otio.schema.Track(
            "A1", kind=otio.schema.TrackKind.Audio, metadata={OURS: {"reason": plan.audio.reason}}
        )
        sound.extend(_sound(clips, media, rate, [join for join in joined if join.has_handles]))
        timeline.tracks.append(sound)
    return timeline


def _placed(plan: EditPlan, footage: _Media) -> list[_Placed]:
    """The clips; consecutive clips of the footage share a shift, so that no frame between them is repeated or left out."""
    rate, frames, starts_at = footage.rate, footage.frames, footage.first
    runs: list[list[tuple[Fraction, Clip]]] = []
    for begins, clip in placed(plan.clips):
        if not runs or runs[-1][-1][1].source.end != clip.source.start:
            runs.append([])
        runs[-1].append((begins, clip))
    found = []
    for run in runs:
        (begins, first), (last_begins, last) = run[0], run[-1]
        on_timeline = round(begins * rate)
        shift = min(
            round(first.source.start * footage.numbered) - on_timeline,
            frames - round((last_begins + last.source.duration) * rate),
        )
        found += [_Placed(clip, at, max(shift, -on_timeline) + starts_at) for at, clip in run]
    return found


def _pictures(
    clips: Sequence[_Placed],
    media: otio.schema.ExternalReference,
    rate: Fraction,
    joined: Sequence[Join],
    *,
    is_list: bool,
) -> Iterator[otio.core.Item | otio.schema.Transition]:
    """The clips in order, in parts where they are slowed, each after the transition into it."""
    into = _seen(joined, clips, rate)
    parted = parts_of([each.clip for each in clips])
    for number, (each, parts) in enumerate(zip(clips, parted, strict=True), 1):
        if number in into:
            yield _transition(into[number], rate)
        for part in parts:
            if each.shown(part.span, rate).duration.value == 0:
                continue
            # in a list dissolves begin at full speed, so that much earlier in the source
            early = part.early if is_list and number in into else part.early * part.speed
            # readers of a list look for a file of the clip's name
            name = media.name if is_list else f"clip {number}"
            yield _clip(each.clip, name, media, each.shown(part.span, rate, early), part.speed)


def _sound(
    clips: Sequence[_Placed], media: otio.schema.ExternalReference, rate: Fraction, joined: Sequence[Join]
) -> Iterator[otio.core.Item | otio.schema.Transition]:
    """The same without parts, since sound is not slowed."""
    into = _seen(joined, clips, rate)
    for number, each in enumerate(clips, 1):
        if number in into:
            yield _transition(into[number], rate)
        if not each.is_seen(rate):
            continue
        yield _clip(each.clip, f"clip {number}", media, each.shown(each.clip.source, rate))


def _seen(joined: Sequence[Join], clips: Sequence[_Placed], rate: Fraction) -> dict[int, Join]:
    """Transitions by the number of the clip after them, without those beside a clip that has no frame on the timeline."""
    return {
        join.number: join for join in joined if all(each.is_seen(rate) for each in clips[join.number - 2 : join.number])
    }


def _transition(join: Join, rate: Fraction) -> otio.schema.Transition:
    """Centred on the cut, with at least a frame on either side."""
    how = join.transition
    kinds = otio.schema.TransitionTypes
    half = otio.opentime.RationalTime(max(1, round(join.duration / 2 * rate)), float(rate))
    return otio.schema.Transition(
        name=how.type.value,
        transition_type=kinds.SMPTE_Dissolve if how.type is TransitionType.DISSOLVE else kinds.Custom,
        in_offset=half,
        out_offset=half,
        metadata={OURS: {"type": how.type.value, "duration_ms": how.duration_ms, "easing": how.easing.value}},
    )


def _clip(
    clip: Clip,
    name: str,
    media: otio.schema.ExternalReference,
    shown: otio.opentime.TimeRange,
    speed: Fraction = Fraction(1),
) -> otio.schema.Clip:
    told: dict[str, Any] = {"reason": clip.reason, "look": clip.look, "crop": asdict(clip.crop)}
    if clip.crop_path:
        told["crop_path"] = [{"at": str(key.at), "crop": asdict(key.crop)} for key in clip.crop_path]
    metadata = {OURS: told, "cmx_3600": {"reel": REEL}}
    made = otio.schema.Clip(name, media.clone(), shown, metadata=metadata)
    if speed != 1:
        made.effects.append(otio.schema.LinearTimeWarp("slowed", time_scalar=float(speed)))
    return made
