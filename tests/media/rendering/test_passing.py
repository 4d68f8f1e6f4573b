"""Pictures that a rendering keeps on its way."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import synth
from clipzy.media.colour.look_table import identity
from clipzy.media.rendering.passing import Passing, frame_shown_at
from clipzy.media.rendering.render import render
from clipzy.style.plan import WHOLE_PICTURE, Clip, EditPlan, Look, OutputFormat
from clipzy.style.time import Span

SIZE, RATE = (320, 180), Fraction(25)


def swapped(look: str | None = None) -> EditPlan:
    """Two seconds, the second one first."""
    clips = tuple(
        Clip(Span(Fraction(start), Fraction(start + 1)), WHOLE_PICTURE, look, transition_in=None, reason="")
        for start in (1, 0)
    )
    output = OutputFormat(*SIZE, RATE, "h264", 20, "ultrafast", 96)
    return EditPlan(clips, () if look is None else (Look(look),), None, output, ())


@pytest.fixture(scope="module")
def numbered(tmp_path_factory):
    """Fifty numbered frames."""
    path = tmp_path_factory.mktemp("passing") / "numbered.mp4"
    return synth.write_video(path, synth.numbered_frames(50, SIZE))


@pytest.mark.parametrize("encoders", [1, 2], ids=["one section", "two side by side"])
def test_the_pictures_asked_for_are_kept(numbered, encoders, at_once, tmp_path, monkeypatch):
    """By the numbers of the output's frames, one of them with what the footage shows there."""
    at_once(encoders)
    monkeypatch.setattr("clipzy.media.rendering.plan_streams.KEY_FRAME_S", Fraction(1, 2))
    monkeypatch.setattr("clipzy.media.rendering.sections.SECTION_S", 1)
    passing = Passing(30, (49, 0, 26, 26), 160)
    render(swapped(), numbered, {}, tmp_path / "output.mp4", passing=passing)
    assert (synth.read_index(passing.before), synth.read_index(passing.after)) == (5, 5)
    assert [synth.read_index(picture) for picture in passing.small] == [24, 25, 1, 1]
    assert passing.after.shape == (180, 320, 3)
    assert {picture.shape for picture in passing.small} == {(90, 160, 3)}


def test_the_picture_after_wears_the_look_and_the_one_before_does_not(numbered, tmp_path):
    """Each as its viewer sees it."""
    passing = Passing(10, (), 160)
    render(
        swapped("lut.cube"),
        numbered,
        {"lut.cube": (identity() / 2).astype(np.float32)},
        tmp_path / "o.mp4",
        passing=passing,
    )
    plain = list(synth.numbered_frames(50, SIZE))[35].mean()
    assert passing.before.mean() == pytest.approx(plain, abs=2)
    assert passing.after.mean() == pytest.approx(plain / 2, abs=2)


@pytest.mark.parametrize(
    ("moment", "number"), [(Fraction(0), 0), (Fraction(39, 1000), 0), (Fraction(1, 25), 1), (Fraction(9), 49)]
)
def test_the_frame_on_the_screen_at_a_second(moment, number):
    """The last one that has begun."""
    assert frame_shown_at(moment, RATE, 50) == number
