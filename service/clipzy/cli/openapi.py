"""`clipzy openapi`: the REST API's document, from which clients are made."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from clipzy.api.app import create_app
from clipzy.api.services import Services
from clipzy.cli.output_file import check_writable, write_output
from clipzy.cli.terminal import writing
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
    """A document as the text of its file."""
    return json.dumps(api, indent=2, ensure_ascii=False) + "\n"


def write_document(output: Path | None) -> None:
    """Print the document, or write it to a file.

    Raises:
        CommandFailed: the file or standard output cannot be written.
    """
    if output is not None:
        check_writable(output)
        write_output(output, [as_text(document()).encode()])
        return
    text = as_text(document())
    with writing():
        print(text, end="", flush=True)  # noqa: T201 (for a pipe: nothing wrapped, nothing coloured)
