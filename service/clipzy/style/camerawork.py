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

MUCH_LEFT = 0.7  # of the picture: of 4:3 three quarters are left in 16:9
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
    return f"; {without} left out because a closer crop would cut into a face or text"


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


def is_blind(clips: Sequence[Clip], video: VideoAnalysis) -> bool:
    """Whether much of the picture within its black bars is cut away in every clip, and nothing tells what any of them is of."""
    scene, little = Scene.of(video), MUCH_LEFT * video.picture_share
    return all(clip.crop.width * clip.crop.height < little and scene.focus(clip.source) is None for clip in clips)


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
    chosen = spread(can, max(0, wanted - len(themselves)), seed)
    made = list(shots)
    for number, at in enumerate(chosen):
        made[at] = _zooming(shots[at], inwards=(number + seed) % 2 == 0)
    told = f"slow zoom added to {len(chosen)} of {len(shots)} shots"
    told += f", {len(themselves)} zoom already" if themselves else ""
    told += f": {usage:.0f} % of the {whose}'s shots zoom"
    return made, told if len(chosen) == max(
        0, wanted - len(themselves)
    ) else f"{told}; the others are too short, follow a subject or show text that would be cut off"


def clips_of(shots: Sequence[Framed], wears: Wardrobe, *, at_cuts: bool) -> Iterator[tuple[Clip, bool]]:
    """One clip for each framing and look, and whether its cut is virtual: one that changes nothing in the picture needs no clip.

    `at_cuts`: nor do the footage's own cuts part clips that are framed alike, unless this is set, as where transitions may lie there, or frames are blended: two shots never are.
    """
    clip: Clip | None = None
    is_virtual = False
    for shot in shots:
        look = wears.at(shot.take.span.start)
        follows = clip is not None and clip.source.end == shot.take.span.start and (shot.take.virtual or not at_cuts)
        goes_on = clip is not None and clip.look == look and follows
        if clip is not None and goes_on and clip.crop == shot.crop and not clip.crop_path and not shot.path:
            clip = replace(clip, source=Span(clip.source.start, shot.take.span.end))
            continue
        if clip is not None:
            yield clip, is_virtual
        is_virtual = shot.take.virtual
        clip = shot.clip(look)
    if clip is not None:
        yield clip, is_virtual


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
    """Takes of one shot that follow each other; those between which the framing would not change are one."""
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
