import pickle
import subprocess
import sys
from functools import partial

import numpy as np
import pytest

from clipzy.errors import InferenceUnavailable
from clipzy.inference import local
from clipzy.inference.connect import open_inference
from clipzy.inference.local import LocalInference
from clipzy.inference.specs import VOICE_ACTIVITY
from clipzy.inference.triton import TritonInference
from clipzy.settings import Settings

HEAVY = {"torch", "fastapi", "uvicorn", "sqlalchemy", "dbos", "cv2", "av"}


def test_the_settings_name_the_way():
    """In process, or over gRPC."""
    for way, kind in (("local", LocalInference), ("triton", TritonInference)):
        inference = open_inference(Settings(_env_file=None, inference=way), print)
        assert isinstance(inference, kind)
        inference.close()


def test_a_server_that_is_away_is_told_of():
    """The sentence goes where the caller said."""
    told = []
    settings = Settings(_env_file=None, triton_url="127.0.0.1:9", inference_patience_s=0.2)
    inference = open_inference(settings, told.append)
    with pytest.raises(InferenceUnavailable):
        inference.infer(VOICE_ACTIVITY, {"audio": np.zeros((1, 512), np.float32)})
    assert [sentence.partition(":")[0] for sentence in told] == ["waiting for Triton at 127.0.0.1"]
    inference.close()


def test_a_gpu_that_fails_is_told_of(monkeypatch):
    """Where the networks are in process, and then run on the processors."""
    monkeypatch.setattr(local, "has_gpu", lambda: True)
    monkeypatch.setattr(local, "fault_of", lambda _device: "out of memory")
    told = []
    open_inference(Settings(_env_file=None, inference="local"), told.append).close()
    assert told == ["networks ran on the CPU instead of the GPU (out of memory)"]


def test_a_gpu_that_is_not_to_be_used_is_not_tried(monkeypatch):
    """To try it is what may crash. There is nothing to tell: the worker did."""
    monkeypatch.setattr(local, "has_gpu", lambda: True)
    monkeypatch.setattr(local, "fault_of", None)
    told = []
    inference = open_inference(Settings(_env_file=None, inference="local"), told.append, gpu=False)
    assert inference._device == "cpu"
    assert not told
    inference.close()


def test_a_stages_process_imports_little_to_get_it():
    """Every stage's process unpickles this: the API's and torch's seconds of imports would be paid at each stage."""
    order = pickle.dumps(partial(open_inference, Settings(_env_file=None)))
    program = (
        "import pickle, sys; pickle.loads(bytes.fromhex(sys.argv[1]));"
        "print(*{name.partition('.')[0] for name in sys.modules}, *(n for n in sys.modules if n.startswith('clipzy.')))"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, order.hex()], check=True, capture_output=True, text=True
    ).stdout.split()
    assert not HEAVY.intersection(said)
    assert not [name for name in said if name.startswith(("clipzy.api", "clipzy.wiring", "clipzy.stages"))]
