import os
import time
from types import SimpleNamespace

import numpy as np
import pytest

import measured
from clipzy.analysis.look.colour_samples import colour_samples
from clipzy.stages.analysis_version import ANALYSIS_VERSION
from clipzy.stages.context import Role, Source
from clipzy.stages.measured import AUDIO, cached, cached_colours, keep_colours
from clipzy.storage.artifacts import save_json
from clipzy.style.measurements import AudioAnalysis


def test_analyses_that_are_used_again_count_as_new(tmp_path):
    """What is old and unused leaves the disk; a template that is asked for every week does not."""
    context, source = SimpleNamespace(cache=tmp_path), SimpleNamespace(content_hash="abc")
    assert cached(context, source, AudioAnalysis, AUDIO) is None
    known = measured.audio(duration_s=1.0)
    folder = tmp_path / f"analysis-{ANALYSIS_VERSION}" / "abc"
    folder.mkdir(parents=True)
    save_json(folder / f"{AUDIO}.json", known)
    os.utime(folder, (0, 0))
    assert cached(context, source, AudioAnalysis, AUDIO) == known
    assert time.time() - folder.stat().st_mtime < 60


@pytest.mark.parametrize(
    "damage",
    [
        lambda kept: kept[:0],
        lambda kept: kept[:-100],
        lambda kept: b"x" * len(kept),
        lambda kept: kept.replace(b"moments", b"minutes"),
        lambda kept: kept[:5000] + b"?" + kept[5001:],
    ],
    ids=["empty", "cut short", "something else", "of other names", "one byte"],
)
def test_colours_that_a_disk_has_damaged_are_drawn_anew(damage, tmp_path):
    """Else every job on that video would fail for as long as they are kept."""
    context = SimpleNamespace(cache=tmp_path / "cache", folder=tmp_path)
    source = Source(Role.FOOTAGE, tmp_path / "footage.mp4", "abc")
    keep_colours(context, source, colour_samples(np.full((2, 36, 64, 3), 90, np.uint8)))
    assert cached_colours(context, source)
    (kept,) = context.cache.rglob("colours.npz")
    kept.write_bytes(damage(kept.read_bytes()))
    assert not cached_colours(context, source)
