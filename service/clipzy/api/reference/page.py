"""The whole reference as a page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from clipzy.api.console.serving import ADDRESS
from clipzy.api.reference.markup import Child, Html, el, joined, phrase, prose
from clipzy.api.reference.operations import Operation, section
from clipzy.api.reference.schemas import is_envelope, schema_section

STYLES = ("base", "controls", "layout", "reference", "forced-colors")
SCRIPT = f"{ADDRESS}reference/reference.js"
ICON = f"{ADDRESS}icon.svg"


def page(document: Mapping[str, Any]) -> str:
    """An OpenAPI document as HTML. Its addresses are relative, so that a proxy may put it below a path."""
    schemas = {name: each for name, each in document["components"]["schemas"].items() if not is_envelope(name)}
    by_tag, calls = _operations(document)
    tags = [(tag["name"], tag["description"], by_tag[tag["name"]]) for tag in document["tags"]]
    main = el(
        "main",
        _contents(tags, calls, schemas),
        el(
            "div",
            _introduction(document["info"]),
            [_group(*tag) for tag in tags],
            _calls(calls),
            _schemas(schemas),
            class_="content",
        ),
        id="main",
        class_="reference",
        tabindex="-1",
    )
    return f"<!doctype html>\n{el('html', _head(document['info']), el('body', _bar(), main), lang='en').text}\n"


def _operations(document: Mapping[str, Any]) -> tuple[Mapping[str, list[Operation]], list[Operation]]:
    """What the engine serves, by tag, and what it calls itself."""
    schemas = document["components"]["schemas"]
    by_tag: defaultdict[str, list[Operation]] = defaultdict(list)
    for path, item in document["paths"].items():
        for method, about in item.items():
            by_tag[about["tags"][0]].append(Operation(method, path, about, schemas))
    calls = [
        Operation(method, "webhook_url", about, schemas)
        for item in document["webhooks"].values()
        for method, about in item.items()
    ]
    return by_tag, calls


def _head(info: Mapping[str, str]) -> Html:
    return el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("title", f"API · {info['title']}"),
        el("link", rel="icon", href=ICON, type="image/svg+xml"),
        [el("link", rel="stylesheet", href=f"{ADDRESS}styles/{name}.css") for name in STYLES],
        el("script", type="module", src=SCRIPT),
    )


def _bar() -> Html:
    links = [
        el("a", "New job", href="./#/"),
        el("a", "Jobs", href="./#/jobs"),
        el("a", "API", href="#main", aria_current="page"),
    ]
    return joined(
        el("a", "Skip to the content", class_="skip", href="#main"),
        el(
            "header",
            el("a", el("img", src=ICON, alt="", width="26", height="26"), "Clipzy", class_="brand", href="./#/"),
            el("nav", links, aria_label="Main"),
            class_="bar",
        ),
    )


def _introduction(info: Mapping[str, str]) -> Html:
    token = el(
        "form",
        el("label", "Token", for_="token"),
        el("input", id="token", type="password", autocomplete="off", spellcheck="false", aria_describedby="token-hint"),
        el(
            "p",
            "Sent with the requests you try. It stays in this tab and is forgotten with it.",
            id="token-hint",
            class_="small",
        ),
        class_="field token",
        hidden=True,
    )
    document = el(
        "p",
        *("The same as a document for programs: ", el("a", "openapi.json", href="openapi.json"), ". "),
        *("Where the engine wants a token, send ", el("code", "Authorization: Bearer …"), " with every request."),
    )
    title = el("h1", info["title"], " ", el("span", info["version"], class_="rest"))
    return el("section", title, prose(info["description"]), document, token, id="introduction")


def _contents(
    tags: Sequence[tuple[str, str, list[Operation]]], calls: list[Operation], schemas: Mapping[str, Any]
) -> Html:
    def links(operations: list[Operation]) -> Child:
        return el("ul", [el("li", el("a", each.about["summary"], href=f"#{each.name}")) for each in operations])

    types = el("ul", [el("li", el("a", name, href=f"#schema-{name}")) for name in schemas])
    return el(
        "nav",
        [joined(el("h2", name.capitalize()), links(operations)) for name, _, operations in tags],
        *(el("h2", "Webhooks"), links(calls)),
        el("details", el("summary", "Types"), types),
        class_="contents",
        aria_label="Reference",
    )


def _group(name: str, description: str, operations: list[Operation]) -> Html:
    return el(
        "section", el("h2", name.capitalize()), el("p", phrase(description)), [section(each) for each in operations]
    )


def _calls(calls: list[Operation]) -> Html:
    return el(
        "section",
        el("h2", "Webhooks"),
        el("p", "What the engine calls."),
        [section(each, is_ours=False) for each in calls],
    )


def _schemas(schemas: Mapping[str, Any]) -> Html:
    return el(
        "section", el("h2", "Types"), [schema_section(name, each) for name, each in schemas.items()], class_="types"
    )
