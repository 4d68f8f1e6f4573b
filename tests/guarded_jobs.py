"""Functions that tests run in a guarded child process, good ones and bad ones."""

import ctypes
import os
import signal
import sys
import time
from collections import deque
from fractions import Fraction
from pathlib import Path

from clipzy.errors import ClipzyError, MissingField, ValidationFailed
from clipzy.media.decoding.decode import decode_pass
from clipzy.media.decoding.probe import probe
from clipzy.media.decoding.taps import MotionPairsTap, SamplesTap, ShotFramesTap
from clipzy.media.rendering.footage import examine
from clipzy.media.rendering.readers import FrameReader, SoundReader
from clipzy.media.sound.audio import decode_audio
from clipzy.style.time import Span
from forks import forked


def add(a, b):
    """A plain value."""
    return a + b


def a_span():
    """A record of ours."""
    return Span(Fraction(1, 3), Fraction(2))


def refuse(message):
    """An error of ours with more than a message."""
    raise ValidationFailed(message, (("config.quality", "unknown"),))


def refuse_field():
    """An error of ours further down the tree."""
    raise MissingField("file is missing")


def stumble():
    """A fault in the program."""
    raise KeyError("a fault in the program")


def crash():
    """A segmentation fault."""
    ctypes.string_at(0)


def exit_silently():
    """An end without an answer."""
    os._exit(0)


def be_killed():
    """As by a kernel whose memory has run out."""
    os.kill(os.getpid(), signal.SIGKILL)


def wish_to_be_killed():
    """How willingly the kernel ends this process for want of memory, -1000 to 1000."""
    return int(Path("/proc/self/oom_score_adj").read_text())


def spin():
    """Computing without end."""
    while True:
        pass


def eat_memory(mib):
    """So many MiB at once."""
    return len(bytearray(mib * 2**20))


def leave_a_grandchild_and_hang(pid_file):
    """A process that starts another, writes its number down, and waits."""
    child = os.fork()
    if child == 0:
        time.sleep(600)  # much longer than the test waits for its end
        os._exit(0)
    Path(pid_file).write_text(str(child))
    time.sleep(600)


class Exploit:
    """What a taken-over child could answer with: a pickle that runs a command."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        """Unpickled, it touches a file."""
        return os.system, (f"touch {self.path}",)


def answer_with_exploit(path):
    """See `Exploit`."""
    return Exploit(path)


def environment():
    """What the child has been told."""
    return dict(os.environ)


def chatter():
    """Noise on both outputs."""
    sys.stdout.write("noise on standard output\n")
    sys.stderr.write("noise on standard error\n")
    return "answer"


def decode_growth_mib(path, folder):
    """How much the process grows at its peak, in MiB, while a video passes through all taps; and how many frames it had."""
    before = _peak_kib()
    summary = _all_taps(path, folder)
    decode_audio(path, folder)
    return (_peak_kib() - before) / 1024, summary.frame_count


def work_through(path, folder):
    """Everything that a job's stages read of a file, for files that the probe accepts: by step the error of ours, or None.

    Also how far it got: `growth_mib` of the process at its peak, `frames` and seconds of `sound` (both 0 where there are none).
    """
    before = _peak_kib()
    found = {"frames": 0, "sound": 0.0, "probe": _error(probe, path)}
    if found["probe"] is None:
        found["pictures"] = _error(lambda: found.update(frames=_all_taps(path, folder).frame_count))
        found["hearing"] = _error(lambda: found.update(sound=_seconds(decode_audio(path, folder))))
        found["footage"] = _error(_read_footage, path)
    return found | {"growth_mib": (_peak_kib() - before) / 1024}


def work_through_each(orders, patience_s):
    """`work_through` of each (path, folder) in a process of its own, forked from this one, whose imports serve them all.

    Pairs: what it found and None, or None and what became of it. The limits of this process hold for each.
    """
    return [forked(work_through, order, patience_s) for order in orders]


def _error(function, *args):
    try:
        function(*args)
    except ClipzyError as error:
        return error
    return None


def _all_taps(path, folder):
    return decode_pass(path, [ShotFramesTap(folder), MotionPairsTap(folder), SamplesTap(folder)], threads=2)


def _seconds(sound):
    return 0.0 if sound is None else float(sound.duration)


def _read_footage(path):
    """As rendering does: the beginning, and a later second that has to be sought."""
    source = examine(path)
    for span in (Span(Fraction(0), Fraction(1)), Span(Fraction(6), Fraction(7))):
        with FrameReader(source) as reader:
            deque(reader.frames(span), maxlen=0)
        if source.sample_rate is not None:
            with SoundReader(source) as reader:
                assert (
                    sum(block.shape[1] for block in reader.blocks(span.start, source.sample_rate)) == source.sample_rate
                )


def _peak_kib():
    # not getrusage: its peak is inherited from the process that started this one
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
