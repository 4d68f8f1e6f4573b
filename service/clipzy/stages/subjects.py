"""The subjects of a video's samples, and their composition: faces by the network, else what stands out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.framing.bars import Bars
from clipzy.analysis.framing.composition import measure_composition
from clipzy.analysis.framing.saliency import saliencies
from clipzy.analysis.framing.subjects import find_subjects, stirred
from clipzy.inference.client import Inference
from clipzy.inference.specs import FACES
from clipzy.media.decoding.taps import Frames
from clipzy.style.measurements import Composition, Subject

COMPOSED = 60  # pictures whose composition is measured, evenly spread
FACES_LONG_SIDE = 320  # faces of a thirteenth of the width are found, at 20 CPU-ms a picture

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]
Look = tuple[Pixels, Floats, tuple[Subject, ...]]  # a picture, its saliency, and its subjects


def look(inference: Inference, samples: Frames, bars: Bars) -> tuple[tuple[Subject, ...], Composition]:
    """Subjects and composition of the pictures without their bars.

    About one picture a second is examined, and those in between where the subject moves, so that a crop can follow it.
    """
    count = len(samples.pictures)
    chosen = range(0, count, 1 if count <= COMPOSED else 2)
    found: dict[int, tuple[Subject, ...]] = {}
    composed: list[tuple[Pixels, Floats, Subject | None]] = []
    for at, (picture, attention, subjects) in zip(chosen, _looks(inference, samples, bars, chosen), strict=True):
        found[at] = subjects
        if len(composed) * len(chosen) <= COMPOSED * len(found):
            composed.append((picture, attention, next(iter(subjects), None)))
    if chosen.step > 1:
        between = [at + 1 for at, after in pairwise(chosen) if stirred(found[at], found[after])]
        found |= {at: seen for at, (*_, seen) in zip(between, _looks(inference, samples, bars, between), strict=True)}
    height, width = samples.pictures.shape[1:3]
    whole = tuple(bars.whole(subject, height, width) for at in sorted(found) for subject in found[at])
    return whole, measure_composition(*zip(*composed, strict=True)) if composed else Composition(None, None, None)


def find_faces(inference: Inference, pictures: Pixels) -> Floats:
    """Faces in pictures (N, H, W, 3): (N, 16, 5) left, top, right, bottom as shares, and probability; 0 where there are no more."""
    height, width = pictures.shape[1:3]
    scale = min(1.0, FACES_LONG_SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = np.empty((len(pictures), size[1], size[0], 3), np.uint8)
    for picture, room in zip(pictures, small, strict=True):
        cv2.resize(picture, size, dst=room, interpolation=cv2.INTER_AREA)
    faces = cast(Floats, inference.infer(FACES, {"pictures": small})["faces"])
    return faces / np.array([*size, *size, 1], np.float32)


def _looks(inference: Inference, samples: Frames, bars: Bars, numbers: Sequence[int]) -> Iterator[Look]:
    """Look at samples by their numbers, in that order."""
    for at in range(0, len(numbers), FACES.max_batch_size):
        some = numbers[at : at + FACES.max_batch_size]
        pictures = bars.crop(samples.pictures[list(some)])
        told = zip(some, pictures, find_faces(inference, pictures), saliencies(pictures), strict=True)
        for number, picture, faces, attention in told:
            yield picture, attention, find_subjects(attention, faces, float(samples.times_s[number]))
