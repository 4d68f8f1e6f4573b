"""Where a picture draws the eye, without weights: what differs from the picture's own borders, and what stands out in its spectrum."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.quantiles import quantile

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

WIDTH = 96
"""Width in pixels of a saliency map; its height keeps the picture's shape."""
_BORDER = 0.08  # share of the side taken as border
_ODD_ENOUGH = 0.9  # share of the picture under the ceiling of oddness
# Spreads of the borders' colours; noise stays below, and the ceiling above, however small the subject
_ODD_TO_ANY_EYE = 4.0
_LEAST_ODD = 1.0  # spreads; a picture that nowhere parts so far from its borders shows nothing


def saliencies(pictures: Pixels) -> Floats:
    """Map how much each place of some pictures stands out: float32 (n, h, 96), 0..1, from (n, H, W, 3) uint8 RGB; all 0 where nothing does.

    The product of two cues, each too crude alone: distance of the colour from the colours of the borders (backgroundness: Zhang et al.,
    ICCV 2015), and the spectral residual of the brightness (Hou & Zhang, CVPR 2007), widened to the size of a subject. What is made of them
    on the way takes a megabyte a picture.
    """
    height = max(16, round(WIDTH * pictures.shape[1] / pictures.shape[2]))
    lab, even = np.empty((2, len(pictures), height, WIDTH, 3), np.float32)
    for picture, colours, softer in zip(pictures, lab, even, strict=True):
        small = cv2.resize(picture, (WIDTH, height), interpolation=cv2.INTER_AREA)
        cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB, dst=colours)
        cv2.GaussianBlur(colours, (0, 0), 1.0, dst=softer)
    odd = _unlike_borders(even)
    told = np.flatnonzero(odd.max((1, 2)) >= _LEAST_ODD)
    found = np.zeros_like(odd)
    if not len(told):
        return found
    for k, residual in zip(told, _spectral_residuals(lab[told, ..., 0]), strict=True):
        novel = cv2.GaussianBlur(residual, (0, 0), WIDTH / 16)
        joined = odd[k] * (0.3 + 0.7 * novel / max(float(novel.max()), 1e-9))
        found[k] = joined / max(float(joined.max()), 1e-9)
    return found


def _unlike_borders(lab: Floats) -> Floats:
    """Mahalanobis distance (n, h, w) from the colours of each border strip; the nearest strip is left out, for a subject may touch one border."""
    height, width = lab.shape[1:3]
    y, x = max(2, round(_BORDER * height)), max(2, round(_BORDER * width))
    strips = [strip.reshape(len(lab), -1, 3) for strip in (lab[:, :y], lab[:, -y:], lab[:, :, :x], lab[:, :, -x:])]
    # two units of L*, a*, b*: differences no eye would follow
    inverse = np.linalg.inv(np.stack([_covariances(pixels) for pixels in strips]) + 4.0 * np.eye(3))
    distances = []
    for pixels, within in zip(strips, inverse, strict=True):
        away = lab - pixels.mean(1)[:, None, None]
        squared = away @ within[:, None]
        squared *= away
        # one by one: numpy is many times slower at sums of three numbers
        total = squared[..., 0] + squared[..., 1]
        total += squared[..., 2]
        distances.append(np.sqrt(total, out=total))
    # a red tie must not hide the face above it: what is odd enough is simply odd
    distance = _middle(*distances)
    ceiling = np.array([max(quantile(each, _ODD_ENOUGH), _ODD_TO_ANY_EYE) for each in distance])
    return np.asarray(np.minimum(distance, ceiling[:, None, None], out=distance), np.float32)


def _covariances(pixels: Floats) -> Doubles:
    """Covariances of the colours of each of n sets of pixels (n, pixels, 3): (n, 3, 3)."""
    away = pixels.astype(np.float64)
    away -= away.mean(1, keepdims=True)
    products = np.stack([np.dot(each.T, each.copy()) for each in away])
    return np.asarray(products * np.true_divide(1, pixels.shape[1] - 1))


def _middle(one: Doubles, two: Doubles, three: Doubles, four: Doubles) -> Doubles:
    """The median of four, which is the mean of the two in the middle."""
    lower = np.maximum(np.minimum(one, two), np.minimum(three, four))
    lower += np.minimum(np.maximum(one, two), np.maximum(three, four))
    lower /= 2
    return lower


def _spectral_residuals(lumas: Floats) -> Floats:
    """The spectral residuals of pictures (n, h, w), one at least, at the size of these."""
    count, height, width = lumas.shape
    small = np.empty((count, max(8, round(64 * height / width)), 64), np.float32)
    for luma, room in zip(lumas, small, strict=True):
        shrunk = cv2.resize(luma, room.shape[::-1], interpolation=cv2.INTER_AREA)
        np.subtract(shrunk, shrunk.mean(), out=room)
    spectrum = np.fft.fft2(small)
    log = np.log(np.abs(spectrum) + 1e-3)
    residual = np.stack([each - cv2.blur(each, (3, 3)) for each in log])
    energy = np.square(np.abs(np.fft.ifft2(np.exp(residual + 1j * np.angle(spectrum))))).astype(np.float32)
    widened = np.empty(lumas.shape, np.float32)
    for each, room in zip(energy, widened, strict=True):
        cv2.resize(each, (width, height), dst=room, interpolation=cv2.INTER_LINEAR)
    return widened
