"""What the file that a job ends with may be called: the name of a video for a video, that of JSON for a style or a plan."""

from __future__ import annotations

from pathlib import Path

from clipzy.cli.exit_codes import MISUSED
from clipzy.cli.failures import CommandFailed

VIDEO, DOCUMENT = (".mp4", "an mp4"), (".json", "a json")


def check_name(output: Path, *, has_footage: bool, render: object) -> None:
    """Fail before the work, not with one kind of file under the name of another. `render`: as the job's config has it.

    Raises:
        CommandFailed: what the job ends with is not called so.
    """
    is_video = has_footage and render is not False and render != "plan"
    check_ending(output, *(VIDEO if is_video else DOCUMENT))


def check_ending(output: Path, suffix: str, what: str) -> None:
    """`what`: the kind of file that has this ending, with its article.

    Raises:
        CommandFailed: the name has another ending.
    """
    if output.suffix.lower() != suffix:
        raise CommandFailed(f"the output is {what}: name it so, not {output.name}", MISUSED, code="MISNAMED_OUTPUT")
