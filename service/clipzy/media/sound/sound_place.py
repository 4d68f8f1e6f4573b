"""Where a video's sound lies in time: its beginning and end relative to the pictures, and the place of each piece."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction

import av.error
from av.container import InputContainer

from clipzy.media.decoding.containers import prepare_decoder, video_stream
from clipzy.media.decoding.packets import LONGEST_S, Damage, container_duration, first_frame, time_base
from clipzy.media.decoding.samples import Sound, silence

# stamps of a continuous sound jitter with the container's clock; real gaps and overlaps are longer
TOLERANCE_S = Fraction(1, 20)
# Sound may go on after the last picture as long as the container says, up to this: a kilobyte can claim, or hold, years of silence
MOST_TAIL_S = 600
SPARE_S = 10  # containers often give a length that is a little short


@dataclass(frozen=True, slots=True)
class SoundPlace:
    """Where sound belongs, in seconds. `zero`: container time of second zero; `longest`: later time stamps are not believed."""

    zero: Fraction
    longest: Fraction


def place_of_sound(container: InputContainer) -> SoundPlace:
    """The place of a freshly opened file's sound: from the first picture to MOST_TAIL_S after the last at most. Reads all video packets.

    Raises:
        InvalidVideo: there is no picture to set the time by.
    """
    video = video_stream(container)
    prepare_decoder(video.codec_context, threads=1)
    zero = first_frame(container, video).time
    tick = time_base(video)
    pictures = Fraction(0)
    with suppress(av.error.FFmpegError):  # the file breaks off here: no picture follows
        for packet in container.demux(video):
            end = None if packet.pts is None else (packet.pts + (packet.duration or 0)) * tick - zero
            if end is not None and pictures < end <= LONGEST_S:
                pictures = end
    longest = max(container_duration(container), pictures) + SPARE_S
    return SoundPlace(zero, min(longest, pictures + MOST_TAIL_S))


class Timeline:
    """Places pieces of sound on the video's clock: sound before zero and overlaps are cut, late starts and gaps become silence."""

    def __init__(self, rate: int, place: SoundPlace, damage: Damage) -> None:
        """`rate`: Hz; `damage`: counts the time stamps that are not believed."""
        self._rate, self._zero, self._longest = rate, place.zero, place.longest
        self._damage = damage
        self._tolerance = int(TOLERANCE_S * rate)  # samples
        self._next: int | None = None  # sample at which the next piece follows without a gap; None before the first
        self.written = 0  # samples

    def place(self, sound: Sound, at: Fraction | None) -> Iterator[Sound]:
        """Silence in pieces of at most one second, then what is kept of the sound; `at`: container time, None: right after the last piece."""
        start = self._start(at)
        self._next = start + sound.shape[1]
        for gap in silence(len(sound), start - self.written, self._rate):
            self.written += gap.shape[1]
            yield gap
        sound = sound[:, max(0, self.written - start) :]
        self.written += sound.shape[1]
        if sound.shape[1]:
            yield sound

    def _start(self, at: Fraction | None) -> int:
        follows = 0 if self._next is None else self._next
        if at is None:
            return follows
        since_zero = at - self._zero
        if since_zero > self._longest:
            self._damage.stamps += 1
            return follows
        start = round(since_zero * self._rate)
        if self._next is not None and abs(start - follows) <= self._tolerance:
            return follows
        return start
