"""What is made of the settings."""

from __future__ import annotations

import subprocess
import sys

from structlog.testing import capture_logs

from clipzy.networks import weights
from clipzy.wiring import inference_of
from older_weights import make_older
from workshop import settings_in


def test_a_worker_with_networks_in_process_tells_of_weights_that_another_version_has_made(tmp_path):
    """Once, as it starts; one whose networks run in Triton does not know them."""
    weights.save(tmp_path, "beats", {})
    weights.save(tmp_path, "faces", {})
    for inference in ("local", "triton"):
        with capture_logs() as lines:
            inference_of(settings_in(tmp_path, weights_path=tmp_path, inference=inference))
        assert lines == []
    make_older(tmp_path, "beats")
    told = {}
    for inference in ("local", "triton"):
        with capture_logs() as lines:
            inference_of(settings_in(tmp_path, weights_path=tmp_path, inference=inference))
        told[inference] = [(line["log_level"], line["networks"]) for line in lines]
    assert told == {"local": [("warning", ["beats"])], "triton": []}


def test_a_worker_starts_without_the_api():
    """It needs nothing of it, and its imports take a second."""
    program = "import sys, clipzy.wiring; print(*sys.modules)"
    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    assert "clipzy.jobs.worker" in said
    assert [name for name in said if name.partition(".")[0] in {"fastapi", "uvicorn"} or "clipzy.api" in name] == []
