"""The OpenAPI document: complete, sound in itself, and true to the contract."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator

import measured
from clipzy.api import examples
from clipzy.api.app import create_app
from clipzy.api.schemas import config, plan, style
from clipzy.api.services import Services
from clipzy.jobs.engine import Engine
from clipzy.jobs.lifecycle import Status
from clipzy.jobs.records import JobError, new_job
from clipzy.jobs.store import Store
from clipzy.jobs.webhooks import payload
from clipzy.settings import Settings
from clipzy.storage.artifacts import to_json
from clipzy.storage.database import open_database
from clipzy.storage.objects import open_objects
from clipzy.style import config as domain_config
from clipzy.style import dna
from clipzy.style.apply import build_plan
from clipzy.style.plan import EditPlan

STYLE = examples.STYLE.model_dump(mode="json")
ROUTES = {
    ("get", "/api/v1/health"),
    ("post", "/api/v1/videos/upload"),
    ("get", "/api/v1/videos"),
    ("get", "/api/v1/videos/{video_id}"),
    ("delete", "/api/v1/videos/{video_id}"),
    ("get", "/api/v1/videos/{video_id}/file"),
    ("get", "/api/v1/videos/{video_id}/thumbnail"),
    ("post", "/api/v1/jobs"),
    ("get", "/api/v1/jobs"),
    ("get", "/api/v1/jobs/{job_id}"),
    ("delete", "/api/v1/jobs/{job_id}"),
    ("get", "/api/v1/jobs/{job_id}/result"),
    ("post", "/api/v1/jobs/{job_id}/cancel"),
    ("get", "/api/v1/jobs/{job_id}/events"),
    ("get", "/api/v1/jobs/{job_id}/webhook"),
    ("get", "/api/v1/jobs/{job_id}/output"),
    ("get", "/api/v1/jobs/{job_id}/artifacts"),
    ("get", "/api/v1/jobs/{job_id}/artifacts/{name}"),
    ("get", "/livez"),
    ("get", "/readyz"),
    ("get", "/metrics"),
}


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    """As a client reads it."""
    folder = tmp_path_factory.mktemp("api")
    settings = Settings(_env_file=None, data_path=folder / "data", local_storage_path=folder / "storage")
    store = Store(open_database(settings.resolved_database_url))
    app = create_app(Services(settings, store, open_objects(settings), Engine(settings, store), dict))
    return json.loads(json.dumps(app.openapi()))


@pytest.fixture(scope="module")
def operations(document):
    """Each operation by method and path."""
    return {(method, path): each for path, item in document["paths"].items() for method, each in item.items()}


def resolve(document, schema):
    """The schema itself, where it is a reference."""
    while "$ref" in schema:
        at = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            at = at[step]
        schema = at
    return schema


PLAIN = {"null": type(None), "string": str, "boolean": bool, "integer": int, "number": (int, float)}


def fits(document, schema, value) -> bool:
    """Whether an example has the shape of its schema: types, required and known keys, enumerations."""
    schema = resolve(document, schema)
    if "anyOf" in schema:
        return any(fits(document, each, value) for each in schema["anyOf"])
    if value not in schema.get("enum", [value]) or value != schema.get("const", value):
        return False
    match schema.get("type"):
        case "object":
            return isinstance(value, dict) and _fits_object(document, schema, value)
        case "array":
            return isinstance(value, list) and all(fits(document, schema.get("items", {}), each) for each in value)
        case kind:
            return kind is None or isinstance(value, PLAIN[kind])


def _fits_object(document, schema, value) -> bool:
    known = schema.get("properties", {})
    more = schema.get("additionalProperties", not known)
    return (
        set(schema.get("required", ())) <= value.keys()
        and (bool(more) or value.keys() <= known.keys())
        and all(fits(document, known[name], each) for name, each in value.items() if name in known)
    )


def nodes(tree):
    """Every object in the document."""
    if isinstance(tree, dict):
        yield tree
    for each in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from nodes(each)


def test_every_route_of_the_contract_is_there(operations):
    """Those and no others."""
    assert operations.keys() == ROUTES


def test_every_reference_leads_somewhere(document):
    """No `$ref` dangles, and nothing of the framework's own error shape is left."""
    references = {node["$ref"] for node in nodes(document) if isinstance(node.get("$ref"), str)}
    assert references
    for reference in references:
        assert resolve(document, {"$ref": reference})
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_every_operation_is_named_once_and_told_about(operations):
    """Its id, which becomes a method's name in clients, its tag, summary and description."""
    ids = [each["operationId"] for each in operations.values()]
    assert len(set(ids)) == len(ids)
    for each in operations.values():
        assert each["tags"]
        assert each["summary"]
        assert each["description"]


def test_every_answer_has_an_example_that_fits(document, operations):
    """Each 200, and each error under its code."""
    for where, operation in operations.items():
        for status, response in operation["responses"].items():
            for kind, content in response.get("content", {}).items():
                if status == "default":
                    continue
                examples = [each["value"] for each in content.get("examples", {}).values()]
                examples += [content["example"]] if "example" in content else []
                assert examples, (where, status, kind)
                if kind == "application/json":
                    assert all(fits(document, content["schema"], each) for each in examples), (where, status)


def test_every_body_has_examples_that_fit(document, operations):
    """The upload's form and the job's request."""
    bodies = {where: each["requestBody"] for where, each in operations.items() if "requestBody" in each}
    assert bodies.keys() == {("post", "/api/v1/videos/upload"), ("post", "/api/v1/jobs")}
    for body in bodies.values():
        for content in body["content"].values():
            examples = [each["value"] for each in content.get("examples", {}).values()] or [content["example"]]
            assert all(fits(document, content["schema"], each) for each in examples)


def test_errors_have_one_shape(document, operations):
    """Whatever the route and the status: the envelope with detail and code."""
    for operation in operations.values():
        assert "default" in operation["responses"]
        for status, response in operation["responses"].items():
            if status == "default" or int(status) >= 400:
                schema = response["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Failure"}
    detail = resolve(document, {"$ref": "#/components/schemas/ErrorDetail"})
    assert set(detail["required"]) == {"detail", "code"}


def test_no_value_is_left_without_a_type(document):
    """Every property says what it is."""
    for name, schema in document["components"]["schemas"].items():
        for field, described in schema.get("properties", {}).items():
            assert {"type", "$ref", "anyOf", "const", "enum"} & described.keys(), (name, field)


def test_the_wires_style_is_the_domains():
    """Field by field the same, so that neither can change alone."""
    for wire in (
        style.StyleDNA,
        style.ColorGrade,
        style.AudioStyle,
        style.Transition,
        style.TextOverlay,
        style.DetectedBeat,
    ):
        assert wire.model_fields.keys() == getattr(dna, wire.__name__).__dataclass_fields__.keys()


def test_a_style_may_be_given_as_it_was_answered(document):
    """The same fields, whose bounds and whose strangers are the request's alone: no answer breaks a promise."""
    schemas = document["components"]["schemas"]
    pairs = {"StyleDNA": "GivenStyle", "TextOverlay": "GivenOverlay", "DetectedBeat": "GivenBeat"}
    pairs |= {name: f"Given{name}" for name in ("ColorGrade", "AudioStyle", "Transition")}
    for answered, given in pairs.items():
        assert schemas[answered]["properties"].keys() == schemas[given]["properties"].keys()
        assert schemas[answered]["required"] == schemas[given]["required"]
        assert "additionalProperties" not in schemas[answered]
        assert schemas[given]["additionalProperties"] is False
        bounds = {key for each in schemas[answered]["properties"].values() for key in each}
        assert not {"maxLength", "pattern"} & bounds
    assert "maxItems" not in schemas["StyleDNA"]["properties"]["detected_beats"]


def test_the_wires_config_is_the_domains():
    """The same fields with the same defaults."""
    assert config.JobConfig().model_dump(mode="json") == to_json(domain_config.JobConfig, domain_config.JobConfig())
    assert config.JobConfig().to_domain() == domain_config.JobConfig()


def test_bounds_are_in_the_document(document):
    """A client can check a config before it sends it."""
    fields = document["components"]["schemas"]["JobConfig"]
    assert fields["additionalProperties"] is False
    assert (fields["properties"]["strength"]["minimum"], fields["properties"]["strength"]["maximum"]) == (0, 1)
    for name in ("max_height", "min_height"):
        [height, _null] = fields["properties"][name]["anyOf"]
        assert (height["minimum"], height["maximum"]) == (144, 4320)


@pytest.mark.parametrize(
    ("body", "makes_sense"),
    [
        ({"video_id": "vid_a"}, True),
        ({"template_video_id": "vid_a"}, True),
        ({"video_id": "vid_a", "template_video_id": "vid_b", "config": {"style": None}}, True),
        ({"video_id": "vid_a", "template_video_id": None, "config": {"style": STYLE}}, True),
        ({}, False),
        ({"video_id": None, "config": {"quality": "low"}}, False),
        ({"video_id": "vid_a", "template_video_id": "vid_b", "config": {"style": STYLE}}, False),
        ({"template_video_id": "vid_b", "config": {"style": STYLE}}, False),
    ],
    ids=["video", "template", "both", "style", "nothing", "null", "two styles", "style on nothing"],
)
def test_the_document_knows_which_jobs_make_sense(document, body, makes_sense):
    """Which fields exclude or need each other, so that a client can tell before it asks."""
    schema = {"$ref": "#/components/schemas/JobRequest", "components": document["components"]}
    assert Draft202012Validator(schema).is_valid(body) == makes_sense


def test_answers_name_their_headers(document, operations):
    """The request's id on every answer; when to try again, how to say who calls, which bytes these are where it matters."""
    named = document["components"]["headers"]
    for operation in operations.values():
        for status, response in operation["responses"].items():
            own = {
                "429": {"Retry-After"},
                "503": {"Retry-After"},
                "401": {"WWW-Authenticate"},
                "206": {"Content-Range"},
            }
            assert response["headers"].keys() >= {"X-Request-ID"} | own.get(status, set())
            assert response["headers"].keys() <= named.keys()


def test_links_lead_to_operations(document, operations):
    """What an upload or a new job can be used for next, by the operation's id and a parameter or a field that it has."""
    by_id = {each["operationId"]: (path, each) for (_, path), each in operations.items()}
    for creator in ("uploadVideo", "createJob", "cancelJob"):
        links = by_id[creator][1]["responses"]["200"]["links"]
        assert len(links) > 2
        for link in links.values():
            _path, target = by_id[link["operationId"]]
            assert link.get("parameters", {}).keys() <= {each["name"] for each in target["parameters"]}
            if "requestBody" in link:
                [content] = target["requestBody"]["content"].values()
                assert link["requestBody"].keys() <= resolve(document, content["schema"])["properties"].keys()


def test_what_wants_a_token_says_so(document, operations):
    """All but health, liveness and readiness; what changes anything may be forbidden, and metrics, which are the operator's."""
    assert document["components"]["securitySchemes"].keys() == {"bearer"}
    for (method, path), operation in operations.items():
        is_open = path in {"/api/v1/health", "/livez", "/readyz"}
        assert ("security" in operation, "401" in operation["responses"]) == (not is_open, not is_open)
        assert ("403" in operation["responses"]) == (method not in {"get", "head"} or path == "/metrics"), path


def test_a_plan_comes_back_as_it_went():
    """`plan.json` can be given back as `config.plan`, field by field the domain's."""
    made = build_plan(measured.style(cut_frequency=30.0), measured.measurements(), domain_config.JobConfig())
    tree = to_json(EditPlan, made)
    assert plan.EditPlan.model_validate(tree).model_dump(mode="json") == tree
    asked = config.JobConfig.model_validate({"plan": tree, "render": "plan"}).to_domain()
    assert (asked.plan, asked.render) == (made, "plan")


ENDS = {
    "completed": {"status": Status.COMPLETED, "progress_percent": 100},
    "failed": {"status": Status.FAILED, "error": JobError(None, "the disk is full", "PROCESSING_FAILED")},
    "cancelled": {"status": Status.CANCELLED, "metadata": {"order": 4711}},
}


@pytest.mark.parametrize("end", ENDS)
def test_what_a_webhook_is_sent_is_in_the_document(document, end):
    """Every field that the engine tells of that end, and the headers that come with it."""
    job = replace(new_job(template_video_id=None, video_id="vid_a"), **ENDS[end])
    call = document["webhooks"]["jobEnded"]["post"]
    schema = resolve(document, call["requestBody"]["content"]["application/json"]["schema"])
    told = payload(job, "file:///output.mp4")
    assert fits(document, schema, told)
    assert told.keys() <= schema["properties"].keys()
    assert schema["required"] == ["job_id", "status", "progress_percent", "processing_time_seconds"]
    assert call["responses"].keys() == {"204", "default"}
    wanted = {each["name"]: each["required"] for each in call["parameters"]}
    assert wanted == {"webhook-id": True, "webhook-timestamp": True, "webhook-signature": False}
