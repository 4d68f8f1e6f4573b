"""Whether the API can listen where the settings say."""

from __future__ import annotations

from clipzy.errors import ConfigurationError
from clipzy.machine.listening import TAKEN, hindrance
from clipzy.settings import Settings


def check_listening(settings: Settings) -> None:
    """Return if it can.

    Raises:
        ConfigurationError: it cannot; the message names the settings.
    """
    reason = hindrance(settings.api_host, settings.api_port)
    if reason is None:
        return
    advice = "stop that program, or set API_PORT to another port" if reason == TAKEN else "check API_HOST and API_PORT"
    raise ConfigurationError(f"the API cannot listen on {settings.api_host}:{settings.api_port}: {reason}; {advice}")
