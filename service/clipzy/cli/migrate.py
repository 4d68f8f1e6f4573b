"""`clipzy migrate`: brings the database to the newest shape, and says what has become of it."""

from __future__ import annotations

from clipzy.cli.terminal import console
from clipzy.jobs.engine import prepare_database
from clipzy.storage.revisions import Upgrade, is_later, newest_known


def migrate_and_tell(url: str) -> None:
    """Migrate the database of that URL."""
    done = prepare_database(url)
    assert done is not None  # nobody asks it to stop
    console().print(f"database: {_told(done)}")


def _told(done: Upgrade) -> str:
    if is_later(done.after):
        return f"at {done.after} of a later version, left as it is; this one knows {newest_known()}"
    if done.before == done.after:
        return f"already at {done.after}"
    return f"{done.before or 'empty'} → {done.after}"
