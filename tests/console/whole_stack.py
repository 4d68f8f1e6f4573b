"""The API and a worker in processes of their own, on a Triton that runs already."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from probe import free_port

READY_S = 90.0


@contextmanager
def running(folder: Path, triton_url: str) -> Iterator[str]:
    """The API's URL, once everything behind it is ready."""
    url = f"http://127.0.0.1:{free_port()}"
    environment = {
        **os.environ,
        "API_PORT": url.rpartition(":")[2],
        "TRITON_URL": triton_url,
        "DATA_PATH": str(folder / "data"),
        "LOCAL_STORAGE_PATH": str(folder / "storage"),
    }
    log_path = folder / "log"
    with ExitStack() as stack:
        log = stack.enter_context(log_path.open("wb"))
        # makes the database; two that begin at once would both want to
        subprocess.run([sys.executable, "-m", "clipzy", "migrate"], env=environment, stdout=log, stderr=log, check=True)
        processes = [
            subprocess.Popen([sys.executable, "-m", "clipzy", command], env=environment, stdout=log, stderr=log)
            for command in ("worker", "api")
        ]
        for process in processes:
            stack.callback(process.wait, 60)
            stack.callback(process.terminate)
        deadline = time.monotonic() + READY_S
        while not _is_ready(url):
            assert all(process.poll() is None for process in processes), log_path.read_text()[-4000:]
            assert time.monotonic() < deadline, log_path.read_text()[-4000:]
            time.sleep(0.2)
        yield url


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=5, trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
