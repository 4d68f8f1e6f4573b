"""How many decoders one file is divided among on this machine, and why."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from av.video.format import VideoFormat

from clipzy.machine.processors import available_processors

# FFmpeg's threads keep one decoder's share of so many busy, and who scales its frames another
PROCESSORS_A_DECODER = 4
MOST_AT_ONCE = 8
# Of each of several decoders: each thread holds a picture of its own, and eight keep up with what one file can use in all
MOST_THREADS = 8
# Of a decoder whose frames NVDEC decodes: each takes one more of the GPU's surfaces, of which it allows 32 a stream, and a stream may want 16 and some
# by itself; with 16 threads such files fail
MOST_THREADS_ON_GPU = 8
# Bytes of one picture of each decoder together, as many as eight of 1080p with 8 bits; on processors each decoder holds some twenty, 600
# MB in all. Units of a GPU hold some twelve in its memory, which is the networks' too: 1.2 GB
MOST_BYTES, MOST_BYTES_ON_GPU = 8 * 1920 * 1080 * 3 // 2, 8 * 3840 * 2160 * 3 // 2
# Of a single decoder, as long as their pictures together take no more bytes than that: threads wait for the pictures that their own is made of. 900 frames
# of 1080p on two processors took 5.3 s by 3 threads, 5.0 by 4, 4.6 by 6, 4.4 by 8 and by 12; several decoders on one file fill each other's gaps
THREADS_A_PROCESSOR, MOST_BYTES_OF_THREADS = 4, 128 << 20
UNKNOWN_BITS = 24  # a pixel of ten bits
GROUP_S = 2  # about, from entry point to entry point: what one decoder takes at a time


@dataclass(frozen=True, slots=True)
class Division:
    """So many decoders work on one file at once, for that reason."""

    at_once: int
    reason: str


def room_for_decoders(*, on_gpu: bool, all_units: bool, beside: int) -> Division:
    """How many decoders this machine has room for.

    Args:
        on_gpu: NVDEC decodes.
        all_units: with all the units it has; else one decodes a file, in order.
        beside: files that are decoded side by side, this one among them.
    """
    if on_gpu:
        if not all_units:
            return Division(1, "nvdec: one unit a file, as HARDWARE_DECODING says")
        from clipzy.media.decoding.cuda_frames import nvdec_units  # noqa: PLC0415 (imports torch)

        units, reason = nvdec_units()
        # rounded up: the shares of two files take turns on one of seven
        return Division(max(1, min(-(-units // beside), MOST_AT_ONCE)), f"nvdec: {reason}, {beside} files at once")
    processors = available_processors()
    room = max(1, min(processors // PROCESSORS_A_DECODER // beside, MOST_AT_ONCE))
    return Division(room, f"{processors} processors, {PROCESSORS_A_DECODER} a decoder, {beside} files at once")


def fitted_to(room: Division, picture_bytes: int, expected: Fraction | None, *, on_gpu: bool) -> Division:
    """The same or less, for a file with pictures of so many bytes and that length in seconds, None where it does not say."""
    parts = int((expected or 0) / GROUP_S)
    if parts < room.at_once:
        return Division(max(1, parts), f"the file has about {parts} parts of {GROUP_S} s")
    most = max(1, (MOST_BYTES_ON_GPU if on_gpu else MOST_BYTES) // max(1, picture_bytes))
    return Division(most, f"pictures of {picture_bytes / 1e6:.1f} MB") if most < room.at_once else room


def bytes_of_picture(width: int, height: int, pixels: VideoFormat | None) -> int:
    """What a decoded picture takes; ten bits take as much as sixteen."""
    return width * height * (UNKNOWN_BITS if pixels is None else pixels.padded_bits_per_pixel) // 8


def threads_of_each(at_once: int, picture_bytes: int, *, on_gpu: bool = False, beside: int = 1) -> int:
    """Threads for each of so many decoders on one file; one more than its share of the processors, since one waits for who scales.

    A single decoder has all processors, as far as decoders gain by them: on processors several threads for each, where pictures are small.
    On processors, files that are decoded side by side share these.
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
