"""The beat network: equal to the published one, and its beats lie where the drums were put."""

from __future__ import annotations

import importlib.util
from importlib import metadata

import numpy as np
import pytest
import torch
from madmom_infer.audio.filters import LogarithmicFilterbank
from madmom_infer.audio.signal import FramedSignalProcessor, Signal
from madmom_infer.audio.spectrogram import (
    FilteredSpectrogramProcessor,
    LogarithmicSpectrogramProcessor,
    SpectrogramDifferenceProcessor,
)
from madmom_infer.audio.stft import ShortTimeFourierTransformProcessor, fft_frequencies
from madmom_infer.processors import SequentialProcessor

from clipzy.networks import beats
from synth_sound import drum_track

RATE = beats.SAMPLE_RATE_HZ
SETTLED_S = 4.9  # between beats at each of the tempos below


@pytest.fixture(scope="module")
def network(weights_path):
    """The network on the CPU."""
    return beats.load(weights_path)


@pytest.fixture(scope="module")
def drums():
    """Twenty seconds at 120 beats a minute."""
    return drum_track(120, 20, RATE, channels=1)


def run(network, audio):
    """Answers to a batch."""
    with torch.inference_mode():
        (activations,) = network(audio)
    return activations


def row(audio):
    """One sound as a batch of one."""
    return torch.from_numpy(audio[:, 0].copy())[None]


def published_network():
    """BeatNet's own module, without the package around it that needs audio drivers."""
    path = metadata.distribution("beatnet").locate_file("BeatNet/model.py")
    spec = importlib.util.spec_from_file_location("beatnet_model", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.BDA(272, 150, 2, "cpu").eval()


def test_the_filterbank_is_madmoms():
    """Our 136 bands are those of madmom's logarithmic filterbank."""
    bins_hz = fft_frequencies(beats.WINDOW_SAMPLES // 2, RATE)
    theirs = LogarithmicFilterbank(bins_hz, num_bands=24, fmin=30, fmax=17000, fref=440.0, norm_filters=True)
    np.testing.assert_allclose(beats.log_filterbank(), np.asarray(theirs), atol=1e-7)


def test_the_spectrogram_is_madmoms(drums):
    """Our features equal those of the chain of processors that BeatNet was trained with."""
    chain = SequentialProcessor(
        (
            FramedSignalProcessor(frame_size=beats.WINDOW_SAMPLES, hop_size=beats.HOP_SAMPLES, fps=None),
            ShortTimeFourierTransformProcessor(),
            FilteredSpectrogramProcessor(num_bands=24, fmin=30, fmax=17000, norm_filters=True),
            LogarithmicSpectrogramProcessor(mul=1, add=1),
            SpectrogramDifferenceProcessor(diff_ratio=0.5, positive_diffs=True, stack_diffs=np.hstack),
        )
    )
    audio = drums.audio[: 4 * RATE + 100]
    theirs = chain(Signal(audio[:, 0], sample_rate=RATE))
    np.testing.assert_allclose(beats.LogSpectrogram()(row(audio))[0], theirs, atol=1e-5)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_each_recurrent_network_is_beatnets(network, drums, number):
    """Given the same features and weights, BeatNet's own module answers the same."""
    features = beats.LogSpectrogram()(row(drums.audio[: 4 * RATE]))
    published = published_network()
    published.load_state_dict(network.networks[number].state_dict())
    with torch.inference_mode():
        ours, theirs = network.networks[number](features), published(features)
    torch.testing.assert_close(ours, theirs.transpose(1, 2), atol=1e-5, rtol=0)


@pytest.mark.parametrize("bpm", [96, 120, 150])
def test_peaks_lie_at_the_beats(network, bpm):
    """Once it has settled, the network puts one peak within 40 ms of each beat of a drum track, and none elsewhere."""
    drums = drum_track(bpm, 20, RATE, channels=1)
    beat = run(network, row(drums.audio))[0, :, :2].sum(-1)
    peaks = torch.nonzero((beat[1:-1] > 0.15) & (beat[1:-1] >= beat[:-2]) & (beat[1:-1] > beat[2:])).ravel() + 1
    found = peaks.numpy() / 50
    expected = drums.beat_times[drums.beat_times > SETTLED_S]
    found = found[found > SETTLED_S]
    assert len(found) == len(expected)
    np.testing.assert_allclose(found, expected, atol=0.04)


@pytest.mark.parametrize(("samples", "frames"), [(1, 1), (441, 1), (442, 2), (1411, 4), (22050, 50), (22051, 51)])
def test_every_begun_hop_is_a_frame_of_probabilities(network, samples, frames):
    """Sounds of any length are answered by frames of three probabilities that sum to one."""
    activations = run(network, torch.full((2, samples), 0.25))
    assert activations.shape == (2, frames, 3)
    torch.testing.assert_close(activations.sum(-1), torch.ones(2, frames))


def test_silence_has_no_beats(network):
    """In digital silence a beat of either kind is at no time as likely as none."""
    assert run(network, torch.zeros(1, 10 * RATE))[..., :2].sum(-1).max() < 0.5


def test_rows_do_not_see_each_other(network, drums):
    """A sound is answered alike alone and beside another."""
    audio = row(drums.audio[: 6 * RATE])
    both = run(network, torch.cat([audio, torch.zeros_like(audio)]))
    torch.testing.assert_close(both[:1], run(network, audio), atol=1e-5, rtol=0)


def test_ten_seconds_before_a_chunk_are_context_enough(network):
    """After 10 s of context a chunk is answered as in the run over the whole, to within 0.02."""
    audio = row(drum_track(120, 24, RATE, channels=1).audio)
    start, context = 14 * 50, 10 * 50
    chunk = run(network, audio[:, (start - context) * 441 :])[:, context:]
    torch.testing.assert_close(chunk, run(network, audio)[:, start:], atol=0.02, rtol=0)


@pytest.mark.gpu
def test_a_gpu_answers_as_the_cpu_does(network, weights_path, drums):
    """Probabilities on the two devices agree to within 0.01."""
    audio = row(drums.audio)
    on_gpu = run(beats.load(weights_path).cuda(), audio.cuda()).cpu()
    torch.testing.assert_close(on_gpu, run(network, audio), atol=0.01, rtol=0)
