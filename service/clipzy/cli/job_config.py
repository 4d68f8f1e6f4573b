"""Puts a job's `config` together: a file of it, the options over that, a style and a plan out of files of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clipzy.cli.exit_codes import MISUSED, NOT_FOUND
from clipzy.cli.failures import CommandFailed


def json_object(path: Path, what: str) -> dict[str, Any]:
    """The JSON object in a file. `what`: what it should be, in words.

    Raises:
        CommandFailed: there is none in it.
    """
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
        # Python reads what nobody can be sent: NaN and 1e999, halves of surrogate pairs
        json.dumps(read, allow_nan=False, ensure_ascii=False).encode()
    except FileNotFoundError as exc:
        raise CommandFailed(f"there is no file {path}", NOT_FOUND, code="FILE_NOT_FOUND") from exc
    except (OSError, ValueError, RecursionError) as exc:
        raise CommandFailed(f"{path} is not readable as {what}: {exc}", MISUSED, code="NO_JSON") from exc
    if not isinstance(read, dict):
        raise CommandFailed(f"{path} is not {what}, which is a JSON object", MISUSED, code="NO_JSON")
    return read


def merged(file: Path | None, style: Path | None, plan: Path | None, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """A job's `config`: what the file of `--config` holds, with the options over it; a style in place of a template's, and a plan.

    Raises:
        CommandFailed: a file is not what it should be, or there are two styles or two plans.
    """
    config = {} if file is None else json_object(file, "a job's config")
    config |= {name: value for name, value in chosen.items() if value is not None}
    for name, path in (("style", style), ("plan", plan)):
        if path is None:
            continue
        if config.get(name) is not None:
            raise CommandFailed(
                f"{file} names a {name} already, beside {path}", MISUSED, "give one of the two", f"TWO_{name.upper()}S"
            )
        config[name] = json_object(path, f"a {name}")
    return config
