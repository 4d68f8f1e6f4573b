"""The version of the analysis, under which measurements are kept: of the code that decides what is measured, and what is made of it.

It is a hash of those source files and of the versions of the libraries that decode and compute for them, so that whoever changes a measurement has nothing
to remember. An interrupted job goes on only from files of stages of the same version. Networks are in it with their code, which names the checksum of their
weights. Torch and Triton are not: they are mostly on another machine, and workers with and without torch share their measurements.
A change in these folders that changes no measurement costs each video in use one more analysis.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from clipzy.errors import ConfigurationError

# whole folders: a list of modules could lack one
MEASURING = ("analysis", "inference", "media", "networks", "stages", "style")
# and what writes the files that stages leave for each other, and reads them
KEEPING = "storage/artifacts.py"
# as they are installed
LIBRARIES = (
    *("av", "metricon", "numba", "numpy", "onnxruntime"),
    *("opencv-python-headless", "rapidocr-onnxruntime", "scipy"),
)
DIGITS = 16  # 64 bits: no two of the few versions that meet in a cache are the same


def installed() -> dict[str, str]:
    """The versions of those libraries here; "" for one that was not installed from a wheel."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = ""
    return found


def version_of(package: Path, libraries: Mapping[str, str]) -> str:
    """The version of the analysis whose code lies in the folder `package` and uses `libraries` of those versions, as hexadecimal digits.

    The same code with the same libraries has the same version everywhere.

    Raises:
        ConfigurationError: source files are missing: what older versions measured could not be told from what this one measures.
    """
    digest = hashlib.sha256("".join(f"{name}\0{version}\n" for name, version in sorted(libraries.items())).encode())
    for place in (package / name for name in (*MEASURING, KEEPING)):
        found = [place] if place.is_file() else place.rglob("*.py")
        sources = sorted((path.relative_to(package).as_posix(), path) for path in found)
        if not sources:
            raise ConfigurationError(
                f"no source files in {place}; install the engine with its .py files: the version of the analysis is made of them"
            )
        for where, path in sources:
            digest.update(f"{where}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()[:DIGITS]


# of the code that this process has loaded
ANALYSIS_VERSION = version_of(Path(__file__).parents[1], installed())
