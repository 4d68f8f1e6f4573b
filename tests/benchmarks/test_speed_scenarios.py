"""The benchmarks of speed themselves: small, on real media, and told apart from what cannot run."""

import itertools
import json
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest

from clipzy.inference.specs import MODELS
from clipzy.inference.tensors import check_inputs
from scenarios import lut
from scenarios.examples import example
from scenarios.measuring import Failed, in_child, in_children
from scenarios.media import frames, music, write
from scenarios.options import SIZES

RUN = Path(__file__).resolve().parents[2] / "benchmarks" / "run.py"


def run(*arguments):
    """The benchmarks' own command line."""
    line = [sys.executable, RUN, *map(str, arguments)]
    return subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)


def test_a_scenario_measures_real_work_and_writes_it(tmp_path):
    """The decode scenario on a tiny file: both sides measured in each round, and a ratio for ours."""
    figures = tmp_path / "figures.json"
    done = run("decode", "--sizes", "180p", "--seconds", 1, "--rounds", 2, "--folder", tmp_path, "--json", figures)
    assert done.returncode == 0, done.stderr
    found = json.loads(figures.read_text())
    rows = {row["subject"]: row for row in found["rows"] if row["unit"] == "ms/frame"}
    assert set(rows) == {"bare PyAV", "decode pass, no taps", "decode pass, all taps"}
    assert all(len(row["values"]) == 2 and min(row["values"]) > 0 for row in rows.values())
    assert len(rows["decode pass, all taps"]["ratios"]) == 2
    assert found["machine"]["cores"] >= 1
    assert "times bare PyAV" in done.stdout


def test_a_pass_that_the_gpu_does_not_decode_is_not_measured_as_one(tmp_path, monkeypatch):
    """Its row says why; those of processors are measured all the same."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    figures = tmp_path / "figures.json"
    size = "--sizes", "180p", "--seconds", 1, "--rounds", 1
    done = run("decode", *size, "--device", "cuda", "--folder", tmp_path, "--json", figures)
    assert done.returncode == 0, done.stderr
    rows = json.loads(figures.read_text())["rows"]
    told = {row["subject"]: row["note"] for row in rows if "hardware" in row["subject"]}
    assert told == {"decode pass, all taps, hardware": "nvdec: CUDA_VISIBLE_DEVICES names none"}
    assert {"bare PyAV", "decode pass, all taps"} <= {row["subject"] for row in rows if row["values"]}


def test_what_cannot_run_says_why_and_the_rest_goes_on(tmp_path):
    """A file that is no video ends its scenario with a row, not the run; nothing measured at all is an error."""
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")
    figures = tmp_path / "figures.json"
    done = run("decode", "concurrency", "--media", broken, "--inference", "local", "--json", figures)
    assert done.returncode == 1
    assert "nothing was measured" in done.stderr
    notes = [(row["scenario"], row["note"]) for row in json.loads(figures.read_text())["rows"]]
    assert [scenario for scenario, _ in notes] == ["decode", "concurrency"]
    assert "Invalid data" in notes[0][1]
    assert "--inference local" in notes[1][1]


@pytest.mark.parametrize("seconds", [1.0, 2.5], ids=["made", "repeated"])
def test_made_files_last_as_long_as_asked(tmp_path, monkeypatch, seconds):
    """Every frame once, in order, at one distance, with sound from end to end; also where the pictures repeat."""
    monkeypatch.setattr("scenarios.media.REPEATED_S", 1.0)
    path = write(tmp_path / "made.mp4", seconds, SIZES["180p"])
    with av.open(str(path)) as container:
        stamps = [frame.pts * frame.time_base for frame in container.decode(video=0)]
        sound = container.streams.audio[0]
        assert float(sound.duration * sound.time_base) == pytest.approx(seconds, abs=0.05)
    assert len(stamps) == round(seconds * 30)
    assert np.allclose(np.diff([float(stamp) for stamp in stamps]), 1 / 30, atol=1e-3)


def test_made_pictures_move_and_are_cut():
    """Frames of one shot resemble each other more than those across a cut, and none repeats."""
    pictures = [picture.astype(np.int16) for picture in frames(93, (160, 90))]
    steps = [np.abs(b - a).mean() for a, b in itertools.pairwise(pictures)]
    assert min(steps) > 0
    assert steps[89] > 3 * np.median(steps)


def test_made_sound_does_not_hang_on_the_pieces_it_is_made_in():
    """Tones run on from piece to piece: without the noise of the drums both ways give the same."""
    whole, parts = music(0, 8000), np.concatenate([music(0, 8000)[:, :4000], music(4000, 4000)], 1)
    quiet = slice(3000, 5000)  # between the first and the second stroke
    assert np.abs(whole - parts)[:, quiet].max() < 0.2
    assert np.abs(whole).max() <= 1


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
def test_examples_are_what_the_networks_take(model):
    """Every network has an example, of every batch size."""
    assert check_inputs(model, example(model.name, 2)) == 2


def test_the_charts_truth_is_the_look_itself():
    """A look that changes nothing leads every colour to itself; our tables land within their coarse axes of it."""
    axis = np.linspace(0, 1, 33, dtype=np.float32)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
    identity = np.stack([red, green, blue], -1)
    codes = lut.chart_codes(500)
    # rounding may lead a colour out of the cube, from where it is brought back
    assert np.abs(lut.looked(identity, codes) - codes).max() < 1.5
    rows = list(lut.exactness({"ours": lut.packed(identity)}, identity))
    assert [row.subject for row in rows][:2] == ["ours, luma mean error", "ours, luma largest error"]
    assert 0 < rows[0].value < 1


def test_what_runs_at_once_is_measured_until_all_have_ended(tmp_path):
    """Each waits for the other; both processes' memory counts."""

    def meet(own, other):
        (tmp_path / own).touch()
        deadline = time.monotonic() + 20
        while not (tmp_path / other).exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return own

    alone = in_child(lambda: "done")[1]
    found, cost = in_children([lambda: meet("a", "b"), lambda: meet("b", "a")])
    assert found == ["a", "b"]
    assert cost.peak_mib > 1.5 * alone.peak_mib


def test_one_that_fails_fails_what_runs_at_once():
    """With its reason, after all have ended."""

    def refuse():
        raise ValueError("no such file")

    with pytest.raises(Failed, match="no such file"):
        in_children([lambda: "done", refuse])
