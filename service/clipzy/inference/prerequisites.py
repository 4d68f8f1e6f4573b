"""What a tritonserver needs before it can start: ports that are free, models, and their weights."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from clipzy.errors import ConfigurationError
from clipzy.inference.specs import MODELS
from clipzy.machine.listening import hindrance
from clipzy.networks.manifest import missing
from clipzy.settings import Settings

WHERE_MODELS_ARE = "set MODEL_REPOSITORY_PATH to the engine's model_repository folder"


def places_of(settings: Settings) -> list[tuple[str, int]]:
    """Host and port of what `clipzy triton` listens on: calls where TRITON_URL points, the Prometheus metrics one port above."""
    host, _, port = settings.triton_url.rpartition(":")
    return [(host, int(port)), (host, int(port) + 1)]


def check_listening(places: Iterable[tuple[str, int]]) -> None:
    """Return if a server can listen there; else whoever answers would be taken for it, which ends once it has loaded its models.

    Raises:
        ConfigurationError: it cannot.
    """
    for host, port in places:
        if (reason := hindrance(host, port)) is not None:
            raise ConfigurationError(
                f"Triton cannot listen on {host}:{port}: {reason}. It needs the port of TRITON_URL and the next one"
            )


def check_models(model_repository: Path) -> None:
    """Return if all the engine's networks are there; else jobs would fail at the first that is not.

    Raises:
        ConfigurationError: some are missing.
    """
    if names := sorted(MODELS.keys() - models_in(model_repository).keys()):
        raise ConfigurationError(f"{model_repository} has no model {', '.join(names)}; {WHERE_MODELS_ARE}")


def check_weights(weights_path: Path, models: Iterable[str]) -> None:
    """Return if these models find their weights; without them the server ends after pages of its own words.

    Raises:
        ConfigurationError: some are missing or damaged.
    """
    if names := missing(weights_path, models):
        raise ConfigurationError(
            f"the weights of {', '.join(names)} are missing or damaged in {weights_path}: "
            "run `clipzy models`, which puts them there; or set WEIGHTS_PATH"
        )


def models_in(model_repository: Path) -> dict[str, Path]:
    """Name and folder of each model."""
    return {path.parent.name: path.parent.resolve() for path in model_repository.glob("*/config.pbtxt")}
