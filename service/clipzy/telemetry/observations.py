"""What a stage measures: written down in its own process, told to the worker over the pipe, exported by the worker.

A stage's process lives for one stage, and nobody scrapes it. So it hands on what it observed as plain values, a few times
a second at most, and the worker's registry counts them. What the process says is checked before it is believed: it
has read a stranger's file. Anywhere else than in a stage's process an observation is counted at once.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from prometheus_client import Gauge

from clipzy.telemetry import metrics, tracing
from clipzy.telemetry.tracing import FinishedSpan

Entry = list[Any]  # kind, then its values; as JSON

MOST_A_MESSAGE = 1000  # entries
LONGEST_LABEL = 200  # characters, of a reason
MOST_NAMES = 64  # of networks, paths…: what a process makes up cannot fill the registry
_NAME = re.compile(r"[A-Za-z0-9_]{1,40}")

_pending: list[Entry] | None = None
_lock = threading.Lock()
_names: dict[str, set[str]] = {}


def saw_frames(stage: str, count: int) -> None:
    """A stage has worked on that many frames more."""
    _note(["frames", stage, count])


def asked_network(network: str, outcome: str, seconds: float) -> None:
    """A network was called; `outcome`: ok, or in a word what went wrong."""
    _note(["inference", network, outcome, seconds])


def chose_encoder(name: str, reason: str) -> None:
    """The encoder that pictures are made with here, and why it."""
    _note(["encoder", name, reason])


def chose_decoder(name: str, reason: str) -> None:
    """The decoder that pictures are read with here, and why it."""
    _note(["decoder", name, reason])


def fell_back(of: str, to: str) -> None:
    """Something weaker (`to`) was taken in place of what was meant (`of`)."""
    _note(["fallback", of, to])


def ended_span(span: FinishedSpan) -> None:
    """A piece of work below the stage's own span has ended."""
    _note(["span", span.to_json()])


def collect() -> None:
    """From now on keep observations until they are taken: in a stage's process, at its start."""
    global _pending  # noqa: PLW0603 (a process has one such place)
    _pending = []


def take() -> list[list[Entry]]:
    """What was observed since the last time, in parts that fit into one message each."""
    with _lock:
        taken = list(_pending or ())
        if _pending is not None:
            _pending.clear()
    return [taken[at : at + MOST_A_MESSAGE] for at in range(0, len(taken), MOST_A_MESSAGE)]


def count(entries: Iterable[object]) -> None:
    """Let this process export what a stage observed; entries that make no sense are passed over."""
    for entry in entries:
        if isinstance(entry, list) and entry and isinstance(entry[0], str) and entry[0] in _COUNTED:
            with suppress(TypeError, ValueError, KeyError, OverflowError):  # a sound process says nothing of the kind
                _COUNTED[entry[0]](*entry[1:])


def _note(entry: Entry) -> None:
    with _lock:
        if _pending is not None:
            _pending.append(entry)
            return
    count([entry])


def _count_frames(stage: object, number: object) -> None:
    metrics.STAGE_FRAMES.labels(_name("stage", stage)).inc(_amount(number))


def _count_inference(network: object, outcome: object, seconds: object) -> None:
    labels = _name("network", network), _name("outcome", outcome)
    metrics.INFERENCE_SECONDS.labels(*labels).observe(_amount(seconds))


def _count_fallback(of: object, to: object) -> None:
    metrics.FALLBACKS.labels(_name("of", of), _name("to", to)).inc()


def _set_info(info: Gauge, name: object, reason: object) -> None:
    if not isinstance(reason, str):
        raise TypeError
    known = _name("codec", name)
    info.clear()  # one series: what holds now
    info.labels(known, tracing.whole(reason[:LONGEST_LABEL])).set(1)


def _count_span(tree: object) -> None:
    if not isinstance(tree, Mapping):
        raise TypeError
    tracing.record(FinishedSpan.from_json(tree))


_COUNTED: Mapping[str, Callable[..., None]] = {
    "frames": _count_frames,
    "inference": _count_inference,
    "fallback": _count_fallback,
    "encoder": lambda name, reason: _set_info(metrics.ENCODER_INFO, name, reason),
    "decoder": lambda name, reason: _set_info(metrics.DECODER_INFO, name, reason),
    "span": _count_span,
}


def _name(kind: str, value: object) -> str:
    """The value as a label; one of many that a process makes up becomes `other`."""
    if not (isinstance(value, str) and _NAME.fullmatch(value)):
        raise ValueError(value)
    known = _names.setdefault(kind, set())
    if value not in known:
        if len(known) >= MOST_NAMES:
            return "other"
        known.add(value)
    return value


def _amount(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise ValueError(value)
    return float(value)
