"""The settings of the environment, for the commands that run the engine; log lines go their way from then on."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches

from pydantic import AliasChoices, ValidationError
from pydantic_settings import DotEnvSettingsSource

from clipzy.errors import ConfigurationError
from clipzy.settings import Settings
from clipzy.telemetry import configure_logging, log

# of difflib, 0..1: S3_BUCKET is meant for S3_BUCKET_NAME (.78), POSTGRES_PASSWORD and the like are for other programs (under .7)
MISSPELLED = 0.75


def read_settings(tell: Callable[[str], object] | None = None, **defaults: str) -> Settings:
    """The settings; `defaults` for what the environment does not name. `tell` takes a sentence on each name that seems misspelled; the log does without it.

    Raises:
        ConfigurationError: a setting is not what it must be.
    """
    try:
        settings = Settings()
    except ValidationError as exc:
        raise ConfigurationError(f"invalid settings: {'; '.join(setting_faults(exc))}") from exc
    unnamed = {name: value for name, value in defaults.items() if name not in settings.model_fields_set}
    settings = settings.model_copy(update=unnamed)
    configure_logging(settings)
    for told in misspelled():
        (tell or log.warning)(told)
    return settings


def misspelled() -> list[str]:
    """Names in `.env` that no setting has, and that are so near to one that it must be meant: a sentence each.

    Names that are near to none are of other programs that read the same file.
    """
    names = {name.upper() for name in Settings.model_fields}
    aliases = (field.validation_alias for field in Settings.model_fields.values())
    known = names | {
        str(name).upper() for alias in aliases if isinstance(alias, AliasChoices) for name in alias.choices
    }
    given = [name.upper() for name in DotEnvSettingsSource(Settings).env_vars]
    near = {name: get_close_matches(name, names, 1, MISSPELLED) for name in given if name not in known}
    return [
        f"{name} in .env is not a setting and is ignored; the nearest is {found[0]}"
        for name, found in near.items()
        if found
    ]


def setting_faults(error: ValidationError) -> list[str]:
    """What is wrong with the settings, one each, by their names in the environment."""
    # of settings that do not fit together the message has the names
    return [": ".join([*(str(part).upper() for part in each["loc"]), each["msg"]]) for each in error.errors()]
