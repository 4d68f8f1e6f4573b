"""The version of the analysis, under which measurements are kept: made of the source files that decide what is measured, and what is made of it.

A job that was interrupted goes on from files that stages of the same version left, and from no others. Whoever changes what is measured or made has
nothing to remember. Networks are in it with their code, which names the checksum of the weights it reads.
A change in these folders that leaves the measurements alone costs each video in use one more analysis.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from clipzy.errors import ConfigurationError

# whole folders: a list of modules could lack one
MEASURING = ("analysis", "inference", "media", "networks", "stages", "style")
# and what writes the files that stages leave for each other, and reads them
KEEPING = "storage/artifacts.py"
DIGITS = 16  # 64 bits: no two of the few versions that meet in a cache are the same


def version_of(package: Path) -> str:
    """The version of the analysis whose code lies in the folder `package`, as hexadecimal digits; of the same code everywhere the same.

    Raises:
        ConfigurationError: source files are missing: what older versions measured could not be told from what this one measures.
    """
    digest = hashlib.sha256()
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
ANALYSIS_VERSION = version_of(Path(__file__).parents[1])
