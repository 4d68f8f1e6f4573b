"""Which tests stay together when several processes share the suite, and which of them begin."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from xdist.scheduler import LoadScopeScheduling

# files whose tests ask a Triton with every network, which takes longest to start and fills the processors while it works
ASK_TRITON = {
    "tests/console/test_main_job.py",
    "tests/contract/test_inference.py",
    "tests/e2e/test_main_job.py",
    "tests/fuzz/test_jobs.py",
    "tests/inference/test_gpu.py",
}
START_S = 900.0  # for a test that waits until Triton has started, on a busy machine, and then for a job
# folders whose tests share a service that is started once
SHARE_A_SERVICE = {"api", "cli", "clients", "console", "docs", "fuzz", "helm"}
# pages run programs with the TypeScript client too, which is compiled once, into one folder
WITH_OTHERS = {"docs": "clients"}
# what takes longest begins, so that all processes end at about the same time
LONGEST_FIRST = (
    "triton",
    "fuzz",
    "console",
    "cli",
    "tests/failure/test_kills.py",
    "clients",
    "tests/contract/test_rest_generated.py",
    "api",
    "tests/networks/test_look_transfer.py",
    "tests/stages/test_stages.py",
    "tests/stages/test_same_style.py",
)


def group_of(node_id: str) -> str:
    """The name that all tests have in common that stay on one process: a service, a folder or a file."""
    path = PurePosixPath(node_id.partition("::")[0])
    if str(path) in ASK_TRITON:
        return "triton"
    folder = path.parts[1]
    return WITH_OTHERS.get(folder, folder) if folder in SHARE_A_SERVICE else str(path)


def rank(node_id: str) -> int:
    """How early a test begins: 0 is first."""
    group = group_of(node_id)
    return LONGEST_FIRST.index(group) if group in LONGEST_FIRST else len(LONGEST_FIRST)


def check_triton(items: list[pytest.Item]) -> None:
    """Refuse a test that would start a Triton of its own, since nobody knows that it asks for one; give the others time for its start."""
    for item in items:
        if group_of(item.nodeid) == "triton":
            item.add_marker(pytest.mark.timeout(START_S))  # one of its own comes before
        elif {"triton", "engine"} & set(getattr(item, "fixturenames", ())):
            raise pytest.UsageError(f"{item.nodeid} asks Triton: name its file in ASK_TRITON of tests/together.py")


class Together(LoadScopeScheduling):
    """Hands each group to the next free process, in the order in which the tests were collected."""

    # pytest-xdist's own `loadgroup` marks a test by the end of its node's id, which pytest 9.2 no longer lets it write
    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
