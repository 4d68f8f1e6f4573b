import os
import subprocess
import sys
import weakref
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from clipzy.errors import GpuLost
from clipzy.inference import runner
from clipzy.inference.runner import Runner, fault_of
from clipzy.inference.specs import CAMERA_MOTION
from probe import PROBE


def test_threads_that_wait_give_their_processor_away():
    """OpenMP itself says, when torch loads it, that its threads do not spin; networks in one process with a decoder would starve it otherwise."""
    told = subprocess.run(
        [sys.executable, "-c", "import clipzy.inference.local"],
        env={**{k: v for k, v in os.environ.items() if not k.startswith("OMP_")}, "OMP_DISPLAY_ENV": "TRUE"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "OMP_WAIT_POLICY = 'PASSIVE'" in told.stderr


NAMELESS = """
import pwd, sys

def nobody(uid):
    raise KeyError(f"getpwuid(): uid not found: {uid}")

pwd.getpwuid = nobody
import clipzy.inference.runner
import clipzy.networks.faces
assert not {"torchvision", "torch._dynamo"} & sys.modules.keys()
"""


def test_networks_are_loaded_by_a_user_without_a_name():
    """As in a container, where a user may be a number alone: torchvision, which would bring in a compiler that looks for the name, is not imported."""
    names = {"LOGNAME", "USER", "LNAME", "USERNAME"}
    subprocess.run(
        [sys.executable, "-c", NAMELESS], env={k: v for k, v in os.environ.items() if k not in names}, check=True
    )


class Failing(torch.nn.Module):
    """A network that raises."""

    def __init__(self, error):
        super().__init__()
        self.error = error

    def forward(self, *_):
        """Whatever is asked."""
        raise self.error


LAUNCH = RuntimeError("CUDA error: unspecified launch failure")


@pytest.mark.parametrize(
    ("error", "fault", "raised"),
    [
        (LAUNCH, "CUDA error: unspecified launch failure", GpuLost),
        (LAUNCH, None, RuntimeError),
        (torch.OutOfMemoryError("CUDA out of memory"), "CUDA out of memory", torch.OutOfMemoryError),
    ],
    ids=["lost", "still there", "full"],
)
def test_a_gpu_is_lost_where_it_computes_nothing_any_more(error, fault, raised, tmp_path, monkeypatch):
    """After some of CUDA's errors every call fails, whatever it asks; others, and a lack of memory, are one call's."""
    asked = Runner(CAMERA_MOTION, tmp_path, "cpu")
    asked._network = Failing(error)
    monkeypatch.setattr(runner, "fault_of", lambda _device: fault)
    with pytest.raises(raised):
        asked({"pairs": np.zeros((1, 2, 48, 64), np.uint8)})


class Hungry(torch.nn.Module):
    """Doubles, on a device with room for so many rows; what it has made takes room as long as somebody holds it."""

    def __init__(self, room):
        super().__init__()
        self.room = room
        self.in_use = 0
        self.sizes = []

    def forward(self, numbers):
        """The rows twice: as they are, which its own frame holds, and doubled."""
        rows = len(numbers)
        self.sizes.append(rows)
        held = numbers.clone()
        self.in_use += rows
        weakref.finalize(held, self.freed, rows)
        if self.in_use > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return (held * 2,)

    def freed(self, rows):
        """Room again."""
        self.in_use -= rows


@pytest.mark.parametrize(
    "placed", [lambda array: array, torch.from_numpy], ids=["in this process's memory", "in a GPU's"]
)
def test_a_batch_for_which_a_gpu_has_no_room_runs_in_halves(tmp_path, caplog, placed):
    """Once what its failure held is free; the answers are those of the whole, in order, and the log tells."""
    asked = Runner(CAMERA_MOTION, tmp_path, "cpu")
    asked._model, asked._network = PROBE, Hungry(room=2)
    rows = np.arange(10, dtype=np.float32).reshape(5, 2)
    np.testing.assert_array_equal(asked({"numbers": placed(rows)})["doubled"], rows * 2)
    assert asked._network.sizes == [5, 3, 2, 1, 2]
    assert caplog.messages == [f"probe: no room on cpu for {size} rows at once: they run in halves" for size in (5, 3)]


def test_a_row_for_which_a_gpu_has_no_room_fails(tmp_path):
    """As a lack of memory."""
    asked = Runner(CAMERA_MOTION, tmp_path, "cpu")
    asked._model, asked._network = PROBE, Hungry(room=0)
    with pytest.raises(torch.OutOfMemoryError):
        asked({"numbers": np.zeros((4, 2), np.float32)})
    assert asked._network.sizes == [4, 2, 1]


def test_a_device_that_computes_has_no_fault():
    """Any is tried alike."""
    assert fault_of("cpu") is None


def test_a_gpu_that_cannot_be_read_says_so(monkeypatch):
    """Torch tells of one that is lost when it starts by an error of its own kind."""

    def lost(_device):
        raise torch.cuda.DeferredCudaCallError(
            "CUDA call failed lazily at initialization: GPU is lost\n\nCUDA call was…"
        )

    monkeypatch.setattr(torch, "ones", lambda _: SimpleNamespace(to=lost))
    assert fault_of("cuda") == "CUDA call failed lazily at initialization: GPU is lost"


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_device_that_is_not_there_says_so_in_a_line():
    """Whatever pages CUDA adds."""
    assert len(fault_of("cuda").splitlines()) == 1
