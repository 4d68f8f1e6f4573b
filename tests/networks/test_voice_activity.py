"""The voice activity network: equal to the published one, in one pass over whole sounds."""

from __future__ import annotations

from importlib import metadata

import pytest
import torch

from clipzy.networks import voice_activity
from synth_sound import drum_track, noise, speech_like

RATE = voice_activity.SAMPLE_RATE_HZ
WINDOW = voice_activity.WINDOW_SAMPLES


@pytest.fixture(scope="module")
def network(weights_path):
    """The network on the CPU."""
    return voice_activity.load(weights_path)


@pytest.fixture(scope="module")
def published():
    """The model as its authors publish it, one window at a time."""
    return torch.jit.load(metadata.distribution("silero-vad").locate_file(voice_activity.WHEEL_FILE))


def run(network, audio):
    """Answers to a batch."""
    with torch.inference_mode():
        (speech,) = network(audio)
    return speech


def row(audio):
    """One sound as a batch of one."""
    return torch.from_numpy(audio[:, 0].copy())[None]


SOUNDS = {
    "voice": lambda: speech_like(8, RATE, seed=3),
    "drums": lambda: drum_track(120, 4, RATE, channels=1).audio,
    "noise": lambda: noise(4, RATE, channels=1),
    "a window and one sample": lambda: speech_like(1, RATE)[3000 : 3000 + WINDOW + 1],
}


@pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")
@pytest.mark.parametrize("sound", SOUNDS)
def test_the_network_is_sileros(network, published, sound):
    """Every window is answered as by the published model run window by window."""
    audio = row(SOUNDS[sound]())
    torch.testing.assert_close(run(network, audio), published.audio_forward(audio, RATE), atol=1e-4, rtol=0)


@pytest.mark.parametrize(("samples", "windows"), [(1, 1), (512, 1), (513, 2), (16000, 32)])
def test_every_begun_window_is_answered(network, samples, windows):
    """Sounds of any length are answered by one probability per begun window of 512 samples."""
    speech = run(network, torch.full((3, samples), 0.1))
    assert speech.shape == (3, windows)
    assert torch.all((speech >= 0) & (speech <= 1))


@pytest.mark.parametrize("sound", ["silence", "noise", "drums"])
def test_what_is_no_voice_is_no_speech(network, sound):
    """Silence, noise and drums are never taken for speech."""
    audio = torch.zeros(1, 4 * RATE) if sound == "silence" else row(SOUNDS[sound]())
    assert run(network, audio).max() < 0.5


def test_rows_do_not_see_each_other(network, monkeypatch):
    """Sounds side by side are answered as alone, also when they are encoded in several parts."""
    rows = torch.cat([row(speech_like(3, RATE, seed=seed)) for seed in range(3)])
    together = run(network, rows)
    monkeypatch.setattr(voice_activity, "ENCODED_AT_ONCE", 32)
    alone = torch.cat([run(network, audio[None]) for audio in rows])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)


def test_each_call_starts_from_rest(network):
    """What was heard in one call has no influence on the next."""
    audio = row(speech_like(3, RATE))
    first = run(network, audio)
    run(network, row(noise(3, RATE, channels=1)))
    torch.testing.assert_close(run(network, audio), first, atol=0, rtol=0)


@pytest.mark.gpu
def test_a_gpu_answers_as_the_cpu_does(network, weights_path):
    """Probabilities on the two devices agree to within 0.01."""
    audio = row(speech_like(8, RATE, seed=3))
    on_gpu = run(voice_activity.load(weights_path).cuda(), audio.cuda()).cpu()
    torch.testing.assert_close(on_gpu, run(network, audio), atol=0.01, rtol=0)
