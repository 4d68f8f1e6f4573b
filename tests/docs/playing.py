"""Runs what a page shows, beside a real API whose jobs are brought to their ends."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import typer.main

from api.rest import Service
from clients.typescript.building import BUILD, compile_strictly, run
from clipzy.cli.app import app, run_command_line
from docs.blocks import Block, clipzy_arguments

URL = "http://localhost:8000"
REMOTE_URL = "https://clipzy.example.com"  # of an engine that needs a token; played on the same one
_ID = re.compile(r"\b(?:vid|job)_[A-Za-z0-9_-]{8,}")
_SAME_ORDER = re.compile(r"(vid|job)_…")


@dataclass
class Player:
    """Plays one page. `seen`: the ids that its commands have answered, by kind, in order."""

    service: Service
    folder: Path
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    names: dict[str, Any] = field(default_factory=dict)
    seen: dict[str, list[str]] = field(default_factory=lambda: {"vid": [], "job": []})

    def command(self, command: str, where: str) -> None:
        """Run one command of a console; it must end well."""
        command = self._filled(command).replace(REMOTE_URL, URL)
        command = command.replace("localhost:8000", self.service.url.removeprefix("http://"))
        arguments = clipzy_arguments(command)
        code, said = self._shell(command) if arguments is None else self._clipzy(arguments)
        assert code == 0, f"{where}: {command}\n{said}"
        for name in _ID.findall(said):
            kind = self.seen[name[:3]]
            if name not in kind:
                kind.append(name)
        self._wait_for_jobs()

    def python(self, block: Block) -> None:
        """Run a block of Python, with the names of those before it on the page."""
        source = block.text.replace(REMOTE_URL, URL).replace(URL, self.service.url)
        exec(compile(source, block.where, "exec"), self.names)
        self.capsys.readouterr()

    def typescript(self, block: Block, more: str = "") -> str:
        """Compile a block of TypeScript strictly, and run it with more after it, in plain JavaScript; what it prints."""
        script = BUILD / f"{Path(block.page).stem}-{block.line}.mts"
        source = block.text.replace(f'"{REMOTE_URL}", {{', f'"{self.service.url}", {{')
        quick = f'"{self.service.url}", {{ polling: {{ firstS: 0.01 }} }}'
        script.write_text(source.replace(f'"{URL}"', quick), encoding="utf-8")
        program = compile_strictly(script)
        with program.open("a", encoding="utf-8") as file:
            file.write(more)
        return run("node", program, cwd=self.folder)

    def _filled(self, command: str) -> str:
        """With ids in place of dots: videos one after the other as they were uploaded, the newest job."""
        videos = iter(self.seen["vid"])

        def found(place: re.Match[str]) -> str:
            return self.seen["job"][-1] if place[1] == "job" else next(videos)

        return _SAME_ORDER.sub(found, command)

    def _shell(self, command: str) -> tuple[int, str]:
        fails = "" if " -f " in command else "fail-with-body\n"  # curl takes only one of the two
        (self.folder / ".curlrc").write_text(f"{fails}silent\nshow-error\nmax-time = 20\n")
        env = {"CURL_HOME": str(self.folder), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=self.folder,
            env={**os.environ, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout

    def _clipzy(self, arguments: list[str]) -> tuple[int, str]:
        self.capsys.readouterr()
        self.monkeypatch.setattr(sys, "argv", ["clipzy", *arguments])
        code: object = 0
        try:
            run_command_line()
        except SystemExit as end:
            code = end.code or 0
        said = self.capsys.readouterr()
        return int(str(code)), said.out + said.err

    def _wait_for_jobs(self) -> None:
        """What a reader does between two commands."""
        for name in self.seen["job"]:
            self.service.client.get(f"/api/v1/jobs/{name}/events")  # which ends with the job


def parse(arguments: list[str]) -> None:
    """Parse a command of `clipzy` without running it; an error of typer's where it would not be taken."""
    command = typer.main.get_command(app)
    while hasattr(command, "commands"):
        name, *arguments = arguments
        command = command.commands[name]
    command.make_context("clipzy", arguments)
