import os
import time
from types import SimpleNamespace

import measured
from clipzy.stages.analysis_version import ANALYSIS_VERSION
from clipzy.stages.measured import AUDIO, cached
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
