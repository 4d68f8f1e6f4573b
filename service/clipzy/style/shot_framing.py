"""How a stretch of one shot is framed: wide, and closer, both so that faces and text are whole where they can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from clipzy.style.beside_text import beside_text
from clipzy.style.following_crop import Rail, TooFastError, Trail, fixed
from clipzy.style.framing import Focus, aimed, box_of, closer, focus_of, usual_box
from clipzy.style.measurements import Boundary, Subject, VideoAnalysis
from clipzy.style.plan import Crop
from clipzy.style.standing_text import StandingText, standing_in
from clipzy.style.text_in_crops import whole_in
from clipzy.style.time import Span, sharing
from clipzy.style.tracking import seen_in, track_of


@dataclass(frozen=True, slots=True)
class Scene:
    """What is known of the footage: its subjects in order of time, its gradual changes of shot, its texts, and the seconds between two looks at it."""

    sights: Sequence[Subject]
    gradual: Sequence[Boundary]
    texts: Sequence[StandingText]
    look_s: float

    @classmethod
    def of(cls, video: VideoAnalysis) -> Scene:
        """That of a video."""
        sights = sorted(video.subjects, key=lambda subject: subject.time_s)
        gradual = [edge for edge in video.boundaries if edge.start < edge.end]
        return cls(sights, gradual, video.texts, video.look_s)

    def focus(self, span: Span) -> Focus | None:
        """What the pictures of a span are of."""
        return focus_of(seen_in(self.sights, span), span, self.look_s)


class ShotFraming:
    """A stretch of one shot and its framing: `wide`, the crop as it was asked for, aimed or following; `words` where it cannot follow."""

    def __init__(self, scene: Scene, span: Span, first: Span, crop: Crop) -> None:
        """`first`: the part of the stretch that a crop which stands still is aimed at."""
        self._subjects = seen_in(scene.sights, span)
        self._texts = standing_in(scene.texts, span)
        self._span, self._look_s = span, scene.look_s
        # where one shot turns into another within a take, no subject goes through it
        track = () if sharing(scene.gradual, span) else track_of(self._subjects, span, scene.look_s)
        self._seen = track or self._subjects
        self._trail = Trail(track, span, self._texts)
        of_all = focus_of(self._seen, span, scene.look_s)
        self._of_all = None if of_all is None else _boxed(of_all, self._subjects)
        aim = self.focus(first)
        longest_first = sorted(self._texts, key=lambda text: text.start_s - text.end_s)
        holds = aim if aim is None else _boxed(aim, self._subjects)
        self.wide, self.words = self._rail(beside_text(aimed(crop, aim), holds, [text.box for text in longest_first]))

    def focus(self, span: Span) -> Focus | None:
        """What a part of the stretch is of, or else the whole of it."""
        focus = focus_of(seen_in(self._seen, span), span, self._look_s)
        return self._of_all if focus is None else _boxed(focus, seen_in(self._subjects, span))

    def texts(self, span: Span, rail: Rail) -> list[StandingText]:
        """Those of a part that a crop on this rail shows whole."""
        return whole_in(self._texts, span, rail.at)

    def closer(self, span: Span) -> tuple[Rail, str] | None:
        """A closer crop for a part, and words on what it cannot do; None where none holds what is whole in the wide one."""
        within, focus = self.wide.at(float(span.start)), self.focus(span)
        held = self.texts(span, self.wide)
        boxes = [text.box for text in held]
        tight = closer(within, focus, boxes)
        has_to_follow = tight is None
        if tight is None and focus is not None and focus.is_face:
            # a face that goes through the picture needs no crop that holds all of its way
            tight = closer(within, replace(focus, box=usual_box(focus, seen_in(self._seen, span))), boxes)
        if tight is None:
            return None
        rail, words = self._rail(tight)
        if len(self.texts(span, rail)) >= len(held) and (rail.moves or not has_to_follow):
            return rail.within(span), words
        return None if has_to_follow else (fixed(tight, span), "")

    def _rail(self, crop: Crop) -> tuple[Rail, str]:
        """How that crop goes through the stretch, and a word where it ought to follow and cannot."""
        try:
            return self._trail.followed(crop) or fixed(crop, self._span), ""
        except TooFastError:
            return fixed(crop, self._span), ", which moves too fast to be followed"


def _boxed(focus: Focus, seen: Sequence[Subject]) -> Focus:
    """The focus with what a crop must not cut into."""
    return replace(focus, box=box_of(seen, faces=focus.is_face))
