"""Reads what `clipzy submit` was given: files to be sent, ids of uploads, styles, choices."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clipzy.cli.exit_codes import MISUSED, NOT_FOUND
from clipzy.cli.failures import CommandFailed

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
    path = Path(given)
    if path.is_file():
        return path
    if _VIDEO_ID.fullmatch(given):
        return Upload(given)
    if path.is_dir():
        raise CommandFailed(f"{given} is a folder", MISUSED, "give a video file", "NO_VIDEO")
    raise CommandFailed(
        f"there is no file {given}", NOT_FOUND, "give a video file, or the id of an upload: vid_…", "FILE_NOT_FOUND"
    )


def json_object(path: Path, what: str) -> dict[str, Any]:
    """The JSON object in a file. `what`: what it should be, in words.

    Raises:
        CommandFailed: there is none in it.
    """
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as exc:
        raise CommandFailed(f"there is no file {path}", NOT_FOUND, code="FILE_NOT_FOUND") from exc
    except (OSError, ValueError) as exc:
        raise CommandFailed(f"{path} cannot be read as {what}: {exc}", MISUSED, code="NO_JSON") from exc
    if not isinstance(read, dict):
        raise CommandFailed(f"{path} is not {what}, which is a JSON object", MISUSED, code="NO_JSON")
    return read


def pairs(given: Sequence[str]) -> dict[str, str]:
    """`key=value` arguments as an object; of a key that comes twice the last counts.

    Raises:
        CommandFailed: one of them is none.
    """
    found = {}
    for each in given:
        key, sign, value = each.partition("=")
        if not sign or not key:
            raise CommandFailed(f"--metadata {each} is no key=value", MISUSED, code="NO_PAIR")
        found[key] = value
    return found


def merged(file: Path | None, style: Path | None, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """A job's `config`: what the file of `--config` holds, with the options over it, and a style in place of a template's.

    Raises:
        CommandFailed: a file is not what it should be, or there are two styles.
    """
    config = {} if file is None else json_object(file, "a job's config")
    config |= {name: value for name, value in chosen.items() if value is not None}
    if style is not None:
        if config.get("style") is not None:
            raise CommandFailed(
                f"{file} names a style already, beside {style}", MISUSED, "give one of the two", "TWO_STYLES"
            )
        config["style"] = json_object(style, "a style")
    return config
