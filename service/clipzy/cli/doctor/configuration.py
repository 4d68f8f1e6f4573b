"""The settings: whether each can be read, and those that only show later that they do not fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pydantic import ValidationError

from clipzy.api.hosts import own_names
from clipzy.cli.doctor.findings import Finding, fail, ok, warn
from clipzy.cli.environment import misspelled, setting_faults
from clipzy.errors import ConfigurationError
from clipzy.jobs.url_guard import allowed_networks
from clipzy.jobs.webhook_secrets import Signing
from clipzy.loopback import is_loopback
from clipzy.settings import Settings
from clipzy.storage.database import sqlalchemy_url
from clipzy.tokens import parse_tokens

NAME = "settings"
ADVICE = "correct it in the environment or in .env"
BEATS_OF_A_LIFE = 2  # heartbeats that a worker may miss before it counts as lost


def read() -> tuple[Settings | None, Sequence[Finding]]:
    """The settings where they can be read, and what was found of them."""
    try:
        settings = Settings()
    except ValidationError as exc:
        return None, [fail(NAME, fault, ADVICE) for fault in setting_faults(exc)]
    return settings, [*_faults(settings), *_doubts(settings)] or [ok(NAME, _summary(settings))]


def _faults(settings: Settings) -> Sequence[Finding]:
    """What the API and the workers would refuse to start with."""
    readers: tuple[Callable[[], object], ...] = (
        lambda: parse_tokens(settings.api_tokens.get_secret_value()),
        lambda: own_names(settings, has_tokens=True),
        lambda: Signing(settings.webhook_secret.get_secret_value()),
        lambda: allowed_networks(settings.webhook_allowed_networks),
        lambda: sqlalchemy_url(settings.resolved_database_url),
        lambda: _bucket(settings),
    )
    found = []
    for reader in readers:
        try:
            reader()
        except ConfigurationError as exc:
            found.append(fail(NAME, str(exc), ADVICE))
    return found


def _bucket(settings: Settings) -> None:
    if settings.storage_type == "s3" and not settings.s3_bucket_name:
        raise ConfigurationError("STORAGE_TYPE=s3 needs S3_BUCKET_NAME")


def _doubts(settings: Settings) -> Sequence[Finding]:
    """What can be worked with, and hardly was meant."""
    found = [warn(NAME, told, "write its name as docs/settings.md has it") for told in misspelled()]
    if settings.worker_lost_after_s < BEATS_OF_A_LIFE * settings.heartbeat_interval_s:
        fact = (
            f"WORKER_LOST_AFTER_S={settings.worker_lost_after_s:g} is less than {BEATS_OF_A_LIFE} times "
            f"HEARTBEAT_INTERVAL_S={settings.heartbeat_interval_s:g}"
        )
        found.append(warn(NAME, fact, "jobs would be taken from live workers: make it longer"))
    if not is_loopback(settings.api_host) and not settings.api_tokens.get_secret_value():
        fact = f"API_HOST={settings.api_host} accepts other machines, and API_TOKENS is empty: anyone may call it"
        found.append(warn(NAME, fact, "`clipzy token NAME` makes a token, unless a proxy in front authenticates"))
    return found


def _summary(settings: Settings) -> str:
    database = sqlalchemy_url(settings.resolved_database_url).get_backend_name()
    return f"they fit: {database}, {settings.storage_type} storage, INFERENCE={settings.inference}"
