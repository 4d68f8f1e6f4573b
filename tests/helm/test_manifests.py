"""What the chart makes is valid, confined and complete, whatever is switched on."""

from __future__ import annotations

import re
from ipaddress import ip_network
from pathlib import Path

import helm_python
import jsonschema
import kubernetes_validate
import pytest
import yaml

from clipzy.api.bodies import LINGER_S
from clipzy.api.server import GRACEFUL_S
from clipzy.api.turns import CHILD_MB, OWN_MB
from clipzy.jobs.worker import STOPPING_S
from clipzy.settings import Settings
from clipzy.storage.revisions import LOCK_PATIENCE_S
from helm.conftest import ALL_OPTIONS, IMAGES, LEAST, LOCAL_TRIAL, merged

CHART = Path(__file__).parents[2] / "helm" / "clipzy"
OLDEST = re.search(r"^kubeVersion: \">=(\d+\.\d+)\.0-0\"$", (CHART / "Chart.yaml").read_text(), re.MULTILINE)[1]
NEWEST = "1.37"
CUSTOM = yaml.safe_load((Path(__file__).parent / "custom_resources.yaml").read_text())
# of images and libraries that are not ours, as they document them
OTHERS_VARIABLES = {
    "REQUIRE_GPU",  # our own, of the networks in Triton
    "FORWARDED_ALLOW_IPS",
    "NVIDIA_DRIVER_CAPABILITIES",
    "NVIDIA_VISIBLE_DEVICES",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
    "PGDATA",
    "POSTGRES_DB",
    "POSTGRES_PASSWORD",
    "POSTGRES_USER",
}
SECRETS = {
    "API_TOKENS",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "POSTGRES_PASSWORD",
    "WEBHOOK_SECRET",
}


def pods(manifests):
    """Name and specification of each pod, be it of a workload or alone."""
    for manifest in manifests:
        name = manifest["metadata"]["name"]
        if manifest["kind"] == "Pod":
            yield name, manifest["spec"]
        elif "template" in manifest.get("spec", {}):
            yield name, manifest["spec"]["template"]["spec"]


def containers(manifests):
    """Name and specification of each container."""
    return [(name, each) for name, pod in pods(manifests) for each in pod["containers"]]


def one(manifests, kind, name):
    """The manifest of that kind and name."""
    (found,) = [each for each in manifests if each["kind"] == kind and each["metadata"]["name"] == f"rel-clipzy-{name}"]
    return found


def mebibytes(quantity):
    """A quantity of memory or disk in MiB."""
    number, unit = re.fullmatch(r"(\d+)(Mi|Gi)", quantity).groups()
    return int(number) * {"Mi": 1, "Gi": 1024}[unit]


def test_the_chart_passes_helm_lint():
    """Helm itself has nothing to object, with a values file as without."""
    found = helm_python.lint(str(CHART))
    assert found["errors"] == []
    assert [message for message in found["messages"] if message["severity"] > 1] == []


@pytest.mark.parametrize("kubernetes", [OLDEST, NEWEST])
def test_each_manifest_is_as_its_schema_says(manifests, kubernetes):
    """Kubernetes' own schemas, with no field that they do not know, from the oldest version that the chart allows; ours for the resources of operators."""
    for manifest in manifests:
        if manifest["kind"] in CUSTOM:
            jsonschema.validate(manifest, CUSTOM[manifest["kind"]])
        else:
            kubernetes_validate.validate(manifest, kubernetes, strict=True)


def test_a_pod_that_is_not_ready_keeps_no_node_from_being_drained(manifests):
    """One that is broken for long would hold up an upgrade of the cluster for as long: none of ours keeps anything of its own."""
    budgets = [each["spec"] for each in manifests if each["kind"] == "PodDisruptionBudget"]
    assert [each["unhealthyPodEvictionPolicy"] for each in budgets] == ["AlwaysAllow"] * len(budgets)
    assert all(each["maxUnavailable"] == 1 for each in budgets)


def test_no_two_manifests_meet_under_one_name(manifests):
    """Each has a name of its own within its kind."""
    names = [(each["kind"], each["metadata"]["name"]) for each in manifests]
    assert len(names) == len(set(names))


def test_pods_are_confined(manifests):
    """No root, no token of the cluster, no writable image, no capabilities, the runtime's system-call filter."""
    for name, pod in pods(manifests):
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["runAsUser"] > 0, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["enableServiceLinks"] is False, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys(), name
        assert not [volume for volume in pod.get("volumes", []) if "hostPath" in volume], name
    for name, container in containers(manifests):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name


def test_what_is_granted_is_bounded(manifests):
    """Processors, memory and disk of each container, and every scratch volume, which disk limits have room for."""
    for name, container in containers(manifests):
        for kind in ("requests", "limits"):
            assert container["resources"][kind].keys() >= {"cpu", "memory", "ephemeral-storage"}, name
    for name, pod in pods(manifests):
        scratch = [volume["emptyDir"] for volume in pod.get("volumes", []) if "emptyDir" in volume]
        assert all("sizeLimit" in volume for volume in scratch), name
        on_disk = sum(mebibytes(volume["sizeLimit"]) for volume in scratch if volume.get("medium") != "Memory")
        limit = sum(mebibytes(each["resources"]["limits"]["ephemeral-storage"]) for each in pod["containers"])
        assert on_disk <= limit, name


def test_whatever_is_written_has_a_volume(manifests):
    """With a read-only root: DATA_PATH and /tmp of ours, /tmp and shared memory of Triton."""
    for name, container in containers(manifests):
        paths = {mount["mountPath"] for mount in container.get("volumeMounts", [])}
        variables = {each["name"]: each.get("value") for each in container.get("env", [])}
        for variable in ("DATA_PATH", "LOCAL_STORAGE_PATH", "PGDATA"):
            if variable in variables:
                assert any(variables[variable].startswith(path) for path in paths), name
        if not name.endswith("-test"):
            assert "/tmp" in paths, name
    shm = one_volume(one(manifests, "Deployment", "triton"), "shm")
    assert shm["emptyDir"]["medium"] == "Memory"


def one_volume(workload, name):
    """A workload's volume of that name."""
    (found,) = [each for each in workload["spec"]["template"]["spec"]["volumes"] if each["name"] == name]
    return found


def test_no_secret_stands_in_plain_text(manifests):
    """Each comes by reference; a URL holds none but by reference."""
    for name, container in containers(manifests):
        for variable in container.get("env", []):
            if variable["name"] in SECRETS:
                assert variable.keys() == {"name", "valueFrom"}, (name, variable["name"])
                assert "secretKeyRef" in variable["valueFrom"], name
            if "value" in variable:
                password = re.search(r"://[^/@:]*:([^@]*)@", variable["value"])
                assert password is None or password[1] == "$(POSTGRES_PASSWORD)", name
    assert not [each for each in manifests if each["kind"] == "Secret"]


def test_a_variable_refers_only_to_those_before_it(manifests):
    """Kubernetes puts in the values of earlier ones alone."""
    for name, container in containers(manifests):
        known = set()
        for variable in container.get("env", []):
            assert set(re.findall(r"\$\(([A-Z_]+)\)", variable.get("value", ""))) <= known, name
            assert variable["name"] not in known, name
            known.add(variable["name"])


def test_each_variable_is_one_that_somebody_reads(manifests):
    """A setting of ours, or a documented one of an image's."""
    ours = {name.upper() for name in Settings.model_fields}
    for name, container in containers(manifests):
        assert {each["name"] for each in container.get("env", [])} <= ours | OTHERS_VARIABLES, name


def test_the_settings_of_each_process_are_accepted(manifests, monkeypatch):
    """As they are rendered, with something for each secret."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("api", "worker"):
        (container,) = one(manifests, "Deployment", name)["spec"]["template"]["spec"]["containers"]
        values = {each["name"].lower(): each.get("value", "by-reference") for each in container["env"]}
        settings = Settings(
            _env_file=None, **{key: value for key, value in values.items() if key in Settings.model_fields}
        )
        assert settings.triton_url == "rel-clipzy-triton:8001"


def test_numbers_reach_the_engine_in_digits(render):
    """Whole ones of any size as they were given, without an exponent, which no setting would take; others as they are."""
    given = {
        "MAX_QUEUED_JOBS": (1_000_000, "1000000"),
        "RATE_LIMIT_PER_MINUTE": (123_456_789, "123456789"),
        "MAX_CONCURRENT_JOBS": (1, "1"),
        "HEARTBEAT_INTERVAL_S": (0.5, "0.5"),
        "WEBHOOK_BACKOFF_S": ("2000000", "2000000"),
        "DEBUG": (True, "true"),
    }
    made = render({**LEAST, "settings": {name: value for name, (value, _) in given.items()}})
    for name in ("api", "worker"):
        (container,) = one(made, "Deployment", name)["spec"]["template"]["spec"]["containers"]
        texts = {each["name"]: each.get("value") for each in container["env"]}
        assert {name: texts[name] for name in given} == {name: text for name, (_, text) in given.items()}


def test_sizes_may_be_bytes(render):
    """As Kubernetes takes them too; they stay whole numbers."""
    size = 3 * 2**30
    made = render(
        {
            **LOCAL_TRIAL,
            "postgresql": {**LOCAL_TRIAL["postgresql"], "size": size},
            "triton": {"shmSize": size},
            **{name: {"scratchSize": size} for name in ("api", "worker")},
        }
    )
    volumes = [("api", "data"), ("worker", "data"), ("triton", "shm")]
    found = [one_volume(one(made, "Deployment", name), volume)["emptyDir"]["sizeLimit"] for name, volume in volumes]
    (claim,) = one(made, "StatefulSet", "postgresql")["spec"]["volumeClaimTemplates"]
    found.append(claim["spec"]["resources"]["requests"]["storage"])
    assert [str(each) for each in found] == [str(size)] * 4


@pytest.mark.parametrize(
    ("size", "room_mib"),
    [("20Gi", 18432), ("2000M", 1716), (3 * 2**30, 2764), ("1.5Gi", 1382), ("5000000Ki", 4394)],
    ids=str,
)
def test_uploads_do_not_outgrow_their_volume(render, size, room_mib):
    """The API is told nine tenths of its size; on a shared volume, which says itself what is left, nothing."""
    made = render({**LEAST, "api": {"scratchSize": size}})
    assert _told(made, "api", "MAX_INCOMING_MB") == [str(room_mib)]
    assert _told(render({**LOCAL_TRIAL, "api": {"scratchSize": size}}), "api", "MAX_INCOMING_MB") == []


@pytest.mark.parametrize(("size", "cache_mib"), [("40Gi", 20480), ("2000M", 953), (3 * 2**30, 1536)], ids=str)
def test_analyses_do_not_fill_a_workers_volume(render, size, cache_mib):
    """They get half of it; running jobs need the rest, and who fills it is evicted with them."""
    made = render({**LEAST, "worker": {"scratchSize": size}})
    assert _told(made, "worker", "MAX_CACHE_MB") == [str(cache_mib)]
    assert _told(made, "api", "MAX_CACHE_MB") == []


def _told(made, process, variable):
    (container,) = one(made, "Deployment", process)["spec"]["template"]["spec"]["containers"]
    return [each["value"] for each in container["env"] if each["name"] == variable]


def test_servers_are_asked_whether_they_started_live_and_are_ready(manifests):
    """A worker too, whose liveness asks no database."""
    for name, container in containers(manifests):
        probes = {each for each in container if each.endswith("Probe")}
        serves = "ports" in container
        assert probes == ({"startupProbe", "livenessProbe", "readinessProbe"} if serves else set()), name
    (api,) = one(manifests, "Deployment", "api")["spec"]["template"]["spec"]["containers"]
    assert (api["livenessProbe"]["httpGet"]["path"], api["readinessProbe"]["httpGet"]["path"]) == ("/livez", "/readyz")
    (worker,) = one(manifests, "Deployment", "worker")["spec"]["template"]["spec"]["containers"]
    assert (worker["livenessProbe"]["httpGet"], worker["readinessProbe"]["httpGet"]) == (
        {"path": "/livez", "port": "metrics"},
        {"path": "/readyz", "port": "metrics"},
    )
    (triton,) = one(manifests, "Deployment", "triton")["spec"]["template"]["spec"]["containers"]
    startup = triton["startupProbe"]
    assert startup["httpGet"]["path"] == triton["readinessProbe"]["httpGet"]["path"] == "/v2/health/ready"
    assert startup["periodSeconds"] * startup["failureThreshold"] >= 180


def test_processes_have_the_time_they_need_to_stop(manifests):
    """A worker waits for its stages and its two threads, the API for its answers, those that it cuts, and what hangs."""
    worker = one(manifests, "Deployment", "worker")["spec"]["template"]["spec"]
    assert worker["terminationGracePeriodSeconds"] > 3 * STOPPING_S
    api = one(manifests, "Deployment", "api")["spec"]["template"]["spec"]
    pause = int(api["containers"][0]["lifecycle"]["preStop"]["exec"]["command"][1])
    assert api["terminationGracePeriodSeconds"] >= pause + GRACEFUL_S + LINGER_S + 12


def test_memory_holds_the_stages_of_all_jobs(manifests):
    """The engine's own limit strikes before the kernel's, so that the job is told and not the worker killed."""
    (worker,) = one(manifests, "Deployment", "worker")["spec"]["template"]["spec"]["containers"]
    variables = {each["name"]: each.get("value") for each in worker["env"]}
    stages = int(variables["MAX_CONCURRENT_JOBS"]) * int(variables["STAGE_MEMORY_LIMIT_MB"])
    assert stages + 1024 <= mebibytes(worker["resources"]["limits"]["memory"])


def test_memory_holds_an_api_and_what_looks_at_videos(manifests):
    """For each of its processors: the API runs no more of them than that, but fewer where memory holds fewer."""
    (api,) = one(manifests, "Deployment", "api")["spec"]["template"]["spec"]["containers"]
    limits = api["resources"]["limits"]
    assert OWN_MB + int(limits["cpu"]) * CHILD_MB <= mebibytes(limits["memory"])


def test_jobs_wait_as_long_as_a_new_triton_may_take(manifests):
    """An update of Triton with one GPU has none while the new one loads, and no job fails of that."""
    (triton,) = one(manifests, "Deployment", "triton")["spec"]["template"]["spec"]["containers"]
    (worker,) = one(manifests, "Deployment", "worker")["spec"]["template"]["spec"]["containers"]
    patience = {each["name"]: each.get("value") for each in worker["env"]}["INFERENCE_PATIENCE_S"]
    startup = triton["startupProbe"]
    assert float(patience) >= startup["periodSeconds"] * startup["failureThreshold"]


def test_a_gpu_is_asked_for_with_its_driver(render):
    """The resource, the tolerance, and `video` for NVDEC and NVENC; without one the node's GPUs stay out of sight."""
    for gpus in (0, 2):
        made = render({"database": {"existingSecret": "db"}, "storage": {"bucket": "bucket"}, "triton": {"gpu": gpus}})
        workload = one(made, "Deployment", "triton")["spec"]
        pod = workload["template"]["spec"]
        (container,) = pod["containers"]
        variables = {each["name"]: each["value"] for each in container["env"]}
        if gpus:
            assert container["resources"]["limits"]["nvidia.com/gpu"] == gpus
            assert "video" in variables["NVIDIA_DRIVER_CAPABILITIES"].split(",")
            assert variables["REQUIRE_GPU"] == "1"
            assert pod["tolerations"][0]["key"] == "nvidia.com/gpu"
            assert workload["strategy"]["rollingUpdate"]["maxSurge"] == 0
        else:
            assert "nvidia.com/gpu" not in container["resources"]["limits"]
            assert variables == {"NVIDIA_VISIBLE_DEVICES": "void"}


@pytest.mark.parametrize("name", ["worker", "triton"])
def test_a_part_of_a_gpu_can_be_asked_for(name, render):
    """By the name that NVIDIA's device plugin gives what MIG or sharing made; the whole ones are not asked for then."""
    part = {"gpu": 1, "gpuResource": "nvidia.com/mig-1g.10gb"}
    made = render({"database": {"existingSecret": "db"}, "storage": {"bucket": "bucket"}, name: part})
    (container,) = one(made, "Deployment", name)["spec"]["template"]["spec"]["containers"]
    limits = container["resources"]["limits"]
    assert {each: limits[each] for each in limits if each.startswith("nvidia.com/")} == {"nvidia.com/mig-1g.10gb": 1}


@pytest.mark.parametrize(
    ("own", "image"),
    [
        ({}, "clipzy/service:9"),
        ({"repository": "registry.example.com/clipzy/service-gpu"}, "registry.example.com/clipzy/service-gpu:9"),
        ({"tag": "10"}, "clipzy/service:10"),
    ],
    ids=["none", "repository", "tag"],
)
def test_workers_may_have_an_image_of_their_own(render, own, image):
    """With torch, for GPUs that decode; API and migration keep the usual one."""
    given = {"database": {"existingSecret": "db"}, "storage": {"bucket": "bucket"}, "image": {"tag": "9"}}
    made = render({**given, "worker": {"image": own}})
    images = {name: container["image"] for name, container in containers(made)}
    assert images["rel-clipzy-worker"] == image
    assert images["rel-clipzy-api"] == images["rel-clipzy-migrate"] == "clipzy/service:9"


def test_selectors_find_exactly_their_pods(manifests):
    """Services, budgets and policies choose the pods of one kind by the labels those have."""
    pods = [each["spec"]["template"] for each in manifests if "template" in each.get("spec", {})]
    pods += [each for each in manifests if each["kind"] == "Pod"]
    labels = [each["metadata"]["labels"] for each in pods]
    kinds = {"Service": ("selector",), "PodDisruptionBudget": ("selector", "matchLabels")}
    kinds["NetworkPolicy"] = ("podSelector", "matchLabels")
    for manifest in manifests:
        if manifest["kind"] not in kinds:
            continue
        selector = manifest["spec"]
        for key in kinds[manifest["kind"]]:
            selector = selector[key]
        assert sum(selector.items() <= each.items() for each in labels) == 1, manifest["metadata"]["name"]


def test_a_workers_metrics_are_served_where_they_are_looked_for(render):
    """On the port that the container names, to those that may read them; by default to nobody but the node's own probes."""
    options = {"database": {"existingSecret": "db"}, "storage": {"bucket": "bucket"}}
    made = render({**options, "monitoring": {"enabled": True}, "networkPolicy": {"metricsFrom": [{"podSelector": {}}]}})
    (container,) = one(made, "Deployment", "worker")["spec"]["template"]["spec"]["containers"]
    variables = {each["name"]: each.get("value") for each in container["env"]}
    [port] = container["ports"]
    assert (variables["METRICS_HOST"], variables["METRICS_PORT"]) == ("0.0.0.0", str(port["containerPort"]))
    monitor = one(made, "PodMonitor", "worker")["spec"]
    labels = one(made, "Deployment", "worker")["spec"]["template"]["metadata"]["labels"]
    assert monitor["selector"]["matchLabels"].items() <= labels.items()
    assert [each["port"] for each in monitor["podMetricsEndpoints"]] == [port["name"]]
    [rule] = one(made, "NetworkPolicy", "worker")["spec"]["ingress"]
    assert rule == {"ports": [{"port": "metrics"}], "from": [{"podSelector": {}}]}
    assert "ingress" not in one(render(options), "NetworkPolicy", "worker")["spec"]


def test_traces_go_to_the_receiver_that_is_named(render):
    """From API and worker, sampled as asked, with headers by reference; without one nothing is said of tracing."""
    options = {"database": {"existingSecret": "db"}, "storage": {"bucket": "bucket"}}
    tracing = {"endpoint": "http://collector:4318", "ratio": 0.1, "headersSecret": "otlp"}
    for given, there in (({}, False), ({"tracing": tracing}, True)):
        made = render({**options, **given})
        for name in ("api", "worker"):
            (container,) = one(made, "Deployment", name)["spec"]["template"]["spec"]["containers"]
            found = {each["name"]: each for each in container["env"] if each["name"].startswith("OTEL_")}
            assert bool(found) is there
            if there:
                assert found["OTEL_EXPORTER_OTLP_ENDPOINT"]["value"] == "http://collector:4318"
                assert found["OTEL_TRACES_SAMPLER_ARG"]["value"] == "0.1"
                assert found["OTEL_EXPORTER_OTLP_HEADERS"]["valueFrom"]["secretKeyRef"]["name"] == "otlp"


def test_triton_is_reached_by_the_engine_alone_and_reaches_nothing(render):
    """Its port is open to API and worker, its metrics to those that are named."""
    made = render({"database": {"existingSecret": "db"}, "storage": {"bucket": "bucket"}})
    policy = one(made, "NetworkPolicy", "triton")["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert "egress" not in policy
    (rule,) = policy["ingress"]
    callers = [each["podSelector"]["matchLabels"]["app.kubernetes.io/component"] for each in rule["from"]]
    assert callers == ["api", "worker"]


def test_what_is_blocked_is_left_out_of_the_network_that_it_lies_in(render):
    """Of IPv4 and of IPv6, as Kubernetes wants it; by default the clouds' metadata services of both."""
    for blocked in (None, ["10.96.0.0/12", "fd00::/8", "::ffff:0:0/96"], ["fe80::/10"], []):
        policy = {} if blocked is None else {"networkPolicy": {"blockedNetworks": blocked}}
        made = render({"database": {"existingSecret": "db"}, "storage": {"bucket": "bucket"}, **policy})
        for name in ("api", "worker", "migrate"):
            (rule,) = one(made, "NetworkPolicy", name)["spec"]["egress"]
            blocks = [each["ipBlock"] for each in rule["to"] if "ipBlock" in each]
            assert [block["cidr"] for block in blocks] == ["0.0.0.0/0", "::/0"]
            left_out = [(ip_network(each), ip_network(b["cidr"])) for b in blocks for each in b.get("except", [])]
            assert all(inner.version == outer.version and inner.subnet_of(outer) for inner, outer in left_out)
            wanted = ["169.254.169.254/32", "fd00:ec2::254/128", "fd20:ce::254/128"] if blocked is None else blocked
            assert [str(inner) for inner, _ in left_out] == wanted


def test_whoever_reads_metrics_reaches_the_api_too(render):
    """Where it is closed to others; else what the API knows of the queue were told to nobody."""
    own = {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "clipzy", "app.kubernetes.io/instance": "rel"}}}
    ingress, monitoring = ({"namespaceSelector": {"matchLabels": {"name": name}}} for name in ("ingress", "monitoring"))
    for given, reach in (
        ({"metricsFrom": [monitoring]}, None),
        ({"apiFrom": [ingress]}, [own, ingress]),
        ({"apiFrom": [ingress], "metricsFrom": [monitoring]}, [own, ingress, monitoring]),
    ):
        made = render({"database": {"existingSecret": "db"}, "storage": {"bucket": "bucket"}, "networkPolicy": given})
        (rule,) = one(made, "NetworkPolicy", "api")["spec"]["ingress"]
        assert rule.get("from") == reach


def test_the_database_is_migrated_before_the_new_pods_start(render):
    """By a job that has to end first."""
    job = one(render(LEAST), "Job", "migrate")
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert job["spec"]["template"]["spec"]["containers"][0]["args"] == ["migrate"]
    assert job["spec"]["activeDeadlineSeconds"] > LOCK_PATIENCE_S


def test_the_migration_gets_out_where_others_are_denied_it(render):
    """What allows it comes before it, and goes with it."""
    made = render(LEAST)
    job, policy = (one(made, kind, "migrate")["metadata"]["annotations"] for kind in ("Job", "NetworkPolicy"))
    assert int(policy.pop("helm.sh/hook-weight")) < int(job.pop("helm.sh/hook-weight"))
    assert policy == job


@pytest.mark.parametrize(
    "given", [{}, {"podAnnotations": {"example.com/team": "video"}}], ids=["alone", "beside others"]
)
def test_nodes_of_our_pods_may_be_removed(render, given):
    """Cluster Autoscaler keeps a node for each emptyDir of a pod that does not say so."""
    made = render({**LEAST, **given})
    for name in ("api", "worker", "triton"):
        annotations = one(made, "Deployment", name)["spec"]["template"]["metadata"]["annotations"]
        assert annotations == {
            "cluster-autoscaler.kubernetes.io/safe-to-evict": "true",
            **given.get("podAnnotations", {}),
        }


def test_nothing_waits_for_a_bundled_database_before_it_is_made(render):
    """The pods bring it up themselves: before an upgrade that switches it on there is none, nor before any sync of Argo CD, to which all are upgrades."""
    assert [each["kind"] for each in render(LOCAL_TRIAL) if each["kind"] == "Job"] == []


def test_a_bundled_databases_claim_says_what_the_cluster_would_fill_in(render):
    """Else Argo CD finds it out of sync for ever."""
    (claim,) = one(render(LOCAL_TRIAL), "StatefulSet", "postgresql")["spec"]["volumeClaimTemplates"]
    assert (claim["apiVersion"], claim["kind"]) == ("v1", "PersistentVolumeClaim")


def texts(manifest, path=()):
    """What Kubernetes wants as text, with its place: labels, names, keys of secrets."""
    places = manifest.items() if isinstance(manifest, dict) else enumerate(manifest)
    for key, value in places:
        if isinstance(value, dict | list):
            yield from texts(value, (*path, key))
        elif {*path[-1:]} & {"labels", "matchLabels", "selector"} or re.search("^(name|key|value)$|Name$", str(key)):
            yield (*path, key), value


def test_names_that_yaml_would_read_as_something_else_stay_names():
    """A release called `on`, a secret called `1234`."""
    given = {
        **ALL_OPTIONS,
        "nameOverride": "10",
        "fullnameOverride": "clipzy",
        "imagePullSecrets": ["1"],
        "serviceAccountName": "2",
        "database": {"existingSecret": "3", "key": "4"},
        "storage": {"type": "local", "existingClaim": "5"},
        "ingress": {"enabled": True, "host": "7", "tlsSecret": "8", "className": "9"},
        "worker": {"gpu": 1, "runtimeClassName": "0"},
        "monitoring": {"enabled": True, "tokenSecret": "11", "tokenKey": "12"},
    }
    bundled = {"postgresql": {"enabled": True, "existingSecret": "13", "storageClassName": "14"}}
    with helm_python.Chart.load(str(CHART)) as chart:
        for values in given, {**given, **bundled}:
            made = chart.render(merged(IMAGES, values), name="on", namespace="prod")
            found = [each for path, text in made.items() if path.endswith(".yaml") for each in yaml.safe_load_all(text)]
            places = {(each["kind"], *place): text for each in filter(None, found) for place, text in texts(each)}
            assert len(places) > 100
            assert {place: text for place, text in places.items() if not isinstance(text, str)} == {}


@pytest.mark.parametrize("name", ["2clipzy", "team.clipzy", "Clipzy"])
def test_names_that_no_service_may_bear_are_refused(render, name):
    """In words, before half of the release is there."""
    with pytest.raises(helm_python.HelmError, match=rf'"{name}" cannot begin the names of services.*fullnameOverride'):
        render({**LEAST, "fullnameOverride": name})


def test_whoever_scales_has_the_count_to_himself(render):
    """A Deployment that is scaled names no replicas, else each upgrade would set them back."""
    scaled = {"autoscaling": {"enabled": True}}
    made = render(
        {
            "database": {"existingSecret": "db"},
            "storage": {"bucket": "bucket"},
            **dict.fromkeys(("api", "worker", "triton"), scaled),
        }
    )
    for name in ("api", "worker", "triton"):
        assert "replicas" not in one(made, "Deployment", name)["spec"]


def test_the_address_of_prometheus_is_taken_as_it_is(render):
    """Whatever stands in it, YAML's own signs too."""
    url = "http://prometheus:9090/?tenant={a}&x=1 #b"
    scaled = {"autoscaling": {"enabled": True}}
    made = render({**LEAST, "monitoring": {"prometheusUrl": url}, "worker": scaled, "triton": scaled})
    for name in ("worker", "triton"):
        (trigger,) = one(made, "ScaledObject", name)["spec"]["triggers"]
        assert trigger["metadata"]["serverAddress"] == url


def test_what_kubernetes_takes_is_taken(render):
    """Half a processor as a number, an image by its digest."""
    image = f"postgres:17.9-bookworm@sha256:{'0a' * 32}"
    some = {"cpu": 0.5, "memory": 8589934592, "ephemeral-storage": "1Gi"}
    given = {"api": {"resources": {"requests": some, "limits": some}, "scratchSize": 21474836480}}
    bundled = {**LOCAL_TRIAL["postgresql"], "image": image}
    made = render({**LOCAL_TRIAL, **given, "postgresql": bundled})
    for manifest in made:
        kubernetes_validate.validate(manifest, NEWEST, strict=True)
    found = dict(containers(made))
    assert found["rel-clipzy-postgresql"]["image"] == image
    assert found["rel-clipzy-api"]["resources"]["requests"]["cpu"] == 0.5


LONG = "video-style-engine-preview-of-pull-request-12345"


def statefulset_and_address(made):
    """The names of the bundled database and of its service, and where the engine looks for it."""
    names = {
        kind: {each["metadata"]["name"] for each in made if each["kind"] == kind} for kind in ("StatefulSet", "Service")
    }
    (name,) = names["StatefulSet"]
    assert name in names["Service"]
    settings = next(each["env"] for named, each in containers(made) if named.endswith("-api"))
    return name, next(each["value"] for each in settings if each["name"] == "DATABASE_URL")


@pytest.mark.parametrize("length", [41, 42, 48])
def test_a_bundled_database_starts_under_a_long_name(render, length):
    """The cluster labels its pods with its name and a hash of up to ten characters: 63 in all. Two names never become one."""
    found = []
    for ending in ("a", "b"):
        name, address = statefulset_and_address(
            render({**LOCAL_TRIAL, "fullnameOverride": LONG[: length - 1] + ending})
        )
        assert len(f"{name}-{'0' * 10}") <= 63
        assert f"@{name}:5432/" in address
        found.append(name)
    assert len(set(found)) == 2


def test_a_bundled_database_keeps_a_name_that_fits(render):
    """Another would come without its files."""
    name, _address = statefulset_and_address(render({**LOCAL_TRIAL, "fullnameOverride": LONG[:41]}))
    assert name == f"{LONG[:41]}-postgresql"


def test_whose_word_on_callers_is_believed_is_the_operators(render):
    """By default nobody's; the API alone is told, as uvicorn wants it."""
    given = {"database": {"existingSecret": "db"}, "storage": {"bucket": "bucket"}}
    for proxies, told in ([], None), (["10.1.0.0/16", "fd00::7"], "10.1.0.0/16,fd00::7"):
        made = render({**given, "ingress": {"trustedProxies": proxies}})
        found = {name: {each["name"]: each.get("value") for each in it.get("env", [])} for name, it in containers(made)}
        assert found["rel-clipzy-api"].get("FORWARDED_ALLOW_IPS") == told
        assert "FORWARDED_ALLOW_IPS" not in found["rel-clipzy-worker"]


def test_uploads_and_event_streams_pass_the_ingress(render):
    """It takes the largest file, buffers nothing and lets a silent stream live; what the operator says wins."""
    prefix = "nginx.ingress.kubernetes.io/"
    own = {f"{prefix}proxy-read-timeout": "7200", "team": "video"}
    made = render(
        {
            "database": {"existingSecret": "db"},
            "storage": {"bucket": "bucket"},
            "ingress": {"enabled": True, "host": "example.com", "annotations": own},
        }
    )
    annotations = one(made, "Ingress", "api")["metadata"]["annotations"]
    largest = Settings.model_fields["max_file_size_mb"].default
    assert int(annotations[f"{prefix}proxy-body-size"].removesuffix("m")) > largest
    assert annotations[f"{prefix}proxy-buffering"] == annotations[f"{prefix}proxy-request-buffering"] == "off"
    assert (annotations[f"{prefix}proxy-read-timeout"], annotations["team"]) == ("7200", "video")
