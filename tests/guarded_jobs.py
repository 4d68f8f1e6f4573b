"""Functions that tests run in a guarded child process, good ones and bad ones."""

import ctypes
import os
import sys
import time
from fractions import Fraction
from pathlib import Path

from clipzy.errors import MissingField, ValidationFailed
from clipzy.media.audio import decode_audio
from clipzy.media.decode import decode_pass
from clipzy.media.taps import MotionPairsTap, SamplesTap, ShotFramesTap
from clipzy.style.time import Span


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
        time.sleep(60)
        os._exit(0)
    Path(pid_file).write_text(str(child))
    time.sleep(60)


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
    summary = decode_pass(path, [ShotFramesTap(folder), MotionPairsTap(folder), SamplesTap(folder)], threads=2)
    decode_audio(path, folder)
    return (_peak_kib() - before) / 1024, summary.frame_count


def _peak_kib():
    # not getrusage: its peak is inherited from the process that started this one
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
