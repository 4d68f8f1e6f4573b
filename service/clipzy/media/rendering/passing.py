"""Pictures and sound of a rendering, kept on their way to the encoder: neither file has to be decoded again for them."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from av.video.frame import VideoFrame

from clipzy.media.orientation import Orientation, display_size
from clipzy.media.pictures import Scaler
from clipzy.media.rendering.footage import Source
from clipzy.media.rendering.passing_sound import PassingSound
from clipzy.media.stills import Picture


class Passing:
    """Keeps pictures of the output, and for one of them the footage's frame; `sound` listens to the packets.

    Sections of a rendering may call it from several threads.
    """

    def __init__(
        self, before_after: int, small: Iterable[int], small_width: int, sound: PassingSound | None = None
    ) -> None:
        """`before_after`: number of the output frame that is kept in full size, with the footage's; `small`: numbers of those kept small.

        `small_width`: of the small ones, pixels; narrower outputs are not enlarged.
        """
        self._telling, self._small_width = before_after, small_width
        self._numbers = tuple(small)
        self.sound = sound
        self._small: dict[int, Picture] = {}
        self.before: Picture | None = None
        self.after: Picture | None = None

    @property
    def small(self) -> list[Picture]:
        """The small pictures, in the order of `small`."""
        return [self._small[number] for number in self._numbers]

    def see_source(self, frames: range, frame: VideoFrame, source: Source) -> None:
        """The decoded frame of the footage that is shown in those output frames."""
        if self._telling in frames:
            size = display_size(frame.width, frame.height, source.pixel_aspect, source.orientation)
            self.before = Scaler(size, source.orientation, exact=True, peak=source.peak)(frame)

    def see(self, frames: range, picture: VideoFrame) -> None:
        """The picture of the output that is shown in those frames."""
        if self._telling in frames:
            self.after = _kept(picture, picture.width)
        for number in self._numbers:
            if number in frames and number not in self._small:
                self._small[number] = _kept(picture, min(self._small_width, picture.width))


def frame_shown_at(moment: Fraction, rate: Fraction, frames: int) -> int:
    """The number of the output frame that is on the screen at a second."""
    return min(max(int(moment * rate), 0), frames - 1)


def _kept(picture: VideoFrame, width: int) -> Picture:
    size = width, max(1, round(picture.height * width / picture.width))
    return Scaler(size, Orientation(), exact=True)(picture)
