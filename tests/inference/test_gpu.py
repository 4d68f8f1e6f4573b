"""The real Triton on a GPU: each network runs there, and answers as it does in process."""

from __future__ import annotations

import numpy as np
import pynvml
import pytest
import tritonclient.grpc as grpcclient

from clipzy.inference.local import LocalInference
from clipzy.inference.specs import MODELS, VOICE_ACTIVITY
from clipzy.inference.triton import TritonInference

pytestmark = pytest.mark.gpu


SIZES = {"shot_boundary": 60, "beats": 66150, "look_transfer": 500}  # of what varies; seconds of sound otherwise


def request_for(model):
    """Two rows of noise of a usual size."""
    random = np.random.default_rng(3)
    request = {}
    for spec in model.inputs:
        shape = [90 if model.name in {"camera_motion", "faces"} else SIZES.get(model.name, 48000)] * len(spec.shape)
        shape = [size if size > 0 else usual for size, usual in zip(spec.shape, shape, strict=True)]
        rows = random.random((2, *shape), np.float32)
        request[spec.name] = (rows * 255).astype(np.uint8) if spec.dtype == "UINT8" else rows
    return request


def gpu_processes():
    """How many processes compute on the first GPU."""
    pynvml.nvmlInit()
    return len(pynvml.nvmlDeviceGetComputeRunningProcesses(pynvml.nvmlDeviceGetHandleByIndex(0)))


def test_the_networks_processes_are_on_the_gpu(triton):
    """One for each network, as its configuration leaves to the server."""
    assert triton
    assert gpu_processes() >= len(MODELS)


@pytest.mark.parametrize("name", MODELS)
def test_triton_answers_as_the_network_does_in_process(name, triton, weights_path):
    """The same code on the same device: to rounding."""
    model = MODELS[name]
    local, served = LocalInference(weights_path, "cuda"), TritonInference(triton)
    inputs = request_for(model)
    ours, theirs = served.infer(model, inputs), local.infer(model, inputs)
    for output in model.outputs:
        np.testing.assert_allclose(ours[output.name], theirs[output.name], atol=2e-3, rtol=1e-3)
    served.close()
    local.close()


def test_tensors_in_the_gpus_memory_give_the_same(triton, weights_path):
    """A large batch goes by CUDA's shared memory, is dropped at the end, and is answered as in process."""
    local, served = LocalInference(weights_path, "cuda"), TritonInference(triton, shared_memory="cuda")
    inputs = {"audio": np.random.default_rng(5).random((16, 480_000), np.float32)}
    ours, theirs = (asked.infer(VOICE_ACTIVITY, inputs)["speech"] for asked in (served, local))
    np.testing.assert_allclose(ours, theirs, atol=2e-3)
    assert served.large_tensors_by == "CUDA shared memory"
    with grpcclient.InferenceServerClient(triton) as client:
        assert len(client.get_cuda_shared_memory_status().regions) == 1
        served.close()
        assert not client.get_cuda_shared_memory_status().regions
    local.close()
