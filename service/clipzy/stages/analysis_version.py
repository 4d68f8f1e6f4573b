"""The version of the analysis, under which measurements are kept: made of the source files that decide what is measured.

Whoever changes what is measured has nothing to remember. Networks are in it with their code, which names the checksum of the weights it reads.
A change in these folders that leaves the measurements alone costs each video in use one more analysis.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from clipzy.errors import ConfigurationError

# whole folders: a list of modules could lack one
MEASURING = ("analysis", "inference", "media", "networks", "stages", "style")
DIGITS = 16  # 64 bits: no two of the few versions that meet in a cache are the same


def version_of(package: Path) -> str:
    """The version of the analysis whose code lies in the folder `package`, as hexadecimal digits; of the same code everywhere the same.

    Raises:
        ConfigurationError: source files are missing: what older versions measured could not be told from what this one measures.
    """
    digest = hashlib.sha256()
    for name in MEASURING:
        sources = sorted((path.relative_to(package).as_posix(), path) for path in (package / name).rglob("*.py"))
        if not sources:
            raise ConfigurationError(
                f"no source files in {package / name}; install the engine with its .py files: the version of the analysis is made of them"
            )
        for where, path in sources:
            digest.update(f"{where}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()[:DIGITS]
