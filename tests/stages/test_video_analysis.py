"""What the analysis of pictures takes of a machine."""

from __future__ import annotations

import pytest

from clipzy.stages import video_analysis


@pytest.mark.parametrize(("processors", "readers"), [(1, 1), (2, 2), (16, 16), (64, 16)])
def test_no_more_pictures_are_searched_for_text_at_once_than_have_room(processors, readers, monkeypatch):
    """With 64 an analysis took most of the 4 GiB that a stage may take in the chart's pods."""
    monkeypatch.setattr(video_analysis, "available_processors", lambda: processors)
    monkeypatch.setattr(video_analysis, "TextReader", lambda threads: threads)
    assert video_analysis._text_reader.__wrapped__() == readers
