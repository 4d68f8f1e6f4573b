"""Pairs for the benchmark of whole jobs, and what it makes of the jobs on them."""

import math
from pathlib import Path
from types import SimpleNamespace

import fidelity
import numpy as np
import pytest
from fidelity import Score, rows
from fidelity_pairs import Pair, generated, of_folder

from clipzy.media.decoding.probe import Limits, probe
from clipzy.style.quality import Profile

NO_LIMITS = Limits(max_duration_s=math.inf, max_dimension_px=1 << 20)


def told(name="pair", **changes):
    """The score of a job that did all that it should."""
    plain = {
        "closed": {"look": 0.9, "loudness": 1.0, "cut_frequency": 1.0},
        "reported": {"look": 0.88, "loudness": 1.0, "cut_frequency": 1.0},
        "values": {"aspect_ratio": ("9:16", "16:9", "9:16"), "frame_rate": (24, 30, 24)},
        "looks": {"0.7": 0.6},
        "type_right": 1.0,
        "on_beats": (True, True),
        "words_cut": 0,
        "rougher": 1.2,
    }
    return Score(name, **(plain | changes))


def figures(scores, strength=1.0):
    """Value and verdict by measure."""
    return {row.measure: (row.ours.value, row.reached) for row in rows(scores, strength)}


def test_medians_are_over_pairs_that_had_a_distance():
    """A pair without one does not count, nor does it for the transition where its output has none."""
    far, near = told(closed={"look": 0.4, "loudness": 0.98}), told(closed={"look": math.nan}, type_right=math.nan)
    found = figures([told(), far, near])
    assert found["look: distance closed"] == (pytest.approx(0.65), False)
    assert found["loudness: distance closed"] == (pytest.approx(0.99), True)
    assert found["main transition: the template's"] == (1.0, True)
    assert math.isnan(found["tint: distance closed"][0])


def test_the_bar_on_the_look_is_for_the_whole_of_it():
    """At a smaller strength there is none, and further strengths are told beside it."""
    found = figures([told()], strength=0.7)
    assert found["look: distance closed"] == (0.9, None)
    assert found["look at strength 0.7: distance closed"] == (0.6, None)


def test_cuts_on_beats_are_counted_over_all_pairs_and_words_summed():
    """Two of three near a beat are too few; one word cut is one too many."""
    found = figures([told(on_beats=(True, False)), told(on_beats=(True,), words_cut=1), told(on_beats=())])
    assert found["virtual cuts within 40 ms of a beat"] == (pytest.approx(2 / 3), False)
    assert found["cuts within speech"] == (1.0, False)


def test_how_rough_flat_parts_became_is_the_middle_pairs():
    """One pair that is much rougher does not carry the figure, and there is no bar on it."""
    found = figures([told(), told(rougher=4.0), told(rougher=1.1)])
    assert found["flat parts: times as rough as the footage's"] == (pytest.approx(1.2), None)


def test_a_generated_pair_differs_in_rate_and_has_music(tmp_path):
    """Both play as long as they should, with beats that are even."""
    one = generated(tmp_path, 0, 7, (160, 90), 2.0)
    template, footage = (probe(path, NO_LIMITS).facts for path in (one.template, one.footage))
    assert {template.frame_rate, footage.frame_rate} == {24, 30}
    assert template.has_audio
    assert footage.has_audio
    assert float(template.duration) == pytest.approx(2.0, abs=0.1)
    assert float(footage.duration) == pytest.approx(2.0, abs=0.1)
    assert np.diff(one.beats) == pytest.approx(np.diff(one.beats).mean(), rel=0.05)


def test_files_of_a_folder_are_paired_with_others(tmp_path):
    """Never with themselves; one file is too few."""
    for name in ("a.mp4", "b.mov", "notes.txt"):
        (tmp_path / name).touch()
    assert {(p.template.name, p.footage.name) for p in of_folder(tmp_path, 5, 1)} == {
        ("a.mp4", "b.mov"),
        ("b.mov", "a.mp4"),
    }
    (tmp_path / "b.mov").unlink()
    with pytest.raises(SystemExit, match="two videos at least"):
        list(of_folder(tmp_path, 5, 1))


@pytest.mark.parametrize("strength", [1.0, 0.5])
def test_a_look_is_held_against_the_strength_that_it_was_asked_for(monkeypatch, strength):
    """Two fifths of the way are too little for the whole of a look, and enough for half of it."""
    monkeypatch.setattr(fidelity, "roughness", lambda _path: 1.0)
    monkeypatch.setattr(fidelity, "colour_distance", lambda one, _other: one)
    files = [SimpleNamespace(profile=Profile(), colours=apart, boundaries=()) for apart in (0.0, 10.0, 6.0)]
    template, footage, output = files
    parts = {"plan": SimpleNamespace(clips=()), "quality": SimpleNamespace(aspects=()), "beats": (), "sounds": ()}
    job = SimpleNamespace(template=template, footage=footage, output=output, path=Path("out.mp4"), pauses=(), **parts)
    found = fidelity.score(Pair("pair", Path("a.mp4"), Path("b.mp4")), job, {}, strength)
    assert found.closed["look"] == 0.4
    assert any("at a strength of 100 %" in each for each in found.warnings) == (strength == 1.0)
