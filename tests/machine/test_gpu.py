"""Whether this process has a GPU, and what one fails with."""

import subprocess
import sys

import pynvml
import pytest
from torch.cuda import DeferredCudaCallError

from clipzy.machine import gpu


@pytest.fixture
def nvml(monkeypatch):
    """A driver's library that is there and counts one GPU."""
    for name, answer in {"Init": None, "Shutdown": None, "DeviceGetCount": 1}.items():
        monkeypatch.setattr(pynvml, f"nvml{name}", lambda answer=answer: answer)


@pytest.mark.parametrize(
    ("visible", "reason"),
    [
        (None, None),
        ("1,0", None),
        ("GPU-5a3f", None),
        ("", "CUDA_VISIBLE_DEVICES names none"),
        ("-1", "CUDA_VISIBLE_DEVICES names none"),
    ],
)
@pytest.mark.usefixtures("nvml")
def test_a_gpu_that_is_hidden_is_none(visible, reason, monkeypatch):
    """As those do who want it left alone; it is no fault that CUDA does not use it."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert gpu.absence() == reason


@pytest.mark.usefixtures("nvml")
def test_gpus_that_cannot_be_counted_are_there(monkeypatch):
    """The driver is, and what it cannot do will show."""

    def lost():
        raise pynvml.NVMLError(pynvml.NVML_ERROR_GPU_IS_LOST)

    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetCount", lost)
    assert gpu.absence() is None


def test_errors_of_torch_are_known_once_it_is_there():
    """Processes that do without are spared its import."""
    assert issubclass(DeferredCudaCallError, gpu.gpu_errors())
    assert not issubclass(DeferredCudaCallError, RuntimeError)
    program = (
        "import sys; from clipzy.machine.gpu import gpu_errors; print(len(gpu_errors(OSError)), 'torch' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert said.stdout.split() == ["3", "False"]
