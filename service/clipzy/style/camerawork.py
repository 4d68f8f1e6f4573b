"""What the camera does in each take: where its crop is, whether it goes with the subject, whether it slowly zooms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from clipzy.style.following_crop import Rail
from clipzy.style.framing import CLOSER, Focus
from clipzy.style.looks import Wardrobe
from clipzy.style.measurements import CameraMove, VideoAnalysis
from clipzy.style.pacing import Take
from clipzy.style.plan import WHOLE_PICTURE, Clip, Crop, CropKey
from clipzy.style.shot_framing import Scene, ShotFraming
from clipzy.style.standing_text import StandingText
from clipzy.style.text_in_crops import whole_in
from clipzy.style.time import Span
from clipzy.style.zooming import SHORTEST, spread, zoomed, zooms_itself

NO_CLOSER = "left out because a closer crop would cut into a face or text"
A_LITTLE = 1.05  # times less close than usual, from which the reason says so


@dataclass(frozen=True, slots=True)
class Framed:
    """A take with its framing. `words`: of the framing, for the clip's reason. `texts`: those that stand in it and are shown whole."""

    take: Take
    crop: Crop
    path: tuple[CropKey, ...]
    focus: Focus | None
    words: str
    is_close: bool = False
    texts: tuple[StandingText, ...] = ()

    def clip(self, look: str | None) -> Clip:
        """The take as a clip of a plan."""
        return Clip(self.take.span, self.crop, look, None, self.take.reason + self.words, self.path)


def framed(takes: Sequence[Take], crop: Crop, video: VideoAnalysis) -> list[Framed]:
    """Aim a crop in each take, let it follow a subject that it cannot hold, go closer and back by turns at cuts within a shot.

    A virtual cut at which no closer crop would hold the faces and the text whole is not made: its take goes on. What of text the
    crop can show whole without losing what the take is of, it does.
    """
    scene = Scene.of(video)
    made: list[Framed] = []
    for whole in _wholes(takes):
        made += _framed_whole(whole, crop, scene, was_close=bool(made) and made[-1].is_close)
    return made


def told_room(takes: Sequence[Take], shots: Sequence[Framed]) -> str:
    """How many virtual cuts of the takes their framings have no room for, in words to go after the pacing's; empty where all are made."""
    without = sum(take.virtual for take in takes) - sum(shot.take.virtual for shot in shots)
    if not without:
        return ""
    return f"; {without} of the virtual cuts {NO_CLOSER}"


def told_aim(shots: Sequence[Framed], crop: Crop) -> str:
    """What a crop that was asked for goes around in these takes, in words; none for the whole picture."""
    unknown = sum(shot.focus is None for shot in shots)
    middle = "around the middle" if crop.height == 1 else "a little above the middle"
    if crop == WHOLE_PICTURE:
        return ""
    if unknown == len(shots):
        return f" {middle}, since no subject was found"
    blind = f", {middle} in {unknown} of {len(shots)} without a clear subject" if unknown else ""
    return f" around the subject of each shot{blind}"


def with_zooms(
    shots: Sequence[Framed], usage: float, moves: Sequence[CameraMove], seed: int, *, whose: str = "template"
) -> tuple[list[Framed], str]:
    """Let so many of the shots zoom slowly that, with those that zoom by themselves, they are the style's share.

    Args:
        shots: of the output.
        usage: share of the style's shots that zoom, 0..100.
        moves: of the footage's camera.
        seed: says which shots are chosen, among equals, and which of them pull out.
        whose: the share is, "template" or "style", in words.

    Returns:
        The shots, and a sentence on what was done.
    """
    if usage == 0:
        return list(shots), f"no zooms added: the {whose} has none"
    wanted = round(usage / 100 * len(shots))
    themselves = {at for at, shot in enumerate(shots) if zooms_itself(shot.take.span, moves)}
    can = [
        at
        for at, shot in enumerate(shots)
        if at not in themselves and not shot.path and shot.take.span.duration >= SHORTEST and _can_zoom(shot)
    ]
    missing = max(0, wanted - len(themselves))
    chosen = spread(can, missing, seed)
    made = list(shots)
    for number, at in enumerate(chosen):
        made[at] = _zooming(shots[at], inwards=(number + seed) % 2 == 0)
    told = f"slow zoom added to {len(chosen)} of {len(shots)} shots" if chosen else "no zooms added"
    if themselves:
        told += f", {len(themselves)} zoom already"
    told += f": {usage:.0f} % of the {whose}'s shots zoom"
    if len(chosen) < missing:
        told += f"; {_what_keeps(len(shots), bool(chosen or themselves))}"
    return made, told


def _what_keeps(shots: int, some_zoom: bool) -> str:
    """Why no more shots of so many zoom."""
    if shots == 1:
        return "the footage's shot is too short, follows its subject or shows text that would be cut off"
    who = "the footage's other shots" if some_zoom else "the footage's shots"
    return f"{who} are too short, follow their subject or show text that would be cut off"


def clips_of(shots: Sequence[Framed], wears: Wardrobe, *, at_cuts: bool) -> list[tuple[Clip, bool]]:
    """The clips, and of each whether it begins with a virtual cut. A cut at which nothing changes in the picture begins no clip.

    `at_cuts`: every cut of the footage's own begins one all the same. Transitions need that, and so does blending, which must not mix two shots.
    """
    made: list[tuple[Clip, bool]] = []
    for shot in shots:
        clip, is_virtual = shot.clip(wears.at(shot.take.span.start)), shot.take.virtual
        if made and (is_virtual or not at_cuts) and _goes_on(made[-1][0], clip):
            before, was_virtual = made[-1]
            made[-1] = replace(before, source=Span(before.source.start, clip.source.end)), was_virtual
        else:
            made.append((clip, is_virtual))
    return made


def _goes_on(before: Clip, clip: Clip) -> bool:
    """Whether a clip only continues the one before: the source runs on, in the same look and the same fixed framing."""
    is_fixed = not before.crop_path and not clip.crop_path
    return is_fixed and before.source.end == clip.source.start and (before.look, before.crop) == (clip.look, clip.crop)


def _wholes(takes: Sequence[Take]) -> Iterator[list[Take]]:
    """Takes that virtual cuts divide, put together again."""
    whole: list[Take] = []
    for take in takes:
        if whole and not (take.virtual and take.span.start == whole[-1].span.end):
            yield whole
            whole = []
        whole.append(take)
    if whole:
        yield whole


def _framed_whole(parts: Sequence[Take], crop: Crop, scene: Scene, *, was_close: bool) -> list[Framed]:
    """The takes of one shot, those without a change of framing between them as one."""
    shot = ShotFraming(scene, Span(parts[0].span.start, parts[-1].span.end), parts[0].span, crop)
    made: list[tuple[Take, tuple[Rail, str] | None]] = []
    for take in parts:
        tight = shot.closer(take.span) if (take.virtual or take.jumps) and not was_close else None
        if tight is None and made and not was_close:
            before = made.pop()[0]
            made.append((replace(before, span=Span(before.span.start, take.span.end)), None))
        else:
            made.append((take, tight))
        was_close = tight is not None
    return [_framed(take, shot, tight) for take, tight in made]


def _framed(take: Take, shot: ShotFraming, tight: tuple[Rail, str] | None) -> Framed:
    rail, words = tight or (shot.wide, shot.words)
    goes = ""
    if tight is not None:
        wide = shot.wide.at(float(take.span.start))
        goes = ", a little closer" if rail.crop.width * CLOSER > wide.width * A_LITTLE else ", closer"
    focus = shot.focus(take.span)
    start, path = rail.keys(take.span)
    told = _told(focus, start, bool(path), words, goes)
    return Framed(take, start, path, focus, told, tight is not None, tuple(shot.texts(take.span, rail)))


def _told(focus: Focus | None, crop: Crop, moves: bool, words: str, goes: str) -> str:
    """In words; `goes`: how much closer than the take before, empty where it is not."""
    if focus is None or crop == WHOLE_PICTURE:
        return f"{goes} (no clear subject)" if goes and focus is None else goes
    if moves:
        return f"{goes}, following {focus.words}"
    return f"{goes or ', framed'} on {focus.words}{words}"


def _can_zoom(shot: Framed) -> bool:
    """Whether no text is cut where a zoom is closest."""
    near = zoomed(shot.crop, shot.focus, shot.take.span.duration, inwards=True)[1].crop
    return len(whole_in(shot.texts, shot.take.span, lambda _: near)) == len(shot.texts)


def _zooming(shot: Framed, *, inwards: bool) -> Framed:
    start, end, name = zoomed(shot.crop, shot.focus, shot.take.span.duration, inwards=inwards)
    return replace(shot, crop=start, path=(end,), words=f"{shot.words}, {name}")
