"""Small moving pictures whose cuts and transitions are known: 48x27 RGB, 25 frames a second."""

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter

RATE = 25


def picture(seed, height=27, width=48, detail=3.0):
    """A random smooth colour picture, (height, width, 3) float 0..1, unlike that of any other seed."""
    random = np.random.default_rng(seed)
    noise = np.stack([gaussian_filter(random.normal(size=(height, width)), detail) for _ in range(3)], -1)
    noise = (noise - noise.mean((0, 1))) / noise.std((0, 1))
    return np.clip(0.5 + 0.18 * noise + random.uniform(-0.15, 0.15, 3), 0, 1)


def shot(seed, frames, drift=0.15, noise=0.008):
    """A camera drifting over a random picture with sensor noise: (frames, 27, 48, 3) float 0..1."""
    wide = picture(seed, 27, 48 + 40)
    assert drift * frames < 38, "the camera would leave the picture"
    random = np.random.default_rng(seed + 1000)
    clip = np.empty((frames, 27, 48, 3))
    for k in range(frames):
        at = 1 + drift * k
        low = int(at)
        clip[k] = (1 - at + low) * wide[:, low : low + 48] + (at - low) * wide[:, low + 1 : low + 49]
    return np.clip(clip + random.normal(0, noise, clip.shape), 0, 1)


def as_bytes(clip):
    """Float 0..1 to uint8."""
    return np.rint(np.clip(clip, 0, 1) * 255).astype(np.uint8)


def matte(kind, progress):
    """Opacity of the new picture, (27, 48, 1), of a wipe or circle at a progress 0..1."""
    y, x = np.mgrid[0:27, 0:48]
    if kind == "wipe-right":
        field = (x + 0.5) / 48
    elif kind == "wipe-up":
        field = 1 - (y + 0.5) / 27
    else:
        field = np.hypot(x - 23.5, y - 13) / np.hypot(23.5, 13)
    return (field < progress).astype(float)[..., None]


def mix(kind, old, new, progress):
    """One frame of a transition of a kind between two pictures."""
    if kind == "dissolve":
        return (1 - progress) * old + progress * new
    if kind in {"fade-black", "fade-white"}:
        colour = 0.0 if kind == "fade-black" else 1.0
        strength = 1 - abs(2 * progress - 1)
        return strength * colour + (1 - strength) * (old if progress < 0.5 else new)
    if kind == "slide-left":
        shift = round(48 * progress)
        return np.concatenate([old[:, shift:], new[:, :shift]], 1)
    if kind == "slide-down":
        shift = round(27 * progress)
        return np.concatenate([new[27 - shift :], old[: 27 - shift]], 0)
    opaque = matte(kind, progress)
    return (1 - opaque) * old + opaque * new


def nearer(picture, scale):
    """A picture magnified about its middle, through a larger one as a camera's would be."""
    large = cv2.resize(picture, (480, 270), interpolation=cv2.INTER_CUBIC)
    matrix = np.array([[scale, 0, 239.5 * (1 - scale)], [0, scale, 134.5 * (1 - scale)]])
    moved = cv2.warpAffine(large, matrix, (480, 270), borderMode=cv2.BORDER_REPLICATE)
    return cv2.resize(moved, (48, 27), interpolation=cv2.INTER_AREA)


def without_end(old, new, progress):
    """A mixed frame as xfade's zoomin makes it."""
    smooth, opaque = (np.clip(t, 0, 1) ** 2 * (3 - 2 * np.clip(t, 0, 1)) for t in (1 - 2 * progress, 2 * progress - 1))
    return nearer(old, 1 / max(smooth, 0.005)) * (1 - opaque) + new * opaque


def edit(kind, before=40, during=12, after=40, seed=1, drift=0.05, curve=lambda t: t):
    """Two shots joined by a transition: frames (before + during + after) float, last pure old and first pure new frame.

    `during` counts the mixed frames; 0 is a cut.
    """
    old, new = shot(seed, before + during, drift), shot(seed + 1, during + after, drift)
    mixed = [mix(kind, old[before + k], new[k], curve((k + 1) / (during + 1))) for k in range(during)]
    frames = np.concatenate([old[:before], np.array(mixed).reshape(-1, 27, 48, 3), new[during:]])
    return frames, before - 1, before + during
