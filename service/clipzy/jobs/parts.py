"""What runs side by side where there are many processors: a process for each source of a stage, and a stage ahead of its turn.

Threads of one process would wait for each other at Python's lock, while most of 16 processors are idle.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from clipzy.jobs.lifecycle import Stage
from clipzy.jobs.stage_process import StageTask

# Stages that keep their results by role. Motion is measured by a network, which one file keeps as busy as two
APART = frozenset({Stage.VIDEO_ANALYSIS, Stage.AUDIO_ANALYSIS})
# Memory that each process needs; with less a stage is one process. Two files of 1080p take one process with a GPU 2.6 GB in all
LEAST_MIB = 3072
AHEAD_MIB = 1024  # for a stage ahead of its turn, which needs little


def parts_of(task: StageTask) -> tuple[StageTask, ...]:
    """A task for each source of a stage, where these differ and there is memory for each; else the task itself.

    They share the stage's memory evenly, so that it takes no more than one process would.
    """
    sources = task.sources
    differ = len({source.content_hash for source in sources}) == len(sources) > 1
    if task.stage not in APART or not differ or task.memory_limit_mib // len(sources) < LEAST_MIB:
        return (task,)
    return tuple(
        replace(
            task,
            sources=(source,),
            beside=tuple(other for other in sources if other is not source),
            memory_mib=task.memory_limit_mib // len(sources),
        )
        for source in sources
    )


def ahead_of(task: StageTask, stage: Stage, function: str) -> StageTask | None:
    """A task for another stage that depends on none, to run beside this one and fill the cache; None where there is too little memory for both.

    Nobody uses its own files.
    """
    contents = {source.content_hash for source in task.sources}
    if (task.memory_limit_mib - AHEAD_MIB) // len(contents) < LEAST_MIB:
        return None
    folder = task.folder / f"{stage.value}-ahead"
    return replace(task, stage=stage, function=function, folder=folder, ahead=True, memory_mib=AHEAD_MIB)


class InOrder:
    """Passes on the warnings of a stage's parts as one process would: part by part, and each sentence once."""

    def __init__(self, parts: int, warn: Callable[[str], None]) -> None:
        self._warn = warn
        self._held: list[list[str]] = [[] for _ in range(parts)]
        self._ended = [False] * parts
        self._turn = 0
        self._said_by: dict[str, int] = {}

    def warn(self, part: int, text: str) -> None:
        """Pass on a warning of that part: at once where all parts before it have ended, else when they have."""
        if part == self._turn:
            self._tell(part, text)
        else:
            self._held[part].append(text)

    def ended(self, part: int) -> None:
        """The part of that number has said all."""
        self._ended[part] = True
        while self._turn < len(self._ended) and self._ended[self._turn]:
            self._turn += 1
            for text in self._held[self._turn] if self._turn < len(self._held) else ():
                self._tell(self._turn, text)

    def _tell(self, part: int, text: str) -> None:
        if self._said_by.setdefault(text, part) == part:  # as that Triton is waited for
            self._warn(text)
