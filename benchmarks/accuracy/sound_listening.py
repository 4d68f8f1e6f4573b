"""Sounds through the very code of the stage audio_analysis, with the networks in this process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import numpy as np
from numpy.typing import NDArray

from clipzy.inference.client import Tensors
from clipzy.inference.local import LocalInference
from clipzy.inference.specs import MUSIC_TAGS, ModelSpec
from clipzy.inference.tensors import Array
from clipzy.media.sound.audio import AudioPass, decode_audio
from clipzy.stages import audio_analysis
from clipzy.stages.context import Role, Source, StageContext
from clipzy.storage.artifacts import load_json
from clipzy.style.config import JobConfig
from clipzy.style.measurements import AudioAnalysis

Samples = NDArray[np.float32]

LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}
AAC_BITS_PER_CHANNEL = 96000  # what video sites ask for in stereo is 128 to 192 kbit/s in all


@dataclass(frozen=True, slots=True)
class Listened:
    """What the stage measured, and the decoded sound it measured it on, for a peer to hear the same."""

    measured: AudioAnalysis
    decoded: AudioPass


class Listener:
    """Runs the stage on files; keeps the networks. Use as a context manager."""

    def __init__(self, weights: Path, folder: Path, *, genre: bool = False) -> None:
        """`folder`: for what the stages write. `genre`: whether the tagger, most of the cost and no part of any score here, runs."""
        self._networks = LocalInference(weights)
        self._folder, self._genre, self._count = folder, genre, 0
        self.events: list[Array] = []  # what the event network said of the latest file, piece by piece

    def __enter__(self) -> Listener:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._networks.close()

    def infer(self, model: ModelSpec, inputs: Tensors) -> dict[str, Array]:
        """The networks, as the stage asks them."""
        if model is MUSIC_TAGS and not self._genre:
            batch = len(next(iter(inputs.values())))
            return {out.name: np.zeros((batch, 1, out.shape[-1]), np.float32) for out in model.outputs}
        answer = self._networks.infer(model, inputs)
        if model.name == "audio_events":
            self.events.extend(answer[model.outputs[0].name])
        return answer

    def close(self) -> None:
        """As the stage's protocol of networks wants it."""

    def __call__(self, path: Path) -> Listened:
        """The stage on one file, nothing taken from a cache."""
        self._count += 1
        self.events = []
        folder = self._folder / str(self._count)
        folder.mkdir(parents=True)
        context = StageContext(
            job_id="job_benchmark",
            sources=(Source(Role.TEMPLATE, path, str(self._count)),),
            config=JobConfig(),
            folder=folder,
            earlier={},
            cache=folder / "cache",
            inference=self,
            report=lambda _fraction: None,
            warn=lambda text: print(f"  {path.name}: {text}"),
        )
        audio_analysis.run(context)
        measured = load_json(folder / f"{Role.TEMPLATE}.json", AudioAnalysis)
        decoded = decode_audio(path, folder / "again")
        if decoded is None:
            raise SystemExit(f"{path}: no sound")
        return Listened(measured, decoded)


def write_clip(
    path: Path, audio: Samples, sample_rate: int, *, codec: str = "aac", options: Mapping[str, str] | None = None
) -> Path:
    """A clip with (samples, channels) sound and a dark small picture, one frame a second; the suffix names the container."""
    pictures = max(1, -(-len(audio) // sample_rate))
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=1, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = 64, 36, "yuv420p"
        sound = out.add_stream(codec, rate=sample_rate, layout=LAYOUTS[audio.shape[1]], options=dict(options or {}))
        if codec == "aac":
            sound.bit_rate = AAC_BITS_PER_CHANNEL * audio.shape[1]
        if codec == "flac":
            sound.format = "s32"  # 24 bits
        for number in range(pictures):
            picture = av.VideoFrame.from_ndarray(np.full((36, 64, 3), 30, np.uint8), format="rgb24")
            picture.pts, picture.time_base = number, Fraction(1)
            out.mux(video.encode(picture))
        out.mux(video.encode(None))
        to_encoder = av.AudioResampler(format=sound.format, layout=sound.layout, rate=sample_rate)
        for at in range(0, len(audio), sample_rate):
            planes = np.ascontiguousarray(audio[at : at + sample_rate].T, np.float32)
            frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout=LAYOUTS[audio.shape[1]])
            frame.sample_rate, frame.pts, frame.time_base = sample_rate, at, Fraction(1, sample_rate)
            for ready in to_encoder.resample(frame):
                out.mux(sound.encode(ready))
        out.mux(sound.encode(None))
    return path


def read_sound(path: Path, sample_rate: int) -> Samples:
    """The sound of any file, (samples, 2)."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=sample_rate)
        pieces = [out.to_ndarray() for frame in container.decode(audio=0) for out in resampler.resample(frame)]
        pieces += [out.to_ndarray() for out in resampler.resample(None) if out is not None]
    return np.concatenate(pieces, axis=1).T


def media_in(folder: Path, suffixes: Sequence[str]) -> list[Path]:
    """Files of these kinds in a folder, in order.

    Raises:
        SystemExit: there are none.
    """
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in suffixes)
    if not found:
        raise SystemExit(f"{folder}: no {', '.join(suffixes)} there")
    return found
