"""Which code this is: the version, and after it the id that git gives to a folder with these very files.

The id is made of what is installed, so that it is known without git and without a history, as in an image, and is never
that of another code, as a commit's would be where a file has been changed since. Whoever has a clone finds the commit by it.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from clipzy import __version__

DIGITS = 12  # hexadecimal; git takes as few for the whole id where it knows no other that begins so
FILE, FOLDER = "100644", "40000"  # git's modes


@cache
def build() -> str:
    """The version with the id of the code behind it, as PEP 440 and Semantic Versioning have it: `0.1.0+f239a69113b1`.

    Reads all files of the package the first time, in some tens of ms: to be asked for once as a program starts, while what is
    installed is what it has loaded. The version alone where a file cannot be read.
    """
    try:
        return f"{__version__}+{code_id(Path(__file__).parent)[:DIGITS]}"
    except OSError:
        return __version__


def code_id(package: Path) -> str:
    """The id that git gives to the folder `package`, as 40 hexadecimal digits; of the same files everywhere the same.

    Caches, hidden files and empty folders do not count, as git is told to keep none of them; no file of ours is executable, or a link.
    """
    return _tree(package).hex()


def _tree(folder: Path) -> bytes:
    """The 20 bytes that git knows a folder by: SHA-1 of its entries, each with mode, name and what it is known by itself."""
    entries = []
    for path in folder.iterdir():
        if path.name == "__pycache__" or path.name.startswith("."):
            continue
        if not path.is_dir():
            entries.append((path.name, FILE, _sha1(b"blob", path.read_bytes())))
        elif (known_by := _tree(path)) != EMPTY:
            entries.append((f"{path.name}/", FOLDER, known_by))  # git sorts folders as if their names ended so
    entries.sort(key=lambda entry: entry[0].encode())
    content = b"".join(f"{mode} {name.removesuffix('/')}\0".encode() + known_by for name, mode, known_by in entries)
    return _sha1(b"tree", content)


def _sha1(kind: bytes, content: bytes) -> bytes:
    # git's own; nothing is kept safe by it
    return hashlib.sha1(kind + f" {len(content)}\0".encode() + content, usedforsecurity=False).digest()


EMPTY = _sha1(b"tree", b"")
