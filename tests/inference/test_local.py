import numpy as np
import pytest

from clipzy.errors import ConfigurationError, InferenceError
from clipzy.inference.local import LocalInference
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
