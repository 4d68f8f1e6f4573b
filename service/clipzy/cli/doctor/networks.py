"""What runs the networks: a Triton server, or this machine's own torch."""

from __future__ import annotations

import importlib
import importlib.util
import re
import shutil
from collections.abc import Sequence

import tritonclient.grpc as grpcclient

from clipzy.cli.doctor.findings import Finding, Verdict, fail, ok, warn
from clipzy.cli.figures import file_size
from clipzy.errors import ConfigurationError
from clipzy.inference.installation import ANEW, find_installation
from clipzy.inference.shared_memory import FOLDER
from clipzy.inference.specs import MODELS
from clipzy.inference.triton import CHANNEL, is_loopback
from clipzy.networks.manifest import missing, outdated
from clipzy.settings import Settings

ANSWER_S = 2.0  # of each question to Triton
# Measured, of shared memory: under calls from several jobs all networks together keep 400 MB for their largest batches
LEAST_SHARED = 512 << 20
LAST_ERROR, GRPC_PLACE = "last error: ", re.compile(r"^[A-Z]+: \S+: ")
OWN_TORCH = f"{ANEW} (an image has torch by --build-arg PACKAGES=networks); or set INFERENCE=triton"


def check_triton(settings: Settings) -> Sequence[Finding]:
    """The server answers, and has every network ready; where it is one of this machine, with weights of this version and enough shared memory."""
    if not is_loopback(settings.triton_url):
        return [_check_server(settings)]
    server = _check_server(settings)
    # one that is ready has found weights, perhaps others than those here
    missing_weights = [] if server.verdict is Verdict.OK else _missing_weights(settings, "weights")
    return [server, *missing_weights, *_old_weights(settings), *_little_shared_memory()]


def _check_server(settings: Settings) -> Finding:
    with grpcclient.InferenceServerClient(settings.triton_url, channel_args=CHANNEL) as client:
        try:
            server = client.get_server_metadata(client_timeout=ANSWER_S)
            waiting = [name for name in MODELS if not client.is_model_ready(name, client_timeout=ANSWER_S)]
        except grpcclient.InferenceServerException as exc:
            return fail("networks", f"Triton at {settings.triton_url} does not answer: {_why(exc)}", _start(settings))
    if waiting:
        return fail(
            "networks",
            f"Triton {server.version} at {settings.triton_url} has not ready: {', '.join(waiting)}",
            "wait while it loads, then check its log; `clipzy models` prepares missing weights",
        )
    return ok("networks", f"Triton {server.version} at {settings.triton_url}, {len(MODELS)} networks ready")


def check_local(settings: Settings) -> Sequence[Finding]:
    """INFERENCE=local: torch is there, and so are the weights; loads torch, which takes seconds."""
    if importlib.util.find_spec("torch") is None:
        return [fail("networks", "INFERENCE=local, but torch is not installed", OWN_TORCH)]
    torch = importlib.import_module("torch")
    if missing_weights := _missing_weights(settings, "networks"):
        return missing_weights
    local = importlib.import_module("clipzy.inference.local")
    on_gpu = local.is_to_use_gpu()
    fault = local.fault_of("cuda") if on_gpu else None
    if fault is not None:
        return [
            warn(
                "networks",
                f"in process by torch {torch.__version__} on the CPU, since the GPU fails: {fault}",
                "check `nvidia-smi` and torch's messages about this GPU; the driver must be 580 or later",
            ),
            *_old_weights(settings),
        ]
    device = "the GPU" if on_gpu else "the processors"
    fact = f"in process by torch {torch.__version__} on {device}, weights in {settings.weights_path}"
    return [ok("networks", fact), *_old_weights(settings)]


def _missing_weights(settings: Settings, check: str) -> Sequence[Finding]:
    """Without which networks of this machine do not start."""
    names = missing(settings.weights_path)
    if not names:
        return []
    fact = f"the weights of {', '.join(names)} are missing or damaged in {settings.weights_path}"
    return [fail(check, fact, "`clipzy models` puts them there; or set WEIGHTS_PATH")]


def _old_weights(settings: Settings) -> Sequence[Finding]:
    """Of weights that this machine's networks would load; those of a Triton elsewhere cannot be seen."""
    names = outdated(settings.weights_path)
    if not names:
        return []
    fact = f"those of {', '.join(names)} in {settings.weights_path} were made by another version of the engine"
    return [warn("weights", fact, "`clipzy models` makes them again; then restart what runs the networks")]


def _little_shared_memory() -> Sequence[Finding]:
    """By its size, not by what is free: a server that runs has its part of it."""
    size = shutil.disk_usage(FOLDER).total
    if size >= LEAST_SHARED:
        return []
    fact = f"{FOLDER} has {file_size(size)}, too little for the largest batches of all networks"
    advice = f"give it 1 GB: `docker run --shm-size=1g`, or `mount -o remount,size=1G {FOLDER}`"
    return [warn("shared memory", fact, advice)]


def _why(error: grpcclient.InferenceServerException) -> str:
    """What gRPC says at the end of its chain of words."""
    return GRPC_PLACE.sub("", str(error.message()).strip().rpartition(LAST_ERROR)[2])


def _start(settings: Settings) -> str:
    """How to get a server there."""
    if not is_loopback(settings.triton_url):
        return "start it there, or check TRITON_URL"
    try:
        find_installation()
    except ConfigurationError as exc:
        return str(exc)
    return "`clipzy up` starts it with the rest, `clipzy triton` by itself; or check TRITON_URL"
