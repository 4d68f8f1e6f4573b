"""`clipzy up`: Triton, the API and a worker as processes of their own, kept running and stopped together."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
from rich.console import Console
from rich.markup import render

from clipzy.api.listening import check_listening
from clipzy.cli.exit_codes import MISUSED
from clipzy.errors import ConfigurationError
from clipzy.inference import die_with_parent, prerequisites
from clipzy.inference.triton import is_loopback
from clipzy.jobs.engine import prepare_database
from clipzy.settings import Settings
from clipzy.stop_signals import stop_event
from clipzy.telemetry import log

WATCH_S = 0.5
# A process that ends this soon, this often in a row, has something wrong that another start will not mend.
SHORT_LIFE_S, MOST_SHORT_LIVES = 15.0, 3
STOPPING_S = 60.0  # a worker kills its stages, a server unloads its models, the API ends what is under way
READY_S = 180.0


class _Running:
    """A command of `clipzy`, running as a process of its own."""

    def __init__(self, command: str, log_format: str, short_lives: int = 0) -> None:
        """`short_lives`: how often in a row it ended as soon as it had started."""
        self.command = command
        self.short_lives = short_lives
        self.started = time.monotonic()
        # a group of its own: Ctrl-C in the terminal reaches this process alone, which stops the others in order
        self.process = subprocess.Popen(  # noqa: S603 (our own command line)
            [
                *(sys.executable, "-I", "-S", str(Path(die_with_parent.__file__)), str(os.getpid())),
                *(sys.executable, "-P", "-m", "clipzy", command),  # -P: not from the current folder
            ],
            env={**os.environ, "LOG_FORMAT": log_format},
            stdin=subprocess.DEVNULL,
            process_group=0,
        )

    def stop(self) -> None:
        """Ask it to end, and make it."""
        self.process.terminate()
        try:
            self.process.wait(STOPPING_S)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def run_all(settings: Settings) -> None:
    """Run the engine on this machine until SIGTERM or SIGINT; what dies is started again.

    Raises:
        ConfigurationError: another program has one of the ports, or one of the processes ends as soon as it starts; its own log says why.
    """
    check_ports(settings)
    stop = stop_event()
    if prepare_database(settings.resolved_database_url, stop.is_set) is None:
        return
    threading.Thread(target=_announce, args=(settings, stop), name="announce", daemon=True).start()
    running: list[_Running] = []
    try:
        running += [_Running(command, settings.log_format) for command in commands(settings)]
        while not stop.wait(WATCH_S):
            running[:] = [_kept_up(each, settings) for each in running]
    finally:
        stop.set()
        for each in reversed(running):  # the worker first: it still wants to give its jobs back
            each.stop()


def check_ports(settings: Settings) -> None:
    """Return if all that is started here can listen; else another engine that answers there would be taken for this one.

    Raises:
        ConfigurationError: one of the ports is taken; the message names the setting.
    """
    check_listening(settings)
    if "triton" in commands(settings):
        prerequisites.check_listening(prerequisites.places_of(settings))


def commands(settings: Settings) -> list[str]:
    """The commands of `clipzy` to run here: `triton` only where the settings ask for one on this machine."""
    has_triton = settings.inference == "triton" and is_loopback(settings.triton_url)
    return [*(["triton"] if has_triton else []), "api", "worker"]


def _kept_up(running: _Running, settings: Settings) -> _Running:
    """The program, started again where it has ended."""
    code = running.process.poll()
    if code is None:
        return running
    short_lives = running.short_lives + 1 if time.monotonic() - running.started < SHORT_LIFE_S else 0
    # a program that says itself that it cannot run (code 2) is believed
    if code == MISUSED or short_lives >= MOST_SHORT_LIVES:
        raise ConfigurationError(
            f"`clipzy {running.command}` ended with code {code} as soon as it started; its log is above"
        )
    _say(settings, f"clipzy {running.command} ended with code {code}; it is restarted", logging.WARNING)
    return _Running(running.command, settings.log_format, short_lives)


def address(settings: Settings) -> str:
    """Where a browser on this machine finds the API."""
    host = settings.api_host
    if host in {"0.0.0.0", "::"}:  # noqa: S104 (it listens on all, and is found by any)
        host = "localhost"
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.api_port}"


def _announce(settings: Settings, stop: threading.Event) -> None:
    """Say where the engine is to be found, once everything in it answers."""
    url = address(settings)
    _say(settings, f"Clipzy is starting at {url} …")
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and not stop.wait(WATCH_S):
        if _is_healthy(url):
            _say(settings, f"Clipzy is ready: open [bold]{url}[/bold] (API reference: /docs). Ctrl-C stops it.")
            return
    if not stop.is_set():
        missing = f"Clipzy is not ready after {READY_S:.0f} s; {url}/api/v1/health says what is missing"
        _say(settings, missing, logging.WARNING)


def _is_healthy(url: str) -> bool:
    """Whether everything in the engine answers there; False also where another program does."""
    try:
        # ready is the API already without the networks
        answer = httpx.get(f"{url}/readyz", timeout=5, trust_env=False).json()
    except (httpx.HTTPError, ValueError):
        return False
    data = answer.get("data") if isinstance(answer, dict) else None
    return isinstance(data, dict) and data.get("status") == "healthy"


def _say(settings: Settings, text: str, level: int = logging.INFO) -> None:
    """Print a message in rich's markup, or log it where the log is JSON."""
    if settings.log_format == "json":
        log.log(level, render(text).plain)
    else:
        Console(stderr=True, highlight=False).print(text)
