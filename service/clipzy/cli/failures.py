"""Every error in words: what happened, what to do about it, and the exit code."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clipzy import errors
from clipzy.cli import exit_codes

if TYPE_CHECKING:
    from clipzy_client.errors import ApiError, ConnectionFailed

DATABASE = "clipzy.storage.database"
CLIENT_ERRORS = "clipzy_client.errors"
UNREACHED = "is the service running there? `clipzy up` starts one on this machine; --url or CLIPZY_URL selects another"
UNTRUSTED = "SSL_CERT_FILE names a file with the certificate of the authority that signed the service's"
UNKNOWN_SIGNERS = ("self-signed certificate", "unable to get local issuer")  # in OpenSSL's words
EXCERPT = 20  # characters before what is wrong with a text


class CommandFailed(errors.ClipzyError):
    """A command that has an exit code of its own to end with."""

    def __init__(self, message: str, exit_code: int, advice: str = "", code: str = "COMMAND_FAILED") -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.advice = advice
        self.name = code


@contextmanager
def looking_at(given: object) -> Iterator[None]:
    """Raise OSErrors about a file that was named on the command line as CommandFailed.

    Raises:
        CommandFailed: that cannot be done, as with a name that is too long, or in a folder that lets this user not in.
    """
    try:
        yield
    except OSError as exc:
        raise CommandFailed(
            f"{given} cannot be used: {exc.strerror or exc}", exit_codes.MISUSED, code="UNUSABLE_FILE"
        ) from exc


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as it is shown. `code`: its stable name; `details`: further lines, such as the fields that are wrong."""

    message: str
    exit_code: int
    code: str
    advice: str = ""
    details: tuple[str, ...] = ()

    def as_document(self) -> dict[str, Any]:
        """The same as JSON."""
        return {
            "code": self.code,
            "message": self.message,
            "advice": self.advice or None,
            "details": list(self.details),
            "exit_code": self.exit_code,
        }


def failure_of(error: Exception) -> Failure | None:
    """How to show that error; None where it is none of ours."""
    if isinstance(error, CommandFailed):
        return Failure(str(error), error.exit_code, error.name, error.advice)
    if isinstance(error, errors.StageError):
        return Failure(str(error), exit_codes.JOB_FAILED, error.code)
    if isinstance(error, errors.ConfigurationError | errors.RequestError):
        return Failure(str(error), exit_codes.MISUSED, error.code)
    if isinstance(error, errors.ClipzyError):
        return Failure(str(error), exit_codes.FAILED, error.code)
    if DATABASE in sys.modules and (told := _of_database(error)):
        return told
    # a command that has not talked to a service has not loaded its client, and cannot have its errors
    return _of_client(error) if CLIENT_ERRORS in sys.modules else None


def _of_database(error: Exception) -> Failure | None:
    from clipzy.storage.database import AWAY

    if not isinstance(error, AWAY):
        return None
    cause = getattr(error, "orig", None) or error
    why = str(cause).strip().splitlines()[0]
    if isinstance(cause, sqlite3.Error):
        return Failure(f"the database's file cannot be used: {why}", exit_codes.FAILED, errors.ServiceUnavailable.code)
    return Failure(
        f"the database of DATABASE_URL does not answer: {why}",
        exit_codes.UNREACHABLE,
        errors.ServiceUnavailable.code,
        "start it, or check DATABASE_URL; `clipzy doctor` looks at what else is needed",
    )


def _of_client(error: Exception) -> Failure | None:
    from clipzy_client import errors as client

    match error:
        case client.ApiError():
            return _of_answer(error)
        case client.ConnectionFailed():
            why = _unanswered(error)
            advice = UNTRUSTED if any(each in why for each in UNKNOWN_SIGNERS) else UNREACHED
            return Failure(why, exit_codes.UNREACHABLE, error.code, advice)
        case client.WaitTimedOut():
            return Failure(str(error), exit_codes.TIMED_OUT, error.code, "the job goes on; `clipzy watch` follows it")
        case client.ClipzyError():
            return Failure(str(error), exit_codes.FAILED, error.code)
        case UnicodeEncodeError():
            shown = error.object[max(0, error.start - EXCERPT) : error.end].encode(errors="backslashreplace").decode()
            return Failure(f"not valid text: …{shown}", exit_codes.MISUSED, "NO_TEXT")
    return None


def _unanswered(error: ConnectionFailed) -> str:
    """Where nobody answered, and why; in the client's words where it did not come to a connection."""
    import httpx

    from clipzy.cli.remote.proxies import proxy_variable

    cause = error.__cause__
    if isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError):
        url = cause.request.url
        why = str(cause).partition("] ")[2] or str(cause)  # without the number of the system's error
        proxy = proxy_variable(url)
        way = "" if proxy is None else f" through the proxy of {proxy}"
        return f"{url.scheme}://{url.netloc.decode()} does not answer{way}: {why}"
    return str(error)


def _of_answer(error: ApiError) -> Failure:
    exit_code, advice = next((told[1:] for told in _answers() if isinstance(error, told[0])), (exit_codes.FAILED, ""))
    details = tuple(f"{each.field}: {each.message}" for each in error.fields)
    # a single field is named by the sentence already
    return Failure(str(error), exit_code, error.code, advice, details if len(details) > 1 else ())


def _answers() -> tuple[tuple[type[ApiError], int, str], ...]:
    """The service's refusals, each before those that it is a kind of."""
    from clipzy_client import errors as client

    return (
        (
            client.Unauthorized,
            exit_codes.REFUSED,
            "give a token with --token or CLIPZY_TOKEN; the operator makes one with `clipzy token NAME`",
        ),
        (client.Forbidden, exit_codes.REFUSED, "the operator makes such a token with `clipzy token NAME`"),
        (client.JobNotFound, exit_codes.NOT_FOUND, "`clipzy jobs` lists the jobs of this service"),
        (client.VideoNotFound, exit_codes.NOT_FOUND, "give a file; it is uploaded first"),
        (
            client.NotFound,
            exit_codes.NOT_FOUND,
            "is --url (or CLIPZY_URL) the service's address, without a path?",
        ),
        (client.InvalidRequest, exit_codes.MISUSED, ""),
        (client.FileTooLarge, exit_codes.MISUSED, ""),
        (
            client.JobAlreadyProcessing,
            exit_codes.REFUSED,
            "`clipzy watch` follows that job, `clipzy cancel` ends it",
        ),
        (client.ResultNotReady, exit_codes.REFUSED, "`clipzy watch` follows a job to its end"),
        (client.Conflict, exit_codes.REFUSED, ""),
        (client.InsufficientStorage, exit_codes.REFUSED, ""),
        (client.HostNotAllowed, exit_codes.REFUSED, ""),
        (client.Busy, exit_codes.UNREACHABLE, "try again in a while"),
        (
            client.UnexpectedAnswer,
            exit_codes.UNREACHABLE,
            "is --url (or CLIPZY_URL) the address of a Clipzy service?",
        ),
        (client.InternalError, exit_codes.FAILED, "see the service's log"),
    )
