"""How many decoders share one file on this machine, and with how many threads each."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from av.video.format import VideoFormat

from clipzy.machine.processors import available_processors

# what one decoder keeps busy: its threads, and the thread that scales its frames
PROCESSORS_A_DECODER = 4
MOST_AT_ONCE = 8
MOST_THREADS = 8  # of each of several decoders; every thread holds a picture of its own
# Of a decoder on NVDEC. Each thread takes one more of the 32 surfaces that a stream may have, and a stream may need 16 and some by itself: with 16
# threads such files fail
MOST_THREADS_ON_GPU = 8
# Bytes of one picture of each decoder, summed: eight of 1080p with 8 bits. On processors a decoder holds some twenty pictures, 600 MB in all. On a GPU
# it holds some twelve in memory that the networks need too, 1.2 GB
MOST_BYTES, MOST_BYTES_ON_GPU = 8 * 1920 * 1080 * 3 // 2, 8 * 3840 * 2160 * 3 // 2
# Of a single decoder, while one picture a thread fits into so many bytes: threads wait for their reference pictures. 900 frames of 1080p on two processors
# took 5.3 s with 3 threads, 5.0 with 4, 4.6 with 6, 4.4 with 8 and with 12. Several decoders on one file fill each other's gaps and need no more
THREADS_A_PROCESSOR, MOST_BYTES_OF_THREADS = 4, 128 << 20
UNKNOWN_BITS = 24  # a pixel of 10-bit 4:2:0
GROUP_S = 2  # at least, from entry point to entry point: what one decoder takes at a time


@dataclass(frozen=True, slots=True)
class Division:
    """The number of decoders that work on one file at once, and the reason for it."""

    at_once: int
    reason: str


def room_for_decoders(*, on_gpu: bool, all_units: bool, beside: int) -> Division:
    """How many decoders the machine has room for.

    Args:
        on_gpu: NVDEC decodes.
        all_units: with all of its units; else one unit decodes a file in order.
        beside: files that are decoded at the same time, this one included.
    """
    if on_gpu:
        if not all_units:
            return Division(1, "nvdec: one unit a file, as HARDWARE_DECODING says")
        from clipzy.media.decoding.cuda_frames import nvdec_units  # noqa: PLC0415 (imports torch)

        units, reason = nvdec_units()
        # rounded up: of seven units two files take four each, and take turns on one
        return Division(max(1, min(-(-units // beside), MOST_AT_ONCE)), f"nvdec: {reason}, {beside} files at once")
    processors = available_processors()
    room = max(1, min(processors // PROCESSORS_A_DECODER // beside, MOST_AT_ONCE))
    return Division(room, f"{processors} processors, {PROCESSORS_A_DECODER} a decoder, {beside} files at once")


def fitted_to(room: Division, picture_bytes: int, expected: Fraction | None, *, on_gpu: bool) -> Division:
    """The room, or less of it for a short file or large pictures. `expected`: length in seconds, None if unknown."""
    parts = int((expected or 0) / GROUP_S)
    if parts < room.at_once:
        return Division(max(1, parts), f"the file has about {parts} parts of {GROUP_S} s")
    most = max(1, (MOST_BYTES_ON_GPU if on_gpu else MOST_BYTES) // max(1, picture_bytes))
    return Division(most, f"pictures of {picture_bytes / 1e6:.1f} MB") if most < room.at_once else room


def bytes_of_picture(width: int, height: int, pixels: VideoFormat | None) -> int:
    """Bytes of a decoded picture; ten bits are stored in sixteen."""
    return width * height * (UNKNOWN_BITS if pixels is None else pixels.padded_bits_per_pixel) // 8


def threads_of_each(at_once: int, picture_bytes: int, *, on_gpu: bool = False, beside: int = 1) -> int:
    """Threads for each of several decoders of one file: its share of the processors and one more, since one waits while frames are scaled.

    A single decoder gets all processors; off the GPU several threads for each, where pictures are small. Files that are decoded at the same time
    share the processors.
    """
    processors = available_processors() if on_gpu else max(1, available_processors() // beside)
    if at_once > 1:
        threads = min(processors // at_once, MOST_THREADS) + 1
    elif on_gpu:
        threads = processors + 1
    else:
        threads = max(
            processors + 1, min(processors * THREADS_A_PROCESSOR, MOST_BYTES_OF_THREADS // max(1, picture_bytes))
        )
    return min(threads, MOST_THREADS_ON_GPU) if on_gpu else threads
