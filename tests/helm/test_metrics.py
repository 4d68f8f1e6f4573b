"""Dashboard and scaling ask for metrics that there are."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from prometheus_client import REGISTRY, generate_latest

import clipzy.api.request_log  # noqa: F401 (registers the metrics of requests)
from clipzy.api.metrics import _Jobs
from clipzy.jobs.lifecycle import Status
from helm.conftest import CASES

CHART = Path(__file__).parents[2] / "helm" / "clipzy"
# of Triton's metrics those that every version has (its user guide, "Metrics")
OF_TRITON = {
    "nv_inference_request_success",
    "nv_inference_request_failure",
    "nv_inference_exec_count",
    "nv_inference_queue_duration_us",
    "nv_inference_compute_infer_duration_us",
}


class _Counted:
    def count_jobs(self):
        return dict.fromkeys(Status, 0)


def exported():
    """The names of what the API's /metrics shows, histograms' parts among them."""
    names = set(re.findall(rb"^# TYPE (\S+)", generate_latest(REGISTRY), re.MULTILINE))
    names = {name.decode() for name in names} | {family.name for family in _Jobs(_Counted()).collect()}
    return names | {f"{name}_bucket" for name in names}


def asked(query):
    """The metrics that a query names."""
    return set(re.findall(r"\b((?:clipzy|nv)_[a-z_]+)(?=[{\[])", query))


def queries():
    """Title and query of each line of the dashboard."""
    panels = json.loads((CHART / "files" / "dashboard.json").read_text())["panels"]
    return [(panel["title"], target["expr"]) for panel in panels for target in panel["targets"]]


@pytest.mark.parametrize(("title", "query"), queries(), ids=[title for title, _ in queries()])
def test_the_dashboard_shows_what_is_exported(title, query):
    """By the API itself or by Triton; a worker's own counters are read by nobody, so that none is asked for."""
    assert asked(query), title
    assert asked(query) <= exported() | OF_TRITON
    statuses = re.search(r'clipzy_jobs\{status=~"([a-z|]+)"', query)
    assert statuses is None or set(statuses[1].split("|")) <= {status.value for status in Status}


def test_scaling_asks_for_what_is_exported(render):
    """Workers by jobs that wait and run, Triton by the time that requests wait."""
    made = render(CASES["all options"])
    triggers = {
        each["metadata"]["name"]: each["spec"]["triggers"][0] for each in made if each["kind"] == "ScaledObject"
    }
    worker, triton = triggers["rel-clipzy-worker"], triggers["rel-clipzy-triton"]
    assert asked(worker["metadata"]["query"]) == {"clipzy_jobs"}
    assert f'status=~"{Status.QUEUED.value}|{Status.PROCESSING.value}"' in worker["metadata"]["query"]
    assert asked(triton["metadata"]["query"]) <= OF_TRITON
    assert triton["metricType"] == "Value"


def test_the_dashboard_reaches_grafana_whole(render):
    """As the sidecar reads it: JSON in a ConfigMap with its label."""
    (found,) = [each for each in render(CASES["all options"]) if each["kind"] == "ConfigMap"]
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert json.loads(found["data"]["clipzy.json"]) == json.loads((CHART / "files" / "dashboard.json").read_text())
