"""Styles for people: one as a list, two beside each other with how far they are apart."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from functools import reduce
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from rich.table import Table
from rich.text import Text

from clipzy.cli.exit_codes import MISUSED, NOT_FOUND
from clipzy.cli.failures import CommandFailed, looking_at
from clipzy.cli.job_config import json_object
from clipzy.cli.remote.connection import connected
from clipzy.cli.remote.options import JOB_ID
from clipzy.cli.terminal import answering
from clipzy.storage.artifacts import from_json, to_json
from clipzy.style.compare import difference
from clipzy.style.dna import StyleDNA, Transition
from clipzy_client import Client

NOTABLE, FAR = 0.1, 0.5  # distances that are marked
BAR = 10  # characters of the largest distance


def show_difference(url: str, token: str | None, first: str, second: str, *, as_json: bool) -> None:
    """How far two styles are apart; each is a style.json, or what a job found.

    Raises:
        CommandFailed: one of them is no style.
    """
    with answering(as_json) as answer, ExitStack() as opened:
        service = _Service(url, token, opened)
        a, b = service.style(first), service.style(second)
        distances = difference(a, b)
        document = {
            "a": first,
            "b": second,
            "fields": {
                name: {"a": _plain(_field(a, name)), "b": _plain(_field(b, name)), "distance": round(distance, 6)}
                for name, distance in distances.items()
            },
        }
        differing = sum(distance > 0 for distance in distances.values())
        answer.give(
            document,
            _compared(a, b, distances.items()),
            Text(),
            Text(f"{differing} of {len(distances)} fields differ; distances are 0 (the same) to 1"),
        )


def shown_style(style: object) -> Table:
    """A style as a list. `style`: the domain's own, or the client's, whose fields have the same names."""
    grade, sound = _field(style, "color_grade"), _field(style, "audio_style")
    sliders = ("temperature", "tint", "saturation", "contrast", "highlights", "shadows")
    facts = [
        ("colour", ", ".join(f"{name} {getattr(grade, name):+.0f}" for name in sliders)),
        ("picture", f"{_shown(style, 'aspect_ratio')}, {_shown(style, 'frame_rate')} frames/s"),
        ("pacing", f"{_shown(style, 'cut_frequency')} cuts a minute"),
        ("motion", f"{_shown(style, 'motion_intensity')} of 100, zooms {_shown(style, 'zoom_usage')} of 100"),
        ("transitions", _listed(style, ("primary_transition", "{}"), ("secondary_transition", "then {}"))),
        ("music", _listed(style, ("music_genre", "{}"), ("tempo_bpm", "{} beats a minute"))),
        (
            "sound",
            f"loudness {sound.normalization_level:.2f}, compression {sound.compression_ratio:.1f}, bass {sound.bass_boost:.0f}",
        ),
        ("confidence", f"{_shown(style, 'extraction_confidence')}"),
    ]
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    table.add_column()
    for name, said in facts:
        table.add_row(name, Text(said))
    return table


class _Service:
    """The service that the styles of jobs come from; connected only where one is needed."""

    def __init__(self, url: str, token: str | None, opened: ExitStack) -> None:
        self._url, self._token, self._opened = url, token, opened
        self._client: Client | None = None

    def style(self, given: str) -> StyleDNA:
        """The style in the file of that name, or the one that the job of that id found."""
        path = Path(given)
        with looking_at(given):
            is_file = path.exists()
        if is_file:
            return _parsed(json_object(path, "a style"), given)
        if not JOB_ID.fullmatch(given):
            raise CommandFailed(
                f"there is no file {given}",
                NOT_FOUND,
                "give a style.json, or the id of a job: job_…",
                "FILE_NOT_FOUND",
            )
        if self._client is None:
            self._client = self._opened.enter_context(connected(self._url, self._token))
        found = self._client.jobs.result(given).style_json
        if found is None:
            raise CommandFailed(f"{given} ended before its style was extracted", NOT_FOUND, code="NO_STYLE")
        return _parsed(found.model_dump(mode="json"), given)


def _parsed(tree: dict[str, Any], given: str) -> StyleDNA:
    try:
        return from_json(StyleDNA, tree)
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise CommandFailed(
            f"{given} is not a Style DNA: {f'{where}: ' if where else ''}{first['msg']}", MISUSED, code="NO_STYLE"
        ) from exc


def _compared(a: StyleDNA, b: StyleDNA, distances: Iterable[tuple[str, float]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("FIELD", no_wrap=True)
    table.add_column("A", justify="right")
    table.add_column("B", justify="right")
    table.add_column("DISTANCE", no_wrap=True)
    for name, distance in distances:
        style = "red" if distance >= FAR else "yellow" if distance >= NOTABLE else "" if distance > 0 else "dim"
        bar = "▇" * round(distance * BAR)
        table.add_row(
            Text(name, style), Text(_shown(a, name)), Text(_shown(b, name)), Text(f"{distance:.2f} {bar}", style)
        )
    return table


def _field(style: object, path: str) -> Any:  # noqa: ANN401 (a field is any of its types)
    return reduce(getattr, path.split("."), style)


def _plain(value: Any) -> Any:  # noqa: ANN401 (as above)
    return to_json(Transition, value) if isinstance(value, Transition) else value


def _listed(style: object, *parts: tuple[str, str]) -> str:
    """Those of the fields that are there, each in its words."""
    there = [words.format(_shown(style, path)) for path, words in parts if _field(style, path) is not None]
    return ", ".join(there) or "none"


def _shown(style: object, path: str) -> str:
    value = _field(style, path)
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}" if abs(value) < 1 and value else f"{value:.1f}"
    if hasattr(value, "duration_ms"):
        return f"{value.type} {value.duration_ms} ms" if value.duration_ms else str(value.type)
    return str(value)
