"""What the file that a job ends with may be called: .mp4 for a video, .json for a style or a plan."""

from __future__ import annotations

from pathlib import Path

from clipzy.cli.exit_codes import MISUSED
from clipzy.cli.failures import CommandFailed
from clipzy.cli.output_file import takes_bytes
from clipzy.storage.published import PLAN, STYLE

VIDEO, DOCUMENT = (".mp4", "an mp4"), (".json", "a json")


def document_of(*, has_footage: bool, render: object) -> str | None:
    """The document that a job ends with; None where it ends with a video. `render`: as in the job's config."""
    if not has_footage or render is False:
        return STYLE
    return PLAN if render == "plan" else None


def check_name(output: Path, *, has_footage: bool, render: object) -> None:
    """Refuse, before the work, a name for another kind of file than the job ends with. `render`: as in the job's config.

    Raises:
        CommandFailed: what the job ends with is not called so.
    """
    check_ending(output, *(DOCUMENT if document_of(has_footage=has_footage, render=render) else VIDEO))


def check_ending(output: Path, suffix: str, what: str) -> None:
    """`what`: the kind of file that has this ending, with its article. What is a pipe or a device may be called anything.

    Raises:
        CommandFailed: the name has another ending.
    """
    if output.suffix.lower() != suffix and not takes_bytes(output):
        raise CommandFailed(
            f"the output is {what}: give it such a name, not {output.name}", MISUSED, code="MISNAMED_OUTPUT"
        )
