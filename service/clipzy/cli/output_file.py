"""The file that a command writes: checked before the work, and there whole or not at all.

A link stays one, and the file that it leads to is replaced. Pipes and devices stay what they are, and are given the bytes as they come;
so is standard output.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from clipzy.cli.exit_codes import MISUSED
from clipzy.cli.failures import CommandFailed, looking_at
from clipzy.cli.standard_output import is_stdout, write_stdout
from clipzy.storage.artifacts import write_pieces_atomically


def check_writable(path: Path, inputs: Iterable[Path] = ()) -> None:
    """Fail before the work, not after it. `inputs`: the files that the work is made of.

    Raises:
        CommandFailed: no file can be made there, or it would take the place of an input.
    """
    if is_stdout(path):
        return
    with looking_at(path):
        if path.is_dir():
            raise CommandFailed(f"{path} is a folder", MISUSED, "name the file to write", "NOT_WRITABLE")
        check_kept(path, inputs)
    try:
        if takes_bytes(path):
            if not os.access(path, os.W_OK):
                raise CommandFailed(f"{path} cannot be written", MISUSED, code="NOT_WRITABLE")
        else:
            tempfile.TemporaryFile(dir=_followed(path).parent).close()
    except OSError as exc:
        raise CommandFailed(
            f"nothing can be written to {path.parent}: {exc.strerror}", MISUSED, code="NOT_WRITABLE"
        ) from exc


def check_kept(path: Path, inputs: Iterable[Path]) -> None:
    """Make sure that a file to be written is none of the inputs, under whatever name.

    Raises:
        CommandFailed: it is.
    """
    for each in inputs:
        if path.exists() and each.exists() and path.samefile(each):
            raise CommandFailed(
                f"{path} would overwrite the input {each}",
                MISUSED,
                "name another file",
                "OVERWRITES_INPUT",
            )


def write_output(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file piece by piece.

    Raises:
        CommandFailed: it cannot be written.
    """
    if is_stdout(path):
        write_stdout(pieces)
        return
    try:
        if takes_bytes(path):
            with path.open("wb") as file:
                file.writelines(pieces)
        else:
            write_pieces_atomically(_followed(path), pieces)
    except OSError as exc:
        raise CommandFailed(f"{path} cannot be written: {exc.strerror or exc}", MISUSED, code="NOT_WRITABLE") from exc


def takes_bytes(path: Path) -> bool:
    """Whether it is a pipe or a device, or standard output."""
    return is_stdout(path) or (path.exists() and not path.is_file() and not path.is_dir())


def _followed(path: Path) -> Path:
    """Where a path leads, over all its links; also to a file that is not there yet."""
    return Path(os.path.realpath(path))
