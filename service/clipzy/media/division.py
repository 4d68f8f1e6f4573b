"""How many decoders one file is divided among on this machine, and why."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from clipzy.media.accel import choose_decoder
from clipzy.media.sections import MOST_PIXELS
from clipzy.processors import available_processors

# FFmpeg's threads keep one decoder's share of so many busy, and who scales its frames another
PROCESSORS_A_DECODER = 4
MOST_AT_ONCE = 8
GROUP_S = 2  # about, from entry point to entry point: what one decoder takes at a time


@dataclass(frozen=True, slots=True)
class Division:
    """So many decoders work on one file at once, for that reason."""

    at_once: int
    reason: str


def room_for_decoders(*, hardware: bool, beside: int) -> Division:
    """How many decoders this machine has room for.

    Args:
        hardware: NVDEC is to decode where there is one.
        beside: files that are decoded side by side, this one among them.
    """
    if hardware and choose_decoder().name == "nvdec":
        from clipzy.media.cuda_frames import nvdec_units  # noqa: PLC0415 (imports torch)

        units, reason = nvdec_units()
        # rounded up: the shares of two files take turns on one of seven
        return Division(max(1, min(-(-units // beside), MOST_AT_ONCE)), f"nvdec: {reason}, {beside} files at once")
    processors = available_processors()
    room = max(1, min(processors // PROCESSORS_A_DECODER // beside, MOST_AT_ONCE))
    return Division(room, f"{processors} processors, {PROCESSORS_A_DECODER} a decoder, {beside} files at once")


def fitted_to(room: Division, pixels: int, expected: Fraction | None, *, hardware: bool) -> Division:
    """The same or less, for a file with pictures of so many pixels and that length in seconds, None where it does not say."""
    parts = int((expected or 0) / GROUP_S)
    if parts < room.at_once:
        return Division(max(1, parts), f"the file has about {parts} parts of {GROUP_S} s")
    # decoders on processors hold some twenty pictures each
    most = room.at_once if hardware else max(1, MOST_PIXELS // max(1, pixels))
    return Division(most, f"pictures of {pixels} pixels") if most < room.at_once else room
