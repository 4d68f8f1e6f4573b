"""Framing within the picture that the footage has inside its black bars, as an editor would: the bars themselves are shown to nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

from clipzy.style.measurements import ActivePicture, Measurements, Subject, VideoAnalysis, VideoFacts
from clipzy.style.plan import Clip, Crop, CropKey
from clipzy.style.reframe import reframe
from clipzy.style.standing_text import StandingText

Boxed = TypeVar("Boxed", Subject, StandingText)

# of the pixels that a crop with the bars would have: below it, half of the lines, the picture grows too coarse for what the bars cost
WORTH_IT = Fraction(1, 4)


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the footage's frame that a plan treats as the whole picture. In pixels of the displayed frame."""

    active: ActivePicture
    frame_width: int
    frame_height: int

    @property
    def width(self) -> int:
        """Of the part."""
        return self.active.width

    @property
    def height(self) -> int:
        """Likewise."""
        return self.active.height

    @property
    def is_whole(self) -> bool:
        """Whether it is all of the frame."""
        return (self.width, self.height) == (self.frame_width, self.frame_height)

    def measured(self, footage: Measurements) -> Measurements:
        """The footage with its subjects and texts in shares of the part."""
        if self.is_whole:
            return footage
        subjects = tuple(self._within(subject) for subject in footage.video.subjects)
        texts = tuple(self._within(text) for text in footage.video.texts)
        return replace(footage, video=replace(footage.video, subjects=subjects, texts=texts))

    def placed(self, clip: Clip) -> Clip:
        """A clip that was framed in the part, its crops in shares of the whole frame."""
        if self.is_whole:
            return clip
        path = tuple(CropKey(key.at, self._whole(key.crop)) for key in clip.crop_path)
        return replace(clip, crop=self._whole(clip.crop), crop_path=path)

    def _within(self, thing: Boxed) -> Boxed:
        left, right = (self._across(edge) for edge in (thing.left, thing.right))
        top, bottom = (self._down(edge) for edge in (thing.top, thing.bottom))
        return replace(thing, left=left, top=top, right=right, bottom=bottom)

    def _across(self, share: float) -> float:
        return min(max((share * self.frame_width - self.active.left) / self.width, 0.0), 1.0)

    def _down(self, share: float) -> float:
        return min(max((share * self.frame_height - self.active.top) / self.height, 0.0), 1.0)

    def _whole(self, crop: Crop) -> Crop:
        return Crop(
            (self.active.left + crop.x * self.width) / self.frame_width,
            (self.active.top + crop.y * self.height) / self.frame_height,
            crop.width * self.width / self.frame_width,
            crop.height * self.height / self.frame_height,
        )


def whole_window(facts: VideoFacts) -> Window:
    """All of the frame."""
    return Window(ActivePicture(0, 0, facts.width, facts.height), facts.width, facts.height)


def window_of(video: VideoAnalysis, target: Fraction) -> tuple[Window, str]:
    """The part of the footage to frame for a shape (width to height), and words on its bars to put before the framing's; empty without bars.

    Bars are kept where text stands in them, which would be lost, and where a crop of that shape without them would have less than a
    quarter of the pixels, as that of an upright picture in a lying frame to a lying one.
    """
    whole, active = whole_window(video.facts), video.active
    if active is None:
        return whole, ""
    window, bars = replace(whole, active=active), _bars(active, video.facts)
    if _text_in_bars(video, window):
        return whole, f"kept {bars} (they hold text), "
    if _pixels(window, target) < WORTH_IT * _pixels(whole, target):
        return whole, f"kept {bars} (too little picture would be left without them), "
    return window, f"removed {bars}, "


def picture_of(video: VideoAnalysis) -> Crop:
    """What lies within the black bars, as a crop of the frame."""
    left, top, right, bottom = video.picture_edges
    return Crop(left, top, right - left, bottom - top)


def edges_shown(clips: Sequence[Clip], video: VideoAnalysis) -> tuple[float, float, float, float]:
    """Left, top, right and bottom edge of the picture within the footage's black bars in a plan's output, as shares of its sides, 0..1.

    Where clips show bars of several widths, those of the widest count; all of the output where no picture would be left.
    """
    left, top, right, bottom = video.picture_edges
    crops = [crop for clip in clips for crop in (clip.crop, *(key.crop for key in clip.crop_path))]
    edges = (
        max(0.0, *((left - crop.x) / crop.width for crop in crops)),
        max(0.0, *((top - crop.y) / crop.height for crop in crops)),
        min(1.0, *((right - crop.x) / crop.width for crop in crops)),
        min(1.0, *((bottom - crop.y) / crop.height for crop in crops)),
    )
    return edges if edges[0] < edges[2] and edges[1] < edges[3] else (0.0, 0.0, 1.0, 1.0)


def shape_seen(video: VideoAnalysis) -> Fraction:
    """Width to height of the picture within its black bars; of the frame where it has none, or text stands in them."""
    active = video.active
    if active is None or _text_in_bars(video, replace(whole_window(video.facts), active=active)):
        return video.facts.shape
    return Fraction(active.width, active.height)


def _text_in_bars(video: VideoAnalysis, window: Window) -> bool:
    return any(_outside(text.position, window) for text in video.text_overlays)


def _pixels(window: Window, target: Fraction) -> int:
    frame = reframe(window.width, window.height, target)
    return frame.width * frame.height


def _outside(position: tuple[float, float], window: Window) -> bool:
    x, y = position[0] * window.frame_width, position[1] * window.frame_height
    active = window.active
    inside = (
        active.left <= x <= active.left + active.width,
        active.top <= y <= active.top + active.height,
    )
    return not all(inside)


def _bars(active: ActivePicture, facts: VideoFacts) -> str:
    """In words, as shares of the frame's sides: bars come in pairs of like width."""
    upright, lying = 1 - active.width / facts.width, 1 - active.height / facts.height
    pairs = [(upright, "on the left and right"), (lying, "at the top and bottom")]
    return "black bars of " + " and ".join(f"{50 * share:.0f} % {where}" for share, where in pairs if share > 0)
