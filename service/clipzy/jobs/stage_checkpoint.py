"""How a stage ended, as the durable queue keeps it: small and plain JSON, which workers of earlier and later versions read as well.

A field may be added with a default, which earlier versions overlook and which stands for what they wrote; none may go or mean something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from clipzy.jobs.lifecycle import Stage
from clipzy.jobs.moves import StageResult
from clipzy.jobs.publishing import StoredFile
from clipzy.jobs.records import JobError
from clipzy.storage.artifacts import from_json, to_json
from clipzy.storage.published import OUTPUT


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How a stage ended. `error`: it failed; `gone`: its job had ended before; else the rest tells what it left.

    `folder`: its name below the job's scratch folder. `seconds`: how long it ran. `version`: of the code that ran it, as `version_of` has it; empty where
    an engine ran it that did not say. `again`: the stages before it that were run once more with it, since another version had run them; what they left
    takes the place of what they left before.
    """

    folder: str = ""
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    artifacts: Mapping[str, str] = field(default_factory=dict)
    files: tuple[StoredFile, ...] = ()
    style_json: Mapping[str, Any] | None = None
    error: JobError | None = None
    gone: bool = False
    version: str = ""
    again: Mapping[Stage, Checkpoint] = field(default_factory=dict)

    @property
    def output_key(self) -> str | None:
        """Storage key of the rendered file, None where the stage rendered none."""
        return self.artifacts.get(OUTPUT)

    def dump(self) -> dict[str, Any]:
        """As plain JSON."""
        tree: dict[str, Any] = to_json(Checkpoint, self)
        return tree

    @staticmethod
    def load(tree: Mapping[str, Any]) -> Checkpoint:
        """From what `dump` gave, of this version or another."""
        return from_json(Checkpoint, tree)


def run_by(version: str, done: Mapping[Stage, Checkpoint]) -> dict[Stage, Checkpoint]:
    """Of the finished stages those that this version can go on from: each that it ran itself, up to the first that another ran."""
    return dict(takewhile(lambda stage_and_checkpoint: stage_and_checkpoint[1].version == version, done.items()))


def result_of(checkpoint: Checkpoint, done: Mapping[Stage, Checkpoint]) -> StageResult:
    """What the job's row learns from a finished stage: where some of those `done` before it were run again with it, all that it has from its stages."""
    told = [*{**done, **checkpoint.again}.values(), checkpoint] if checkpoint.again else [checkpoint]
    styles = [each.style_json for each in told if each.style_json is not None]
    return StageResult(
        warnings=[warning for each in told for warning in each.warnings],
        artifacts={name: key for each in told for name, key in each.artifacts.items()},
        style_json=styles[-1] if styles else None,
        anew=bool(checkpoint.again),
        withdrawn=[warning for each in done.values() for warning in each.warnings] if checkpoint.again else (),
    )
