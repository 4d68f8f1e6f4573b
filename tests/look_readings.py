"""Asking the look network, and reading its looks."""

from __future__ import annotations

import numpy as np
import torch

from clipzy.networks.look_grid import Places


def look_of(network, footage, template, strength=1.0, surfaces=None):
    """One look, (33, 33, 33, 3); of no surfaces unless told."""
    footage, template = (np.asarray(samples, np.float32) for samples in (footage, template))
    rows = (torch.from_numpy(samples)[None] for samples in (footage, template))
    surfaces = alone(torch.from_numpy(footage)[None]) if surfaces is None else torch.from_numpy(surfaces)[None]
    with torch.inference_mode():
        (look,) = network(*rows, torch.tensor([[strength]]), surfaces)
    return look[0].numpy()


def alone(colours):
    """Each colour of (batch, n, 3) with itself: (batch, n, 2, 3)."""
    return torch.stack([colours, colours], 2)


def seen_through(look, samples):
    """Colours (n, 3) as the look maps them."""
    places = Places.of(torch.from_numpy(samples).double()[None])
    return places.read(torch.from_numpy(look).double()[None])[0].numpy()


def fall(look):
    """How far a channel falls, at worst, from one node to the next along its own axis."""
    return max(float(-np.diff(look[..., channel], axis=2 - channel).min()) for channel in range(3))


def steepness(look):
    """The largest step of any channel between neighbouring nodes."""
    return max(float(np.abs(np.diff(look, axis=axis)).max()) for axis in range(3))
