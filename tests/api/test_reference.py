"""The API's reference as a page, held against the document that it tells of."""

from __future__ import annotations

import gzip
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import httpx
import pytest
from fastapi import FastAPI

from api.rest import data
from clipzy.api.reference.markup import el, phrase, table
from clipzy.api.reference.schemas import type_words


@pytest.fixture(scope="module")
def page(client) -> str:
    """The page, as it is served."""
    answer = client.get("/docs")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text


@pytest.fixture(scope="module")
def document(client) -> dict:
    """The document."""
    return client.get("/openapi.json").json()


def test_nothing_of_it_comes_from_another_host(client, page):
    """Scripts, styles and pictures are the engine's own, and its policy forbids others."""
    fetched = re.findall(r'(?:src|href)="([^"#][^"]*)"', page)
    assert fetched
    assert not [each for each in fetched if "//" in each]
    assert all(client.get(f"/{each}").status_code == 200 for each in fetched if each.startswith("console/"))
    policy = client.get("/docs").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy


def test_every_operation_is_told_of(page, document):
    """With its parameters, its errors and what it answers; those that the engine calls, too."""
    operations = [
        (method, path, about)
        for paths in (document["paths"], document["webhooks"])
        for path, item in paths.items()
        for method, about in item.items()
    ]
    assert len(operations) > 20
    for method, path, about in operations:
        shown = section(page, about["operationId"])
        assert f">{method.upper()}</span>" in shown
        assert path in shown or path in document["webhooks"]
        for parameter in about.get("parameters", ()):
            assert f"<code>{parameter['name']}</code>" in shown
        for answer in about["responses"].values():
            for code in answer.get("content", {}).get("application/json", {}).get("examples", {}):
                assert f"<code>{code}</code>" in shown


def test_every_field_is_told_of(page, document):
    """Under the name of its type; the envelope around answers is told of once, in words."""
    for name, schema in document["components"]["schemas"].items():
        if name.startswith("Success_"):
            continue
        shown = section(page, f"schema-{name}")
        for field, each in schema.get("properties", {}).items():
            assert f"<code>{field}</code>" in shown
            assert each.get("description", "").split("`")[0] in unescape(shown)


def test_every_link_within_it_leads_somewhere(page):
    """Types lead to their fields, the contents to the operations; no two things have one id."""
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"/]+)"', page)) <= set(ids)


def test_whoever_asks_for_it_first_holds_up_nobody(own_service, monkeypatch):
    """It takes a second to be made, once for all who ask meanwhile."""
    begun, released, make = threading.Semaphore(0), threading.Event(), FastAPI.openapi

    def slow(app):
        begun.release()
        assert released.wait(30)
        return make(app)

    monkeypatch.setattr(FastAPI, "openapi", slow)
    with own_service() as service, ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(httpx.get, f"{service.url}{path}", timeout=60) for path in ("/docs", "/openapi.json")]
        try:
            assert begun.acquire(timeout=20)
            assert data(service.client.get("/livez")) == {"alive": True}
        finally:
            released.set()
        assert [each.result().status_code for each in asked] == [200, 200]
        assert not begun.acquire(blocking=False)


def test_it_can_be_read_without_scripts(page):
    """Only what a script brings to life is hidden until then."""
    assert re.findall(r"<(\w+)[^>]* hidden", page)
    assert set(re.findall(r'<\w+[^>]* class="([^"]*)"[^>]* hidden', page)) == {"try", "field token"}


def test_it_is_kept_by_browsers_and_sent_zipped(client):
    """Like the console's files; HEAD is understood."""
    first = client.get("/docs", headers={"accept-encoding": "gzip"})
    assert first.headers["content-encoding"] == "gzip"
    assert len(gzip.compress(first.content)) < 60_000
    assert client.get("/docs", headers={"if-none-match": first.headers["etag"]}).status_code == 304
    assert client.head("/docs").status_code == 200


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "number", "minimum": 0.0, "maximum": 1.0}, "number, from 0 to 1"),
        ({"type": "integer", "minimum": 144.0, "maximum": 4320.0}, "whole number, from 144 to 4320"),
        ({"type": "number", "exclusiveMinimum": 0}, "number, over 0"),
        ({"enum": [True, False, "plan"]}, "true, false or &quot;plan&quot;"),
        ({"anyOf": [{"type": "string", "maxLength": 9}, {"type": "null"}]}, "text, at most 9 characters or null"),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 1}, "list of whole number, at least 1"),
        ({"type": "array", "prefixItems": [{"type": "number"}] * 2, "minItems": 2}, "list of number, number"),
        ({"type": "object", "additionalProperties": {"type": "boolean"}}, "object of true or false"),
        ({"$ref": "#/components/schemas/Job"}, '<a href="#schema-Job">Job</a>'),
        ({}, "any JSON"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_types_are_told_in_words(schema, words):
    """With the bounds of their values."""
    assert re.sub("</?code>", "", type_words(schema).text) == words


def test_text_stays_text():
    """Whatever stands in it."""
    assert el("p", "<b>", title='"&').text == '<p title="&quot;&amp;">&lt;b&gt;</p>'
    assert phrase("a `<i>` b").text == "a <code>&lt;i&gt;</code> b"
    assert "<script" not in table(["<script>"], [["<script>", "<script>"]]).text


def section(page: str, name: str) -> str:
    """What stands under an id, up to the end of its section."""
    return page.partition(f' id="{name}"')[2].partition("</section>")[0]
