"""The demo as a command; what it does `make demo` shows."""

import subprocess
import sys
from pathlib import Path

DEMO = Path(__file__).parents[2] / "clients" / "demo" / "run.py"


def test_the_demo_tells_what_it_is_before_it_begins():
    """Asked for help, or with what it does not take, it starts nothing."""
    asked, wrong = (
        subprocess.run([sys.executable, DEMO, word], capture_output=True, text=True, check=False, timeout=60)
        for word in ("--help", "--nonsense")
    )
    assert asked.returncode == 0
    assert "The main job through REST" in asked.stdout
    assert wrong.returncode == 2
    assert "--nonsense" in wrong.stderr
