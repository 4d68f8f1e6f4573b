"""The settings of the environment, for the commands that run the engine; log lines go their way from then on."""

from __future__ import annotations

from pydantic import ValidationError

from clipzy.errors import ConfigurationError
from clipzy.settings import Settings
from clipzy.telemetry import configure_logging


def read_settings(**defaults: str) -> Settings:
    """The settings; `defaults` for what the environment does not name.

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
    return settings


def setting_faults(error: ValidationError) -> list[str]:
    """What is wrong with the settings, one each, by their names in the environment."""
    # of settings that do not fit together the message has the names
    return [": ".join([*(str(part).upper() for part in each["loc"]), each["msg"]]) for each in error.errors()]
