"""How the sources of a stage are measured: each content once, and what is known not at all."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import pytest

import measured
from clipzy.errors import MediaError
from clipzy.stages.context import Role, Source
from clipzy.stages.measured import AUDIO
from clipzy.stages.sources import measure_sources
from clipzy.storage.artifacts import load_json
from clipzy.style.measurements import AudioAnalysis


@pytest.fixture
def context(tmp_path):
    """Template and footage of different content, nothing of them known."""
    path = tmp_path / "clip"
    path.write_bytes(b"clip")
    (tmp_path / "stage").mkdir()
    sources = tuple(Source(role, path, str(role)) for role in (Role.TEMPLATE, Role.FOOTAGE))
    told, warned = [], []
    return SimpleNamespace(
        sources=sources,
        folder=tmp_path / "stage",
        cache=tmp_path / "cache",
        report=told.append,
        warn=warned.append,
        told=told,
        warned=warned,
    )


def lasting(seconds):
    """What the analysis of a source finds, told apart by its length."""
    return measured.audio(duration_s=seconds, warnings=("odd sound",))


def run(context, analyse, at_once=1):
    """The length that is left of each source."""
    measure_sources(context, AudioAnalysis, AUDIO, analyse, at_once)
    return [load_json(context.folder / f"{role}.json", AudioAnalysis).duration_s for role in Role]


@pytest.mark.parametrize("at_once", [1, 2])
def test_each_source_is_measured_once(context, at_once):
    """The second job on the same files finds all of it known, with the same warnings."""
    lengths = {Role.TEMPLATE: 1.0, Role.FOOTAGE: 2.0}
    assert run(context, lambda _, source, __: lasting(lengths[source.role]), at_once) == [1.0, 2.0]
    assert run(context, lambda *_: pytest.fail("it was known")) == [1.0, 2.0]
    assert context.warned == ["template: odd sound", "footage: odd sound"] * 2
    assert context.told[-1] == 1.0


def test_one_file_in_both_roles_is_measured_once(context):
    """By the hash of its content."""
    context.sources = tuple(Source(each.role, each.path, "same") for each in context.sources)
    asked = []
    assert run(context, lambda _, source, __: asked.append(source.role) or lasting(3.0), 2) == [3.0, 3.0]
    assert asked == [Role.TEMPLATE]


def test_the_next_source_is_begun_before_the_last_is_kept(context):
    """Keeping waits for the disk, and processors would stand idle."""
    begun = threading.Event()
    kept = []

    def analyse(_, source, __):
        if source.role is Role.FOOTAGE:
            begun.set()
        return lasting(1.0)

    def warn(text):
        assert begun.wait(10)
        kept.append(text)

    context.warn = warn
    run(context, analyse)
    assert len(kept) == 2


def test_a_source_that_fails_stops_the_other(context):
    """Nobody waits for the rest of a long file when the job has failed."""

    def analyse(_, source, report):
        if source.role is Role.TEMPLATE:
            raise MediaError("damaged")
        for _ in range(100_000):
            report(0.1)
            time.sleep(0.001)
        pytest.fail("it was not stopped")

    with pytest.raises(MediaError, match="damaged"):
        run(context, analyse, at_once=2)
