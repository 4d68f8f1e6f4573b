"""One operation of the API for people: what it takes, what it answers, and a form to try it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from clipzy.api.reference.markup import Child, Html, code_block, el, joined, phrase, prose, table
from clipzy.api.reference.schemas import (
    Schema,
    example_of,
    fields_table,
    is_envelope,
    needed_mark,
    type_words,
    without_null,
)

LOCAL = "http://localhost:8000"  # shown until a script knows better
JSON, FORM, EVENTS = "application/json", "multipart/form-data", "text/event-stream"
FIRST_ERROR = 400
MANY_KINDS = 3


@dataclass(frozen=True, slots=True)
class Operation:
    """What one method does on one path. `schemas`: the document's, by name."""

    method: str
    path: str
    about: Mapping[str, Any]
    schemas: Mapping[str, Schema]

    @property
    def name(self) -> str:
        """The operation's own, for programs and addresses."""
        return str(self.about["operationId"])

    @property
    def parameters(self) -> list[Mapping[str, Any]]:
        """What goes into path, query and headers."""
        return list(self.about.get("parameters", ()))

    @property
    def body(self) -> tuple[str, Mapping[str, Any]] | None:
        """The body's content type, and its part of the document."""
        content = self.about.get("requestBody", {}).get("content", {})
        return next(iter(content.items()), None)

    def examples_of_body(self) -> Iterator[tuple[str, Any]]:
        """What might be sent, each with a few words."""
        if self.body is None or self.body[0] != JSON:
            return
        for each in self.body[1].get("examples", {}).values():
            yield each.get("summary", "Example"), each["value"]


def section(operation: Operation, *, is_ours: bool = True) -> Html:
    """The operation. `is_ours`: the engine serves it; else it is what the engine calls."""
    about = operation.about
    method = el("span", operation.method.upper(), class_="method", data_method=operation.method)
    title = el("h3", method, " ", el("code", operation.path), " ", el("span", about["summary"], class_="rest"))
    return el(
        "section",
        title,
        prose(about.get("description", "")),
        _curl(operation) if is_ours else None,
        _parameters(operation),
        _body(operation),
        _answers(operation),
        _errors(operation),
        _trial(operation) if is_ours else None,
        class_="operation card",
        id=operation.name,
    )


def _parameters(operation: Operation) -> Html | None:
    rows = [
        (
            joined(el("code", each["name"]), needed_mark(each["required"])),
            each["in"],
            type_words(without_null(each["schema"])),
            phrase(each.get("description", "")),
        )
        for each in operation.parameters
    ]
    return joined(el("h4", "Parameters"), table(("Name", "In", "Type", "Meaning"), rows)) if rows else None


def _body(operation: Operation) -> Html | None:
    if operation.body is None:
        return None
    kind, content = operation.body
    schema = content["schema"]
    shown = el("p", type_words(schema))
    if kind == FORM:
        shown = fields_table(
            {**schema, "properties": {name: without_null(each) for name, each in schema["properties"].items()}}
        )
    examples = [_folded(words, code_block(value)) for words, value in operation.examples_of_body()]
    return joined(el("h4", "Body ", el("code", kind)), shown, examples)


def _answers(operation: Operation) -> Html | None:
    rows, examples = [], []
    for status, answer in sorted(operation.about["responses"].items()):
        if not status.isdecimal() or int(status) >= FIRST_ERROR:
            continue
        content = answer.get("content", {})
        rows.append((el("code", status), _contents(content, operation), phrase(answer["description"])))
        examples += [
            _folded(f"Example of {status}", code_block(each["example"]))
            for each in content.values()
            if each.get("example", "(bytes)") != "(bytes)"
        ]
    return joined(el("h4", "Answers"), table(("Status", "Content", "Meaning"), rows), examples) if rows else None


def _contents(content: Mapping[str, Any], operation: Operation) -> Child:
    if len(content) > MANY_KINDS:
        return "the file, with its own media type"
    return [el("p", el("code", kind), _content(each, operation)) for kind, each in content.items()]


def _content(content: Mapping[str, Any], operation: Operation) -> Child:
    if "x-itemSchema" in content:
        return [", each event's data: ", type_words(content["x-itemSchema"]["properties"]["data"]["contentSchema"])]
    schema = content.get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    if is_envelope(name):
        return [", in ", el("code", "data"), ": ", type_words(operation.schemas[name]["properties"]["data"])]
    return None


def _errors(operation: Operation) -> Html | None:
    rows = [
        (el("code", status), el("code", code), each["value"]["error"]["detail"])
        for status, answer in sorted(operation.about["responses"].items())
        for code, each in answer.get("content", {}).get(JSON, {}).get("examples", {}).items()
        if status.isdecimal() and int(status) >= FIRST_ERROR
    ]
    return _folded("Errors", table(("Status", "Code", "Such as"), rows)) if rows else None


def _curl(operation: Operation) -> Html:
    """The operation on a command line."""
    before, after = ["curl"], ""
    kind = None if operation.body is None else operation.body[0]
    if kind == FORM:
        before.append("-F file=@beach.mp4")
    elif operation.method not in {"get", "post"} or (operation.method == "post" and kind is None):
        before.append(f"-X {operation.method.upper()}")
    answered = operation.about["responses"].get("200", {}).get("content", {})
    if EVENTS in answered:
        before.append("-N")
    elif answered and not {JSON, "text/plain"} & answered.keys():
        before.append("-O")
    if kind == JSON:
        before.append(f"-H 'Content-Type: {JSON}'")
        _, value = next(operation.examples_of_body())
        after = f" \\\n     -d {shlex.quote(json.dumps(value))}"
    line: list[Child] = [" ".join(before), " ", el("span", LOCAL, class_="origin"), operation.path, after]
    return el("pre", el("code", line), tabindex="0")


def _trial(operation: Operation) -> Html:
    """A form that a script brings to life; hidden until it does."""
    fields = [
        _field(each["name"], each["in"], each["schema"], operation, each["required"]) for each in operation.parameters
    ]
    if operation.body is not None:
        kind, content = operation.body
        if kind == JSON:
            _, value = next(operation.examples_of_body())
            text = el(
                "textarea",
                json.dumps(value, indent=2),
                name="body",
                data_in="body",
                rows="8",
                id=f"{operation.name}-body",
            )
            fields.append(_labelled("Body", f"{operation.name}-body", text))
        else:
            schema = content["schema"]
            needed = schema["required"]
            fields += [
                _field(name, "form", each, operation, name in needed) for name, each in schema["properties"].items()
            ]
    form = el(
        "form",
        fields,
        el("div", el("button", "Send", type="submit", class_="primary"), class_="buttons"),
        el("p", class_="told", role="status"),
        data_method=operation.method,
        data_path=operation.path,
    )
    return el("details", el("summary", "Try it"), form, class_="try", hidden=True)


def _field(name: str, place: str, schema: Schema, operation: Operation, needed: bool) -> Html:
    field_id = f"{operation.name}-{name}"
    is_file = schema.get("format") == "binary"
    given = el(
        "input",
        id=field_id,
        name=name,
        data_in=place,
        type="file" if is_file else "text",
        required=needed,
        placeholder=None if is_file else example_of(schema) or None,
        autocomplete="off",
        spellcheck="false",
    )
    return _labelled(name, field_id, given)


def _labelled(name: str, field_id: str, given: Html) -> Html:
    return el("div", el("label", name, for_=field_id), given, class_="field")


def _folded(summary: str, content: Html) -> Html:
    return el("details", el("summary", summary), content)
