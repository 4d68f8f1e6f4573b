"""Photographs of people and of none, out of an installed package (public domain and CC0; see NOTICE)."""

from __future__ import annotations

from importlib import metadata

import numpy as np
from PIL import Image


def photograph(name: str, long_side: int) -> np.ndarray:
    """A photograph of scikit-image, made so large: (height, width, 3) uint8 RGB."""
    path = metadata.distribution("scikit-image").locate_file(f"skimage/data/{name}")
    with Image.open(path) as image:
        scale = long_side / max(image.size)
        size = [round(side * scale) for side in image.size]
        return np.asarray(image.convert("RGB").resize(size, Image.Resampling.BOX))


def astronaut(long_side: int) -> np.ndarray:
    """A person, facing the camera; the face lies in about (.35, .12, .52, .34) of the picture."""
    return photograph("astronaut.png", long_side)
