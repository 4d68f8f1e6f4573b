"""What a run of the benchmarks is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parents[2]
SIZES = {"180p": (320, 180), "720p": (1280, 720), "1080p": (1920, 1080), "4k": (3840, 2160)}


@dataclass(frozen=True, slots=True)
class Options:
    """Options of a run; what is empty or None is the scenario's own choice.

    `sizes`: keys of SIZES; `seconds`: lengths of the files; `rounds`: how often everything is repeated side by side. `media`: files
    of one's own in place of made ones. `device`: of the networks in process. `full`: also what takes long.
    """

    sizes: tuple[str, ...] = ()
    seconds: tuple[float, ...] = ()
    rounds: int | None = None
    media: tuple[Path, ...] = ()
    device: Literal["cpu", "cuda"] = "cpu"
    inference: Literal["triton", "local"] = "triton"
    full: bool = False
    folder: Path = Path("/tmp/clipzy-benchmark-media")  # made files are kept here from run to run
    weights: Path = ROOT / "weights"
    model_repository: Path = ROOT / "model_repository"

    def rounds_or(self, usual: int) -> int:
        """The rounds asked for, or the scenario's own number."""
        return usual if self.rounds is None else self.rounds
