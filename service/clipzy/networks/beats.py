"""Beats and downbeats in music: BeatNet's three recurrent networks, averaged.

Source: M. Heydari, F. Cwitkowitz, Z. Duan, "BeatNet: CRNN and Particle Filtering for Online Joint Beat Downbeat and
Meter Tracking" (ISMIR 2021). Its three published models were trained with GTZAN, Ballroom and Rock Corpus held out in
turn; the mean of their probabilities is steadier than any one of them. Decoding (tempo, meter, beat times) is not
done here.

Cutting a long sound into chunks: frame i stands for the 441 samples from 441 i on (50 frames a second), so chunks
start at multiples of 441 samples. The networks look back without limit, and ahead by 1 frame: give each chunk 10 s of
sound before and 0.02 s after the part that is used. Any length from one sample up is accepted.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from clipzy.networks.threads import each_in_one_thread
from clipzy.networks.weights import load_state, read_wheel_file

SAMPLE_RATE_HZ: Final = 22050
HOP_SAMPLES: Final = 441
WINDOW_SAMPLES: Final = 1411  # 64 ms, as BeatNet's own features
BANDS: Final = 136

WHEEL_FILES: Final = {
    "BeatNet/models/model_1_weights.pt": "619091bc317ca3e83b45591d46f6de3d5a41588bcb39fe9fe7be30cffa6aca84",
    "BeatNet/models/model_2_weights.pt": "5878a18c079fa0b0139879b14ed2b5b7595faef8c3d16210aed141fd00fa2d58",
    "BeatNet/models/model_3_weights.pt": "0c52a074ea38e8cb4a760ecfa3747c9cf91a1e3cd19f238eed80b0de763989ca",
}


class Beats(nn.Module):
    """Audio (batch, samples), float32 mono 22 050 Hz in -1..1 → (activations,).

    `activations` is (batch, ceil(samples / 441), 3), float32: the probabilities of a beat that is no downbeat, of a
    downbeat, and of neither; they sum to 1.
    """

    def __init__(self) -> None:
        super().__init__()
        self.spectrogram = LogSpectrogram()
        self.networks = nn.ModuleList(RecurrentNetwork() for _ in WHEEL_FILES)

    def forward(self, audio: Tensor) -> tuple[Tensor]:
        """Features once, then the mean of the networks' softmax."""
        features = self.spectrogram(audio)

        def activations(network: nn.Module) -> Tensor:
            answer: Tensor = network(features).softmax(-1)
            return answer

        networks = list(self.networks)
        on_cpu = features.device.type == "cpu"
        each = each_in_one_thread(activations, networks) if on_cpu else [activations(network) for network in networks]
        return (torch.stack(each).mean(0),)


class LogSpectrogram(nn.Module):
    """Audio (batch, samples) → (batch, frames, 272): log magnitudes in 136 bands and their rises since the last frame.

    The chain of madmom's processors that BeatNet was trained with: frames centred on multiples of the hop, a
    symmetric Hann window, 24 bands an octave, log10(1 + x), positive differences.
    """

    window: Tensor
    filters: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("window", torch.hann_window(WINDOW_SAMPLES, periodic=False), persistent=False)
        self.register_buffer("filters", torch.from_numpy(log_filterbank()), persistent=False)

    def forward(self, audio: Tensor) -> Tensor:
        """Spectrogram and differences side by side."""
        samples = audio.shape[-1]
        frames = -(-samples // HOP_SAMPLES)
        before = WINDOW_SAMPLES // 2
        after = (frames - 1) * HOP_SAMPLES + WINDOW_SAMPLES - before - samples
        spectra = torch.stft(
            functional.pad(audio, (before, after)),
            n_fft=WINDOW_SAMPLES,
            hop_length=HOP_SAMPLES,
            window=self.window,
            center=False,
            return_complex=True,
        )
        # madmom leaves out the last bin
        magnitudes = spectra[:, :-1].abs().transpose(1, 2)
        bands = torch.log10(magnitudes @ self.filters + 1)
        rises = functional.pad((bands[:, 1:] - bands[:, :-1]).relu(), (0, 0, 1, 0))
        return torch.cat([bands, rises], dim=-1)


class RecurrentNetwork(nn.Module):
    """Features (batch, frames, 272) → logits (batch, frames, 3); starts from rest at each call."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(1, 2, 10)
        self.linear0 = nn.Linear(2 * ((2 * BANDS - 9) // 2), 150)
        self.lstm = nn.LSTM(150, 150, num_layers=2, batch_first=True)
        self.linear = nn.Linear(150, 3)

    def forward(self, features: Tensor) -> Tensor:
        """Convolve along the bands of each frame, then run along time."""
        batch, frames, width = features.shape
        filtered = self.conv1(features.reshape(batch * frames, 1, width)).relu()
        pooled = functional.max_pool1d(filtered, 2).reshape(batch, frames, -1)
        states, _ = self.lstm(self.linear0(pooled))
        logits: Tensor = self.linear(states)
        return logits


def log_filterbank() -> NDArray[np.float32]:
    """Triangular bands, 24 an octave about 440 Hz, 30..17 000 Hz: (705 FFT bins, 136 bands), each of sum 1.

    Bands narrower than a bin fall together (S. Böck et al., "madmom", ACM MM 2016, `LogarithmicFilterbank`).
    """
    bins_hz = np.arange(WINDOW_SAMPLES // 2) * SAMPLE_RATE_HZ / (2 * (WINDOW_SAMPLES // 2))
    steps = np.arange(np.floor(np.log2(30 / 440) * 24), np.ceil(np.log2(17000 / 440) * 24))
    corners_hz = 440 * 2 ** (steps / 24)
    corners_hz = corners_hz[(corners_hz >= 30) & (corners_hz <= 17000)]
    right = np.clip(np.searchsorted(bins_hz, corners_hz), 1, len(bins_hz) - 1)
    nearest = right - (corners_hz - bins_hz[right - 1] < bins_hz[right] - corners_hz)
    corners = np.unique(nearest)
    filters = np.zeros((len(bins_hz), len(corners) - 2), np.float32)
    for band, (low, centre, high) in enumerate(zip(corners, corners[1:], corners[2:], strict=False)):
        # the lowest bands are one bin wide
        stop = max(high, low + 1)
        triangle = np.interp(np.arange(low, stop), [low, centre, high], [0, 1, 0])
        filters[low:stop, band] = triangle / triangle.sum()
    return filters


def extract_weights() -> dict[str, Tensor]:
    """The three networks' tensors, out of the BeatNet wheel.

    Raises:
        ConfigurationError: the wheel is missing or altered.
    """
    state: dict[str, Tensor] = {}
    for number, (path, sha256) in enumerate(WHEEL_FILES.items()):
        content = io.BytesIO(read_wheel_file("beatnet", path, sha256))
        tensors = torch.load(content, map_location="cpu", weights_only=True)
        state |= {f"networks.{number}.{key}": tensor for key, tensor in tensors.items()}
    return state


def load(weights_path: Path) -> Beats:
    """The network in evaluation mode, on the CPU.

    Raises:
        ConfigurationError: its weights are missing or damaged.
    """
    network = Beats()
    network.load_state_dict(load_state(weights_path, "beats"))
    return network.eval()
