"""Inside a stage's own process: takes its limits, builds its context, runs it and reports."""

from __future__ import annotations

import ctypes
import importlib
import json
import multiprocessing
import os
import re
import resource
import signal
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import structlog

from clipzy.errors import ClipzyError, StageError, StageOutOfMemory
from clipzy.inference.client import InferenceFactory
from clipzy.jobs.lifecycle import Stage
from clipzy.machine.disks import is_full
from clipzy.machine.memory import is_want_of_memory
from clipzy.settings import Settings
from clipzy.stages.context import Source, StageContext
from clipzy.style.config import JobConfig
from clipzy.telemetry import configure_logging, log, observations, trace_context, tracing
from clipzy.telemetry.trace_context import TraceContext

PR_SET_PDEATHSIG = 1  # prctl(2)
REPORT_INTERVAL_S = 0.05
OBSERVED_INTERVAL_S = 1.0
LONGEST_TEXT = 10_000  # characters of a sentence for the user


@dataclass(frozen=True, slots=True)
class StageTask:
    """The task of a stage's process; picklable.

    `function`: where the stage is, as `module:name`. `inference`: makes the networks' client, in that process; it may warn the user.
    `gpu`: whether one may decode, encode and run the networks of this process, where there is one. `request_id`, `trace`: what log lines and spans belong to;
    `records_spans`: whether the worker wants to be told of spans. `beside`: sources of the job that other processes of the stage work on meanwhile;
    `memory_mib`: what its process may use in place of all that one stage may. `ahead`: the stage's turn is yet to come, so that nobody is to be
    told of anything, and a failure is no warning.
    """

    stage: Stage
    function: str
    job_id: str
    sources: tuple[Source, ...]
    config: JobConfig
    folder: Path
    earlier: Mapping[str, Path]
    cache: Path
    inference: InferenceFactory
    settings: Settings
    gpu: bool = True
    request_id: str | None = None
    trace: TraceContext | None = None
    records_spans: bool = False
    beside: tuple[Source, ...] = ()
    memory_mib: int | None = None
    ahead: bool = False

    @property
    def memory_limit_mib(self) -> int:
        """What its process may use beyond what it starts with, in MiB."""
        return self.settings.stage_memory_limit_mb if self.memory_mib is None else self.memory_mib

    @property
    def labels(self) -> dict[str, str | bool]:
        """For log lines: whose process it is, where each source has its own; that it is ahead of its turn."""
        source: dict[str, str | bool] = {"source": self.sources[0].role.value} if self.beside else {}
        return {**source, "ahead": True} if self.ahead else source


class Reporter:
    """Speaks to the worker over the pipe."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()  # stages may report from threads of their own
        self._next = 0.0
        self._next_observed = 0.0

    def progress(self, fraction: float) -> None:
        """The share of the stage that is done, 0..1; said at most 20 times a second."""
        moment = time.monotonic()
        if moment >= self._next or fraction >= 1:
            self._next = moment + REPORT_INTERVAL_S
            if moment >= self._next_observed:
                self._next_observed = moment + OBSERVED_INTERVAL_S
                self.observed()
            self._say({"kind": "progress", "fraction": float(fraction)})

    def warn(self, text: str) -> None:
        """A sentence for the user."""
        self._say({"kind": "warning", "text": text[:LONGEST_TEXT]})

    def observed(self) -> None:
        """What was measured since the last time, for the worker to export."""
        for entries in observations.take():
            self._say({"kind": "observed", "entries": entries})

    def done(self) -> None:
        """The last word of a stage that finished."""
        self.observed()
        self._say({"kind": "done"})

    def failed(self, error: ClipzyError) -> None:
        """The last word of a stage that did not."""
        self.observed()
        self._say({"kind": "error", "error": type(error).__name__, "text": str(error)[:LONGEST_TEXT]})

    def _say(self, message: dict[str, Any]) -> None:
        with self._lock:
            try:
                self._pipe.send_bytes(json.dumps(message).encode())
            except ConnectionError:  # nobody holds the other end
                log.info("the worker is gone; its stage ends with it")
                # not raised: a stage may take it for a fault of its own, as of a file, and go on without whom it works for
                os.killpg(0, signal.SIGKILL)


def run_task(task: StageTask, pipe: Connection) -> None:
    """The body of the process."""
    os.setsid()  # a group of its own, so that one signal ends it with all that it started
    _die_with_worker()
    configure_logging(task.settings)
    structlog.contextvars.bind_contextvars(job_id=task.job_id, stage=task.stage.value, **task.labels)
    if task.request_id is not None:
        structlog.contextvars.bind_contextvars(request_id=task.request_id)
    trace_context.adopt(task.trace)
    observations.collect()
    if task.records_spans:
        tracing.hand_to(observations.ended_span)
    reporter = Reporter(pipe)
    warn, fail = (log.info, log.info) if task.ahead else (log.warning, log.error)
    try:
        _run(task, reporter)
    except ClipzyError as error:
        warn("stage failed", code=error.code, exc_info=True)
        reporter.failed(error)
    except Exception as error:  # noqa: BLE001 (whatever it was: the user gets a sentence, the log the trace)
        if is_want_of_memory(error):
            fail("stage ran out of memory", exc_info=True)
            limit = task.memory_limit_mib
            reporter.failed(
                StageOutOfMemory(f"{_name(task)} needs more memory than one stage may use here ({limit} MiB)")
            )
        else:
            fail("stage failed unexpectedly", exc_info=True)
            reporter.failed(StageError(_sentence(task, error)))
    else:
        reporter.done()


def _run(task: StageTask, reporter: Reporter) -> None:
    module, _, name = task.function.partition(":")
    function: Callable[[StageContext], None] = getattr(importlib.import_module(module), name)
    with closing(task.inference(reporter.warn, gpu=task.gpu)) as inference:
        _limit(task.memory_limit_mib << 20)
        function(
            StageContext(
                job_id=task.job_id,
                sources=task.sources,
                config=task.config,
                folder=task.folder,
                earlier=task.earlier,
                cache=task.cache,
                inference=inference,
                report=reporter.progress,
                warn=reporter.warn,
                hardware_decoding=task.gpu and task.settings.hardware_decoding != "off",
                all_decoding_units=task.settings.hardware_decoding == "auto",
                hardware_encoding=task.gpu,
                beside=task.beside,
            )
        )


def _limit(bytes_more: int) -> None:
    """No core dumps, and a bound on what may be allocated from now on.

    RLIMIT_DATA counts memory that is really private and writable; RLIMIT_AS would also count the address space that
    libraries only reserve, which for CUDA is more than any machine has.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    found = re.search(r"^VmData:\s+(\d+) kB", status, re.MULTILINE)
    assert found is not None  # proc(5): every process with memory has the line
    limit = (int(found[1]) << 10) + bytes_more
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _die_with_worker() -> None:
    """End this process with the worker, and with the fork server in between, however they end."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    worker = multiprocessing.parent_process()
    assert worker is not None  # only ever run as a child
    threading.Thread(target=_follow, args=(worker,), name="follow-worker", daemon=True).start()


def _follow(worker: Any) -> None:  # noqa: ANN401 (multiprocessing names no class for a parent)
    worker.join()
    os.killpg(0, signal.SIGKILL)


def _name(task: StageTask) -> str:
    return task.stage.value.replace("_", " ")


def _sentence(task: StageTask, error: Exception) -> str:
    if is_full(error):
        return f"{_name(task)} stopped because the worker's disk is full"
    return f"{_name(task)} stopped because of an internal error; the log has the cause under the job's id"
