"""Fixtures that several files of these tests need."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest


@pytest.fixture
def scene():
    """A picture with slopes, edges and texture in colour, 320x180."""
    y, x = np.mgrid[:180, :320]
    random = np.random.default_rng(7)
    picture = np.stack([x * 0.7, y * 1.2, 255 - x * 0.5], -1)
    picture[40:90, 60:140] = (220, 40, 30)
    picture[100:160, 180:300] += random.normal(0, 25, (60, 120, 1))
    return picture.clip(0, 255).astype(np.uint8)


@pytest.fixture
def at_once(monkeypatch) -> Callable[[int], None]:
    """Lets renderings have so many encoders at work, whatever the machine's processors and memory are."""
    return lambda encoders: monkeypatch.setattr("clipzy.media.rendering.render.encoders_at_once", lambda *_: encoders)
