"""What the figures were measured on: the machine, how busy it was, and the versions of what was run."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import subprocess
from pathlib import Path
from typing import Any

from scenarios.options import ROOT

PACKAGES = (
    "av",
    "numpy",
    "numba",
    "opencv-python-headless",
    "torch",
    "nvidia-pytriton",
    "tritonclient",
    "scenedetect",
    "librosa",
    "clipzy-engine",
)


def machine() -> dict[str, Any]:
    """Processor, cores, memory in GiB, GPU (None without) and the kernel."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "gpu": _gpu(),
        "system": f"{platform.system()} {platform.release()}",
    }


def versions() -> dict[str, str | None]:
    """Python's version, those of the packages that matter (None: not installed) and the commit."""
    found: dict[str, str | None] = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = None
    return {**found, "commit": _output("git", "-C", str(ROOT), "rev-parse", "--short=12", "HEAD")}


def slug(facts: dict[str, Any]) -> str:
    """A file's name for the machine: what of it decides speed."""
    words = f"{facts['processor']} {facts['cores']} cores {facts['gpu'] or ''}"
    return re.sub(r"[^a-z0-9]+", "-", words.lower().replace("(r)", "").replace("(tm)", "")).strip("-")


def _processor() -> str:
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    named = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return named[1].strip() if named else platform.machine()


def _gpu() -> str | None:
    named = _output("nvidia-smi", "--query-gpu=name", "--format=csv,noheader")
    return named.splitlines()[0] if named else None


def _output(*line: str) -> str | None:
    """What a program prints; None where it is not there or fails."""
    try:
        done = subprocess.run(line, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None
