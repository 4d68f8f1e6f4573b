"""The chart's values are documented one by one, and wrong ones are refused before anything is made."""

from __future__ import annotations

import json
import re
import shlex
from itertools import pairwise
from pathlib import Path

import helm_python
import pytest
import yaml

from clipzy.settings import Settings
from docs.blocks import DOCS, ROOT
from docs.blocks import README as README_OF_ALL
from helm.conftest import LEAST, merged

CHART = Path(__file__).parents[2] / "helm" / "clipzy"
VALUES = (CHART / "values.yaml").read_text()
SCHEMA = json.loads((CHART / "values.schema.json").read_text())
README = (CHART / "README.md").read_text()
# free in their keys, so that they are one value each
MAPS = {"settings", "resources", "nodeSelector", "labels", "annotations", "podAnnotations"}
# settings that the chart sets from values of its own, or from secrets
OF_THE_CHART = {
    "API_HOST",
    "API_PORT",
    "API_TOKENS",
    "AWS_ACCESS_KEY_ID",
    "AWS_ENDPOINT_URL",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "DATABASE_URL",
    "DATA_PATH",
    "INFERENCE",
    "LOCAL_STORAGE_PATH",
    "MAX_CACHE_MB",
    "MAX_INCOMING_MB",
    "METRICS_HOST",
    "METRICS_PORT",
    "MODEL_REPOSITORY_PATH",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "S3_BUCKET_NAME",
    "STORAGE_TYPE",
    "TRITON_SHARED_MEMORY",
    "TRITON_URL",
    "WEBHOOK_SECRET",
    "WEIGHTS_PATH",
}


def leaves(values, path=()):
    """Each value with its path."""
    for key, value in values.items():
        if isinstance(value, dict) and value and key not in MAPS:
            yield from leaves(value, (*path, key))
        else:
            yield ".".join((*path, key)), value


def comments():
    """The comment above each value, in the order of the file."""
    return re.findall(r"^ *# -- (.+)$", VALUES, re.MULTILINE)


def rows():
    """The README's table: value, default, meaning."""
    return re.findall(r"^\| `([a-zA-Z.]+)` \| (.*?) \| (.+) \|$", README, re.MULTILINE)


def test_the_readme_has_every_value_with_its_default_and_meaning():
    """In the order of values.yaml, and no other."""
    expected = []
    for (path, value), comment in zip(leaves(yaml.safe_load(VALUES)), comments(), strict=True):
        shown = value if isinstance(value, str) else json.dumps(value)
        expected.append((path, f"`{shown}`" if shown else "", comment))
    assert [(path, shown.strip(), meaning) for path, shown, meaning in rows()] == expected


def test_the_readme_names_the_values_files():
    """Each that there is, and none that there is not."""
    assert set(re.findall(r"\]\((values-[a-z-]+\.yaml)\)", README)) == {path.name for path in CHART.glob("values-*")}


def installations():
    """The values of every `helm install` that the READMEs and operations.md show: those of its files and options."""
    for page in (CHART / "README.md", README_OF_ALL, DOCS / "operations.md"):
        text = page.read_text(encoding="utf-8").replace("\\\n", " ").replace("REGISTRY", "registry.example.com")
        for number, command in enumerate(re.findall(r"^\$ (helm install .+)$", text, re.MULTILINE)):
            words = shlex.split(command)
            values = {}
            for option, given in pairwise(words):
                if option == "-f":
                    values = merged(values, yaml.safe_load((ROOT / given).read_text(encoding="utf-8")))
                if option == "--set":
                    for each in given.split(","):
                        path, _, value = each.partition("=")
                        for key in reversed(path.split(".")):
                            value = {key: value}
                        values = merged(values, value)
            yield pytest.param(values, id=f"{page.relative_to(ROOT)}-{number}")


def secrets_of(manifest):
    """The names of secrets that a part of a manifest refers to."""
    if isinstance(manifest, list):
        for each in manifest:
            yield from secrets_of(each)
    if isinstance(manifest, dict):
        for key, value in manifest.items():
            if key == "secretName":
                yield value
            elif key in {"secretKeyRef", "credentials"}:
                yield value["name"]
            else:
                yield from secrets_of(value)


@pytest.mark.parametrize("values", list(installations()))
def test_installations_that_are_shown_are_complete(values, render):
    """Nothing that the chart asks for is missing, and the README shows how each secret is created."""
    manifests = render(values)
    assert all(f"registry.example.com/clipzy/{image}:" in str(manifests) for image in ("service", "triton"))
    named = set(secrets_of(manifests))
    assert named
    assert not [name for name in named if not re.search(rf"create secret (?:generic|tls) {name} ", README)]


def test_settings_are_those_of_the_engine():
    """What may stand under `settings`: every setting but those that have another place."""
    names = set(SCHEMA["properties"]["settings"]["propertyNames"]["enum"])
    every = {name.upper() for name in Settings.model_fields}
    assert names == every - OF_THE_CHART
    assert every >= OF_THE_CHART


def test_the_schema_is_strict_throughout():
    """No object takes a key that it does not know, but those whose keys are the operator's."""

    def check(schema, path):
        if schema.get("type") == "object" and path != "/global":
            assert "additionalProperties" in schema, path
        for name, inner in schema.get("properties", {}).items():
            check(inner, f"{path}/{name}")

    check(SCHEMA, "")


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"wroker": {}}, "wroker"),
        ({"api": {"replicas": "two"}}, "/api/replicas"),
        ({"api": {"replica": 2}}, "replica"),
        ({"worker": {"gpu": -1}}, "/worker/gpu"),
        ({"triton": {"gpuResource": "gpu"}}, "/triton/gpuResource"),
        ({"worker": {"terminationGracePeriodSeconds": 10}}, "terminationGracePeriodSeconds"),
        ({"storage": {"type": "ftp"}}, "/storage/type"),
        ({"storage": {"endpoint": "s3.example.com"}}, "/storage/endpoint"),
        ({"triton": {"shmSize": "1 GB"}}, "/triton/shmSize"),
        ({"triton": {"image": {"pullPolicy": "Sometimes"}}}, "pullPolicy"),
        ({"settings": {"MAX_CONCURENT_JOBS": "2"}}, "MAX_CONCURENT_JOBS"),
        ({"settings": {"WEBHOOK_SECRET": "whsec_x"}}, "WEBHOOK_SECRET"),
        ({"settings": {"DATABASE_URL": "postgresql://u:p@h/d"}}, "DATABASE_URL"),
        ({"database": {"existingSecret": "postgresql://u:p@h/d"}}, "/database/existingSecret"),
        ({"networkPolicy": {"blockedNetworks": ["fd00:ec2::254"]}}, "blockedNetworks"),
        ({"ingress": {"trustedProxies": ["*"]}}, "/ingress/trustedProxies"),
        ({"tracing": {"endpoint": "collector:4317"}}, "/tracing/endpoint"),
        ({"tracing": {"sampler": "some"}}, "/tracing/sampler"),
        ({"tracing": {"ratio": 2}}, "/tracing/ratio"),
        ({"alerts": {"queueAgeSeconds": 0}}, "/alerts/queueAgeSeconds"),
        # an HPA's stabilizationWindowSeconds is an hour at most
        ({"worker": {"autoscaling": {"cooldownSeconds": 3601}}}, "/worker/autoscaling/cooldownSeconds"),
        ({"triton": {"autoscaling": {"cooldownSeconds": 3601}}}, "/triton/autoscaling/cooldownSeconds"),
        ({"triton": {"resources": {"requests": {"cpu": "1"}}, "gpu": "1"}}, "/triton/gpu"),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
)
def test_wrong_values_are_refused(render, values, complaint):
    """With the place of the mistake."""
    with pytest.raises(helm_python.HelmError, match=re.escape(complaint)):
        render(values)


@pytest.mark.parametrize("name", ["api", "worker", "triton"])
def test_fewest_replicas_over_the_most_are_refused(render, name):
    """What scales would not be made by the cluster, with the rest of the release there already; switched off they do no harm."""
    replicas = {"minReplicas": 5, "maxReplicas": 2}
    with pytest.raises(helm_python.HelmError, match=rf"{name}\.autoscaling\.minReplicas \(5\)"):
        render({**LEAST, name: {"autoscaling": {"enabled": True, **replicas}}})
    assert render({**LEAST, name: {"autoscaling": replicas}})


@pytest.mark.parametrize(
    ("gpus", "least", "too_little"), [(0, "512Mi", "511Mi"), (1, 536870912, 5e8), (2, "1Gi", "1G"), (4, "2Gi", "1Gi")]
)
def test_shared_memory_too_small_for_the_networks_is_refused(render, gpus, least, too_little):
    """Each of their processes, one a GPU, keeps room for its largest batches, and calls for which there is none fail."""
    with pytest.raises(
        helm_python.HelmError, match=rf"triton\.shmSize \(\d+[GMi]*\) is too little.*{max(1, gpus) * 512}Mi"
    ):
        render({**LEAST, "triton": {"gpu": gpus, "shmSize": too_little}})
    assert render({**LEAST, "triton": {"gpu": gpus, "shmSize": least}})


@pytest.mark.parametrize(
    ("values", "advice"),
    [
        ({"storage": {"bucket": "bucket"}}, "database.existingSecret"),
        ({"database": {"existingSecret": "db"}}, "storage.bucket"),
        ({"database": {"existingSecret": "db"}, "storage": {"type": "local"}}, "storage.existingClaim"),
        ({"postgresql": {"enabled": True}, "storage": {"bucket": "bucket"}}, "postgresql.existingSecret"),
        (
            {"database": {"existingSecret": "db"}, "storage": {"bucket": "bucket"}, "ingress": {"enabled": True}},
            "ingress.host",
        ),
        ({**LEAST, "image": {"repository": ""}}, "image.repository and triton.image.repository"),
        ({**LEAST, "triton": {"image": {"repository": ""}}}, "image.repository and triton.image.repository"),
        ({**LEAST, "monitoring": {"enabled": True}}, "networkPolicy.metricsFrom"),
        (
            {
                **LEAST,
                "apiTokens": {"existingSecret": "tokens"},
                "monitoring": {"enabled": True},
                "networkPolicy": {"enabled": False},
            },
            "monitoring.tokenSecret",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_missing_is_named(render, values, advice):
    """The chart has no default for what only the operator knows."""
    with pytest.raises(helm_python.HelmError, match=re.escape(advice)):
        render(values)
