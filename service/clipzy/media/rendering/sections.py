"""Divide the output's frames among encoders that work side by side; what they give is joined without being coded again."""

from __future__ import annotations

from fractions import Fraction

SECTION_S = 8  # about; a section begins with a key frame, and so often there is one anyway
PROCESSORS_A_SECTION = 4  # one x264 keeps so many busy; with many more threads it waits for itself
MOST_AT_ONCE = 8
# GeForce cards open few encoders in all processes together, three of them in drivers of 2020; and what they encode with they share, however many there are.
# A second keeps it busy while pictures of the first are awaited. The first one of all stays open to the end
MOST_OF_NVENC = 2
MOST_PIXELS = 8 * 1920 * 1080  # of the pictures of all encoders at once
MOST_THREADS = 24  # of one x264; each holds pictures of its own, and too many slices of time cost quality
# What a section takes with its decoder, at the most: bytes a pixel, of one picture, for all, for each thread of x264 and for each frame that it looks ahead
# to; and bytes for each thread, most of them stacks. As measured under 16 and 64 processors at 1080p, and 16 at 4K
BYTES_A_PIXEL, FOR_EACH_THREAD, FOR_EACH_FRAME, BYTES_A_THREAD = 10, 21, 7, 16 << 20
SHARE_OF_MEMORY = 0.8  # that sections may take: what waits between threads, sound and looks take some too
MOST_AHEAD, MOST_PIXELS_AHEAD = 3, 3 * 1920 * 1080  # pictures that wait between two threads, 3 MB each at 1080p


def encoders_at_once(processors: int, pixels: int, lookahead: int, memory: int, most: int = MOST_AT_ONCE) -> int:
    """How many encoders use that many processors well and have room.

    Args:
        processors: that this process may use.
        pixels: of a picture.
        lookahead: frames that each encoder looks ahead to.
        memory: bytes that this process may still take.
        most: of them.
    """
    most = max(1, min(processors // PROCESSORS_A_SECTION, most, MOST_PIXELS // pixels))
    # by the threads that keep its share of the processors busy; more of them are the first to be done without
    threads = min(_threads(processors, most), _threads(PROCESSORS_A_SECTION, 1))
    return max(1, min(most, _with_room(pixels, lookahead, threads, memory)))


def encoders_beside(at_once: int, pixels: int, lookahead: int, threads: int, memory: int) -> int:
    """How many more may be there, which have all their pictures and bring what they hold to its end, while others begin.

    As many again, where there is room: one that begins or ends leaves processors idle.
    """
    return max(0, min(at_once, _with_room(pixels, lookahead, threads, memory) - at_once))


def _with_room(pixels: int, lookahead: int, threads: int, memory: int) -> int:
    return int(memory * SHARE_OF_MEMORY) // section_bytes(pixels, lookahead, threads)


def encoder_threads(processors: int, at_once: int, pixels: int, lookahead: int, memory: int) -> int:
    """Threads for each of so many encoders; fewer where they have no room, one at least."""
    threads = _threads(processors, at_once)
    while threads > 1 and at_once * section_bytes(pixels, lookahead, threads) > memory * SHARE_OF_MEMORY:
        threads -= 1
    return threads


def section_bytes(pixels: int, lookahead: int, threads: int) -> int:
    """What making a section takes, from the decoder of its pictures to their encoder, of so many threads."""
    a_pixel = BYTES_A_PIXEL + FOR_EACH_THREAD * threads + FOR_EACH_FRAME * lookahead
    return pixels * a_pixel + BYTES_A_THREAD * threads


def _threads(processors: int, at_once: int) -> int:
    # x264's own choice is 3 threads for 2 processors, without an upper bound
    return min(max(1, processors * 3 // 2 // at_once), MOST_THREADS)


def pictures_ahead(pixels: int) -> int:
    """How many pictures of so many pixels may wait between two threads."""
    return max(1, min(MOST_AHEAD, MOST_PIXELS_AHEAD // pixels))


def divide(total: int, rate: Fraction, key_frame_s: int, at_once: int) -> list[range]:
    """The output's frames in sections of whole groups of pictures, in order; one section where there is one encoder.

    As many for each of the encoders and as even as groups allow, else one would be at work alone at the end. So those of a short output are shorter
    than usual, but not by more than half: a section's own beginning costs decoding, where the footage has key frames far apart.

    Args:
        total: frames of the output.
        rate: frames a second.
        key_frame_s: seconds from key frame to key frame.
        at_once: encoders.
    """
    if at_once == 1:
        return [range(total)]
    group = max(1, round(key_frame_s * rate))
    # what is left of the last one belongs to the one before
    groups, usual = total // group, max(1, round(SECTION_S / key_frame_s))
    for_each = max(1, round(Fraction(groups, usual * at_once)))
    count = max(1, min(for_each * at_once, groups // max(1, usual // 2)))
    starts = [-(-groups * number // count) * group for number in range(count)]
    return [range(start, end) for start, end in zip(starts, [*starts[1:], total], strict=True)]
