import numpy as np
import pytest
import torch
from prometheus_client import REGISTRY

from clipzy.errors import ConfigurationError, GpuLost, InferenceError
from clipzy.inference import local, runner
from clipzy.inference.local import LocalInference, best_device
from clipzy.inference.specs import CAMERA_MOTION, SHOT_BOUNDARY, ModelSpec


@pytest.fixture
def inference(tmp_path):
    """Networks in process, with no weights at all: enough for those that have none."""
    return LocalInference(tmp_path, "cpu")


def test_a_batch_above_the_limit_goes_in_parts(inference):
    """A batch larger than the network takes is answered row for row."""
    pairs = np.random.default_rng(3).integers(0, 256, (5, 2, 48, 64), np.uint8)
    pairs[:, 1] = pairs[:, 0]
    small = ModelSpec(CAMERA_MOTION.name, CAMERA_MOTION.inputs, CAMERA_MOTION.outputs, max_batch_size=2)
    whole = inference.infer(CAMERA_MOTION, {"pairs": pairs})
    in_parts = inference.infer(small, {"pairs": pairs})
    assert {name: array.shape for name, array in whole.items()} == {
        spec.name: (5, *spec.shape) for spec in CAMERA_MOTION.outputs
    }
    for name, array in whole.items():
        np.testing.assert_allclose(in_parts[name], array, atol=1e-5)


def test_wrong_inputs_are_refused(inference):
    """The same check as before a call to Triton: ValueError names the tensor."""
    with pytest.raises(ValueError, match="input pairs of camera_motion is float32, not uint8"):
        inference.infer(CAMERA_MOTION, {"pairs": np.zeros((1, 2, 48, 64), np.float32)})


def test_missing_weights_are_the_operators_business(inference):
    """A network whose weights are missing raises ConfigurationError, not a failure of the network."""
    with pytest.raises(ConfigurationError, match="run `clipzy models`"):
        inference.infer(SHOT_BOUNDARY, {"frames": np.zeros((1, 32, 27, 48, 3), np.uint8)})


def test_a_networks_own_failure_is_named(inference):
    """Whatever a network raises comes out as InferenceError with its name."""
    with pytest.raises(InferenceError, match="camera_motion failed: "):
        inference.infer(CAMERA_MOTION, {"pairs": np.zeros((1, 2, 1, 1), np.uint8)})


@pytest.mark.parametrize(
    ("seen", "absence", "fault", "device"),
    [
        (False, "no NVIDIA GPU", None, "cpu"),
        (True, None, None, "cuda"),
        (True, "no NVIDIA GPU: NVML Shared Library Not Found", None, "cuda"),
        (True, None, "no kernel image is available for execution", "cpu"),
        (False, None, "The NVIDIA driver on your system is too old", "cpu"),
    ],
    ids=["none", "one that works", "one without NVML", "one too old for this torch", "one whose driver is"],
)
def test_a_gpu_is_used_where_it_computes(seen, absence, fault, device, monkeypatch, caplog):
    """One that does not is told of, to the user, in the log and in the metric; its driver shows it all the same."""
    labels = {"of": "cuda", "to": "cpu"}
    before = REGISTRY.get_sample_value("clipzy_fallbacks_total", labels) or 0.0
    monkeypatch.setattr(local, "has_gpu", lambda: seen)
    monkeypatch.setattr(local.gpu, "absence", lambda: absence)
    monkeypatch.setattr(local, "fault_of", lambda _device: fault)
    sentences = []
    assert best_device(sentences.append) == device
    told = bool(fault)
    assert sentences == [f"networks ran on the CPU instead of the GPU ({fault})"] * told
    assert (f"the GPU fails: {fault}" in caplog.text) == told
    assert (REGISTRY.get_sample_value("clipzy_fallbacks_total", labels) or 0.0) == before + told


def test_a_lost_gpu_is_no_fault_of_the_network(inference, monkeypatch):
    """It is told apart: the next process may have one that works, or none."""

    def lost(*_):
        raise GpuLost("the GPU fails: it is gone")

    monkeypatch.setattr(local, "Runner", lambda *_: lost)
    with pytest.raises(GpuLost):
        inference.infer(CAMERA_MOTION, {"pairs": np.zeros((1, 2, 48, 64), np.uint8)})


def test_networks_in_process_have_as_many_threads_as_the_container_has_processors(tmp_path, monkeypatch):
    """Torch counts those of the machine: with a limit of 3 on a node of 64 it would have 64, which cost several times the work."""
    before = torch.get_num_threads()
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(runner, "available_processors", lambda: 3)
    try:
        LocalInference(tmp_path, "cpu")
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
