"""The chart, rendered by the real Helm."""

from __future__ import annotations

from pathlib import Path

import helm_python
import pytest
import yaml

from docs.blocks import blocks_of, pages

ROOT = Path(__file__).parents[2]
CHART = ROOT / "helm" / "clipzy"

# as they stand in the registry of who installs the chart; it has no names of its own for them
IMAGES = {"image": {"repository": "clipzy/service"}, "triton": {"image": {"repository": "clipzy/triton"}}}
LEAST = {"database": {"existingSecret": "db"}, "storage": {"bucket": "clipzy"}}
ALL_OPTIONS = {
    "imagePullSecrets": ["registry"],
    "serviceAccountName": "clipzy",
    "database": {"existingSecret": "db"},
    "storage": {"bucket": "clipzy", "endpoint": "https://s3.example.com", "existingSecret": "s3"},
    "apiTokens": {"existingSecret": "tokens"},
    "webhooks": {"existingSecret": "webhooks"},
    "api": {"autoscaling": {"enabled": True}, "tolerations": [{"key": "spot", "operator": "Exists"}]},
    "worker": {"gpu": 1, "runtimeClassName": "nvidia", "autoscaling": {"enabled": True, "minReplicas": 0}},
    "triton": {"gpu": 1, "runtimeClassName": "nvidia", "autoscaling": {"enabled": True}},
    "ingress": {"enabled": True, "host": "clipzy.example.com", "tlsSecret": "tls"},
    "networkPolicy": {"apiFrom": [{"namespaceSelector": {}}], "metricsFrom": [{"namespaceSelector": {}}]},
    "monitoring": {"enabled": True, "tokenSecret": "metrics", "labels": {"release": "prometheus"}},
    "alerts": {
        "enabled": True,
        "labels": {"release": "prometheus"},
        "runbookUrl": "https://runbooks.example.com/clipzy/",
    },
    "tracing": {"endpoint": "http://collector:4318", "ratio": 0.25, "headersSecret": "collector"},
    "dashboard": {"enabled": True},
}
NO_OPTIONS = {
    **LEAST,
    "migration": {"enabled": False},
    "networkPolicy": {"enabled": False},
    "podDisruptionBudget": {"enabled": False},
}
LOCAL_TRIAL = {
    "postgresql": {"enabled": True, "existingSecret": "pg", "storageClassName": "fast"},
    "storage": {"type": "local", "existingClaim": "files"},
}


def merged(one, other):
    """Values with others over them, as Helm does it."""
    both = {
        key: merged(one[key], other[key]) if isinstance(one[key], dict) else other[key]
        for key in one.keys() & other.keys()
    }
    return {**one, **other, **both}


def values_file(name):
    """The content of one of the chart's values files."""
    return yaml.safe_load((CHART / name).read_text())


CASES = {
    "least": LEAST,
    "all options": ALL_OPTIONS,
    "no options": NO_OPTIONS,
    "local trial": LOCAL_TRIAL,
    **{path.name: values_file(path.name) for path in sorted(CHART.glob("values-*.yaml"))},
    # those that the pages show
    **{
        block.where: {**LEAST, **yaml.safe_load(block.text)}
        for path in pages()
        for block in blocks_of(path)
        if block.how == "values"
    },
}


@pytest.fixture(scope="session")
def render():
    """Renders the chart with values, and the images' names, to its manifests, hooks and tests among them."""
    with helm_python.Chart.load(str(CHART)) as chart:

        def rendered(values):
            texts = chart.render(merged(IMAGES, values), name="rel", namespace="prod")
            documents = [yaml.safe_load_all(text) for path, text in texts.items() if path.endswith(".yaml")]
            return [document for each in documents for document in each if document]

        yield rendered


@pytest.fixture(scope="session", params=CASES.values(), ids=CASES)
def manifests(request, render):
    """All that is made with one set of values."""
    return render(request.param)
