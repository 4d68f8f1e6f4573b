"""A tritonserver on this machine, from the nvidia-pytriton wheel: started, watched, stopped."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import tritonclient.grpc as grpcclient

from clipzy.errors import ConfigurationError, InferenceError
from clipzy.inference import die_with_parent
from clipzy.inference.environments import sweep_environments
from clipzy.inference.installation import assemble, find_installation
from clipzy.inference.model_processes import children, end_orphans
from clipzy.inference.prerequisites import WHERE_MODELS_ARE, check_listening, check_weights, models_in, places_of
from clipzy.inference.specs import MODELS
from clipzy.machine.owners import owner_tag, sweep_orphans
from clipzy.settings import Settings
from clipzy.stop_signals import stop_event

log = logging.getLogger(__name__)

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 (where POSIX shared memory lies on Linux)
OWNED = "clipzy-triton"  # begins the names of what a server leaves behind when it is killed
# The same of its regions of shared memory. Servers from 25.07 on let no caller register one whose name begins as those of Triton's own
# choice do: by others a caller could read and write what server and models say to each other (CVE-2025-23320)
REGIONS = f"triton_python_backend_shm_region_{OWNED}"
LOGGED_ERROR = re.compile(r"E\d{4} ")  # glog's head of an error: severity, month and day
POLL_S = 0.1
LOADING_S = 180.0  # for all models to be imported and warm; some seconds on an idle machine
WATCH_S = 1.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0  # between starts that fail
LOG_TAIL_LINES = 25


class TritonServer:
    """One server process with its models' processes; as a context manager it is ready inside and gone after.

    All of them end with the process that started the server, also when that is killed. The kernel ties them to the
    *thread* that called `start`: call it from one that lives as long as the server should.
    """

    def __init__(
        self,
        model_repository: Path,
        weights_path: Path,
        *,
        grpc_port: int,
        host: str = "127.0.0.1",
        http_port: int | None = None,
        metrics_port: int | None = None,
        log_path: Path | None = None,
        models: Sequence[str] | None = None,
    ) -> None:
        """Start nothing yet.

        Args:
            model_repository: folder of one folder a model.
            weights_path: folder written by `clipzy models`; handed to the models as WEIGHTS_PATH.
            grpc_port: port the engine talks to.
            host: address to listen on.
            http_port: port of the HTTP endpoint; None: closed.
            metrics_port: port of the Prometheus metrics; None: closed.
            log_path: file that the server's log is appended to; None: this process's own output.
            models: the models to load; None: all in the repository.

        Raises:
            ConfigurationError: the repository has no such model.
        """
        self.url = f"{host}:{grpc_port}"
        self._places = [(host, port) for port in (grpc_port, http_port, metrics_port) if port is not None]
        self._model_repository = model_repository
        self._weights_path = weights_path
        self._log_path = log_path
        self._shared_memory_prefix = f"{owner_tag(REGIONS)}-{secrets.token_hex(4)}-"
        self._arguments = [
            *("--grpc-address", host, "--grpc-port", str(grpc_port)),
            *_endpoint("http", host, http_port),
            *_endpoint("metrics", host, metrics_port),
            # else each model's configuration costs a Python process of its own at start
            "--disable-auto-complete-config",
            # mostly waiting for `import torch`, so all at once
            *("--model-load-thread-count", str(len(MODELS))),
            *("--exit-timeout-secs", "5"),
            *("--backend-config", f"python,shm-region-prefix-name={self._shared_memory_prefix}"),
            # a model that takes longer to import on a busy machine would leave the server waiting for it for ever
            *("--backend-config", f"python,stub-timeout-seconds={LOADING_S:.0f}"),
        ]
        self._folder: Path | None = None
        self._log_start = 0
        self._process: subprocess.Popen[bytes] | None = None
        here = models_in(model_repository)
        if missing := sorted(set(models or ()) - here.keys()):
            raise ConfigurationError(
                f"{model_repository} has no model {', '.join(missing)}, but {', '.join(sorted(here))}"
            )
        self._models = here if models is None else {name: here[name] for name in models}
        self._ready = False
        self._model_processes: dict[int, str] = {}

    @property
    def pid(self) -> int | None:
        """Process id of the server; None where it was not started."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the process; it loads its models for some seconds yet.

        Raises:
            ConfigurationError: the server, its stub, a shared libpython, models or weights are missing, or it cannot listen where it should.
        """
        check_listening(self._places)
        installation = find_installation()
        if not self._models:  # a server without any says that it is ready
            raise ConfigurationError(f"{self._model_repository} holds no models; {WHERE_MODELS_ARE}")
        check_weights(self._weights_path, self._models)
        sweep_orphans(SHARED_MEMORY, REGIONS)
        sweep_orphans(Path(tempfile.gettempdir()), OWNED)
        sweep_environments()
        end_orphans(REGIONS)
        self._folder = Path(tempfile.mkdtemp(prefix=f"{owner_tag(OWNED)}-"))
        libraries_path = assemble(self._folder, installation)
        libraries = [libraries_path, *_folders("LD_LIBRARY_PATH")]
        environment = {
            **os.environ,
            "PYTHONPATH": ":".join(_folders("PYTHONPATH")),
            "LD_LIBRARY_PATH": ":".join(libraries),
            "WEIGHTS_PATH": str(self._weights_path.resolve()),
            # the stub embeds Python and finds its packages by the `python3` that comes first on PATH
            "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}",
        }
        # a repository of its own: whatever other folder lies among the models would be taken for one, and end the server
        repository = self._folder / "models"
        repository.mkdir()
        for name, model in self._models.items():
            (repository / name).symlink_to(model)
        folders = "--model-repository", str(repository), "--backend-directory", f"{self._folder}/backends"
        arguments = [*folders, *self._arguments]
        launcher = [sys.executable, "-I", "-S", str(Path(die_with_parent.__file__)), str(os.getpid())]
        with contextlib.ExitStack() as opened:
            output = opened.enter_context(self._log_path.open("ab")) if self._log_path else None
            self._log_start = output.tell() if output else 0
            self._process = subprocess.Popen(  # noqa: S603 (our own command line)
                [*launcher, str(installation.binary), *arguments],
                env=environment,
                # the stub looks for modules in its current folder first, whatever it is told: let that be one of ours
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                process_group=0,
            )

    def wait_ready(self, timeout_s: float = LOADING_S, given_up: threading.Event | None = None) -> None:
        """Return once every model is loaded and warm, or once `given_up` is set.

        Raises:
            ConfigurationError: the server ended, as it does where a model cannot be loaded.
            InferenceError: it was not ready in time.
        """
        deadline = time.monotonic() + timeout_s
        with grpcclient.InferenceServerClient(
            self.url, channel_args=[("grpc.max_reconnect_backoff_ms", 200)]
        ) as client:
            while not (given_up and given_up.is_set()):
                if (reason := self.ailment()) is not None:
                    raise ConfigurationError(f"tritonserver did not start: {reason}{self._log_tail()}")
                with contextlib.suppress(grpcclient.InferenceServerException):
                    if client.is_server_ready(client_timeout=1.0):
                        self._model_processes = children(self._running().pid)
                        self._ready = True
                        for line in filter(self._is_a_models, self._logged()):
                            log.warning(
                                line
                            )  # as of a GPU that is left out; nobody looks into a file before something is wrong
                        return
                if time.monotonic() > deadline:
                    raise InferenceError(f"tritonserver was not ready after {timeout_s:g} s{self._log_tail()}")
                time.sleep(POLL_S)

    def ailment(self) -> str | None:
        """Why the server must be started again; None while all is well.

        A model whose process died stays dead in this version of the server: it answers that model's calls with an
        error ever after.
        """
        process = self._running()
        if process.poll() is not None:
            return f"it ended with code {process.returncode}"
        if not self._ready:
            return None
        alive = children(process.pid)
        dead = {model for pid, model in self._model_processes.items() if pid not in alive}
        dead |= self._models.keys() - set(alive.values())
        return f"the process of {', '.join(sorted(dead))} died" if dead else None

    def stop(self, grace_s: float = 10.0) -> None:
        """End the server and its models' processes: kindly, then by force after `grace_s` seconds."""
        if self._process is not None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(grace_s)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
            self._ready = False
            for leftover in SHARED_MEMORY.glob(f"{self._shared_memory_prefix}*"):
                leftover.unlink(missing_ok=True)
            sweep_environments()  # where it was killed
        if self._folder is not None:
            shutil.rmtree(self._folder)
            self._folder = None

    def __enter__(self) -> Self:
        try:
            self.start()
            self.wait_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("the server was not started")
        return self._process

    def _log_tail(self) -> str:
        if self._log_path is None:
            return "; its log is above"
        lines = self._logged()
        # tables of options follow the cause: where the server logged errors, or a model's process said something, they are what matters
        errors = [line for line in lines if LOGGED_ERROR.match(line) or self._is_a_models(line)]
        return "; its log says:\n" + "\n".join((errors or lines)[-LOG_TAIL_LINES:])

    def _logged(self) -> list[str]:
        """The lines of this start's log, where it is a file."""
        if self._log_path is None:
            return []
        with self._log_path.open("rb") as file:
            file.seek(self._log_start)
            return file.read().decode(errors="replace").splitlines()

    def _is_a_models(self, line: str) -> bool:
        """Whether a model's process said it, by its name."""
        return line.startswith(tuple(f"{name}: " for name in self._models))


def _folders(variable: str) -> list[str]:
    """What a search path of ours names, wherever the server runs; an empty entry would mean its current folder."""
    return [str(Path(each).absolute()) for each in os.environ.get(variable, "").split(":") if each]


def run_foreground(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; start again when the server or one of its models dies, for as long as that takes.

    Listens where TRITON_URL points; the Prometheus metrics are one port above.

    Raises:
        ConfigurationError: the server could not be started the first time, as where one of its ports is taken.
        InferenceError: it did not become ready the first time.
    """
    (host, port), (_, metrics_port) = places_of(settings)
    stopped = stop_event()
    pause_s: float | None = None  # before the next start, should this one fail; None until one has not
    while not stopped.is_set():
        server = TritonServer(
            settings.model_repository_path,
            settings.weights_path,
            host=host,
            grpc_port=port,
            metrics_port=metrics_port,
        )
        try:
            server.start()
            server.wait_ready(given_up=stopped)
            if not stopped.is_set():  # else it may not be
                log.info("triton is ready at %s", server.url)
            pause_s = FIRST_PAUSE_S
            _watch(server, stopped)
        except (ConfigurationError, InferenceError) as exc:
            if pause_s is None:
                raise
            # what it needs was there before, and may be again, as a GPU that was lost; jobs wait meanwhile, or fail in words
            log.error("%s; it is tried again in %g s", exc, pause_s)
            server.stop(grace_s=1.0)
            stopped.wait(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
        finally:
            server.stop()


def _watch(server: TritonServer, stopped: threading.Event) -> None:
    """Return once the server, which was ready, has to be started again, or nobody wants it any more."""
    while not stopped.wait(WATCH_S):
        if (reason := server.ailment()) is not None:
            log.error("triton is started again: %s", reason)
            # a server with a dead model never ends kindly; callers of the others ask again
            server.stop(grace_s=1.0)
            return


def _endpoint(kind: str, host: str, port: int | None) -> list[str]:
    if port is None:
        return [f"--allow-{kind}=false"]
    return [f"--{kind}-address={host}", f"--{kind}-port={port}"]
