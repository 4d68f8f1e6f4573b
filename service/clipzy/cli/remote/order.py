"""Reads what `clipzy submit` was given: files to be sent, ids of uploads, own data."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from clipzy.cli.exit_codes import MISUSED, NOT_FOUND
from clipzy.cli.failures import CommandFailed, looking_at

_VIDEO_ID = re.compile(r"vid_[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Upload:
    """A video that the service has already."""

    video_id: str


Video = Path | Upload


def video_of(given: str) -> Video:
    """The file of that name, or the upload of that id.

    Raises:
        CommandFailed: it is neither.
    """
    with looking_at(given):
        if not Path(given).exists() and _VIDEO_ID.fullmatch(given):
            return Upload(given)
    return video_file(given, "give a video file, or the id of an upload: vid_…")


def video_file(given: str, advice: str = "give a video file") -> Path:
    """The file of that name.

    Raises:
        CommandFailed: there is none.
    """
    path = Path(given)
    with looking_at(given):
        if path.is_dir():
            raise CommandFailed(f"{given} is a folder", MISUSED, "give a video file", "NO_VIDEO")
        if not path.exists():
            raise CommandFailed(f"there is no file {given}", NOT_FOUND, advice, "FILE_NOT_FOUND")
    return path


def pairs(given: Sequence[str]) -> dict[str, str]:
    """`key=value` arguments as an object; of a key that comes twice the last counts.

    Raises:
        CommandFailed: one of them is none.
    """
    found = {}
    for each in given:
        key, sign, value = each.partition("=")
        if not sign or not key:
            raise CommandFailed(f"--metadata {each} is not key=value", MISUSED, code="NO_PAIR")
        found[key] = value
    return found
