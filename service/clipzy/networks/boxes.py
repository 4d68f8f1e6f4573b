"""What torchvision computes on boxes in pictures, by its compiled library alone.

`import torchvision` brings in its models and with them torch's compiler, neither of which is used here: 1.1
processor-seconds and 130 MB in each process that looks for faces.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import cast

import torch
from torch import Tensor

# boxes that are compared with each other across pictures, by torchvision's own measure of when that pays
MOST_AT_ONCE, MOST_AT_ONCE_ON_GPU = 1000, 25_000


def _load() -> None:
    found = find_spec("torchvision")  # which imports nothing of it
    if found is None or found.origin is None:
        raise ImportError("torchvision is not installed")
    torch.ops.load_library(Path(found.origin).with_name("_C.so"))  # type: ignore[no-untyped-call]


_load()


def without_overlaps(boxes: Tensor, scores: Tensor, rows: Tensor, most: float) -> Tensor:
    """Indices of the boxes, the surest first, that no surer one of the same picture overlaps by more than `most`.

    Args:
        boxes: (N, 4) left, top, right, bottom.
        scores: (N,)
        rows: (N,) which picture.
        most: intersection over union, 0..1.
    """
    most_at_once = MOST_AT_ONCE if boxes.device.type == "cpu" else MOST_AT_ONCE_ON_GPU
    if len(boxes) > most_at_once:  # the work grows with their square
        apart = [(rows == row).nonzero()[:, 0] for row in set(rows.tolist())]
        kept = torch.cat([mine[_suppressed(boxes[mine], scores[mine], most)] for mine in apart])
        return kept[scores[kept].argsort(descending=True)]
    if len(boxes) == 0:
        return rows.new_zeros(0)
    # side by side, no box reaches those of another picture
    return _suppressed(boxes + (rows.to(boxes) * (boxes.max() + 1))[:, None], scores, most)


def cut_out(pictures: Tensor, rows: Tensor, boxes: Tensor, side_px: int) -> Tensor:
    """What lies in each box, (N, channels, side, side): averages where that makes it smaller; `rows` (N,) say of which picture."""
    places = torch.cat([rows[:, None].to(pictures.dtype), boxes], dim=1)
    scale, samples, aligned = 1.0, -1, True  # boxes in pixels; as many as there are; pixels lie around their middles
    cut = torch.ops.torchvision.roi_align(pictures, places, scale, side_px, side_px, samples, aligned)
    return cast(Tensor, cut)


def _suppressed(boxes: Tensor, scores: Tensor, most: float) -> Tensor:
    return cast(Tensor, torch.ops.torchvision.nms(boxes, scores, most))
