"""Tells whether clients of one OpenAPI document can live with another: an API may gain things, and lose none.

Breaks are a path, an operation, a parameter, a field or an enumeration's value that is gone; a request that must bring
more, or may bring less; an answer that may be of another type, or lack a field that was always there. An answer's
enumerations and fields may grow: clients are told to expect that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from itertools import zip_longest
from typing import Any

Json = Mapping[str, Any]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
CEILINGS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
FLOORS = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")


class Side(Enum):
    """Who sends a value: what may be sent must not shrink, what is answered must not surprise."""

    REQUEST = "request"
    ANSWER = "answer"


def breaks(old: Json, new: Json) -> tuple[str, ...]:
    """What clients of the old document would miss in the new one, a sentence each; empty where nothing."""
    return tuple(dict.fromkeys(_Comparison(old, new).run()))


class _Comparison:
    def __init__(self, old: Json, new: Json) -> None:
        self._old = old
        self._new = new
        self._compared: set[tuple[str, str, Side]] = set()  # references that lead to themselves end here

    def run(self) -> Iterator[str]:
        for path, item in self._old["paths"].items():
            if path not in self._new["paths"]:
                yield f"{path} is gone"
                continue
            for method in METHODS:
                if method in item:
                    where = f"{method.upper()} {path}"
                    after = self._new["paths"][path].get(method)
                    yield from [f"{where} is gone"] if after is None else self._operation(where, item[method], after)

    def _operation(self, where: str, old: Json, new: Json) -> Iterator[str]:
        yield from self._parameters(where, old, new)
        yield from self._body(where, old.get("requestBody"), new.get("requestBody"))
        for status, answer in old["responses"].items():
            if not status.startswith("2"):
                continue  # errors share one shape, and which of them come may change
            if status not in new["responses"]:
                yield f"{where}: the answer {status} is gone"
                continue
            after = self._resolved(self._new, new["responses"][status])
            before = self._resolved(self._old, answer)
            yield from self._content(f"{where} {status}", before, after, Side.ANSWER)

    def _parameters(self, where: str, old: Json, new: Json) -> Iterator[str]:
        before, after = self._named(self._old, old), self._named(self._new, new)
        for key, parameter in after.items():
            known = before.get(key)
            if parameter.get("required") and not (known and known.get("required")):
                yield f"{where}: the parameter {key[1]} is now required"
        for key, parameter in before.items():
            if key not in after:
                yield f"{where}: the parameter {key[1]} is gone"
            else:
                place = f"{where}: {key[1]}"
                yield from self._schema(place, parameter.get("schema", {}), after[key].get("schema", {}), Side.REQUEST)

    def _named(self, document: Json, operation: Json) -> dict[tuple[str, str], Json]:
        found = (self._resolved(document, each) for each in operation.get("parameters", []))
        return {(each["in"], each["name"]): each for each in found}

    def _body(self, where: str, old: Json | None, new: Json | None) -> Iterator[str]:
        before = self._resolved(self._old, old or {})
        after = self._resolved(self._new, new or {})
        if after.get("required") and not before.get("required"):
            yield f"{where}: a body is now required"
        yield from self._content(f"{where} body", before, after, Side.REQUEST)

    def _content(self, where: str, old: Json, new: Json, side: Side) -> Iterator[str]:
        for kind, media in old.get("content", {}).items():
            if kind not in new.get("content", {}):
                yield f"{where}: {kind} is gone"
            else:
                after = new["content"][kind]
                for form in ("schema", "itemSchema"):
                    yield from self._schema(where, media.get(form, {}), after.get(form, {}), side)

    def _schema(self, where: str, old: Json, new: Json, side: Side) -> Iterator[str]:
        pair = (old.get("$ref", ""), new.get("$ref", ""), side)
        if pair[0] and pair[1]:
            if pair in self._compared:
                return
            self._compared.add(pair)
        before, after = self._by_type(self._old, old), self._by_type(self._new, new)
        narrower, wider = (after, before) if side is Side.REQUEST else (before, after)
        for kind in wider:
            if not _covers(narrower, kind):
                yield f"{where}: {'no longer takes' if side is Side.REQUEST else 'may now be'} {kind}"
        for kind in before.keys() & after.keys():
            for one, other in zip_longest(before[kind], after[kind]):
                if one is not None and other is not None:
                    yield from self._alternative(where, one, other, side)

    def _alternative(self, where: str, old: Json, new: Json, side: Side) -> Iterator[str]:
        yield from _values(where, old, new, side)
        if side is Side.REQUEST:
            yield from _bounds(where, old, new)
        yield from self._fields(where, old, new, side)
        for part in ("items", "additionalProperties", "contentSchema"):
            if isinstance(old.get(part), Mapping) and isinstance(new.get(part), Mapping):
                yield from self._schema(f"{where}[]", old[part], new[part], side)

    def _fields(self, where: str, old: Json, new: Json, side: Side) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        must_before, must_after = set(old.get("required", [])), set(new.get("required", []))
        for name in sorted(must_after - must_before if side is Side.REQUEST else must_before - must_after):
            if side is Side.REQUEST or name in after:
                yield f"{where}.{name} {'is now required' if side is Side.REQUEST else 'may now be absent'}"
        for name, field in before.items():
            if name not in after:
                yield f"{where}.{name} is gone"
            else:
                yield from self._schema(f"{where}.{name}", field, after[name], side)

    def _by_type(self, document: Json, schema: Json) -> dict[str, list[Json]]:
        """The alternatives that a schema allows, by their JSON type; `any` where it names none."""
        found: dict[str, list[Json]] = {}
        for each in self._alternatives(document, schema):
            kinds = each.get("type", "any")
            for kind in [kinds] if isinstance(kinds, str) else kinds:
                found.setdefault(kind, []).append(each)
        return found

    def _alternatives(self, document: Json, schema: Json) -> Iterator[Json]:
        schema = self._resolved(document, schema)
        nested = schema.get("anyOf") or schema.get("oneOf")
        if nested is None:
            yield schema
            return
        for each in nested:
            yield from self._alternatives(document, each)

    @staticmethod
    def _resolved(document: Json, found: Json) -> Json:
        while "$ref" in found:
            at: Any = document
            for step in found["$ref"].removeprefix("#/").split("/"):
                at = at[step.replace("~1", "/").replace("~0", "~")]
            found = at
        return found


def _covers(kinds: Mapping[str, object], kind: str) -> bool:
    return kind in kinds or "any" in kinds or (kind == "integer" and "number" in kinds)


def _values(where: str, old: Json, new: Json, side: Side) -> Iterator[str]:
    """Enumerations: no value may go; a request's may not become one."""
    before, after = _enumerated(old), _enumerated(new)
    if after is None:
        return
    if before is not None:
        yield from (f"{where}: the value {value!r} is gone" for value in before if value not in after)
    elif side is Side.REQUEST:
        yield f"{where}: takes only {after} now"


def _enumerated(schema: Json) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _bounds(where: str, old: Json, new: Json) -> Iterator[str]:
    for name in CEILINGS:
        if name in new and new[name] < old.get(name, float("inf")):
            yield f"{where}: its {name} is now {new[name]}"
    for name in FLOORS:
        if name in new and new[name] > old.get(name, float("-inf")):
            yield f"{where}: its {name} is now {new[name]}"
    if new.get("pattern") not in {None, old.get("pattern")}:
        yield f"{where}: its pattern is now {new['pattern']}"
