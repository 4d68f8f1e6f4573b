"""Dashboard, alerts and scaling ask for metrics that there are: a real API and a real worker's server are scraped."""

from __future__ import annotations

import json
import re
import sys
import time
from contextlib import closing

import httpx
import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from api.rest import serving
from clipzy.api import request_log
from clipzy.cli.app import app
from clipzy.errors import ClipzyError
from clipzy.inference.triton import TritonInference
from clipzy.jobs.engine import prepare_database
from clipzy.jobs.lifecycle import Stage, Status
from clipzy.jobs.worker_server import Pulse, serving_metrics
from clipzy.settings import Settings
from clipzy.telemetry import metrics
from helm.conftest import ALL_OPTIONS, CASES, CHART, LEAST, ROOT
from ports import free_port
from probe import PROBE, numbers, probe_server, running
from telemetry.test_gpus import Driver
from workshop import Workshop, settings_in

RUNBOOKS = ROOT / "docs" / "runbooks"
# of Triton's metrics those that every version has, with their labels (its user guide, "Metrics")
OF_TRITON = {
    "nv_inference_request_success": {"model", "version"},
    "nv_inference_request_failure": {"model", "version"},
    "nv_inference_exec_count": {"model", "version"},
    "nv_inference_queue_duration_us": {"model", "version"},
    "nv_inference_compute_infer_duration_us": {"model", "version"},
    "nv_gpu_memory_used_bytes": {"gpu_uuid"},
    "nv_gpu_memory_total_bytes": {"gpu_uuid"},
    "nv_gpu_utilization": {"gpu_uuid"},
}
# what Prometheus adds by the chart's monitors, and the bounds of a histogram
OF_PROMETHEUS = {"namespace", "pod", "service", "le"}
RULES = [
    rule for group in yaml.safe_load((CHART / "files" / "alerts.yaml").read_text())["groups"] for rule in group["rules"]
]
# as documented
ERRORS_OF_JOBS = re.findall(r"^\| `([A-Z_]+)` \| [^\d|]+ \|$", (ROOT / "docs" / "rest.md").read_text(), re.MULTILINE)
ALERTS = {rule["alert"]: rule["expr"] for rule in RULES}


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The names that API and worker really export, histograms' parts among them, on a machine with a GPU."""
    folder = tmp_path_factory.mktemp("exported")
    prepare_database(f"sqlite:///{folder}/fresh.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "pynvml", Driver())
        settings = settings_in(folder, metrics_port=free_port())
        with serving(folder, folder / "fresh.db") as service, serving_metrics(settings, Pulse(30.0)) as port:
            texts = [service.client.get("/metrics").text]
            texts.append(httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text)
    text = "\n".join(texts)
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)", text, re.MULTILINE))
    histograms = {name for name, kind in kinds.items() if kind == "histogram"}
    names = set(kinds) | {f"{name}_{part}" for name in histograms for part in ("bucket", "count", "sum")}
    return {name: labels_of(name, text) for name in names}


def labels_of(name, text):
    """The labels of a metric: those that were scraped, and those that it is declared with where nothing was counted yet."""
    family = re.sub("_(bucket|count|sum|total)$", "", name)
    declared = [
        each._labelnames
        for module in (metrics, request_log)
        for each in vars(module).values()
        if isinstance(each, MetricWrapperBase) and each._name == family
    ]
    scraped = re.findall(rf"^{name}\{{(.*)\}} ", text, re.MULTILINE)
    return set().union(*declared, *(re.findall(r'(\w+)="', each) for each in scraped))


def asked(query):
    """The metrics that a query names."""
    return set(re.findall(r"\b((?:clipzy|nv|process)_[a-z_]+)(?=[{\[])", query))


def labels_asked(query):
    """The values that a query asks of a label, by label."""
    found = {}
    for label, values in re.findall(r'(\w+)=~?"([a-z_|]+)"', query):
        found.setdefault(label, set()).update(values.split("|"))
    return found


def targets():
    """Title, query and legend of each line of the dashboard."""
    panels = json.loads((CHART / "files" / "dashboard.json").read_text())["panels"]
    return [(panel["title"], each["expr"], each["legendFormat"]) for panel in panels for each in panel["targets"]]


def queries():
    """Title and query of each line of the dashboard."""
    return [(title, query) for title, query, _ in targets()]


def told():
    """Query and text of each line of the dashboard and of each alert: what the query finds is named in the text by its labels."""
    lines = [pytest.param(query, legend, id=f"{title}: {legend}") for title, query, legend in targets()]
    return lines + [pytest.param(rule["expr"], rule["annotations"]["summary"], id=rule["alert"]) for rule in RULES]


@pytest.mark.parametrize(
    ("name", "query"), [*queries(), *ALERTS.items()], ids=[*(title for title, _ in queries()), *ALERTS]
)
def test_what_is_asked_for_is_exported(exported, name, query):
    """By the API, by workers or by Triton, each within the release's namespace; statuses, stages and outcomes are real ones."""
    assert asked(query), name
    assert asked(query) <= exported.keys() | OF_TRITON.keys()
    assert query.count('namespace="$namespace"') == len(re.findall(r"\b(?:clipzy|nv|process)_[a-z_]+\{", query))
    labels = labels_asked(query)
    if "http" not in query:
        assert labels.get("status", set()) <= {status.value for status in Status}
    assert labels.get("outcome", set()) <= {"ok", "error", "deadline", "server_away", "model_dead", "completed"}
    assert labels.get("stage", set()) <= {stage.value for stage in Stage}


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    """What is scraped of an API and of a worker, in a process of its own, that has done nothing yet."""
    folder = tmp_path_factory.mktemp("untouched")
    prepare_database(f"sqlite:///{folder}/fresh.db")
    workshop = Workshop(folder, metrics_port=free_port())
    address = f"http://127.0.0.1:{workshop.settings.metrics_port}"
    with workshop.worker(), serving(folder / "api", folder / "fresh.db") as service:
        deadline = time.monotonic() + 20
        while not ready(f"{address}/readyz"):
            assert time.monotonic() < deadline, workshop.said()
            time.sleep(0.05)
        texts = [httpx.get(f"{address}/metrics", trust_env=False).text, service.client.get("/metrics").text]
    workshop.close()
    return "\n".join(texts)


def ready(address):
    """Whether whoever is there takes work."""
    try:
        return httpx.get(address, trust_env=False).is_success
    except httpx.TransportError:
        return False


def label_values(name, text):
    """The values of each series' labels, in the order of the labels' names."""
    return {
        tuple(re.findall(r'="([^"]*)"', each)) for each in re.findall(rf"^{name}(?:\{{(.*)\}})? ", text, re.MULTILINE)
    }


def test_what_grows_is_told_before_it_does(untouched):
    """Every counter of which an increase is asked for: what first appears as 1 has not grown for Prometheus."""
    every = " ".join([query for _, query in queries()] + list(ALERTS.values()))
    grown = set(re.findall(r"increase\((\w+)", every))
    assert len(grown) > 5
    assert {name for name in grown if not label_values(name, untouched)} == set()


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("clipzy_job_failures_total", {("STAGE_CRASHED", stage.value) for stage in Stage}),
        ("clipzy_job_failures_total", {(code, "rendering") for code in ERRORS_OF_JOBS}),
        ("clipzy_job_failures_total", {("INTERNAL_ERROR", "none")}),
        ("clipzy_fallbacks_total", {("h264_nvenc", "libx264"), ("nvdec", "cpu"), ("gpu", "cpu")}),
        ("clipzy_webhook_attempts_total", {("delivered",), ("refused",), ("unreachable",)}),
        ("clipzy_uploads_total", {("accepted",), ("disconnected",), ("error",), ("invalid_video",)}),
        ("clipzy_jobs_cancelled_total", {("queued",), ("processing",)}),
    ],
    ids=["a stage each", "a code each", "of no stage", "fallbacks", "webhooks", "uploads", "cancelled jobs"],
)
def test_each_kind_that_can_be_foreseen_is_told_before_it_comes(untouched, name, labels):
    """The first failure of a kind is one that a panel shows."""
    assert label_values(name, untouched) >= labels


def test_triton_tells_what_is_asked_of_it():
    """A real one that has answered a call; of its GPUs only where it has some."""
    port = free_port()
    with running(probe_server(metrics_port=port)) as server, closing(TritonInference(server.url)) as inference:
        inference.infer(PROBE, numbers([1.0]))
        text = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
    for name, labels in OF_TRITON.items():
        if "gpu" not in name:
            series = re.findall(rf"^{name}\{{(.*)\}} ", text, re.MULTILINE)
            assert series, name
            assert all(set(re.findall(r'(\w+)="', each)) >= labels for each in series), name


@pytest.mark.parametrize(("query", "text"), told())
def test_labels_that_are_asked_for_are_there(exported, query, text):
    """Those that a metric is chosen by are its own, those that it is summed by too, and a text names what is left of them."""
    known = OF_TRITON | exported
    for name, chosen in re.findall(r"\b((?:clipzy|nv|process)_[a-z_]+)\{([^}]*)\}", query):
        assert set(re.findall(r"(\w+)(?:=~|!~|!=|=)", chosen)) <= known[name] | OF_PROMETHEUS, name
    every = set().union(*(known[name] for name in asked(query))) | OF_PROMETHEUS
    kept = [set(re.findall(r"\w+", each)) for each in re.findall(r"\b(?:by|on) ?\(([^)]*)\)", query)]
    assert all(each <= every for each in kept)
    # whatever is not summed keeps all of them
    left = set().union(*kept) if kept or re.match(r"(sum|max|min|absent|histogram_quantile)\(", query) else every
    named = set(re.findall(r"\{\{ ?(?:\$labels\.)?([a-z]\w*) ?\}\}", text))
    assert named <= left


def test_every_alert_has_its_runbook_and_every_runbook_its_alert():
    """A page of its own name, which the overview links."""
    pages = {path.stem for path in RUNBOOKS.glob("*.md")} - {"README"}
    assert pages == set(ALERTS)
    linked = set(re.findall(r"\]\((\w+)\.md\)", (RUNBOOKS / "README.md").read_text()))
    assert linked >= pages


@pytest.mark.parametrize("rule", [rule for rule in RULES if "rate(" in rule["expr"]], ids=lambda rule: rule["alert"])
def test_what_has_to_last_is_measured_over_a_third_of_that_time(rule):
    """Else an alert rings for an outage that has ended; and a window holds two readings a minute apart, though one is missed."""
    lasts = int(rule["for"].removesuffix("m"))
    windows = {int(minutes) for minutes in re.findall(r"rate\([^[]+\[(\d+)m\]", rule["expr"])}
    assert windows
    assert all(3 <= window <= lasts / 3 for window in windows)


@pytest.mark.parametrize("rule", [rule for rule in RULES if "quantile" in rule["expr"]], ids=lambda rule: rule["alert"])
def test_a_quantile_is_told_by_a_bound_of_its_histogram(rule):
    """What lies between two bounds is reckoned, as if calls were spread evenly there."""
    bound = float(rule["expr"].rpartition(" > ")[2])
    assert bound in metrics.INFERENCE_SECONDS._kwargs["buckets"]
    assert "$value" not in rule["annotations"]["summary"]
    assert f"longer than {bound:g} s" in rule["annotations"]["summary"]


def test_a_lost_worker_is_one_alert_whoever_tells_of_it():
    """Each way to see it is a sum without labels: with its pod it would ring a second time, and name the one that took over."""
    ways = ALERTS["ClipzyWorkersLost"].split(" or ")
    assert len(ways) == 3
    assert all(way.startswith("sum(") and way.endswith(") > 0") for way in ways)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_what_is_counted_is_compared_between_whole_numbers_and_told_in_them(rule):
    """`increase` reckons beyond the first and the last reading: of two it makes a little more than two."""
    assert not re.search(r"increase\([^/]*\) > [1-9]\d*(\s|$)", rule["expr"])
    if (
        rule["expr"].startswith("sum(increase(")
        and "/" not in rule["expr"]
        and "$value" in rule["annotations"]["summary"]
    ):
        assert '{{ printf "%.0f" $value }}' in rule["annotations"]["summary"]


@pytest.mark.parametrize("alert", ALERTS)
def test_a_runbook_says_what_how_and_what_to_do(exported, alert):
    """Under the same headings each; the metrics it names are exported, and commands of ours exist."""
    text = (RUNBOOKS / f"{alert}.md").read_text()
    assert re.findall(r"^#+ (.+)$", text, re.MULTILINE) == [alert, "What it means", "How to look", "What to do"]
    for metric in set(re.findall(r"\b(?:clipzy|nv)_[a-z_]+[a-z]\b", text)):
        assert metric in exported.keys() | OF_TRITON.keys(), metric
    for command in re.findall(r"`clipzy (\w+)`", text):
        assert command in {each.name or each.callback.__name__ for each in app.registered_commands}, command
    for path in re.findall(r"localhost:8000(/[a-z0-9/]+)", text):
        assert path in {"/metrics", "/readyz", "/livez", "/api/v1/health", "/api/v1/jobs"}, path
    for code in re.findall(r"`([A-Z]+_[A-Z_]+)`", text):
        assert code in {name.upper() for name in Settings.model_fields} | codes(), code
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (RUNBOOKS / target).exists(), target


def test_runbooks_look_at_every_pod_of_a_kind_or_at_the_one_that_is_meant(render):
    """`deploy/…` would take one of several, most likely the wrong one; and by a label kubectl shows ten lines unless it is told."""
    labels = {
        each["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/component"]
        for each in render(ALL_OPTIONS)
        if each["kind"] == "Deployment"
    }
    commands = re.findall(
        r"kubectl (?:logs|exec|port-forward) [^`]+", "\n".join(page.read_text() for page in RUNBOOKS.glob("*.md"))
    )
    assert len(commands) > 10
    for command in commands:
        chosen = re.match(r"kubectl \S+ (?:POD|svc/clipzy-api|-l app.kubernetes.io/(component|name)=(\w+)) ?", command)
        assert chosen, command
        if chosen[1]:
            assert chosen[2] in labels | {"clipzy"}, command
            assert " --tail=" in command, command


def codes():
    """Every error code of the engine."""
    found, ahead = set(), [ClipzyError]
    while ahead:
        kind = ahead.pop()
        found.add(kind.code)
        ahead += kind.__subclasses__()
    return found


def test_an_alert_names_its_runbook(render):
    """Below the address that the operator gave, or in the repository."""
    for options, base in (
        (ALL_OPTIONS, "https://runbooks.example.com/clipzy"),
        ({**LEAST, "alerts": {"enabled": True}}, "docs/runbooks"),
    ):
        [made] = [each for each in render(options) if each["kind"] == "PrometheusRule"]
        rules = [rule for group in made["spec"]["groups"] for rule in group["rules"]]
        assert {rule["alert"]: rule["annotations"]["runbook_url"] for rule in rules} == {
            alert: f"{base}/{alert}.md" for alert in ALERTS
        }
        assert "$namespace" not in json.dumps(made)
        assert 'namespace="prod"' in rules[0]["expr"]
        # what Prometheus fills in is left to it
        assert "{{ $value | humanizePercentage }}" in rules[0]["annotations"]["summary"]


def test_alerts_of_two_releases_in_one_namespace_are_each_of_its_own(render):
    """What is away in the one is not called up by the other: every metric is of the release's own pods, however long its name."""
    long = "video-style-engine-preview-of-pull-request-12345678"
    for release, others in (
        ("clipzy", ["clipzy-b", "clipzy-api", "b-clipzy", "clipzy-api-worker"]),
        (long[:50], ["clipzy", long[:40]]),
    ):
        options = {**LEAST, "fullnameOverride": release, "alerts": {"enabled": True}}
        [made] = [each for each in render(options) if each["kind"] == "PrometheusRule"]
        asked_of = [rule["expr"] for group in made["spec"]["groups"] for rule in group["rules"]]
        chosen = [
            each for query in asked_of for each in re.findall(r"\b(?:clipzy|nv|process)_[a-z_]+\{([^}]*)\}", query)
        ]
        assert len(chosen) > 20
        for each in chosen:
            pods = re.search(r'namespace="prod",pod=~"([^"]+)"', each)[1]
            assert all(re.fullmatch(pods, pod) for pod in pods_of(release))
            assert not [pod for other in others for pod in pods_of(other) if re.fullmatch(pods, pod)]


def pods_of(release):
    """Names as the cluster makes them: of 58 characters at most, a dash at their end left out, and five."""
    bases = [f"{release}-{kind}-{'7c9d5b6f4'}-" for kind in ("api", "worker", "triton")]
    return [f"{base[:58]}x2k8p" for base in bases]


def test_the_age_at_which_a_queue_is_old_is_the_operators(render):
    """`alerts.queueAgeSeconds`."""
    [made] = [
        each
        for each in render({**LEAST, "alerts": {"enabled": True, "queueAgeSeconds": 60}})
        if each["kind"] == "PrometheusRule"
    ]
    [rule] = [rule for group in made["spec"]["groups"] for rule in group["rules"] if rule["alert"] == "ClipzyQueueOld"]
    assert rule["expr"].endswith("> 60")


def test_without_being_asked_no_operators_resource_is_made(render):
    """Neither monitors nor alerts: a cluster without the operator knows neither."""
    assert not {each["kind"] for each in render(LEAST)} & {"ServiceMonitor", "PodMonitor", "PrometheusRule"}


def test_scaling_asks_for_what_is_exported(render):
    """Workers by jobs that wait and run, Triton by the time that requests wait."""
    made = render(CASES["all options"])
    triggers = {
        each["metadata"]["name"]: each["spec"]["triggers"][0] for each in made if each["kind"] == "ScaledObject"
    }
    worker, triton = triggers["rel-clipzy-worker"], triggers["rel-clipzy-triton"]
    assert asked(worker["metadata"]["query"]) == {"clipzy_jobs", "clipzy_webhooks_pending"}
    assert f'status=~"{Status.QUEUED.value}|{Status.PROCESSING.value}"' in worker["metadata"]["query"]
    # what the API does not know while the database is away is no zero
    assert worker["metadata"]["ignoreNullValues"] == "false"
    assert asked(triton["metadata"]["query"]) <= OF_TRITON.keys()
    assert triton["metricType"] == "Value"


def test_the_dashboard_reaches_grafana_whole(render):
    """As the sidecar reads it: JSON in a ConfigMap with its label."""
    (found,) = [each for each in render(CASES["all options"]) if each["kind"] == "ConfigMap"]
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert json.loads(found["data"]["clipzy.json"]) == json.loads((CHART / "files" / "dashboard.json").read_text())
