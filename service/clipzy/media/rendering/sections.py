"""Divide the output's frames among parallel encoders, whose packets are joined without being coded again."""

from __future__ import annotations

from fractions import Fraction

SECTION_S = 8  # about; a section begins with a key frame, of which there is one every 2 s anyway
PROCESSORS_A_SECTION = 4  # what one x264 keeps busy; with many more threads they wait for each other
MOST_AT_ONCE = 8
# GeForce cards open few encoders in all processes together, three in drivers of 2020, and all of them share the hardware. A second one keeps it busy while
# the first waits for pictures. The very first encoder stays open to the end
MOST_OF_NVENC = 2
MOST_PIXELS = 8 * 1920 * 1080  # of one picture of each encoder, summed
MOST_THREADS = 24  # of one x264; each holds pictures, and too many frames in parallel cost quality
# The most memory that a section takes with its decoder: bytes for each pixel of a picture, at least, for each thread of x264 and for each frame of lookahead;
# and bytes for each thread, mostly stacks. Measured with 16 and 64 processors at 1080p, and 16 at 4K
BYTES_A_PIXEL, FOR_EACH_THREAD, FOR_EACH_FRAME, BYTES_A_THREAD = 10, 21, 7, 16 << 20
SHARE_OF_MEMORY = 0.8  # for sections; pictures between threads, sound and looks take some too
MOST_AHEAD, MOST_PIXELS_AHEAD = 3, 3 * 1920 * 1080  # pictures between two threads, 3 MB each at 1080p


def encoders_at_once(processors: int, pixels: int, lookahead: int, memory: int, most: int = MOST_AT_ONCE) -> int:
    """How many encoders make good use of the processors and fit into memory.

    Args:
        processors: available to this process.
        pixels: of a picture.
        lookahead: frames of each encoder's lookahead.
        memory: bytes available to this process.
        most: upper limit.
    """
    most = max(1, min(processors // PROCESSORS_A_SECTION, most, MOST_PIXELS // pixels))
    # with the threads that keep its share of the processors busy; further threads are given up first
    threads = min(_threads(processors, most), _threads(PROCESSORS_A_SECTION, 1))
    return max(1, min(most, _with_room(pixels, lookahead, threads, memory)))


def encoders_beside(at_once: int, pixels: int, lookahead: int, threads: int, memory: int) -> int:
    """How many more encoders may finish, with all their pictures, while others begin.

    As many again, if memory allows: an encoder that begins or ends leaves processors idle.
    """
    return max(0, min(at_once, _with_room(pixels, lookahead, threads, memory) - at_once))


def _with_room(pixels: int, lookahead: int, threads: int, memory: int) -> int:
    return int(memory * SHARE_OF_MEMORY) // section_bytes(pixels, lookahead, threads)


def encoder_threads(processors: int, at_once: int, pixels: int, lookahead: int, memory: int) -> int:
    """Threads for each encoder: fewer where memory is short, at least one."""
    threads = _threads(processors, at_once)
    while threads > 1 and at_once * section_bytes(pixels, lookahead, threads) > memory * SHARE_OF_MEMORY:
        threads -= 1
    return threads


def section_bytes(pixels: int, lookahead: int, threads: int) -> int:
    """Memory for a section, from its decoder to its encoder with so many threads."""
    a_pixel = BYTES_A_PIXEL + FOR_EACH_THREAD * threads + FOR_EACH_FRAME * lookahead
    return pixels * a_pixel + BYTES_A_THREAD * threads


def _threads(processors: int, at_once: int) -> int:
    # x264's own choice is 3 threads for 2 processors, without an upper bound
    return min(max(1, processors * 3 // 2 // at_once), MOST_THREADS)


def pictures_ahead(pixels: int) -> int:
    """How many pictures may wait between two threads."""
    return max(1, min(MOST_AHEAD, MOST_PIXELS_AHEAD // pixels))


def divide(total: int, rate: Fraction, key_frame_s: int, at_once: int) -> list[range]:
    """The output's frames in sections of whole groups of pictures, in order; a single section for a single encoder.

    Every encoder gets as many, and they are as even as groups allow, so that none works alone at the end. Those of a short output are therefore shorter than
    usual, but not by more than half: the beginning of a section costs extra decoding if the footage's key frames are far apart.

    Args:
        total: frames of the output.
        rate: frames a second.
        key_frame_s: seconds from key frame to key frame.
        at_once: encoders.
    """
    if at_once == 1:
        return [range(total)]
    group = max(1, round(key_frame_s * rate))
    # an incomplete last group belongs to the one before
    groups, usual = total // group, max(1, round(SECTION_S / key_frame_s))
    for_each = max(1, round(Fraction(groups, usual * at_once)))
    count = max(1, min(for_each * at_once, groups // max(1, usual // 2)))
    starts = [-(-groups * number // count) * group for number in range(count)]
    return [range(start, end) for start, end in zip(starts, [*starts[1:], total], strict=True)]
