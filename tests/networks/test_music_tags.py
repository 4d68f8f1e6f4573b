"""The music tag networks: the published numbers kept, whatever the order of the arithmetic."""

from __future__ import annotations

import runpy
from importlib import metadata

import pytest
import torch
from torch import nn

from clipzy.analysis.audio import genre
from clipzy.networks import music_tags
from synth_sound import drum_track, noise

RATE = music_tags.SAMPLE_RATE_HZ
PATCH = music_tags.PATCH_SAMPLES


@pytest.fixture(scope="module")
def network(weights_path):
    """Both networks on the CPU."""
    return music_tags.load(weights_path)


@pytest.fixture(scope="module")
def drums():
    """Two patches of drums, as a batch of one."""
    return torch.from_numpy(drum_track(120, 6, RATE, channels=1).audio[:, 0].copy())[None]


def run(network, audio):
    """Answers to a batch: MSD, MTT."""
    with torch.inference_mode():
        return network(audio)


def test_tags_are_those_of_the_published_networks():
    """The vocabularies that the analysis of genres knows are the published ones, in the order of the outputs."""
    published = runpy.run_path(metadata.distribution("musicnn").locate_file("musicnn/configuration.py"))
    assert list(genre.MSD_TAGS) == published["MSD_LABELS"]
    assert list(genre.MTT_TAGS) == published["MTT_LABELS"]


@pytest.mark.parametrize("tagger", ["msd", "mtt"])
@pytest.mark.parametrize("filters", ["timbral.0", "timbral.1", "temporal.0", "temporal.1", "temporal.2"])
def test_the_maximum_may_come_first(network, drums, tagger, filters):
    """Maximum, ReLU, normalise gives what the published order (ReLU, normalise, maximum) gives."""
    ours = network.get_submodule(f"{tagger}.{filters}")
    sign = torch.where(ours.norm.weight < 0, -1.0, 1.0)
    published = nn.BatchNorm2d(len(sign), eps=1e-3).eval()
    published.load_state_dict(ours.norm.state_dict())
    with torch.inference_mode():
        patches = network.get_submodule(tagger).norm(network.spectrogram(drums)[:, :187][None])
        padded = nn.functional.pad(patches, (0, 0, ours.before, ours.after))
        responses = nn.functional.conv2d(
            padded, ours.filters.weight * sign[:, None, None, None], ours.filters.bias * sign
        )
        theirs = published(responses.relu()).amax(3)
        torch.testing.assert_close(ours(patches), theirs, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("output", "tags", "likeliest"),
    [
        pytest.param(
            0,
            genre.MSD_TAGS,
            {"electronic": 0.527, "electro": 0.234, "electronica": 0.159, "dance": 0.089},
            id="msd",
        ),
        pytest.param(1, genre.MTT_TAGS, {"beat": 0.336, "guitar": 0.230, "drums": 0.230, "techno": 0.137}, id="mtt"),
    ],
)
def test_the_likeliest_tags_of_drums_stay_what_they_were(network, drums, output, tags, likeliest):
    """The four likeliest tags of a drum track keep their probabilities."""
    mean = run(network, drums)[output][0].mean(0)
    found = {tags[index]: float(mean[index]) for index in mean.topk(len(likeliest)).indices}
    assert found == pytest.approx(likeliest, abs=2e-3)


@pytest.mark.parametrize(
    ("samples", "patches"),
    [(1, 1), (PATCH - 1, 1), (PATCH, 1), (2 * PATCH - 257, 1), (2 * PATCH, 2), (10 * 16000, 3)],
)
def test_each_whole_patch_is_answered(network, samples, patches):
    """Sounds of any length are answered by 50 + 50 probabilities for each patch of 2.99 s, and at least one."""
    for answer in run(network, torch.full((2, samples), 0.1)):
        assert answer.shape == (2, patches, 50)
        assert torch.all((answer >= 0) & (answer <= 1))


def test_rows_do_not_see_each_other(network, drums):
    """A sound is answered alike alone and beside another."""
    hiss = torch.from_numpy(noise(6, RATE, channels=1)[:, 0].copy())[None]
    together, alone = run(network, torch.cat([hiss, drums])), run(network, drums)
    for both, one in zip(together, alone, strict=True):
        torch.testing.assert_close(both[1:], one, atol=1e-5, rtol=0)


@pytest.mark.gpu
def test_a_gpu_answers_as_the_cpu_does(network, weights_path, drums):
    """Probabilities on the two devices agree to within 0.01."""
    on_gpu = run(music_tags.load(weights_path).cuda(), drums.cuda())
    for there, here in zip(on_gpu, run(network, drums), strict=True):
        torch.testing.assert_close(there.cpu(), here, atol=0.01, rtol=0)
