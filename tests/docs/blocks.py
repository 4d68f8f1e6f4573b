"""The fenced blocks of a Markdown page, each with what its marker says is to be done with it.

A marker is an HTML comment on the line before the block:

- `run`: a console's commands, Python or TypeScript, run beside a real API;
- `parsed: why`: commands of `clipzy` that are parsed and not run;
- `not run: why`: nothing can be done with it in a test;
- `json: Name`: an example of that schema of the API's document, or `webhook`;
- `values`: values for the chart; `env`: settings;
- `file: path`, `in file: path`: that file of the repository, or lines of it, word for word.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
README = ROOT / "README.md"

_BLOCK = re.compile(
    r"(?:^<!-- (?P<marker>[^\n]*?) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Block:
    """`how`: the marker's first word or words, empty without one; `about`: what it says after the colon."""

    page: str
    line: int
    language: str
    how: str
    about: str
    text: str

    @property
    def where(self) -> str:
        """As editors open it."""
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """Every page of the site but the runbooks, whose commands are for machines in trouble."""
    return [path for path in sorted(DOCS.rglob("*.md")) if "runbooks" not in path.parts]


def blocks_of(path: Path) -> list[Block]:
    """Its blocks, in order."""
    text = path.read_text(encoding="utf-8")
    return [
        Block(
            path.relative_to(ROOT).as_posix(),
            text.count("\n", 0, found.start("language")) + 1,
            found["language"],
            *_split(found["marker"] or ""),
            found["text"],
        )
        for found in _BLOCK.finditer(text)
    ]


def commands_of(block: Block) -> Iterator[str]:
    """A console's commands, each with the lines that go on with it; anything else in it is an error."""
    rest = iter(block.text.splitlines())
    for line in rest:
        assert line.startswith("$ "), f"{block.where}: {line!r} is no command"
        command = line.removeprefix("$ ")
        while command.endswith("\\"):
            command += "\n" + next(rest)
        yield command


def clipzy_arguments(command: str) -> list[str] | None:
    """What a plain command of `clipzy` is called with; None where it is another program, or a shell's work."""
    words = shlex.split(command, comments=True)
    plain = words[:1] and words[0].removeprefix(".venv/bin/") == "clipzy"
    return words[1:] if plain and not {"|", ">", "&&", ";"} & set(words) else None


def programs_of(command: str) -> set[str]:
    """The programs that a command calls, one after the other or at once."""
    programs, begins = set(), True
    for word in shlex.split(command, comments=True):
        if word in {"|", "&&", "||", ";"}:
            begins = True
        elif begins and not re.match(r"\w+=", word):  # VARIABLE=value before a program
            programs.add(Path(word).name)
            begins = False
    return programs


def _split(marker: str) -> tuple[str, str]:
    how, _, about = marker.partition(": ")
    return how, about
