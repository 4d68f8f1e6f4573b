"""Functions over many untrusted files in one guarded child process, each file in a fork of it: imports are paid for once."""

import os
import pickle
import signal
import traceback

from clipzy.errors import ClipzyError, InvalidVideo
from clipzy.media.decoding.probe import Limits, probe


def probe_each(paths, patience_s):
    """What the probe says of each file, its answer or our own error, as pairs of `forked`."""
    return [forked(_probed, (path,), patience_s) for path in paths]


def _probed(path):
    try:
        return probe(path, Limits())
    except ClipzyError as error:
        return error
    except MemoryError:
        return InvalidVideo("reading the file takes more memory than is allowed")  # as `guarded` says it


def forked(function, order, patience_s):
    """What the function makes of these arguments in a fork of this process, whose limits hold for it, and None.

    None and what became of the fork where it raises, crashes, or passes a limit or the patience.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        signal.alarm(int(patience_s))
        try:
            outcome = (function(*order), None)
        except Exception:  # noqa: BLE001 (whatever it is, the parent has to hear of it)
            outcome = (None, traceback.format_exc())
        with os.fdopen(writing, "wb") as answer:
            pickle.dump(outcome, answer)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        said = answer.read()
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return pickle.loads(said) if ended == 0 else (None, f"it ended with {ended}")
