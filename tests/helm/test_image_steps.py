"""The images' own commands, run in a clean folder in place of a container: they install, and what they install works.

What stays unproven without Docker: the base images, what apt-get adds, and that users, folders and mounts are as the last stages make them.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from helm.test_images import DOCKERFILES, ROOT, stages
from ports import free_port

pytestmark = pytest.mark.slow

READY_S = 120.0


@dataclass
class Place:
    """A folder in place of a container's root. `environment`: what its processes see, nothing of ours among it."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.folder / "src").mkdir()
        (self.folder / "home").mkdir()
        programs = [str(Path(sys.executable).parent), os.defpath]
        self.environment = {"PATH": os.pathsep.join(programs), "HOME": str(self.folder / "home")}
        # how the registry is reached
        told = re.compile(r"(PIP_|UV_|SSL_CERT_).*|.*_proxy", re.IGNORECASE)
        self.environment |= {name: value for name, value in os.environ.items() if told.fullmatch(name)}
        self.environment.setdefault("UV_CACHE_DIR", str(Path("~/.cache/uv").expanduser()))

    def here(self, text: str) -> str:
        """A command or a value of the Dockerfile, with the container's paths led into the folder."""
        text = re.sub(r"(?<![\w/.])/(opt|weights|data|storage)\b", rf"{self.folder}/\1", text)
        text = text.replace("/usr/bin/python3", sys.executable)
        text = re.sub(r"/python3\.\d+/", f"/python3.{sys.version_info.minor}/", text)
        # caches make an image large and a test short
        return re.sub(r" --no-cache(-dir)?\b", "", text)

    def follow(self, instructions, commands: str = "") -> None:
        """Do what a stage says; of its commands those that hold a word."""
        for name, rest in instructions:
            if name == "ENV":
                pairs = (word.partition("=") for word in shlex.split(self.here(rest)))
                self.environment |= {key: value.replace("$PATH", self.environment["PATH"]) for key, _, value in pairs}
                self.environment |= {"UV_LINK_MODE": "hardlink"} if "UV_LINK_MODE" in rest else {}
            elif name == "COPY" and "--from=" not in rest:
                self.copy(rest.split())
            elif name == "RUN" and commands in rest:
                self.run(["sh", "-euc", self.here(rest)])

    def copy(self, words: list[str]) -> None:
        """Files and folders of the repository, to where a stage of a build works."""
        *sources, target = words
        for source in sources:
            to = self.folder / "src" / target / (Path(source).name if target.endswith("/") else "")
            if (ROOT / source).is_dir():
                left_out = shutil.ignore_patterns("__pycache__", "*.pyc", "Dockerfile")
                shutil.copytree(ROOT / source, to, ignore=left_out, dirs_exist_ok=True)
            else:
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, to)

    def run(self, command: list[str]) -> str:
        """What a command prints; its complaint where it fails."""
        done = subprocess.run(
            command, cwd=self.folder / "src", env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        return done.stdout


def words_of(stage, instruction: str) -> list[str]:
    """The words of a stage's ENTRYPOINT, CMD or HEALTHCHECK in its JSON form."""
    [rest] = [rest for name, rest in stage if name == instruction]
    return json.loads(rest[rest.index("[") :])


def test_the_services_image_serves(tmp_path):
    """Its packages install with their hashes, its own check passes, and its API starts and finds itself well."""
    build, last = stages(DOCKERFILES["service"])
    place = Place(tmp_path)
    place.follow(build)
    assert not (tmp_path / "opt" / "venv" / "bin" / "uv").exists()
    shutil.rmtree(tmp_path / "src")  # nothing of the last stage may come from there
    (tmp_path / "src").mkdir()
    place.follow([each for each in last if each[0] != "COPY"], commands="python -c")
    port = str(free_port())
    place.environment |= {"API_PORT": port, "API_HOST": "127.0.0.1"}
    entry, check = words_of(last, "ENTRYPOINT"), words_of(last, "HEALTHCHECK")
    command = [*entry[entry.index("--") + 1 :], *words_of(last, "CMD")]
    assert "127.0.0.1:8000" in check[-1]
    check[-1] = check[-1].replace("8000", port)
    where = place.run(["python", "-c", "import clipzy; print(clipzy.__file__)"])
    assert where.startswith(str(tmp_path))
    program = str(tmp_path / "opt" / "venv" / "bin" / command[0])
    server = subprocess.Popen([program, *command[1:]], cwd=tmp_path / "src", env=place.environment)
    try:
        deadline = time.monotonic() + READY_S
        while subprocess.run(check, env=place.environment, capture_output=True, check=False).returncode:
            assert time.monotonic() < deadline
            assert server.poll() is None
            time.sleep(0.5)
        for path in ("/", "/docs", "/openapi.json"):  # what is no Python came along
            assert httpx.get(f"http://127.0.0.1:{port}{path}", trust_env=False).status_code == 200, path
    finally:
        server.terminate()
        assert server.wait(30) == 0


def test_tritons_image_has_every_weight(tmp_path, weights_path):
    """Made by its own commands out of the pinned packages, the same to a byte as those of the tests."""
    weights, _, _ = stages(DOCKERFILES["triton"])
    Place(tmp_path).follow(weights)
    made, known = tmp_path / "weights", weights_path
    names = sorted(path.relative_to(known) for path in known.rglob("*") if path.is_file())
    assert names
    assert sorted(path.relative_to(made) for path in made.rglob("*") if path.is_file()) == names
    assert [str(name) for name in names if (made / name).read_bytes() != (known / name).read_bytes()] == []


def test_tritons_image_loads_what_networks_need(tmp_path):
    """With this Python, not that of its base image."""
    _, packages, last = stages(DOCKERFILES["triton"])
    place = Place(tmp_path)
    (tmp_path / "opt").mkdir()
    place.follow(packages)
    place.follow([each for each in last if each[0] != "COPY"], commands="python3 -c")
