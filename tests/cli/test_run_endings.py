"""How `clipzy run` ends where it does not come to the end of its job."""

import pytest

from clipzy.cli import run
from clipzy.errors import ConfigurationError


@pytest.fixture
def data(tmp_path, monkeypatch):
    """DATA_PATH of an engine that needs no Triton."""
    monkeypatch.setenv("DATA_PATH", str(tmp_path / "data"))
    monkeypatch.setenv("INFERENCE", "local")
    return tmp_path / "data"


def working_as(monkeypatch, work):
    """A worker that does that in place of its work; it is told when to stop."""
    monkeypatch.setattr(run, "run_worker", lambda *_arguments, stop, **_options: work(stop))


def leftovers(data):
    """What runs have left."""
    return sorted(each.name for each in data.glob("run-*"))


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (ConfigurationError("WEBHOOK_SECRET must be whsec_"), 2, "WEBHOOK_SECRET must be whsec_"),
        (OSError("no threads left"), 1, "OSError: no threads left"),
        (None, 4, "the worker ended before the job did"),
    ],
    ids=["settings", "fault", "silence"],
)
def test_run_ends_when_its_worker_does(clipzy, clip, data, monkeypatch, error, code, words):
    """With what the worker ended of: nobody else would ever end the job."""

    def work(_stop):
        if error is not None:
            raise error

    working_as(monkeypatch, work)
    said = clipzy("run", clip, "-o", "out.json")
    assert said.code == code
    assert words in said.err
    assert leftovers(data) == []
