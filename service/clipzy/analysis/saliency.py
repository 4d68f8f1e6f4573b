"""Where a picture draws the eye, without weights: what differs from the picture's own borders, and what stands out in its spectrum."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

WIDTH = 96
"""Width in pixels of a saliency map; its height keeps the picture's shape."""
_BORDER = 0.08  # share of the side taken as border
_ODD_ENOUGH = 0.9  # share of the picture under the ceiling of oddness
_ODD_TO_ANY_EYE = (
    4.0  # spreads of the borders' colours; noise stays below, and the ceiling above, however small the subject
)
_LEAST_ODD = 1.0  # spreads; a picture that nowhere parts so far from its borders shows nothing


def saliency(picture: Pixels) -> Floats:
    """Map how much each place stands out: float32 (h, 96), 0..1, from a picture (H, W, 3) uint8 RGB; all 0 where nothing does.

    The product of two cues, each too crude alone: distance of the colour from the colours of the borders (backgroundness: Zhang et al.,
    ICCV 2015), and the spectral residual of the brightness (Hou & Zhang, CVPR 2007), widened to the size of a subject.
    """
    height = max(16, round(WIDTH * picture.shape[0] / picture.shape[1]))
    small = cv2.resize(picture, (WIDTH, height), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    odd = _unlike_borders(np.asarray(cv2.GaussianBlur(lab, (0, 0), 1.0), np.float32))
    if odd.max() < _LEAST_ODD:
        return np.zeros_like(odd)
    novel = cv2.GaussianBlur(_spectral_residual(np.asarray(lab[..., 0], np.float32)), (0, 0), WIDTH / 16)
    joined = odd * (0.3 + 0.7 * novel / max(float(novel.max()), 1e-9))
    return np.asarray(joined / max(float(joined.max()), 1e-9), np.float32)


def _unlike_borders(lab: Floats) -> Floats:
    """Mahalanobis distance from the colours of each border strip; the nearest strip is left out, for a subject may touch one border."""
    height, width = lab.shape[:2]
    y, x = max(2, round(_BORDER * height)), max(2, round(_BORDER * width))
    distances = []
    for strip in (lab[:y], lab[-y:], lab[:, :x], lab[:, -x:]):
        pixels = strip.reshape(-1, 3)
        spread = np.cov(pixels.T) + 4.0 * np.eye(3)  # two units of L*, a*, b*: differences no eye would follow
        away = lab - pixels.mean(0)
        squared = (away @ np.linalg.inv(spread)) * away
        # one by one: numpy is many times slower at sums of three numbers
        distances.append(np.sqrt(squared[..., 0] + squared[..., 1] + squared[..., 2]))
    distance = _middle(*distances)
    # a red tie must not hide the face above it: what is odd enough is simply odd
    ceiling = max(float(np.quantile(distance, _ODD_ENOUGH)), _ODD_TO_ANY_EYE)
    return np.asarray(np.minimum(distance, ceiling), np.float32)


def _middle(one: Doubles, two: Doubles, three: Doubles, four: Doubles) -> Doubles:
    """The median of four, which is the mean of the two in the middle."""
    lower = np.maximum(np.minimum(one, two), np.minimum(three, four))
    upper = np.minimum(np.maximum(one, two), np.maximum(three, four))
    return np.asarray((lower + upper) / 2)


def _spectral_residual(luma: Floats) -> Floats:
    small = cv2.resize(luma, (64, max(8, round(64 * luma.shape[0] / luma.shape[1]))), interpolation=cv2.INTER_AREA)
    spectrum = np.fft.fft2(small - small.mean())
    log = np.log(np.abs(spectrum) + 1e-3)
    residual = log - cv2.blur(log, (3, 3))
    energy = np.square(np.abs(np.fft.ifft2(np.exp(residual + 1j * np.angle(spectrum))))).astype(np.float32)
    return np.asarray(cv2.resize(energy, luma.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)
