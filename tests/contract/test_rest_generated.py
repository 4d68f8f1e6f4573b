"""The OpenAPI document and a running API held against each other, by requests that Schemathesis makes out of the document."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sysconfig
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import pytest

from api.rest import serving
from clipzy.jobs.engine import prepare_database
from clipzy.jobs.lifecycle import Stage
from clipzy.tokens import Scope, new_token
from synth import numbered_frames, write_video

OWNERS = ("ann", "bob")
# of each kind: the requests delete some, and cancel others
SO_MANY = 8

CONFIG = """
hooks = "contract.generated_hooks"
# a request that is not answered is a failure
request-timeout = 20

# Every request is Ann's; Bob has a token too and must not see what is hers.
[auth.wfc]
path = "{users}"
user = "ann"
peers = ["ann", "bob"]

[generation]
database = "none"

# Ids that exist, beside those that are made up.
[dictionaries.videos]
values = {videos}
[dictionaries.jobs]
values = {jobs}
[dictionaries.files]
values = ["output.mp4", "style.json"]
[parameters]
"path.video_id" = {{ dictionary = "videos", probability = 0.5 }}
"body.video_id" = {{ dictionary = "videos", probability = 0.5 }}
"body.template_video_id" = {{ dictionary = "videos", probability = 0.5 }}
"path.job_id" = {{ dictionary = "jobs", probability = 0.5 }}
"path.name" = {{ dictionary = "files", probability = 0.5 }}

# A job that waits has one event to tell of, and then none for a quarter of a minute.
[[operations]]
include-operation-id = "followJob"
max-stream-events = 1

# The operator's, with whose token nothing else can be read.
[[operations]]
include-operation-id = "getMetrics"
headers = {{ Authorization = "Bearer {operator}" }}

# The links of the document, and no others that could be guessed: those would be most of them.
[phases.stateful]
inference.algorithms = []

# What would weaken the test without a failure. Not among them: that many a job is refused, since most made-up
# Idempotency-Keys came before, and that ids are not found; whether each operation was reached is looked at below.
[warnings]
fail-on = [
  "missing_auth", "unused_openapi_auth", "method_not_allowed", "missing_deserializer", "unsupported_regex",
  "unresolvable_reference", "unmatched_filter", "dictionary_mismatch",
]
"""


@contextmanager
def guarded(folder, database, **changes):
    """An API that wants tokens, with jobs of Ann's in every state; yields it with what Schemathesis is to be told."""
    (ann, ann_entry), (bob, bob_entry) = new_token("ann", Scope.WRITE), new_token("bob", Scope.WRITE)
    operator, operator_entry = new_token("operator", Scope.METRICS)
    entries = f"{ann_entry},{bob_entry},{operator_entry}"
    with serving(folder / "api", database, api_tokens=entries, **changes) as service:
        service.client.headers["Authorization"] = f"Bearer {ann}"
        jobs, videos = inhabit(service, small_video(folder / "kept.mp4"))
        service.client.headers["Authorization"] = f"Bearer {operator}"  # from here on it only reads the metrics
        users = folder / "users.json"
        tokens = {"ann": ann, "bob": bob}
        headers = {name: [{"name": "Authorization", "value": f"Bearer {token}"}] for name, token in tokens.items()}
        users.write_text(json.dumps({"auth": [{"name": name, "fixedHeaders": headers[name]} for name in OWNERS]}))
        config = folder / "schemathesis.toml"
        config.write_text(
            CONFIG.format(users=users, videos=json.dumps(videos), jobs=json.dumps(jobs), operator=operator)
        )
        yield service, config


def small_video(path):
    """A real one."""
    return write_video(path, numbered_frames(3, (32, 32)), rate=Fraction(12))


def inhabit(service, video):
    """Jobs of Ann's: waiting, running, completed, failed; their ids and those of their videos."""
    jobs, videos = [], []
    for _ in range(SO_MANY):
        for bring in (_leave, _run, _complete, _fail):
            videos.append(service.add_video(video.read_bytes(), owner="ann"))
            body = {"video_id": videos[-1], "webhook_url": "https://hooks.example.com/clipzy", "metadata": {"n": 1}}
            jobs.append(service.add_job(**body))
            bring(service, jobs[-1])
    return jobs, videos


def _leave(service, job_id):
    """It waits."""


def _run(service, job_id):
    service.begin(job_id, Stage.AUDIO_ANALYSIS)
    service.progress(job_id, 30)


def _complete(service, job_id):
    service.finish_extraction(job_id)
    service.complete(job_id, b"pixels")


def _fail(service, job_id):
    service.begin(job_id)
    service.fail(job_id)


def strict(document):
    """The document without "any other error": each status that an operation answers has to be named by it.

    Schemathesis knows what each event is by the word of OpenAPI 3.2 alone.
    """
    for operation in operations(document).values():
        del operation["responses"]["default"]
        for content in operation["responses"].get("200", {}).get("content", {}).values():
            if "x-itemSchema" in content:
                content["itemSchema"] = content.pop("x-itemSchema")
                del content["schema"]
    return document


def operations(document):
    """Each operation by method and path."""
    return {(method, path): each for path, item in document["paths"].items() for method, each in item.items()}


def generate(service, config, *options):
    """Let Schemathesis make its requests; its exit status and what it said."""
    document = config.with_name("openapi.json")
    document.write_text(json.dumps(strict(service.client.get("/openapi.json").json())))
    video = small_video(config.with_name("clip.mp4"))
    done = subprocess.run(
        [
            *(Path(sysconfig.get_path("scripts")) / "schemathesis", f"--config-file={config}", "run", document),
            *(f"--url={service.url}", "--no-color", "--continue-on-failure", *options),
        ],
        cwd=config.parent,
        env={
            **os.environ,
            "NO_PROXY": "*",
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "CLIPZY_TEST_VIDEO": str(video),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def answered(service):
    """How many requests each operation has answered with 200."""
    lines = re.findall(
        r'^clipzy_http_requests_total\{method="(\w+)",route="([^"]+)",status="200"\} (\S+)$',
        service.client.get("/metrics").text,
        re.MULTILINE,
    )
    return {(method.lower(), route): float(count) for method, route, count in lines}


def hold_against_each_other(service, config, *runs):
    """Nothing that Schemathesis checks fails in any run, and each operation has done what it is for at least once."""
    before = answered(service)
    for options in runs:
        status, said = generate(service, config, *options)
        if status:
            pytest.fail(said, pytrace=False)
    after = answered(service)
    assert not {
        each for each in operations(service.client.get("/openapi.json").json()) if after.get(each) == before.get(each)
    }


def test_the_api_is_what_its_document_says(tmp_path, fresh_database):
    """All checks of Schemathesis on the document's examples, on edge cases, on random requests, and on chains of links."""
    alone = ("--phases=examples,coverage,fuzzing", "--max-examples=6", "--seed=1")
    chained = ("--phases=stateful", "--seed=1", "--max-time=10")
    with guarded(tmp_path, fresh_database, max_file_size_mb=1) as (service, config):
        hold_against_each_other(service, config, alone, chained)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_the_api_is_what_its_document_says_at_length(tmp_path, fresh_database, request, database):
    """The same for minutes, with a seed of the day, which is told where it fails."""
    url = {}
    if database == "postgres":
        url = {"database_url": request.getfixturevalue("postgres_database")}
        prepare_database(url["database_url"])
    with guarded(tmp_path, fresh_database, max_file_size_mb=1, **url) as (service, config):
        hold_against_each_other(service, config, ("--max-examples=300", "--max-time=240"))
