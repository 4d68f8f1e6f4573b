"""The engine's processes for a scenario: a Triton of its own, `clipzy api`, `clipzy worker`; all ended at the end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from scenarios.measuring import Failed
from scenarios.options import ROOT, Options

if TYPE_CHECKING:
    from clipzy.inference.server import TritonServer

READY_S = 120.0


def free_port() -> int:
    """A port of the loopback that is free now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def triton(options: Options, folder: Path, models: Sequence[str] | None = None) -> Iterator[TritonServer]:
    """A ready server with those models, all by default; its log lies in the folder.

    Raises:
        Failed: there is none on this machine, or it does not start; the message says why.
    """
    try:
        from clipzy.errors import ClipzyError
        from clipzy.inference.server import TritonServer
    except ImportError as exc:
        raise Failed(f"no Triton here: {exc}") from exc
    server = TritonServer(
        options.model_repository,
        options.weights,
        grpc_port=free_port(),
        log_path=folder / "triton.log",
        models=models,
    )
    try:
        try:
            server.start()
            server.wait_ready(READY_S * 2)
        except ClipzyError as exc:
            told = str(exc).splitlines()  # the last is that of its log which says why
            raise Failed(f"no Triton here: {' … '.join(dict.fromkeys((told[0], told[-1])))}") from exc
        yield server
    finally:
        server.stop()


@contextmanager
def command(name: str, environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`clipzy <name>`, asked to end at the end, and made to after a minute."""
    with log.open("ab") as out:
        running = subprocess.Popen([sys.executable, "-m", "clipzy", name], env=environment, stdout=out, stderr=out)
    try:
        yield running
    finally:
        running.send_signal(signal.SIGTERM)
        try:
            running.wait(60)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def environment(options: Options, folder: Path, port: int, **more: str) -> dict[str, str]:
    """Settings of an engine of its own in a folder, its API on that port."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT / "service"), os.environ.get("PYTHONPATH")])),
        "API_PORT": str(port),
        "DATA_PATH": str(folder / "data"),
        "LOCAL_STORAGE_PATH": str(folder / "storage"),
        "WEIGHTS_PATH": str(options.weights),
        "LOG_LEVEL": "WARNING",
        "MAX_FILE_SIZE_MB": "4000",
        **more,
    }


def wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return once the API is up.

    Raises:
        Failed: it ended, or does not answer in time; the message ends with the last line of its log.
    """
    import httpx

    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            httpx.get(f"{url}/livez", trust_env=False)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    last = (log.read_text(errors="replace").splitlines() or ["it said nothing"])[-1]
    raise Failed(f"the API did not come up: {last}")


def family(pid: int) -> list[psutil.Process]:
    """A process and all below it."""
    try:
        first = psutil.Process(pid)
        return [first, *first.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def memory_mib(pid: int) -> float:
    """What a process and all below it hold, in MiB; what they share counts once (proportional set size)."""
    total = 0
    for process in family(pid):
        try:
            total += process.memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return total / 2**20


def processor_s(pid: int) -> float:
    """Processor time of a process and all below it that live, in seconds."""
    total = 0.0
    for process in family(pid):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total
