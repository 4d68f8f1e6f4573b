"""The OpenAPI document that clients are made from, and the check that a newer one breaks none of them."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from clipzy.cli import openapi
from clipzy.cli.compatibility import breaks
from clipzy.errors import ConfigurationError

KEPT = Path(__file__).parents[2] / "clients" / "openapi.json"


@pytest.fixture(scope="module")
def document():
    """As the app makes it."""
    return json.loads(openapi.as_text(openapi.document()))


def test_the_kept_document_is_that_of_the_app():
    """To the letter; `clipzy openapi -o clients/openapi.json` makes it so."""
    assert KEPT.read_text(encoding="utf-8") == openapi.as_text(openapi.document())


def test_a_document_breaks_nothing_of_its_own(document):
    """Whatever leads to itself in it."""
    assert breaks(document, document) == ()


def at(document, path):
    """What lies at a path of keys, and the last key."""
    *way, last = path
    for step in way:
        document = document[step]
    return document, last


def gone(*path):
    """Takes what is there away."""

    def change(document):
        place, last = at(document, path)
        if isinstance(place, list):
            place.remove(last)
        else:
            del place[last]

    return change


def put(*path, to):
    """Puts another value there."""

    def change(document):
        place, last = at(document, path)
        place[last] = to

    return change


def added(*path, what):
    """Adds it to the list that is there."""

    def change(document):
        place, last = at(document, path)
        place.setdefault(last, []).append(what)

    return change


SCHEMAS = ("components", "schemas")
JOB = (*SCHEMAS, "JobResponse")
REQUEST = (*SCHEMAS, "JobRequest")
CONFIG = (*SCHEMAS, "JobConfig", "properties")
LIST_JOBS = ("paths", "/api/v1/jobs", "get")
UPLOAD_FORM = ("paths", "/api/v1/videos/upload", "post", "requestBody", "content", "multipart/form-data", "schema")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (gone("paths", "/api/v1/jobs/{job_id}/cancel"), "/api/v1/jobs/{job_id}/cancel is gone"),
        (gone("paths", "/api/v1/jobs/{job_id}", "delete"), "DELETE /api/v1/jobs/{job_id} is gone"),
        (gone(*JOB, "properties", "priority"), ".priority is gone"),
        (gone(*REQUEST, "properties", "webhook_url"), "body.webhook_url is gone"),
        (gone(*UPLOAD_FORM, "properties", "template_video_id"), "body.template_video_id is gone"),
        (gone(*SCHEMAS, "Status", "enum", "cancelled"), "the value 'cancelled' is gone"),
        (gone(*SCHEMAS, "Quality", "enum", "low"), "config.quality: the value 'low' is gone"),
        (put(*REQUEST, "required", to=["video_id"]), "POST /api/v1/jobs body.video_id is now required"),
        (put(*REQUEST, "properties", "priority", "maximum", to=9), "priority: its maximum is now 9"),
        (put(*REQUEST, "properties", "priority", "minimum", to=1), "priority: its minimum is now 1"),
        (put(*CONFIG, "color", "type", to="string"), "config.color: no longer takes boolean"),
        (put(*CONFIG, "color", "enum", to=[True]), "config.color: takes only [True] now"),
        (put(*JOB, "properties", "job_id", "type", to="integer"), ".job_id: may now be integer"),
        (gone(*JOB, "required", "status"), ".status may now be absent"),
        (
            put(
                *JOB, "properties", "status", to={"anyOf": [{"$ref": "#/components/schemas/Status"}, {"type": "null"}]}
            ),
            ".status: may now be null",
        ),
        (put(*REQUEST, "properties", "config", to={"$ref": "#/components/schemas/JobConfig"}), "no longer takes null"),
        (
            added(*LIST_JOBS, "parameters", what={"in": "query", "name": "team", "required": True, "schema": {}}),
            "the parameter team is now required",
        ),
        (put(*LIST_JOBS, "parameters", to=[]), "the parameter page_size is gone"),
        (gone(*LIST_JOBS, "responses", "200"), "GET /api/v1/jobs: the answer 200 is gone"),
        (
            gone("paths", "/api/v1/jobs/{job_id}/output", "get", "responses", "206", "content", "video/mp4"),
            "/output 206: video/mp4 is gone",
        ),
    ],
)
def test_what_clients_would_miss_is_named(document, change, told):
    """Each kind of break, where it is."""
    newer = copy.deepcopy(document)
    change(newer)
    found = breaks(document, newer)
    assert any(told in each for each in found), found


@pytest.mark.parametrize(
    "change",
    [
        put("paths", "/api/v1/teams", to={"get": {"responses": {}}}),
        put("paths", "/api/v1/videos", "put", to={"responses": {}}),
        put(*JOB, "properties", "mood", to={"type": "string"}),
        added(*JOB, "required", what="metadata"),
        put(*REQUEST, "properties", "team", to={"type": "string"}),
        added(*SCHEMAS, "Stage", "enum", what="upscaling"),
        added(*LIST_JOBS, "parameters", what={"in": "query", "name": "team", "schema": {"type": "string"}}),
        put(*REQUEST, "properties", "priority", "type", to="number"),
        gone(*REQUEST, "properties", "priority", "maximum"),
        put(*JOB, "description", to="another word for it"),
        gone("paths", "/api/v1/jobs", "post", "responses", "503"),
    ],
    ids=lambda _: "",
)
def test_what_is_added_breaks_nothing(document, change):
    """Routes, fields, values, parameters that may be left out, wider bounds, other words."""
    newer = copy.deepcopy(document)
    change(newer)
    assert newer != document
    assert breaks(document, newer) == ()


def test_the_command_compares_with_an_older_document(document, tmp_path, capsys):
    """It ends badly where something is gone, and names it; an older one is no break the other way round."""
    older = copy.deepcopy(document)
    gone(*JOB, "properties", "priority")(older)
    newer = copy.deepcopy(document)
    newer["paths"]["/api/v1/teams"] = {"get": {"operationId": "listTeams", "responses": {}}}
    for api, name in ((older, "older.json"), (newer, "newer.json")):
        (tmp_path / name).write_text(json.dumps(api))
    openapi.write_document(tmp_path / "out.json", tmp_path / "older.json")
    assert json.loads((tmp_path / "out.json").read_text()) == document
    with pytest.raises(SystemExit) as caught:
        openapi.write_document(None, tmp_path / "newer.json")
    assert caught.value.code == 1
    assert "/api/v1/teams is gone" in capsys.readouterr().err
    with pytest.raises(ConfigurationError, match="cannot be read"):
        openapi.write_document(None, tmp_path / "none.json")
