"""How rough the flattest parts of a video are: a look that stretches colours too far brings out noise, blocks and bands there first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from material import Picture

from clipzy.analysis.look import oklab

APART_S = 1.0
WIDTH = 480
BLOCK = 8
FLATTEST = 0.25  # of all blocks


def roughness(path: Path) -> float:
    """Of the flattest quarter's roughest block, in hundredths of OKLab's unit: the mean of second differences, which slopes have none of."""
    blocks = np.concatenate([_of_blocks(picture) for picture in _pictures(path)])
    return float(100 * np.quantile(blocks, FLATTEST))


def _of_blocks(picture: Picture) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    lab = oklab.from_srgb(picture.reshape(-1, 3) / 255).reshape(picture.shape)
    around = lab[:-2, 1:-1] + lab[2:, 1:-1] + lab[1:-1, :-2] + lab[1:-1, 2:]
    bent = np.abs(4 * lab[1:-1, 1:-1] - around).sum(-1)
    down, across = (side // BLOCK for side in bent.shape)
    return np.asarray(
        bent[: down * BLOCK, : across * BLOCK].reshape(down, BLOCK, across, BLOCK).mean((1, 3)).ravel(), np.float64
    )


def _pictures(path: Path) -> Iterator[Picture]:
    """One a second."""
    due = 0.0
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            at = float(frame.pts * frame.time_base) if frame.pts is not None and frame.time_base else 0.0
            if at >= due:
                due = at + APART_S
                yield frame.reformat(WIDTH, round(WIDTH * frame.height / frame.width), "rgb24").to_ndarray()
