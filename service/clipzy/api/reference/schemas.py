"""JSON schemas in words: a field's type with its bounds, an object's fields as a table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from clipzy.api.reference.markup import Child, Html, el, joined, phrase, table

Schema = Mapping[str, Any]

_REF = "#/components/schemas/"
_KINDS = {"object": "object", "integer": "whole number", "number": "number", "boolean": "true or false", "null": "null"}
# bounds of a value in words, by their names in a schema
_BOUNDS = {
    "minimum": "from {}",
    "exclusiveMinimum": "over {}",
    "maximum": "to {}",
    "exclusiveMaximum": "under {}",
    "maxLength": "at most {} characters",
    "minItems": "at least {}",
    "maxItems": "at most {}",
}


def is_envelope(name: str) -> bool:
    """Whether it is the envelope of a good answer: only its content is shown."""
    return name.startswith("Success_")


def type_words(schema: Schema) -> Html:
    """What a value may be."""
    if "$ref" in schema:
        return _link(schema["$ref"])
    if "anyOf" in schema:
        return _either([type_words(each) for each in schema["anyOf"]])
    if "const" in schema:
        return _either([_literal(schema["const"])])
    if "enum" in schema:
        return _either([_literal(each) for each in schema["enum"]])
    if "x-extensible-enum" in schema:
        return joined(_either([_literal(each) for each in schema["x-extensible-enum"]]), " or another")
    return joined(_kind(schema), _bounds(schema))


def without_null(schema: Schema) -> Schema:
    """What a parameter or a form's field may be: it is left out in place of being null or empty."""
    left = [each for each in schema.get("anyOf", ()) if each.get("type") != "null" and each.get("maxLength") != 0]
    return {**schema, "anyOf": left} if left else schema


def fields_table(schema: Schema) -> Html:
    """The fields of an object: name, type, meaning."""
    needed = set(schema.get("required", ()))
    rows = [
        (joined(el("code", name), needed_mark(name in needed)), type_words(each), _meaning(each))
        for name, each in schema["properties"].items()
    ]
    return table(("Field", "Type", "Meaning"), rows)


def schema_section(name: str, schema: Schema) -> Html:
    """A schema under its own name, where the types of others lead."""
    told = schema.get("description")
    content = fields_table(schema) if "properties" in schema else el("p", type_words(schema))
    return el("section", el("h3", name), el("p", phrase(told)) if told else None, content, id=f"schema-{name}")


def example_of(schema: Schema) -> str:
    """A value to begin with, as text; empty where there is none."""
    for place in (schema, *schema.get("anyOf", ())):
        for value in place.get("examples", ()):
            return value if isinstance(value, str) else json.dumps(value)
    return ""


def _kind(schema: Schema) -> Child:
    match schema.get("type"):
        case "string":
            return {"date-time": "time", "uri": "URL", "binary": "file"}.get(schema.get("format", ""), "text")
        case "array" if "prefixItems" in schema:
            return ["list of ", _joined_by(", ", [type_words(each) for each in schema["prefixItems"]])]
        case "array":
            return ["list of ", type_words(schema.get("items", {}))]
        case "object" if isinstance(schema.get("additionalProperties"), Mapping):
            return ["object of ", type_words(schema["additionalProperties"])]
        case kind:
            return _KINDS.get(kind or "", "any JSON")


def _bounds(schema: Schema) -> Child:
    # JSON knows one kind of number: 144.0 is 144
    said = [words.format(f"{schema[name]:.12g}") for name, words in _BOUNDS.items() if name in schema]
    # of a tuple the number of entries shows
    return None if "prefixItems" in schema or not said else f", {' '.join(said)}"


def _meaning(schema: Schema) -> Child:
    told = next((each["description"] for each in (schema, *schema.get("anyOf", ())) if "description" in each), None)
    default = schema.get("default")
    return [
        phrase(told) if told else None,
        [" Default: ", _literal(default), "."] if "default" in schema and default not in ({}, "") else None,
    ]


def needed_mark(is_needed: bool) -> Html | None:
    """Says that something may not be left out."""
    return el("span", " required", class_="needed") if is_needed else None


def _link(ref: str) -> Html:
    name = ref.removeprefix(_REF)
    return el("a", name, href=f"#schema-{name}")


def _literal(value: object) -> Html:
    return el("code", json.dumps(value, ensure_ascii=False))


def _either(choices: list[Html]) -> Html:
    if len(choices) < 2:
        return joined(choices)
    return joined(_joined_by(", ", choices[:-1]), " or ", choices[-1])


def _joined_by(between: str, pieces: Iterable[Html]) -> list[Child]:
    out: list[Child] = []
    for piece in pieces:
        out += [between, piece] if out else [piece]
    return out
