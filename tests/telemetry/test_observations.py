"""What a stage measured reaches the registry of its worker, and nothing else that its process may say."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path

import pytest
from prometheus_client import REGISTRY, generate_latest

import clipzy
from clipzy.inference.triton import KINDS
from clipzy.media import accel
from clipzy.telemetry import observations
from clipzy.telemetry.tracing import FinishedSpan

SPAN = FinishedSpan("x", "1" * 32, "1" * 16, "1" * 16, 1, 2).to_json()


def value(name, **labels):
    """A sample of the registry, 0 before there is one."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.fixture
def collecting():
    """As in a stage's process."""
    observations.collect()
    yield
    observations._pending = None


@pytest.mark.usefixtures("collecting")
def test_a_stages_process_keeps_what_it_observes_until_it_is_taken():
    """Nothing is counted there; what is taken passes as JSON, and is counted where it arrives."""
    name, labels = "clipzy_stage_frames_total", {"stage": "video_analysis"}
    before = value(name, **labels)
    observations.saw_frames("video_analysis", 30)
    observations.saw_frames("video_analysis", 12)
    assert value(name, **labels) == before
    [part] = observations.take()
    assert observations.take() == []
    observations.count(json.loads(json.dumps(part)))
    assert value(name, **labels) == before + 42


@pytest.mark.usefixtures("collecting")
def test_much_is_taken_in_parts():
    """So that no message to the worker is longer than it takes."""
    for _ in range(2 * observations.MOST_A_MESSAGE + 1):
        observations.asked_network("beats", "ok", 0.25)
    parts = observations.take()
    assert [len(part) for part in parts] == [observations.MOST_A_MESSAGE] * 2 + [1]
    assert all(len(json.dumps(part)) < 1 << 20 for part in parts)


def test_elsewhere_an_observation_is_counted_at_once():
    """As where the networks are asked by a benchmark."""
    labels = {"network": "beats", "outcome": "ok"}
    before = value("clipzy_inference_request_duration_seconds_sum", **labels)
    observations.asked_network("beats", "ok", 0.25)
    assert value("clipzy_inference_request_duration_seconds_sum", **labels) == before + 0.25
    assert observations.take() == []


def test_only_the_last_choice_is_shown():
    """With its reason; the one before is gone."""
    observations.chose_encoder("h264_nvenc", "nvenc: encodes here")
    observations.chose_encoder("libx264", "nvenc: no device")
    assert value("clipzy_encoder_info", encoder="libx264", reason="nvenc: no device") == 1
    assert value("clipzy_encoder_info", encoder="h264_nvenc", reason="nvenc: encodes here") == 0


def test_a_weaker_path_is_counted():
    """By what was meant and what was taken."""
    before = value("clipzy_fallbacks_total", of="shared_memory", to="grpc")
    observations.fell_back("shared_memory", "grpc")
    assert value("clipzy_fallbacks_total", of="shared_memory", to="grpc") == before + 1


def test_every_weaker_path_is_known_beforehand():
    """So that a worker can tell that it took none; those that are named in place and those that are made up of names."""
    code = "\n".join(path.read_text() for path in Path(clipzy.__file__).parent.rglob("*.py"))
    named = set(re.findall(r"(?:fell_back|FALLBACKS\.labels)\(\"(\w+)\", \"(\w+)\"\)", code))
    assert len(named) == len(re.findall(r"(?:fell_back|FALLBACKS\.labels)\(\"", code))
    large_tensors = [kind.KIND.lower().replace(" ", "_") for kind in KINDS["cuda"]] + ["grpc"]
    chosen = {(accel.NVENC, accel.X264), (accel.NVDEC, "cpu")}
    assert set(observations.metrics.KNOWN_FALLBACKS) == named | chosen | set(combinations(large_tensors, 2))


@pytest.mark.parametrize(
    "entry",
    [
        None,
        [],
        ["frames"],
        [["frames"]],
        ["frames", "video_analysis", -1],
        ["frames", "video_analysis", "many"],
        ["frames", "video_analysis", float("nan")],
        ["frames", "video_analysis", True],
        ["frames", 'evil"} 1\n', 1],
        ["frames", "video_analysis", 10**400],
        ["inference", "beats", "ok", float("inf")],
        ["encoder", "libx264", 5],
        ["span", "no tree"],
        ["span", {"name": "x"}],
        ["span", {**SPAN, "start_ns": float("inf")}],
        ["clear", "everything"],
    ],
    ids=lambda entry: repr(entry)[:60],
)
def test_nonsense_is_passed_over(entry):
    """A stage's process has read a stranger's file: what it says is checked, and what is sound beside it still counts."""
    before = value("clipzy_stage_frames_total", stage="rendering")
    observations.count([entry, ["frames", "rendering", 1]])
    assert value("clipzy_stage_frames_total", stage="rendering") == before + 1
    assert not value("clipzy_stage_frames_total", stage='evil"} 1\n')


def test_halves_of_characters_leave_the_metrics_readable():
    """JSON can bring them, and no UTF-8 can take them on."""
    observations.count([["encoder", "libx264", json.loads(r'"no\ud800 device"')]])
    assert 'reason="no? device"' in generate_latest(REGISTRY).decode()


def test_names_without_end_become_one(monkeypatch):
    """A process that makes names up cannot fill the worker's memory."""
    monkeypatch.setattr(observations, "_names", {})
    for number in range(observations.MOST_NAMES + 50):
        observations.asked_network(f"made_up_{number}", "ok", 0.1)
    labels = {"network": "other", "outcome": "ok"}
    assert value("clipzy_inference_request_duration_seconds_count", **labels) == 50
    for number in range(observations.MOST_NAMES):
        observations.metrics.INFERENCE_SECONDS.remove(f"made_up_{number}", "ok")
