"""Functions that tests run in a guarded child process, good ones and bad ones."""

import ctypes
import os
import resource
import sys
import time
from fractions import Fraction
from pathlib import Path

from clipzy.errors import MissingField, ValidationFailed
from clipzy.style.time import Span


def add(a, b):
    return a + b


def a_span():
    return Span(Fraction(1, 3), Fraction(2))


def refuse(message):
    raise ValidationFailed(message, (("config.quality", "unknown"),))


def refuse_field():
    raise MissingField("file is missing")


def stumble():
    raise KeyError("a fault in the program")


def crash():
    ctypes.string_at(0)


def exit_silently():
    os._exit(0)


def spin():
    while True:
        pass


def eat_memory(mib):
    return len(bytearray(mib * 2**20))


def leave_a_grandchild_and_hang(pid_file):
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
        return os.system, (f"touch {self.path}",)


def answer_with_exploit(path):
    return Exploit(path)


def environment():
    return dict(os.environ)


def chatter():
    print("noise on standard output", flush=True)
    print("noise on standard error", file=sys.stderr, flush=True)
    return "answer"


def decode_growth_mib(path, folder):
    """How much the process grows, in MiB, while a video passes through all taps; and how many frames it had."""
    from clipzy.media.audio import decode_audio
    from clipzy.media.decode import decode_pass
    from clipzy.media.taps import MotionPairsTap, SamplesTap, ShotFramesTap

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    summary = decode_pass(path, [ShotFramesTap(folder), MotionPairsTap(folder), SamplesTap(folder)], threads=2)
    decode_audio(path, folder)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, summary.frame_count
