"""The adapter where no Triton is needed: tensors that lie in a GPU's memory, which a server without one never passes on."""

import importlib
import sys
import weakref
from types import ModuleType, SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest
import torch

from clipzy.errors import GpuLost
from clipzy.inference import runner
from clipzy.inference.specs import MODELS
from clipzy.networks import weights
from older_weights import make_older
from probe import PROBE


class Lying:
    """A request's tensor as the Python backend has it: in the processor's memory, or said to be in a GPU's."""

    def __init__(self, values, on_gpu):
        self._values = np.array(values, np.float32)
        self._on_gpu = on_gpu

    def is_cpu(self):
        """Whether numpy may see it."""
        return not self._on_gpu

    def as_numpy(self):
        """The array; the real one raises as well where it lies on a GPU."""
        assert not self._on_gpu, "Tensor is stored in GPU and cannot be converted to NumPy."
        return self._values

    def to_dlpack(self):
        """A capsule."""
        return torch.from_numpy(self._values).__dlpack__()


class MetricFamily:
    """The backend's: of counters alone, which note down whom they counted."""

    COUNTER = 0
    counters: ClassVar = {}

    def __init__(self, name, description, kind):
        assert description
        assert kind == self.COUNTER
        self.name = name

    def Metric(self, labels):  # noqa: N802 (the backend's)
        """One of them."""
        counted = self.counters.setdefault(self.name, [])
        return SimpleNamespace(increment=lambda _by: counted.append(labels))


@pytest.fixture
def adapter(monkeypatch):
    """One whose network doubles, with the backend's module in place."""
    backend = ModuleType("triton_python_backend_utils")
    backend.get_input_tensor_by_name = lambda request, name: request.tensors[name]
    backend.Tensor = lambda name, array: (name, array)
    backend.TritonError = SimpleNamespace(CANCELLED=1, INTERNAL=2)
    backend.InferenceResponse = dict
    backend.TritonModelException = type("TritonModelException", (Exception,), {})
    backend.MetricFamily = MetricFamily
    monkeypatch.setattr(MetricFamily, "counters", {})
    monkeypatch.setitem(sys.modules, backend.__name__, backend)
    monkeypatch.delitem(sys.modules, "clipzy.inference.adapter", raising=False)
    made = importlib.import_module("clipzy.inference.adapter").Adapter()
    made.model = PROBE
    made.batches = []
    made.counters = MetricFamily.counters
    made._run = lambda inputs: made.batches.append(inputs["numbers"]) or {"doubled": np.asarray(inputs["numbers"] * 2)}
    yield made
    sys.modules.pop("clipzy.inference.adapter")


def asked(values, on_gpu=False):
    """A request."""
    return SimpleNamespace(tensors={"numbers": Lying(values, on_gpu)}, is_cancelled=lambda: False)


def test_tensors_in_a_gpus_memory_stay_there(adapter):
    """They reach the network as torch has them, those of one shape in one batch, apart from those in the processor's."""
    requests = [asked([[1, 2]], on_gpu=True), asked([[3, 4]]), asked([[5, 6], [7, 8]], on_gpu=True)]
    answers = [response["doubled"].tolist() for response in adapter.execute(requests)]
    assert answers == [[[2, 4]], [[6, 8]], [[10, 12], [14, 16]]]
    assert [(type(batch), len(batch)) for batch in adapter.batches] == [(torch.Tensor, 3), (np.ndarray, 1)]


def test_a_single_request_is_not_copied(adapter):
    """What the server has put into memory that this process sees is read there."""
    request = asked([[1, 2]])
    adapter.execute([request])
    assert np.shares_memory(adapter.batches[0], request.tensors["numbers"].as_numpy())


class Left(BaseException):
    """In place of the process's end."""


@pytest.mark.parametrize("requests", [1, 2])
def test_a_process_that_has_lost_its_gpu_ends(adapter, monkeypatch, capfd, requests):
    """It would answer every call with an error and be called ready; once it is gone the server is started anew, and callers ask again."""

    def leave(code):
        raise Left(code)

    def lost(_inputs):
        raise GpuLost("the GPU fails: CUDA error: unspecified launch failure")

    monkeypatch.setattr("os._exit", leave)
    adapter._run = lost
    with pytest.raises(Left):
        adapter.execute([asked([[1, 2]])] * requests)
    assert "probe: its process ends" in capfd.readouterr().err


def test_a_network_that_fails_does_not_end_its_process(adapter, monkeypatch):
    """The one call has the failure for its answer."""

    def fail(_inputs):
        raise RuntimeError("too large")

    adapter._run = fail
    monkeypatch.setattr("clipzy.inference.adapter._refusal", lambda message, _code: message)
    assert adapter.execute([asked([[1, 2]])]) == ["RuntimeError: too large"]


def test_requests_that_fail_together_are_tried_alone_with_the_memory_of_both(adapter):
    """What the failed batch held, and the batch itself, are free by then."""
    batches = []

    def run(inputs):
        # arrays of more than one request are copies, which this process alone holds
        batches.append(weakref.ref(inputs["numbers"]))
        activations = inputs["numbers"] * 2
        alive.append(weakref.ref(activations))
        if len(activations) > 1:
            raise RuntimeError("CUBLAS_STATUS_ALLOC_FAILED")
        left.append([each() is not None for each in (alive[0], batches[0])])
        return {"doubled": activations}

    alive, left = [], []
    adapter._run = run
    answers = [response["doubled"].tolist() for response in adapter.execute([asked([[1, 2]]), asked([[3, 4]])])]
    assert answers == [[[2, 4]], [[6, 8]]]
    assert left == [[False, False], [False, False]]


def test_a_network_that_is_to_have_a_gpu_does_not_run_without(adapter, monkeypatch, tmp_path):
    """It would at a tenth of the speed, and nobody would hear of it."""
    monkeypatch.setenv("WEIGHTS_PATH", str(tmp_path))
    monkeypatch.setenv("REQUIRE_GPU", "1")
    with pytest.raises(RuntimeError, match="a GPU is required"):
        adapter.initialize({"model_instance_kind": "CPU", "model_instance_device_id": "0"})


ON_GPU = {"model_instance_kind": "GPU", "model_instance_device_id": "1"}
TOO_OLD = "The NVIDIA driver on your system is too old (found version 12020)."


@pytest.fixture
def placed(monkeypatch, tmp_path):
    """Devices that networks were loaded onto, as their adapter chose; nothing is loaded."""
    devices = []
    monkeypatch.setenv("WEIGHTS_PATH", str(tmp_path))
    monkeypatch.delenv("REQUIRE_GPU", raising=False)
    monkeypatch.setattr(runner, "use_all_cores", lambda: 1)
    monkeypatch.setattr(runner, "Runner", lambda _model, _weights, device: devices.append(device))
    return devices


@pytest.mark.parametrize(
    ("fault", "device"),
    [(None, "cuda:1"), ("CUDA error: out of memory", "cuda:1"), (TOO_OLD, "cpu")],
    ids=["works", "full", "driver too old"],
)
def test_a_gpu_that_computes_nothing_is_left_out(adapter, placed, monkeypatch, capfd, fault, device):
    """Triton can use more of them than torch; the log says so, and the server counts it. One that is full has another try at the next start."""
    monkeypatch.setattr(runner, "fault_of", lambda asked: fault if asked == "cuda:1" else None)
    adapter.initialize(ON_GPU)
    assert placed == [device]
    left_out = device == "cpu"
    said = f"probe: runs on the CPU instead of the GPU, which fails: {fault}\n"
    assert capfd.readouterr().err == said * left_out
    assert (
        adapter.counters == {"clipzy_fallbacks_total": [{"of": "cuda", "to": "cpu"}]}
        if left_out
        else not adapter.counters
    )


@pytest.mark.parametrize("older", [True, False])
@pytest.mark.usefixtures("placed")
def test_weights_that_another_version_has_made_are_told_of(adapter, monkeypatch, capfd, tmp_path, older):
    """In the server's log, as it starts; they are used."""
    weights.save(tmp_path, "beats", {})
    if older:
        make_older(tmp_path, "beats")
    monkeypatch.setattr(adapter, "model", MODELS["beats"], raising=False)
    adapter.initialize({"model_instance_kind": "CPU", "model_instance_device_id": "0"})
    said = f"beats: its weights in {tmp_path} were made by another version of the engine; run `clipzy models`\n"
    assert capfd.readouterr().err == said * older


@pytest.mark.usefixtures("placed")
def test_a_gpu_that_computes_nothing_is_not_left_out_where_one_is_required(adapter, monkeypatch):
    """With the reason."""
    monkeypatch.setenv("REQUIRE_GPU", "1")
    monkeypatch.setattr(runner, "fault_of", lambda _device: TOO_OLD)
    with pytest.raises(RuntimeError, match=r"a GPU is required .*driver on your system is too old"):
        adapter.initialize(ON_GPU)


def test_a_server_whose_metrics_are_closed_counts_nothing(adapter, placed, monkeypatch):
    """And serves."""

    def closed(**_):
        raise sys.modules["triton_python_backend_utils"].TritonModelException("metrics are not enabled")

    closed.COUNTER = 0
    monkeypatch.setattr(sys.modules["triton_python_backend_utils"], "MetricFamily", closed)
    monkeypatch.setattr(runner, "fault_of", lambda _device: TOO_OLD)
    adapter.initialize(ON_GPU)
    assert placed == ["cpu"]
