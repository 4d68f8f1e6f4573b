"""How sources that are worked on side by side share a stage's progress."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from clipzy.stages.shares import all_sources


def test_progress_is_the_sum_by_size_and_never_falls(tmp_path):
    """Whoever tells, in whatever order."""
    told = []
    sources = []
    for name, size in (("small", 100), ("large", 300)):
        path = tmp_path / name
        path.write_bytes(bytes(size))
        sources.append(SimpleNamespace(path=path))
    (_, small), (_, large) = all_sources(SimpleNamespace(sources=sources, report=told.append))
    small(0.5)
    large(0.2)
    small(0.4)  # a step back is not told
    large(1.0)
    small(1.0)
    assert told == pytest.approx([0.125, 0.275, 0.275, 0.875, 1.0])
