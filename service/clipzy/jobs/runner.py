"""Runs a stage in a process of its own, or in several side by side, listens to them, and ends them when asked to.

A decoder that crashes on a hostile file takes only that process with it; a Python thread could not be stopped at
all. The process speaks JSON, never pickles: what comes from code that read a stranger's file is not to be trusted.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess
from typing import Any

from clipzy import errors
from clipzy.errors import ClipzyError, StageCrashed, StageError
from clipzy.jobs.fork_server import CONTEXT
from clipzy.jobs.lifecycle import Stage
from clipzy.jobs.parts import InOrder
from clipzy.jobs.stage_process import StageTask, run_task
from clipzy.stages.shares import shared
from clipzy.telemetry import log, observations

TICK_S = 0.25  # between looks at whether the job was cancelled: a cancel takes hold within half a second
GRACE_S = 5.0  # for a process that has said its last word to be gone
# a signal to all processes of a service, as systemd sends it, reaches the worker within a moment of a stage's process
SIGNALLED_S = 0.5
LONGEST_MESSAGE_BYTES = 1 << 20
LAST_WORDS = frozenset({"done", "error"})


@dataclass(frozen=True, slots=True)
class Listener:
    """What the runner calls while a stage runs.

    `progress`: with the share done, 0..1. `warn`: with a sentence for the user. `tick`: several times a second; what
    it raises ends the stage's process and comes out of `run_stage`.
    """

    progress: Callable[[float], None]
    warn: Callable[[str], None]
    tick: Callable[[], None]


def run_stage(task: StageTask, listener: Listener) -> None:
    """Run a stage to its end, in one process; as `run_parts`."""
    run_parts((task,), listener)


def run_parts(tasks: Sequence[StageTask], listener: Listener, ahead: StageTask | None = None) -> None:
    """Run the parts of a stage to their ends, side by side.

    Their progress is told as one, their warnings in the parts' order; the first that fails ends the others. What is `ahead` of its turn runs beside
    them for as long as they do, and is not heard.

    Raises:
        ClipzyError: what the stage raised.
        StageCrashed: a process of it died.
        BaseException: what `listener.tick` raised, after the processes and their children were killed.
    """
    reports = shared(listener.progress, [task.sources for task in tasks])
    warnings = InOrder(len(tasks), listener.warn)
    with ExitStack() as killing:
        running = []
        for number, (task, report) in enumerate(zip(tasks, reports, strict=True)):
            heard = _Heard(report, partial(warnings.warn, number), partial(warnings.ended, number))
            running.append(_begin(task, heard, listener, killing))
        beside = [] if ahead is None else [_begin(ahead, UNHEARD, listener, killing)]
        _listen([*running, *beside], listener)


@dataclass(frozen=True, slots=True)
class _Heard:
    """What becomes of what a process says."""

    progress: Callable[[float], None]
    warn: Callable[[str], None]
    done: Callable[[], None]


# of what is ahead of its turn: it will tell all itself
UNHEARD = _Heard(progress=lambda _fraction: None, warn=lambda _text: None, done=lambda: None)


@dataclass(frozen=True, slots=True)
class _Running:
    """A process at work on a task."""

    task: StageTask
    process: ForkServerProcess
    reader: Connection
    heard: _Heard
    ending: ExitStack  # kills it, once: its number may be another process's later


def _begin(task: StageTask, heard: _Heard, listener: Listener, killing: ExitStack) -> _Running:
    """Start a process; `killing` ends it."""
    ending = killing.enter_context(ExitStack())
    reader, writer = CONTEXT.Pipe(duplex=False)
    ending.callback(reader.close)
    process = CONTEXT.Process(target=run_task, args=(task, writer), name=f"clipzy-{task.stage.value}")
    ending.callback(kill_group, process)
    _start(process, listener)
    writer.close()
    return _Running(task, process, reader, heard, ending)


def _start(process: ForkServerProcess, listener: Listener) -> None:
    """Have the process forked; once more, by a new fork server, where the one that there was died of a signal."""
    try:
        process.start()
    except (EOFError, OSError):
        _check_stopping(listener)
        process.start()


def _check_stopping(listener: Listener) -> None:
    """Let the listener say that it is the end of the worker too, before a death is taken for a crash."""
    time.sleep(SIGNALLED_S)
    listener.tick()


def kill_group(process: ForkServerProcess) -> None:
    """End a stage's process and whatever it started, now; returns when it is gone."""
    if process.pid is None:
        return
    with suppress(ProcessLookupError):  # gone already
        os.killpg(process.pid, signal.SIGKILL)
    if process.is_alive():  # killed before it had a group of its own
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
    process.join(GRACE_S)


def _listen(running: Sequence[_Running], listener: Listener) -> None:
    """Pass on what the processes say, until all but what is ahead of its turn have said that they are done; raises as `run_parts`."""
    going, next_tick = list(running), time.monotonic()
    while not all(part.task.ahead for part in going):
        heard = [each for part in going for each in (part.reader, part.process.sentinel)]
        ready = wait(heard, timeout=max(next_tick - time.monotonic(), 0.0))
        for part in [each for each in going if each.reader in ready or each.process.sentinel in ready]:
            message = _receive(part.reader) if part.reader.poll() else None
            if message is not None and message["kind"] not in LAST_WORDS:
                _pass_on(message, part.heard)
            else:
                going.remove(part)
                _ended(part, message, listener)
        if time.monotonic() >= next_tick:
            listener.tick()
            next_tick = time.monotonic() + TICK_S


def _pass_on(message: Mapping[str, Any], heard: _Heard) -> None:
    if message["kind"] == "progress":
        heard.progress(float(message["fraction"]))
    elif message["kind"] == "observed":
        observations.count(message["entries"])
    else:
        heard.warn(str(message["text"]))


def _ended(part: _Running, last_word: dict[str, Any] | None, listener: Listener) -> None:
    """A process has said its last word, None where it died before that or spoke nonsense; what it leaves running ends with it."""
    part.process.join(GRACE_S)
    died = not part.process.is_alive()
    part.ending.close()
    if last_word is not None and last_word["kind"] == "done":
        part.heard.done()
    elif part.task.ahead:
        log.info("a stage ahead of its turn failed", ahead=part.task.stage.value)
    elif last_word is not None:
        raise _revive(last_word)
    else:
        _check_stopping(listener)
        code = part.process.exitcode
        log.warning("the process of a stage died", exit_code=code, signal=_signal_name(code), **part.task.labels)
        raise StageCrashed(_obituary(part.task.stage, code, died=died))


def _receive(reader: Connection) -> dict[str, Any] | None:
    try:
        message = json.loads(reader.recv_bytes(LONGEST_MESSAGE_BYTES))
    except (EOFError, OSError, ValueError):  # it died, or says what a sound process does not say
        return None
    return message if isinstance(message, dict) and "kind" in message else None


def _revive(message: dict[str, Any]) -> ClipzyError:
    kind = getattr(errors, str(message["error"]), None)
    if not (isinstance(kind, type) and issubclass(kind, ClipzyError)):
        kind = StageError
    return kind(str(message["text"]))


def _obituary(stage: Stage, exitcode: int | None, *, died: bool) -> str:
    name = stage.value.replace("_", " ")
    if not died:
        return f"the process of {name} sent an invalid message and was ended; the video may be damaged"
    if exitcode == -signal.SIGKILL:
        return f"the process of {name} was killed, most likely because memory ran out"
    if (signal_name := _signal_name(exitcode)) is not None:
        return f"the process of {name} crashed ({signal_name}); the video may be damaged"
    return f"the process of {name} ended without a result (exit code {exitcode})"


def _signal_name(exitcode: int | None) -> str | None:
    """Of the signal that a process died of, None where it ended otherwise."""
    if exitcode is None or exitcode >= 0:
        return None
    with suppress(ValueError):  # real-time signals have numbers alone
        return signal.Signals(-exitcode).name
    return f"signal {-exitcode}"
