"""Tags of music (genre, mood, instruments): two musicnn networks, one per vocabulary.

Source: J. Pons, X. Serra, "musicnn: Pre-trained convolutional neural networks for music audio tagging" (ISMIR 2019,
late-breaking). One network was trained on the Million Song Dataset (MSD), one on MagnaTagATune (MTT, which knows
classical music), each on its 50 most frequent tags. Tags are independent and not calibrated: several can be likely at once.

Long sounds: each patch of 2.99 s (47 872 samples) is judged by itself, so chunks need no context, and a long sound can
be judged by patches spread over it: of the sound networks this is by far the dearest. Sound after the last whole patch
is left out; a sound shorter than one patch is filled with silence.
"""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torchaudio.functional import melscale_fbanks

from clipzy.networks import tf_checkpoint
from clipzy.networks.weights import load_state, read_wheel_file

TAGS: Final = 50  # of each network
SAMPLE_RATE_HZ: Final = 16000
FFT_SAMPLES: Final = 512
HOP_SAMPLES: Final = 256
BANDS: Final = 96
PATCH_FRAMES: Final = 187
PATCH_SAMPLES: Final = PATCH_FRAMES * HOP_SAMPLES
TIMBRAL_WIDTHS: Final = (38, 67)  # bands: 0.4 and 0.7 of all
TEMPORAL_LENGTHS: Final = (128, 64, 32)  # frames
FRONT_CHANNELS: Final = 2 * 204 + 3 * 51

WHEEL_FILES: Final = {
    "musicnn/MSD_musicnn/.index": "87f3e0f3550c8d3bafc840374003e5c8af5eeb5ecf6add61af09a7822d3282c8",
    "musicnn/MSD_musicnn/.data-00000-of-00001": "8579734ee6388f799ed0def4bbd0d1fdcbeaf213ef2a9dc860917bd76a303de6",
    "musicnn/MTT_musicnn/.index": "da2d7bb670b2b31e9bc441bb1bd75eca31b5b061f963cc1f9630c1aff3238f57",
    "musicnn/MTT_musicnn/.data-00000-of-00001": "041f3935e981a65cea739842d30c188d3a7d2adf4410955c8668eb3de4a5acab",
}
# tf.layers' default, which differs from torch's
NORM_EPSILON: Final = 1e-3


class MusicTags(nn.Module):
    """Audio (batch, samples), float32 mono 16 000 Hz in -1..1 → (msd, mtt).

    Each is (batch, patches, 50), float32: probabilities of the tags in the published order (musicnn's `MSD_LABELS`
    and `MTT_LABELS`); there are (1 + samples // 256) // 187 patches, and at least one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.spectrogram = LogMelSpectrogram()
        self.msd = Tagger(TAGS)
        self.mtt = Tagger(TAGS)

    def forward(self, audio: Tensor) -> tuple[Tensor, Tensor]:
        """Cut the spectrogram into patches and let both networks judge each."""
        audio = functional.pad(audio, (0, max(0, PATCH_SAMPLES - audio.shape[-1])))
        bands = self.spectrogram(audio)
        patches = bands.unfold(1, PATCH_FRAMES, PATCH_FRAMES).transpose(2, 3)
        # a CPU's cache holds one patch's responses; a GPU wants many at once
        groups = patches.flatten(0, 1).split(1 if audio.device.type == "cpu" else 64)
        msd, mtt = (torch.cat([tagger(group) for group in groups]).sigmoid() for tagger in (self.msd, self.mtt))
        return msd.reshape(*patches.shape[:2], -1), mtt.reshape(*patches.shape[:2], -1)


class LogMelSpectrogram(nn.Module):
    """Audio (batch, samples) → (batch, 1 + samples // 256, 96): log10(1 + 10 000 x) of the energy in mel bands."""

    window: Tensor
    filters: Tensor

    def __init__(self) -> None:
        super().__init__()
        filters = melscale_fbanks(
            FFT_SAMPLES // 2 + 1, 0.0, SAMPLE_RATE_HZ / 2, BANDS, SAMPLE_RATE_HZ, norm="slaney", mel_scale="slaney"
        )
        self.register_buffer("window", torch.hann_window(FFT_SAMPLES), persistent=False)
        self.register_buffer("filters", filters, persistent=False)

    def forward(self, audio: Tensor) -> Tensor:
        """Transform centred frames, sum energies, compress."""
        spectra = torch.stft(
            audio,
            n_fft=FFT_SAMPLES,
            hop_length=HOP_SAMPLES,
            window=self.window,
            pad_mode="constant",
            return_complex=True,
        )
        energies = spectra.abs().square().transpose(1, 2) @ self.filters
        return torch.log10(1 + 10_000 * energies)


class Tagger(nn.Module):
    """Log mel patches (patches, 187, 96) → logits (patches, tags)."""

    def __init__(self, tags: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(1, eps=NORM_EPSILON)
        self.timbral = nn.ModuleList(StrongestResponse(204, (7, width)) for width in TIMBRAL_WIDTHS)
        self.temporal = nn.ModuleList(StrongestResponse(51, (length, 1)) for length in TEMPORAL_LENGTHS)
        self.middle = nn.ModuleList(Middle(channels) for channels in (FRONT_CHANNELS, 64, 64))
        pooled = 2 * (FRONT_CHANNELS + 3 * 64)
        self.pooled_norm = nn.BatchNorm1d(pooled, eps=NORM_EPSILON)
        self.dense = nn.Linear(pooled, 200)
        self.dense_norm = nn.BatchNorm1d(200, eps=NORM_EPSILON)
        self.tags = nn.Linear(200, tags)

    def forward(self, patches: Tensor) -> Tensor:
        """Timbre and rhythm filters, three layers along time, pooling over time, two dense layers."""
        normed = self.norm(patches.unsqueeze(1))
        front = torch.cat([filters(normed) for filters in chain(self.timbral, self.temporal)], dim=1)
        first = self.middle[0](front)
        second = self.middle[1](first) + first
        third = self.middle[2](second) + second
        everything = torch.cat([front, first, second, third], dim=1)
        # interleaved as in the published network: the maximum of a channel, its mean, the maximum of the next
        pooled = torch.stack([everything.amax(2), everything.mean(2)], dim=2).flatten(1)
        dense = self.dense_norm(self.dense(self.pooled_norm(pooled)).relu())
        logits: Tensor = self.tags(dense)
        return logits


class StrongestResponse(nn.Module):
    """(patches, 1, frames, bands) → (patches, channels, frames): each filter's strongest response over the bands.

    The published order is filter, ReLU, normalise, maximum over the bands. The maximum can come first, and spare two
    passes over the largest tensors, if filters that the normalisation turns over (weight < 0) are stored negated.
    """

    def __init__(self, channels: int, size: tuple[int, int]) -> None:
        super().__init__()
        self.filters = nn.Conv2d(1, channels, size)
        self.norm = nn.BatchNorm1d(channels, eps=NORM_EPSILON)
        self.before = (size[0] - 1) // 2  # frames of padding; an even length has one more after
        self.after = size[0] - 1 - self.before

    def forward(self, patches: Tensor) -> Tensor:
        """Filter, take the maximum, restore its sign, normalise."""
        strongest = self.filters(functional.pad(patches, (0, 0, self.before, self.after))).amax(3)
        normed: Tensor = self.norm((strongest * self.norm.weight.sign()[:, None]).relu())
        return normed


class Middle(nn.Module):
    """(patches, channels, frames) → (patches, 64, frames): a layer of filters along time."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.filters = nn.Conv1d(channels, 64, 7, padding=3)
        self.norm = nn.BatchNorm1d(64, eps=NORM_EPSILON)

    def forward(self, front: Tensor) -> Tensor:
        """Filter, ReLU, normalise."""
        normed: Tensor = self.norm(self.filters(front).relu())
        return normed


def extract_weights() -> dict[str, Tensor]:
    """Both networks' tensors, out of the musicnn wheel.

    Raises:
        ConfigurationError: the wheel is missing or altered.
    """
    state: dict[str, Tensor] = {}
    for name, folder in (("msd", "MSD_musicnn"), ("mtt", "MTT_musicnn")):
        index, data = (
            read_wheel_file("musicnn", path, WHEEL_FILES[path])
            for path in (f"musicnn/{folder}/.index", f"musicnn/{folder}/.data-00000-of-00001")
        )
        tensors = _tagger_state(tf_checkpoint.read(index, data))
        state |= {f"{name}.{key}": tensor.contiguous() for key, tensor in tensors.items()}
    return state


def _tagger_state(variables: dict[str, NDArray[np.float32]]) -> dict[str, Tensor]:
    """A checkpoint's variables under the names and in the order of axes of `Tagger`."""
    fronts = ["timbral.0", "timbral.1", "temporal.0", "temporal.1", "temporal.2"]
    middles = ["middle.0", "middle.1", "middle.2"]
    state: dict[str, Tensor] = {}

    def take(kind: str, number: int, variable: str) -> Tensor:
        # TensorFlow numbers layers from the second on
        return torch.from_numpy(variables[f"{kind}_{number}/{variable}" if number else f"{kind}/{variable}"])

    norms = ["norm", *(f"{name}.norm" for name in fronts + middles), "pooled_norm", "dense_norm"]
    for number, name in enumerate(norms):
        state[f"{name}.weight"] = take("batch_normalization", number, "gamma")
        state[f"{name}.bias"] = take("batch_normalization", number, "beta")
        state[f"{name}.running_mean"] = take("batch_normalization", number, "moving_mean")
        state[f"{name}.running_var"] = take("batch_normalization", number, "moving_variance")
        state[f"{name}.num_batches_tracked"] = torch.tensor(0)
    for number, name in enumerate(fronts):
        sign = torch.where(state[f"{name}.norm.weight"] < 0, -1.0, 1.0)
        kernel = take("conv2d", number, "kernel").permute(3, 2, 0, 1)
        state[f"{name}.filters.weight"] = kernel * sign[:, None, None, None]
        state[f"{name}.filters.bias"] = take("conv2d", number, "bias") * sign
    for number, name in enumerate(middles, start=len(fronts)):
        state[f"{name}.filters.weight"] = take("conv2d", number, "kernel")[:, :, 0].permute(2, 1, 0)
        state[f"{name}.filters.bias"] = take("conv2d", number, "bias")
    for number, name in enumerate(["dense", "tags"]):
        state[f"{name}.weight"] = take("dense", number, "kernel").T
        state[f"{name}.bias"] = take("dense", number, "bias")
    return state


def load(weights_path: Path) -> MusicTags:
    """Both networks in evaluation mode, on the CPU.

    Raises:
        ConfigurationError: their weights are missing or damaged.
    """
    network = MusicTags()
    network.load_state_dict(load_state(weights_path, "music_tags"))
    return network.eval()
