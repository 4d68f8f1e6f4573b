import numpy as np
import pytest
import tritonclient.grpc as grpcclient

from clipzy.inference.local import LocalInference
from clipzy.inference.specs import MODELS
from clipzy.inference.triton import TritonInference
from clipzy.settings import Settings
from portraits import astronaut

# Two processes run the same code, but a batch may be computed in another order; probabilities and pixels alike
ABSOLUTE, RELATIVE = 1e-4, 1e-4


def _noise(*shape):
    return np.random.default_rng(1).random(shape, np.float32)


def _tone(seconds, sample_rate_hz):
    """Two different stretches of a chord that pulses twice a second, in noise."""
    time_s = np.arange(int(2 * seconds * sample_rate_hz)) / sample_rate_hz
    chord = sum(np.sin(2 * np.pi * pitch_hz * time_s) for pitch_hz in (220, 277, 330))
    pulsed = 0.2 * chord * (time_s % 0.5 < 0.1) + 0.02 * np.random.default_rng(2).standard_normal(len(time_s))
    return pulsed.astype(np.float32).reshape(2, -1)


def _pairs():
    """Textured pictures, the second moved by (2, 1) pixels in one row and by (-3, 0) in the other."""
    coarse = np.random.default_rng(3).integers(0, 256, (30, 40)).astype(np.uint8)
    still = np.kron(coarse, np.ones((5, 5), np.uint8))
    moved = [np.roll(still, shift, axis=(1, 0)) for shift in ((2, 1), (-3, 0))]
    return np.stack([np.stack([still, each]) for each in moved])


def _portraits():
    """The same person twice, in two places."""
    picture = astronaut(240)
    return np.stack([picture, np.roll(picture, 40, axis=1)])


INPUTS = {
    "shot_boundary": {"frames": np.random.default_rng(4).integers(0, 256, (2, 60, 27, 48, 3), np.uint8)},
    "camera_motion": {"pairs": _pairs()},
    "faces": {"pictures": _portraits()},
    "beats": {"audio": _tone(4, 22_050)},
    "music_tags": {"audio": _tone(7, 16_000)},
    "audio_events": {"audio": _tone(4, 16_000)},
    "voice_activity": {"audio": _tone(4, 16_000)},
    "look_transfer": {
        "footage": _noise(2, 500, 3),
        "template": _noise(2, 700, 3) ** 2,
        "strength": np.array([[1.0], [0.4]], np.float32),
        "surfaces": _noise(2, 300, 2, 3),
    },
}
every_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


@pytest.fixture(scope="module")
def local(weights_path):
    """The networks in this process."""
    inference = LocalInference(weights_path)
    yield inference
    inference.close()


@pytest.fixture(scope="module")
def remote(triton):
    """The networks in a real Triton server."""
    inference = TritonInference(triton, timeout_s=60, patience_s=10)
    yield inference
    inference.close()


def _close(expected, actual):
    assert list(expected) == list(actual)
    for name, array in expected.items():
        np.testing.assert_allclose(actual[name], array, atol=ABSOLUTE, rtol=RELATIVE, err_msg=name)


def test_the_repository_holds_the_specified_models_and_no_others():
    """Every network of `specs` has a folder in the model repository, and every folder is one of them."""
    folders = {path.name for path in Settings().model_repository_path.iterdir() if path.is_dir()}
    assert folders == set(MODELS)


@every_model
def test_specs_agree_with_the_servers_configuration(model, triton):
    """Names, dtypes, shapes and the largest batch are the same in `specs` and in what the server loaded."""
    with grpcclient.InferenceServerClient(triton) as client:
        config = client.get_model_config(model.name, as_json=True)["config"]

    def tensors(of):
        return [(each["name"], each["data_type"], tuple(int(size) for size in each["dims"])) for each in config[of]]

    assert [(spec.name, f"TYPE_{spec.dtype}", spec.shape) for spec in model.inputs] == tensors("input")
    assert [(spec.name, f"TYPE_{spec.dtype}", spec.shape) for spec in model.outputs] == tensors("output")
    assert model.max_batch_size == config["max_batch_size"]


@every_model
def test_no_queue_has_a_policy(model, triton):
    """With a limit or a timeout the server prepares no batch ahead, and looks for a free instance every 500 ms only: a call waits beside an idle one.

    What a policy would refuse, the adapter drops: calls whose callers have hung up.
    """
    with grpcclient.InferenceServerClient(triton) as client:
        config = client.get_model_config(model.name, as_json=True)["config"]
    policy = config["dynamic_batching"].get("default_queue_policy", {})
    assert not policy.get("allow_timeout_override")
    assert int(policy.get("default_timeout_microseconds", 0)) == int(policy.get("max_queue_size", 0)) == 0


@every_model
def test_both_ways_give_the_same_numbers(model, local, remote):
    """A network answers the same in process and through Triton; no tensor comes back empty, as under numpy 2."""
    inputs = INPUTS[model.name]
    _close(local.infer(model, inputs), remote.infer(model, inputs))


@every_model
def test_an_answer_does_not_depend_on_the_rest_of_its_batch(model, local):
    """Row by row and as one batch the numbers are the same: Triton joins the calls of strangers into batches."""
    inputs = INPUTS[model.name]
    rows = [local.infer(model, {name: array[row : row + 1] for name, array in inputs.items()}) for row in (0, 1)]
    _close({name: np.concatenate([row[name] for row in rows]) for name in rows[0]}, local.infer(model, inputs))
