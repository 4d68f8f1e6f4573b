"""The TypeScript client: its own tests, in Node's runner, against the real API."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from clients.typescript.building import BUILD, run

HERE = Path(__file__).parent
BUILT = BUILD / "tests" / "clients" / "typescript"


@pytest.mark.parametrize("name", sorted(path.name.removesuffix(".test.mts") for path in HERE.glob("*.test.mts")))
def test_the_client(built, bridge, service, clip, long_clip, name):
    """Each file of tests, which say what they are about."""
    env = {
        "CLIPZY_BRIDGE": bridge,
        "CLIPZY_URL": service.url,
        "CLIPZY_CLIP": str(clip),
        "CLIPZY_LONG_CLIP": str(long_clip),
    }
    said = run(
        "node",
        "--enable-source-maps",
        "--test",
        "--test-reporter=tap",
        "--test-timeout=60000",
        BUILT / f"{name}.test.mjs",
        cwd=built,
        env=env,
    )
    assert re.search(r"^# pass [1-9]", said, re.MULTILINE)
