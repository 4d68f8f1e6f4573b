"""Identifies the code: by its version, and by the id that git gives to a folder with exactly these files (a tree).

The id is computed from the installed files. So it needs neither git nor a history, as in an image, and it changes with every
file, which the id of a commit would not. In a clone it leads to the commit.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from clipzy import __version__

DIGITS = 12  # hexadecimal; git accepts so short an id where it is unambiguous
FILE, FOLDER = "100644", "40000"  # git's modes


@cache
def build() -> str:
    """The version and the id of the code, in the form of PEP 440 and Semantic Versioning: `0.1.0+f239a69113b1`.

    The first call reads all files of the package, in some tens of ms. Call it once as a program starts, while the installed files are
    still those that it has loaded. Where a file cannot be read it is the version alone.
    """
    try:
        return f"{__version__}+{code_id(Path(__file__).parent)[:DIGITS]}"
    except OSError:
        return __version__


def code_id(package: Path) -> str:
    """The id that git gives to the folder `package`, as 40 hexadecimal digits.

    Caches, hidden files and empty folders do not count: git keeps none of them. None of our files is executable or a link.
    """
    return _tree(package).hex()


def _tree(folder: Path) -> bytes:
    """Git's id of a folder, 20 bytes: SHA-1 of its entries, each with its mode, name and own id."""
    entries = []
    for path in folder.iterdir():
        if path.name == "__pycache__" or path.name.startswith("."):
            continue
        if not path.is_dir():
            entries.append((path.name, FILE, _sha1(b"blob", path.read_bytes())))
        elif (tree := _tree(path)) != EMPTY:
            entries.append((f"{path.name}/", FOLDER, tree))  # git sorts folders as if their names ended so
    entries.sort(key=lambda entry: entry[0].encode())
    content = b"".join(f"{mode} {name.removesuffix('/')}\0".encode() + sha for name, mode, sha in entries)
    return _sha1(b"tree", content)


def _sha1(kind: bytes, content: bytes) -> bytes:
    # git's own hash; no security rests on it
    return hashlib.sha1(kind + f" {len(content)}\0".encode() + content, usedforsecurity=False).digest()


EMPTY = _sha1(b"tree", b"")
