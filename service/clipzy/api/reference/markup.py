"""Builds HTML. Text is always text: nothing that stands in a document can become a tag."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Any, TypeAlias

_EMPTY = frozenset({"br", "img", "input", "link", "meta"})  # elements without an end tag


@dataclass(frozen=True, slots=True)
class Html:
    """A piece of a page."""

    text: str


Child: TypeAlias = "Html | str | Iterable[Child] | None"


def el(tag: str, *children: Child, **attributes: str | bool | None) -> Html:
    """An element; an attribute's underscores are dashes, a last one keeps it from being a keyword. False and None are left out."""
    named = "".join(_attribute(name, value) for name, value in attributes.items() if value not in {None, False})
    if tag in _EMPTY:
        return Html(f"<{tag}{named}>")
    return Html(f"<{tag}{named}>{joined(*children).text}</{tag}>")


def joined(*children: Child) -> Html:
    """Pieces one after the other."""
    return Html("".join(_text(child) for child in children))


def prose(text: str) -> list[Html]:
    """Paragraphs, parted by empty lines."""
    return [el("p", phrase(part)) for part in re.split(r"\n\s*\n", text.strip()) if part]


def phrase(text: str) -> Html:
    """A text whose `code` stands between backticks."""
    parts = re.split(r"`([^`]+)`", text)
    return joined([el("code", part) if number % 2 else part for number, part in enumerate(parts)])


def code_block(value: Any) -> Html:  # noqa: ANN401 (JSON is anything)
    """JSON, or text as it is; one that is too wide can be scrolled by keys too."""
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    return el("pre", el("code", text), tabindex="0")


def table(heads: Iterable[str], rows: Iterable[Iterable[Child]]) -> Html:
    """A table; the first cell of a row names it."""
    head = el("thead", el("tr", [el("th", name, scope="col") for name in heads]))
    body = [
        el("tr", [el("td", cell) if number else el("th", cell, scope="row") for number, cell in enumerate(row)])
        for row in rows
    ]
    return el("div", el("table", head, el("tbody", body)), class_="table", tabindex="0")


def _attribute(name: str, value: str | bool | None) -> str:
    name = name.removesuffix("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'


def _text(child: Child) -> str:
    match child:
        case None:
            return ""
        case Html():
            return child.text
        case str():
            return escape(child)
        case _:
            return joined(*child).text
