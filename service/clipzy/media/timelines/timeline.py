"""The edit plan as editors read it: OpenTimelineIO's own format, and an edit decision list (CMX 3600)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any

import opentimelineio as otio

from clipzy.media.timelines.decision_list import REEL, corrected
from clipzy.media.timelines.timecode import TIME_CODES, drops, frames_until
from clipzy.media.timelines.timeline_sound import OURS, TemplateMedia, media_reference, soundtrack_track
from clipzy.style.dna import TransitionType
from clipzy.style.measurements import VideoFacts
from clipzy.style.plan import Clip, EditPlan, Join, joins, placed
from clipzy.style.slowing import parts_of
from clipzy.style.time import Span

COARSEST = 10  # frames a second: slower footage, as a row of stills, is counted in parts of its frames, else short clips have no length


@dataclass(frozen=True, slots=True)
class _Media:
    """The footage as editors know it. `rate`: frames a second in which it is counted; `starts`: its first time code; `from_zero`: it is counted from 0 all the same."""

    name: str
    facts: VideoFacts
    rate: Fraction
    starts: str | None
    from_zero: bool = False

    @property
    def frames(self) -> int:
        """So many."""
        return round(self.facts.duration * self.rate)

    @property
    def first(self) -> int:
        """The number of the first one."""
        count = None if self.from_zero else frames_until(self.starts, self.facts.frame_rate)
        return 0 if count is None else round(count * self.numbered / self.facts.frame_rate)

    @property
    def numbered(self) -> Fraction:
        """How far the footage's time code, counted by `rate`, goes on in a second: where it leaves no numbers out, 23.976 frames by thirties are 29.97."""
        own = self.facts.frame_rate
        return self.rate if self.is_dropping else own * round(self.rate) / round(own)

    @property
    def is_dropping(self) -> bool:
        """Whether its time code leaves numbers out, or it has none, so that ours may."""
        return self.starts is None or frames_until(self.starts, self.facts.frame_rate) is None or drops(self.starts)

    def reference(self) -> otio.schema.ExternalReference:
        """What clips refer to."""
        start, lasts = (otio.opentime.RationalTime(count, float(self.rate)) for count in (self.first, self.frames))
        return media_reference(self.name, otio.opentime.TimeRange(start, lasts))


@dataclass(frozen=True, slots=True)
class _Placed:
    """A clip on the timeline. `begins`: seconds; `shift`: from the number of a frame on the timeline to that of the footage's."""

    clip: Clip
    begins: Fraction
    shift: int

    def is_seen(self, rate: Fraction) -> bool:
        """Whether any frame of it is on the timeline."""
        return bool(self.shown(self.clip.source, rate).duration.value > 0)

    def shown(self, span: Span, rate: Fraction, later: Fraction = Fraction(0)) -> otio.opentime.TimeRange:
        """A span of the clip in whole frames: as many as lie between the frames nearest to its edges on the timeline, perhaps none.

        So roundings never add up, however many clips there are. `later`: seconds of the footage after the span's start at which its
        picture begins.
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
    """Write the plan's cuts for editors.

    Each clip names its span of the footage in the footage's own frames, is on the timeline to half a frame when it is in the output, and carries its crop and where that goes, its look and its
    reason as metadata. What is too short for a frame of the timeline is left out, with its transitions. Transitions lie about their cuts, with the handles that they take from either clip; where both are heard too,
    the sound has one as well. Pictures that are slowed for one are clips of their own with a linear time warp (`M2` in a list); their sound
    is not. An edit decision list has the cuts and the dissolves of the pictures: it knows no other kinds by name.

    Args:
        plan: to be written.
        footage: file name that the clips refer to, and those of a list are named by; editors look for it, or ask where it is.
        facts: of the footage.
        otio_path: written as OpenTimelineIO's JSON.
        edl_path: written as CMX 3600, in the nearest rate that has time codes, which leave numbers out where those of the footage do.
        template: what the plan's soundtrack is made of, which is a track of the timeline and not in the list.
        starts: time code of the footage's first frame (see `start_timecode`), from which clips count; None counts from 0, and so does one that
            does not go with the footage's rate.
    """
    # what comes unevenly has no rate of its own that a project could have
    own = plan.output.frame_rate if facts.variable_frame_rate else facts.frame_rate
    media = _Media(footage, facts, own * max(1, ceil(COARSEST / own)), starts)
    timeline = _timeline(plan, media, joins(plan.clips), is_list=False)
    if plan.soundtrack is not None and template is not None:
        timeline.tracks.append(soundtrack_track(plan.soundtrack, template))
    otio.adapters.write_to_file(timeline, str(otio_path), "otio_json")
    rate = min(TIME_CODES, key=lambda each: abs(each - plan.output.frame_rate))
    dissolves = [join for join in joins(plan.clips) if join.transition.type is TransitionType.DISSOLVE]
    # in its own rate, so that each event lasts as long in the footage as in the output
    media = replace(media, rate=rate)
    listed = _timeline(plan, replace(media, from_zero=True), dissolves, is_list=True)
    text = otio.adapters.write_to_string(listed, "cmx_3600", rate=float(rate))
    text = corrected(text, rate, is_dropping=media.is_dropping, first=media.first)
    edl_path.write_text(text, encoding="utf-8")


def _timeline(plan: EditPlan, footage: _Media, joined: Sequence[Join], *, is_list: bool) -> otio.schema.Timeline:
    rate, media = footage.rate, footage.reference()
    if is_list:
        media.target_url = footage.name  # a list has no addresses
    timeline = otio.schema.Timeline(
        Path(footage.name).stem, metadata={OURS: {"version": plan.version, "reasons": list(plan.reasons)}}
    )
    clips = _placed(plan, footage)
    pictures = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    pictures.extend(_pictures(clips, media, rate, joined, is_list=is_list))
    timeline.tracks.append(pictures)
    if plan.audio is not None and (plan.soundtrack is None or plan.soundtrack.footage_gain_db is not None):
        sound = otio.schema.Track(
            "A1", kind=otio.schema.TrackKind.Audio, metadata={OURS: {"reason": plan.audio.reason}}
        )
        sound.extend(_sound(clips, media, rate, [join for join in joined if join.has_handles]))
        timeline.tracks.append(sound)
    return timeline


def _placed(plan: EditPlan, footage: _Media) -> list[_Placed]:
    """The clips; those between which the footage runs on share a shift, so that nothing is seen twice or left out there."""
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
    """The clips in order, in parts where they are slowed, and before those that come out of a transition that one."""
    into = _seen(joined, clips, rate)
    parted = parts_of([each.clip for each in clips])
    for number, (each, parts) in enumerate(zip(clips, parted, strict=True), 1):
        if number in into:
            yield _transition(into[number], rate)
        for part in parts:
            if each.shown(part.span, rate).duration.value == 0:
                continue
            # a list lets its dissolves begin at full speed, so much earlier in the source
            early = part.early if is_list and number in into else part.early * part.speed
            # by a clip's name readers of a list look for its file
            name = media.name if is_list else f"clip {number}"
            yield _clip(each.clip, name, media, each.shown(part.span, rate, early), part.speed)


def _sound(
    clips: Sequence[_Placed], media: otio.schema.ExternalReference, rate: Fraction, joined: Sequence[Join]
) -> Iterator[otio.core.Item | otio.schema.Transition]:
    """The same, whole: sound is not slowed."""
    into = _seen(joined, clips, rate)
    for number, each in enumerate(clips, 1):
        if number in into:
            yield _transition(into[number], rate)
        if not each.is_seen(rate):
            continue
        yield _clip(each.clip, f"clip {number}", media, each.shown(each.clip.source, rate))


def _seen(joined: Sequence[Join], clips: Sequence[_Placed], rate: Fraction) -> dict[int, Join]:
    """By the number of the clip that comes out of each; without those beside a clip of which no frame is on the timeline."""
    return {
        join.number: join for join in joined if all(each.is_seen(rate) for each in clips[join.number - 2 : join.number])
    }


def _transition(join: Join, rate: Fraction) -> otio.schema.Transition:
    """Half of it lies on either side of the cut, a frame at least."""
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
