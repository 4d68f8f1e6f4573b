"""Sound videos to damage, a witness of what is opened, and the hostile files that all doors are tried with."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest

from fuzz.damage import SUFFIXES, sound_videos
from fuzz.lying import huge_pictures, lying_avi, lying_mkv, lying_mp4, tiny
from fuzz.pointing import links, references, subtitled, texts
from fuzz.renamed import other_kinds
from fuzz.witness import Witness


@pytest.fixture(scope="session")
def videos(tmp_path_factory) -> dict[str, bytes]:
    """A second of video with sound in each container, by its suffix."""
    return sound_videos(tmp_path_factory.mktemp("sound"))


@pytest.fixture
def witness(tmp_path_factory) -> Iterator[Witness]:
    """Sees whether the file and the address that hostile media name are asked for."""
    with Witness(tmp_path_factory.mktemp("witness")) as witness:
        yield witness


@pytest.fixture
def scripts(witness) -> dict[str, bytes]:
    """Texts that name the canary and the port, named as videos."""
    return named(texts(witness.canary, witness.port))


@pytest.fixture
def pointers(videos, witness) -> dict[str, bytes]:
    """Videos in which the canary and the port are named, all but the names as it should be."""
    canary, port = witness.canary, witness.port
    return {
        **references(videos[".mp4"], canary, port),
        **links(videos[".mkv"], canary),
        **subtitled(videos[".avi"], canary, port),
    }


@pytest.fixture(scope="session")
def liars(videos, tmp_path_factory) -> dict[str, bytes]:
    """Videos whose headers lie, and files of hardly a byte."""
    return {
        **lying_mp4(videos[".mp4"]),
        **lying_mkv(videos[".mkv"]),
        **lying_avi(videos[".avi"]),
        **huge_pictures(tmp_path_factory.mktemp("pictures")),
        **tiny(),
    }


@pytest.fixture(scope="session")
def misnamed(tmp_path_factory) -> dict[str, bytes]:
    """Files of other kinds named as videos."""
    return named(other_kinds(tmp_path_factory.mktemp("kinds")))


def named(contents: dict[str, bytes]) -> dict[str, bytes]:
    """Contents by file name, with the accepted endings in turn."""
    return {
        f"{kind}{ending}": content for (kind, content), ending in zip(contents.items(), cycle(SUFFIXES), strict=False)
    }


@pytest.fixture
def save(tmp_path):
    """Writes a file of that name and content, and gives its path."""

    def save(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return save
