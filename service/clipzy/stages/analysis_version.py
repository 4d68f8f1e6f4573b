"""The version of the analysis, under which measurements are kept: of the code that decides what is measured, and what is made of it.

It is made of those source files, and of the versions of the libraries that decode and compute for them. A job that was interrupted goes on from files that
stages of the same version left, and from no others. Whoever changes what is measured or made has nothing to remember. Networks are in it with their code,
which names the checksum of the weights it reads; torch, which runs them, is not, nor is Triton with its model repository: they are mostly on another
machine, and workers with and without torch share what they have measured.
A change in these folders that leaves the measurements alone costs each video in use one more analysis.
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
    """The versions of those libraries here; of one that is none of a wheel's, nothing is known."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = ""
    return found


def version_of(package: Path, libraries: Mapping[str, str]) -> str:
    """The version of the analysis whose code lies in the folder `package` and uses `libraries` of those versions, as hexadecimal digits.

    Of the same code with the same libraries it is everywhere the same.

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


# Of the code that this process has loaded.
ANALYSIS_VERSION = version_of(Path(__file__).parents[1], installed())
