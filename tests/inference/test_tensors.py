import numpy as np
import pytest

from clipzy.errors import InferenceError
from clipzy.inference.specs import CAMERA_MOTION, LOOK_TRANSFER, SHOT_BOUNDARY
from clipzy.inference.tensors import check_inputs, check_outputs, join, split

FRAMES = np.zeros((2, 5, 27, 48, 3), np.uint8)
LOOK = {
    "footage": np.zeros((2, 9, 3), np.float32),
    "template": np.zeros((2, 4, 3), np.float32),
    "strength": np.ones((2, 1), np.float32),
    "surfaces": np.zeros((2, 6, 2, 3), np.float32),
}


@pytest.mark.parametrize(
    ("model", "inputs"),
    [(SHOT_BOUNDARY, {"frames": FRAMES}), (LOOK_TRANSFER, LOOK)],
    ids=["one input", "inputs of several lengths"],
)
def test_inputs_as_specified_tell_the_batch_size(model, inputs):
    """Tensors that fit their specification pass, and the size of their batch comes back."""
    assert check_inputs(model, inputs) == 2


@pytest.mark.parametrize(
    ("model", "inputs", "complaint"),
    [
        (SHOT_BOUNDARY, {}, r"takes the inputs \['frames'\], not \[\]"),
        (SHOT_BOUNDARY, {"frames": FRAMES, "more": FRAMES}, "takes the inputs"),
        (SHOT_BOUNDARY, {"frames": FRAMES.astype(np.float32)}, "is float32, not uint8"),
        (SHOT_BOUNDARY, {"frames": FRAMES[0]}, r"has the shape \(5, 27, 48, 3\)"),
        (SHOT_BOUNDARY, {"frames": FRAMES[:, :, :20]}, r"has the shape \(2, 5, 20, 48, 3\)"),
        (SHOT_BOUNDARY, {"frames": FRAMES[:, :0]}, "is empty"),
        (SHOT_BOUNDARY, {"frames": FRAMES[:0]}, "is empty"),
        (LOOK_TRANSFER, LOOK | {"strength": np.ones((1, 1), np.float32)}, "differ in batch size"),
    ],
    ids=["missing", "unknown", "dtype", "rank", "fixed size", "no frames", "no batch", "batches differ"],
)
def test_inputs_that_do_not_fit_are_named(model, inputs, complaint):
    """A tensor that does not fit raises ValueError saying which, and how."""
    with pytest.raises(ValueError, match=complaint):
        check_inputs(model, inputs)


def test_outputs_as_specified_pass():
    """A complete answer is handed on."""
    answer = {"one_hot": np.zeros((2, 5), np.float32), "many_hot": np.ones((2, 5), np.float32)}
    assert check_outputs(SHOT_BOUNDARY, answer, 2) == answer


@pytest.mark.parametrize(
    ("one_hot", "complaint"),
    [
        (None, "returned no one_hot"),
        (np.zeros((2, 0), np.float32), "is empty.*numpy < 2"),
        (np.zeros((2, 5)), "is float64"),
        (np.zeros((1, 5), np.float32), "has 1 rows for a batch of 2"),
    ],
    ids=["missing", "empty, as from numpy 2", "dtype", "batch"],
)
def test_outputs_that_do_not_fit_fail_the_call(one_hot, complaint):
    """An answer that is incomplete, empty or misshapen raises InferenceError."""
    with pytest.raises(InferenceError, match=complaint):
        check_outputs(SHOT_BOUNDARY, {"one_hot": one_hot, "many_hot": np.ones((2, 5), np.float32)}, 2)


@pytest.mark.parametrize(("rows", "sizes"), [(3, [3]), (64, [64]), (65, [64, 1]), (130, [64, 64, 2])])
def test_split_and_join_give_the_batch_back(rows, sizes):
    """A batch is split at the limit, in order, and joined again into the same numbers."""
    pairs = np.arange(rows * 2, dtype=np.uint8).reshape(rows, 2, 1, 1)
    parts = list(split({"pairs": pairs}, rows, CAMERA_MOTION.max_batch_size))
    assert [len(part["pairs"]) for part in parts] == sizes
    answers = [{spec.name: part["pairs"][:, :1, 0, 0] for spec in CAMERA_MOTION.outputs} for part in parts]
    assert np.array_equal(pairs[:, :1, 0, 0], join(CAMERA_MOTION, answers)["confidence"])
