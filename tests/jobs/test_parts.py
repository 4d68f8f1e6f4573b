"""A stage in a process for each source: they run at once and are told of, and ended, as one."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from clipzy import wiring
from clipzy.errors import MediaError, StageCrashed
from clipzy.jobs.lifecycle import Stage
from clipzy.jobs.parts import AHEAD_MIB, LEAST_MIB, InOrder, ahead_of, parts_of
from clipzy.jobs.runner import Listener, run_parts
from clipzy.settings import Settings
from clipzy.stages import background
from clipzy.stages.context import Role, Source
from stage_tasks import stage_task
from tiny_stages import STAGE_FUNCTIONS
from workshop import dies, is_alive, write_script

STAGE = Stage.VIDEO_ANALYSIS


@pytest.fixture
def task(tmp_path):
    """Makes the task of a stage in which each source does these actions."""

    def make(template=(), footage=(), **settings):
        sources = tuple(
            Source(role, write_script(tmp_path / f"{role}.mp4", {STAGE.value: actions}), f"content of {role}")
            for role, actions in ((Role.TEMPLATE, template), (Role.FOOTAGE, footage))
        )
        return stage_task(tmp_path, STAGE, sources, **settings)

    return make


class Heard:
    """What was told of all parts."""

    def __init__(self, tick=lambda: None):
        self.fractions, self.warnings = [], []
        self.listener = Listener(self.fractions.append, self.warnings.append, tick)


def processes(task):
    """The processes that have begun."""
    journal = task.cache / "journal.txt"
    return [int(line.split()[-1]) for line in journal.read_text().splitlines()] if journal.exists() else []


def test_a_stage_is_as_many_processes_as_it_has_sources(task):
    """Each with one of them, who works on the others, and its part of the memory."""
    whole = task()
    template, footage = whole.sources
    parts = parts_of(whole)
    assert [part.sources for part in parts] == [(template,), (footage,)]
    assert [part.beside for part in parts] == [(footage,), (template,)]
    assert [part.memory_limit_mib for part in parts] == [4096, 4096]


def test_a_stage_stays_one_process_where_its_sources_cannot_be_apart(task):
    """The same file in both roles, a single file, little memory, and stages that need all sources or gain nothing."""
    whole = task()
    template, footage = whole.sources
    same = replace(whole, sources=(template, replace(footage, content_hash=template.content_hash)))
    little = replace(whole, memory_mib=2 * LEAST_MIB - 1)
    others = [replace(whole, stage=stage) for stage in Stage if stage not in (STAGE, Stage.AUDIO_ANALYSIS)]
    for one in (same, little, replace(whole, sources=(footage,)), *others):
        assert parts_of(one) == (one,)


def test_sources_are_worked_on_at_the_same_time(task):
    """Each waits for what the other has done; progress is the sum by size, and never falls."""
    whole = task(
        [["touch", "a"], ["wait_for", "b"], ["report", 0.5], ["report", 1.0]],
        [["touch", "b"], ["wait_for", "a"], ["report", 1.0]],
    )
    heard = Heard()
    run_parts(parts_of(whole), heard.listener)
    assert len(set(processes(whole))) == 2
    assert heard.fractions == sorted(heard.fractions)
    assert heard.fractions[0] < 1
    assert heard.fractions[-1] == pytest.approx(1.0)


def test_warnings_come_in_the_order_of_the_sources(task):
    """Though the second says all of its own before the first says a word; what both say of the engine is told once."""
    away = ["warn", "waiting for Triton"]
    whole = task(
        [["wait_for", "said"], ["warn", "template: dark"], away], [["warn", "footage: dark"], away, ["touch", "said"]]
    )
    heard = Heard()
    run_parts(parts_of(whole), heard.listener)
    assert heard.warnings == ["template: dark", "waiting for Triton", "footage: dark"]


def test_what_ended_long_ago_is_told_once_its_turn_comes():
    """Part by part, at once where all before have ended."""
    told = []
    warnings = InOrder(3, told.append)
    warnings.warn(2, "third")
    warnings.ended(2)
    warnings.warn(0, "first")
    warnings.ended(0)
    warnings.warn(1, "second")
    assert told == ["first", "second"]
    warnings.ended(1)
    assert told == ["first", "second", "third"]


def test_the_first_that_fails_ends_the_other(task):
    """It is what comes out."""
    whole = task([["touch", "began"], ["sleep", 60]], [["wait_for", "began"], ["fail", "the stream is damaged"]])
    with pytest.raises(MediaError, match=r"^the stream is damaged$"):
        run_parts(parts_of(whole), Heard().listener)
    assert all(dies(pid) for pid in processes(whole))


def test_one_that_dies_ends_the_other(task):
    """The log says whose process it was."""
    whole = task([["touch", "began"], ["sleep", 60]], [["wait_for", "began"], ["crash", signal.SIGSEGV]])
    with capture_logs() as lines, pytest.raises(StageCrashed, match="SIGSEGV"):
        run_parts(parts_of(whole), Heard().listener)
    assert [line["source"] for line in lines if line["event"] == "the process of a stage died"] == ["footage"]
    assert all(dies(pid) for pid in processes(whole))


def test_what_a_tick_raises_ends_all_of_them(task):
    """As a cancel does."""

    def stop():
        if len(processes(whole)) == 2:
            raise KeyboardInterrupt

    whole = task([["sleep", 60]], [["sleep", 60]])
    with pytest.raises(KeyboardInterrupt):
        run_parts(parts_of(whole), Heard(stop).listener)
    began = processes(whole)
    assert os.getpid() not in began
    assert all(dies(pid) for pid in began)


def hearing(whole, *actions):
    """Sound that is heard ahead beside the stage: what its process does."""
    for source in whole.sources:
        write_script(source.path, {**json.loads(source.path.read_text()), Stage.AUDIO_ANALYSIS.value: actions})
    ahead_of_turn = ahead_of(whole, Stage.AUDIO_ANALYSIS, STAGE_FUNCTIONS[Stage.AUDIO_ANALYSIS])
    ahead_of_turn.folder.mkdir()
    return ahead_of_turn


def test_what_is_ahead_of_its_turn_runs_beside_the_stage_and_is_not_heard(task):
    """It will say all when its turn comes; where it goes on for longer than the stage, it is ended."""
    whole = task([["wait_for", "heard"], ["warn", "dark"]], [["report", 1.0]])
    sound = hearing(whole, ["warn", "odd sound"], ["report", 1.0], ["touch", "heard"], ["sleep", 60])
    heard = Heard()
    run_parts(parts_of(whole), heard.listener, sound)
    assert heard.warnings == ["dark"]
    assert len(heard.fractions) == 1
    assert all(dies(pid) for pid in processes(whole))


@pytest.mark.parametrize("action", [["fail", "damaged"], ["crash", signal.SIGSEGV]], ids=["error", "crash"])
def test_what_fails_ahead_of_its_turn_fails_no_stage(task, action):
    """It is left to the turn of its own to say so; the log has it as no more than a fact."""
    whole = task([["wait_for", "gone"]], [])
    sound = hearing(whole, action)

    def look():
        lines = (whole.cache / "journal.txt").read_text().split("\n") if processes(whole) else ()
        if any("audio_analysis" in line and not is_alive(int(line.split()[-1])) for line in lines):
            (whole.cache / "gone").touch()

    with capture_logs() as lines:
        run_parts(parts_of(whole), Heard(look).listener, sound)
    assert {line["log_level"] for line in lines} == {"info"}
    assert [line["ahead"] for line in lines] == ["audio_analysis"]


def test_nothing_is_ahead_where_memory_is_little(task):
    """What is ahead takes its part of what the stage may, and leaves each source enough."""
    whole = task()
    assert ahead_of(whole, Stage.AUDIO_ANALYSIS, "").memory_limit_mib == AHEAD_MIB
    little = replace(whole, memory_mib=2 * LEAST_MIB + AHEAD_MIB - 1)
    assert ahead_of(little, Stage.AUDIO_ANALYSIS, "") is None
    alone = replace(little, sources=little.sources[:1])
    assert ahead_of(alone, Stage.AUDIO_ANALYSIS, "") is not None


@pytest.mark.parametrize(
    ("processors", "inference", "many"),
    [(background.ROOMY, "triton", True), (background.ROOMY - 1, "triton", False), (64, "local", False)],
)
def test_a_worker_knows_whether_it_has_processors_for_several(processors, inference, many, monkeypatch):
    """Networks in process would take them all, and be held by each."""
    monkeypatch.setattr(background, "available_processors", lambda: processors)
    assert wiring.many_processors(Settings(_env_file=None, inference=inference)) is many
