"""Speech in sound: silero-vad's 16 kHz network, restated so that a whole batch of long sounds is one pass.

Source: Silero Team, "Silero VAD: pre-trained enterprise-grade Voice Activity Detector" (2024), version 6. The
published model takes one window at a time and keeps its state between calls; here windows go through the encoder
together and only the recurrent cell runs along time. The answers are the same.

Long sounds: best sent whole, as one row. Each row starts from rest at each call and looks back without limit: on clear
speech 2 s of sound before a chunk are enough, but where the network wavers (singing) it may take more than 30 s until
the answers agree with those on the whole. Nothing is needed after a chunk. A window is 512 samples (32 ms), so chunks
start at multiples of 512. Any length from one sample up is accepted; the last window is filled with silence.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from clipzy.networks.threads import one_thread
from clipzy.networks.weights import load_state, read_wheel_file

SAMPLE_RATE_HZ: Final = 16000
WINDOW_SAMPLES: Final = 512
CONTEXT_SAMPLES: Final = 64  # of the window before, seen again
ENCODED_AT_ONCE: Final = 1024  # windows; bounds the memory that hours of sound take

WHEEL_FILE: Final = "silero_vad/data/silero_vad.jit"
WHEEL_FILE_SHA256: Final = "e1122837f4154c511485fe0b9c64455f7b929c96fbb8d79fbdb336383ebd3720"
# names of the published model's tensors, by ours
PUBLISHED_NAMES: Final = {
    "fourier_basis": "stft.forward_basis_buffer",
    **{f"encoder.{2 * i}.{part}": f"encoder.{i}.reparam_conv.{part}" for i in range(4) for part in ("weight", "bias")},
    **{
        f"recurrent.{part}_{gate}_l0": f"decoder.rnn.{part}_{gate}"
        for part in ("weight", "bias")
        for gate in ("ih", "hh")
    },
    "decoder.weight": "decoder.decoder.2.weight",
    "decoder.bias": "decoder.decoder.2.bias",
}


class VoiceActivity(nn.Module):
    """Audio (batch, samples), float32 mono 16 000 Hz in -1..1 → (speech,).

    `speech` is (batch, ceil(samples / 512)), float32: the probability of speech in each window.
    """

    fourier_basis: Tensor

    def __init__(self) -> None:
        super().__init__()
        # a windowed Fourier transform as a convolution: 129 real parts, then 129 imaginary parts
        self.register_buffer("fourier_basis", torch.zeros(258, 1, 256))
        self.encoder = nn.Sequential(
            nn.Conv1d(129, 128, 3, padding=1),
            nn.ReLU(),
            nn.Conv1d(128, 64, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv1d(64, 64, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv1d(64, 128, 3, padding=1),
            nn.ReLU(),
        )
        self.recurrent = nn.LSTM(128, 128, batch_first=True)
        self.decoder = nn.Linear(128, 1)

    def forward(self, audio: Tensor) -> tuple[Tensor]:
        """Encode the windows side by side, then run along time."""
        batch, samples = audio.shape
        windows = -(-samples // WINDOW_SAMPLES)
        padded = functional.pad(audio, (CONTEXT_SAMPLES, windows * WINDOW_SAMPLES - samples))
        framed = padded.unfold(-1, CONTEXT_SAMPLES + WINDOW_SAMPLES, WINDOW_SAMPLES)
        parts = torch.split(framed, max(1, ENCODED_AT_ONCE // batch), dim=1)
        encoded = torch.cat([self._encode(part) for part in parts], dim=1)
        with one_thread():
            states, _ = self.recurrent(encoded)
        return (self.decoder(states.relu()).squeeze(-1).sigmoid(),)

    def _encode(self, framed: Tensor) -> Tensor:
        """Windows (batch, windows, 576) → (batch, windows, 128)."""
        reflected = functional.pad(framed.flatten(0, 1), (0, CONTEXT_SAMPLES), mode="reflect")
        spectra = functional.conv1d(reflected.unsqueeze(1), self.fourier_basis, stride=128)
        real, imaginary = spectra.chunk(2, dim=1)
        magnitudes = (real.square() + imaginary.square()).sqrt()
        encoded: Tensor = self.encoder(magnitudes)
        return encoded.reshape(*framed.shape[:2], -1)


def extract_weights() -> dict[str, Tensor]:
    """The network's tensors, out of the silero-vad wheel.

    Raises:
        ConfigurationError: the wheel is missing or altered.
    """
    content = read_wheel_file("silero-vad", WHEEL_FILE, WHEEL_FILE_SHA256)
    with warnings.catch_warnings():
        # torch calls TorchScript deprecated, but these weights are published as TorchScript alone
        # (the wheel's safetensors file holds those of an earlier version)
        warnings.simplefilter("ignore", DeprecationWarning)
        published = torch.jit.load(io.BytesIO(content), map_location="cpu").state_dict()  # type: ignore[no-untyped-call]
    state = {ours: published[f"_model.{theirs}"] for ours, theirs in PUBLISHED_NAMES.items()}
    # a convolution of length one there, the same as a linear layer
    state["decoder.weight"] = state["decoder.weight"].squeeze(-1)
    return state


def load(weights_path: Path) -> VoiceActivity:
    """The network in evaluation mode, on the CPU.

    Raises:
        ConfigurationError: its weights are missing or damaged.
    """
    network = VoiceActivity()
    network.load_state_dict(load_state(weights_path, "voice_activity"))
    return network.eval()
