"""What a GPU machine is asked: each answer is kept as it comes, with why where there is none."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks" / "offline"))
import on_gpu
from on_gpu import ROOT, TESTED, Step, kernels, outcomes, run, steps

from clipzy.media.accel import choose_decoder, choose_encoder, choose_fetching_decoder

REPORT = """<testsuites><testsuite tests="3">
<testcase classname="tests.a" name="test_one"/>
<testcase classname="tests.a" name="test_two"><failure message="short">long text: CUDA error</failure></testcase>
<testcase classname="tests.b" name="test_three"><skipped message="this GPU has no encoder"/></testcase>
</testsuite></testsuites>"""


def step(code, limit_s=20.0, answer=json.loads):
    """A step that runs some Python."""
    return Step("tried", (sys.executable, "-c", code), limit_s, answer)


def test_an_answer_is_kept():
    """With the time that it took."""
    found = run(step("print('[1, 2]')"), 20)
    assert found["found"] == [1, 2]
    assert found["code"] == 0
    assert "fault" not in found


@pytest.mark.parametrize(
    ("code", "fault"),
    [("print('no JSON')", "it left no answer: "), ("raise SystemExit('the GPU is lost')", "it left no answer: ")],
)
def test_what_fails_says_why(code, fault):
    """With the end of what it printed."""
    found = run(step(code), 20)
    assert found["fault"].startswith(fault)
    assert "the GPU is lost" in found["printed"] or "no JSON" in found["printed"]


def test_what_takes_too_long_is_ended_and_keeps_what_it_wrote(tmp_path):
    """Also where it does not end when it is asked to."""
    written = tmp_path / "rows.json"
    code = f"import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); open({str(written)!r}, 'w').write('[1]'); time.sleep(60)"
    on_gpu.STOPPING_S, before = 0.2, on_gpu.STOPPING_S
    try:
        found = run(step(code, answer=lambda _: json.loads(written.read_text())), 3)
    finally:
        on_gpu.STOPPING_S = before
    assert found["found"] == [1]
    assert found["fault"] == "not done within 3 s"


def test_tests_are_told_by_what_became_of_them(tmp_path):
    """Those that passed are counted, of the others what they said is kept."""
    (tmp_path / "tests.xml").write_text(REPORT)
    assert outcomes(tmp_path / "tests.xml") == {
        "passed": 1,
        "failure": ["tests.a::test_two: long text: CUDA error"],
        "error": [],
        "skipped": ["tests.b::test_three: this GPU has no encoder"],
    }


def test_the_facts_name_every_choice_of_the_engine():
    """With its reason: the decoder into host memory is chosen before torch opens the GPU."""
    found = run(step(on_gpu.FACTS, 60), 60)["found"]
    assert {name: found[name][0] for name in ("fetching", "decoder", "encoder")} == {
        "fetching": choose_fetching_decoder().name,
        "decoder": choose_decoder().name,
        "encoder": choose_encoder().name,
    }
    assert found["torch"]


@pytest.mark.parametrize("device", ["cuda", "cpu"])
def test_all_that_only_a_gpu_can_answer_is_asked(device, tmp_path):
    """Each step by itself, within a time that leaves some to the others; a rehearsal finds the tests and runs none of them."""
    asked = argparse.Namespace(device=device, sizes=["1080p"], seconds=30.0)
    found = list(steps(asked, tmp_path))
    assert [each.name for each in found] == ["facts", "kernels", "tests", "whole_job", "decode", "networks"]
    assert sum(each.limit_s for each in found) <= 700
    assert ("--collect-only" in found[2].command) == (device == "cpu")


def test_no_test_that_needs_a_gpu_is_forgotten():
    """They lie in few folders, which alone are searched."""
    marked = {path for path in (ROOT / "tests").rglob("test_*.py") if "pytest.mark.gpu\n" in path.read_text()}
    assert len(marked) > 10
    assert {path.relative_to(ROOT / "tests").parts[0] for path in marked} == set(TESTED)


def test_no_kernel_is_left_for_the_tests_to_compile():
    """They are imported once before."""
    compiled = {path for path in (ROOT / "service").rglob("*.py") if "\nfrom numba import " in path.read_text()}
    assert {".".join(path.relative_to(ROOT / "service").with_suffix("").parts) for path in compiled} == set(kernels())
    assert run(step(on_gpu.COMPILE), 20)["found"] == []
