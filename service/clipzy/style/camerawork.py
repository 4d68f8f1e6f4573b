"""What the camera does in each take: where its crop is, whether it goes with the subject, whether it slowly zooms."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from clipzy.style.following_crop import Rail, TooFastError, Trail, fixed
from clipzy.style.framing import CLOSER, Focus, aimed, box_of, closer, focus_of
from clipzy.style.looks import Wardrobe
from clipzy.style.measurements import Boundary, CameraMove, Subject, VideoAnalysis
from clipzy.style.pacing import Take
from clipzy.style.plan import WHOLE_PICTURE, Clip, Crop, CropKey
from clipzy.style.time import Span, sharing
from clipzy.style.tracking import track_of
from clipzy.style.zooming import SHORTEST, spread, zoomed, zooms_itself

MUCH_LEFT = 0.7  # of the picture: of 4:3 three quarters are left in 16:9
A_LITTLE = 1.05  # times less close than usual, from which the reason says so


@dataclass(frozen=True, slots=True)
class Framed:
    """A take with its framing. `words`: of the framing, for the clip's reason."""

    take: Take
    crop: Crop
    path: tuple[CropKey, ...]
    focus: Focus | None
    words: str

    def clip(self, look: str | None) -> Clip:
        """The take as a clip of a plan."""
        return Clip(self.take.span, self.crop, look, None, self.take.reason + self.words, self.path)


def framed(takes: Sequence[Take], crop: Crop, video: VideoAnalysis) -> list[Framed]:
    """Aim a crop in each take, let it follow a subject that it cannot hold, go closer and back by turns at cuts within a shot."""
    sights = sorted(video.subjects, key=_time)
    gradual = [edge for edge in video.boundaries if edge.start < edge.end]
    close = iter(_close(takes))
    return [each for whole in _wholes(takes) for each in _framed_whole(whole, crop, sights, gradual, close)]


def told_aim(shots: Sequence[Framed], crop: Crop) -> str:
    """What a crop that was asked for goes around in these takes, in words; none for the whole picture."""
    unknown = sum(shot.focus is None for shot in shots)
    middle = "around the middle" if crop.height == 1 else "a little above the middle"
    if crop == WHOLE_PICTURE:
        return ""
    if unknown == len(shots):
        return f" {middle}, for nothing tells what the takes are of"
    blind = f", in {unknown} of {len(shots)} {middle}, for nothing tells what they are of" if unknown else ""
    return f" around what each take is of{blind}"


def is_blind(clips: Sequence[Clip], video: VideoAnalysis) -> bool:
    """Whether much of the picture within its black bars is cut away in every clip, and nothing tells what any of them is of."""
    sights, little = sorted(video.subjects, key=_time), MUCH_LEFT * video.picture_share
    return all(
        clip.crop.width * clip.crop.height < little and focus_of(_about(sights, clip.source), clip.source) is None
        for clip in clips
    )


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
        if at not in themselves and not shot.path and shot.take.span.duration >= SHORTEST
    ]
    chosen = spread(can, max(0, wanted - len(themselves)), seed)
    made = list(shots)
    for number, at in enumerate(chosen):
        made[at] = _zooming(shots[at], inwards=(number + seed) % 2 == 0)
    told = f"{len(chosen)} of {len(shots)} shots zoom slowly"
    told += f", {len(themselves)} by themselves" if themselves else ""
    told += f": the {whose}'s share is {usage:.0f} %"
    return made, told if len(chosen) == max(
        0, wanted - len(themselves)
    ) else f"{told}; the others are too short or follow"


def clips_of(shots: Sequence[Framed], wears: Wardrobe, *, at_cuts: bool) -> Iterator[tuple[Clip, bool]]:
    """One clip for each framing and look, and whether its cut is virtual: one that changes nothing in the picture needs no clip.

    `at_cuts`: nor do the footage's own cuts part clips that are framed alike, unless this is set, as where transitions may lie there.
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


def _close(takes: Sequence[Take]) -> list[bool]:
    """Which takes are seen closer than their crop: every other one of those that follow each other in a shot."""
    found: list[bool] = []
    for take in takes:
        found.append((take.virtual or take.jumps) and not (found and found[-1]))
    return found


def _framed_whole(
    parts: Sequence[Take], crop: Crop, sights: Sequence[Subject], gradual: Sequence[Boundary], close: Iterable[bool]
) -> Iterator[Framed]:
    span = Span(parts[0].span.start, parts[-1].span.end)
    subjects = _about(sights, span)
    # where one shot turns into another within a take, no subject goes through it
    track = () if sharing(gradual, span) else track_of(subjects, span)
    seen = track or subjects
    of_all = focus_of(seen, span)
    trail = Trail(track, span)
    wide, wide_words = _rail(aimed(crop, focus_of(_about(seen, parts[0].span), parts[0].span) or of_all), trail, span)
    for take, is_close in zip(parts, close, strict=False):  # what is left of them is for the takes after these
        focus = focus_of(_about(seen, take.span), take.span) or of_all
        rail, words, goes = wide, wide_words, ""
        if is_close:
            within = wide.at(float(take.span.start))
            tight = closer(within, _boxed(focus, _about(subjects, take.span), take.span))
            rail, words = _rail(tight, trail, span)
            goes = ", a little closer" if tight.width * CLOSER > within.width * A_LITTLE else ", closer"
        start, path = rail.keys(take.span)
        yield Framed(take, start, path, focus, _told(focus, start, bool(path), words, goes))


def _time(subject: Subject) -> float:
    return subject.time_s


def _about(sights: Sequence[Subject], span: Span) -> Sequence[Subject]:
    """Those of a span, of sights in order of time; at its ends perhaps one more, since floats are not exact."""
    first = bisect_left(sights, float(span.start), key=_time)
    return sights[first : bisect_right(sights, float(span.end), key=_time)]


def _rail(crop: Crop, trail: Trail, span: Span) -> tuple[Rail, str]:
    """How that crop goes through a take, and a word where it ought to follow and cannot."""
    try:
        return trail.followed(crop) or fixed(crop, span), ""
    except TooFastError:
        return fixed(crop, span), ", which moves too fast to be followed"


def _boxed(focus: Focus | None, subjects: Sequence[Subject], span: Span) -> Focus | None:
    """The focus with what a closer crop must not cut into."""
    return None if focus is None else replace(focus, box=box_of(subjects, span, faces=focus.is_face))


def _told(focus: Focus | None, crop: Crop, moves: bool, words: str, goes: str) -> str:
    """In words; `goes`: how much closer than the take before, empty where it is not."""
    if focus is None or crop == WHOLE_PICTURE:
        return f"{goes}, for nothing tells what the picture is of" if goes and focus is None else goes
    if moves:
        return f"{goes}, following {focus.words}"
    return f"{goes or ', framed'} on {focus.words}{words}"


def _zooming(shot: Framed, *, inwards: bool) -> Framed:
    start, end, name = zoomed(shot.crop, shot.focus, shot.take.span.duration, inwards=inwards)
    return replace(shot, crop=start, path=(end,), words=f"{shot.words}, {name}")
