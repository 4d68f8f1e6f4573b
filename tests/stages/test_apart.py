"""The real analyses in processes of their own, as a worker with many processors runs them."""

from __future__ import annotations

from functools import partial

import pytest

from clipzy.inference.connect import open_inference
from clipzy.jobs.lifecycle import Stage
from clipzy.jobs.parts import APART, parts_of
from clipzy.jobs.runner import Listener, run_parts
from clipzy.jobs.stage_process import StageTask
from clipzy.jobs.worker import STAGE_FUNCTIONS
from clipzy.stages.context import Role, Source
from clipzy.storage.artifacts import content_hash
from clipzy.style.config import JobConfig
from workshop import settings_in

pytestmark = pytest.mark.slow  # each process loads the networks


@pytest.fixture
def task(tmp_path, weights_path, template, footage):
    """Makes the task of a stage, with nothing known of its sources."""

    def make(stage, name):
        folder, cache = tmp_path / name, tmp_path / f"{name}-cache"
        folder.mkdir()
        cache.mkdir()
        settings = settings_in(tmp_path, weights_path=weights_path, inference="local")
        paths = ((Role.TEMPLATE, template), (Role.FOOTAGE, footage))
        sources = tuple(Source(role, path, content_hash(path)) for role, path in paths)
        networks = partial(open_inference, settings)
        return StageTask(
            stage, STAGE_FUNCTIONS[stage], "job_a", sources, JobConfig(), folder, {}, cache, networks, settings
        )

    return make


def files_below(folder):
    """Every file and what is in it."""
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("stage", sorted(APART, key=list(Stage).index))
def test_two_processes_leave_what_one_leaves(task, stage):
    """File for file, to the byte, in the cache too; warnings are told in the same words."""
    left = []
    for name, parts in (("one", lambda whole: (whole,)), ("two", parts_of)):
        fractions, warnings = [], []
        whole = task(stage, name)
        tasks = parts(whole)
        run_parts(tasks, Listener(fractions.append, warnings.append, lambda: None))
        assert fractions == sorted(fractions)
        left.append((files_below(whole.folder), files_below(whole.cache), warnings))
    assert len(tasks) == 2
    (one, *others), (two, *other_two) = left
    assert [path for path in one | two if one.get(path) != two.get(path)] == []
    assert others == other_two
