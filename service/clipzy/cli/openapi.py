"""`clipzy openapi`: the REST API's document, and what an older one's clients would miss in it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console

from clipzy.api.app import create_app
from clipzy.api.services import Services
from clipzy.cli.compatibility import breaks
from clipzy.cli.exit_codes import FAILED
from clipzy.cli.output_file import check_writable, write_output
from clipzy.cli.terminal import writing
from clipzy.errors import ConfigurationError
from clipzy.jobs.engine import Engine
from clipzy.jobs.store import Store
from clipzy.settings import Settings
from clipzy.storage.database import open_database
from clipzy.storage.objects import open_objects


def document() -> dict[str, Any]:
    """The OpenAPI document; the same whatever the environment says. Nothing is asked and nothing stays on the disk."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.model_construct(
            data_path=Path(folder), local_storage_path=Path(folder, "storage"), database_url="", storage_type="local"
        )
        database = open_database(settings.resolved_database_url)
        try:
            store = Store(database)
            services = Services(settings, store, open_objects(settings), Engine(settings, store), dict)
            return create_app(services).openapi()
        finally:
            database.dispose()


def as_text(api: dict[str, Any]) -> str:
    """A document as its file has it."""
    return json.dumps(api, indent=2, ensure_ascii=False) + "\n"


def write_document(output: Path | None, since: Path | None) -> None:
    """Print the document, or write it to a file; with `since` tell first what clients of that one would miss.

    Raises:
        ConfigurationError: `since` is no OpenAPI document.
        CommandFailed: the file or standard output cannot be written.
        SystemExit: they would miss something.
    """
    if output is not None:
        check_writable(output)
    api = document()
    if since is not None:
        _compare(_read(since), api, since)
    if output is not None:
        write_output(output, [as_text(api).encode()])
    elif since is None:
        with writing():
            print(as_text(api), end="", flush=True)  # noqa: T201 (for a pipe: nothing wrapped, nothing coloured)


def _compare(old: dict[str, Any], new: dict[str, Any], since: Path) -> None:
    found = breaks(old, new)
    console = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
    for each in found:
        console.print(each)
    if found:
        raise SystemExit(FAILED)
    console.print(f"nothing that clients of {since} use is gone")


def _read(path: Path) -> dict[str, Any]:
    try:
        read: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise ConfigurationError(f"{path} cannot be read as an OpenAPI document: {exc}") from exc
    if not isinstance(read, dict) or "openapi" not in read or not isinstance(read.get("paths"), dict):
        raise ConfigurationError(f"{path} is no OpenAPI document: it names no `openapi` and no `paths`")
    return read
