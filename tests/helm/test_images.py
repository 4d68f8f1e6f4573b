"""How the images are made and run together, read rather than built."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

import clipzy
import clipzy_client
from clipzy.api.hosts import own_names
from clipzy.settings import Settings

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()
DOCKERFILES = {"service": ROOT / "service" / "Dockerfile", "triton": ROOT / "model_repository" / "Dockerfile"}
# of Python, the shell, numba, uvicorn, the NVIDIA runtime and PostgreSQL's image, as they document them
OTHERS_VARIABLES = {
    "FORWARDED_ALLOW_IPS",
    "HOME",
    "NUMBA_CACHE_DIR",
    "NVIDIA_DRIVER_CAPABILITIES",
    "PATH",
    "POSTGRES_DB",
    "POSTGRES_PASSWORD",
    "POSTGRES_USER",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPATH",
    "PYTHONUNBUFFERED",
    "REQUIRE_GPU",  # our own, of the networks in Triton
    "USER",
}
OF_US = r"requirements/(engine|service|networks)\.txt"
PACKAGES = ("service", "networks")  # lists that the service's image may be built from


def instructions(path):
    """The instructions of a Dockerfile in order: name and the rest, lines joined; for what may be chosen the usual choice."""
    text = re.sub(r"^#.*\n", "", path.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    for name, usual in re.findall(r"^ARG (\w+)=(.*)$", text, flags=re.MULTILINE):
        text = text.replace(f"${{{name}}}", usual)
    return [(line.split()[0], " ".join(line.split()[1:])) for line in text.splitlines() if line.strip()]


def stages(path):
    """The instructions of each stage."""
    found = []
    for name, rest in instructions(path):
        if name == "FROM":
            found.append([])
        found[-1].append((name, rest))
    return found


@pytest.fixture(params=DOCKERFILES.values(), ids=DOCKERFILES)
def dockerfile(request):
    """Each of the Dockerfiles."""
    return request.param


def compose(*names):
    """The services of compose files laid over each other."""
    merged = {}
    for name in names:
        for service, content in yaml.safe_load((ROOT / name).read_text())["services"].items():
            merged.setdefault(service, {}).update(content)
    return merged


def interpolated(value, given):
    """As compose fills in its variables, from the innermost on."""

    def filled(found):
        name, operator, word = found.groups()
        if operator == ":+":
            return word if given.get(name) else ""
        return given.get(name) or (word if operator == ":-" else "")

    while (next_one := re.sub(r"\$\{(\w+)(:[-?+])([^{}]*)\}", filled, value)) != value:
        value = next_one
    return value


def test_base_images_are_pinned(dockerfile):
    """To a release, not to whatever is newest; the stages before are named."""
    for stage in stages(dockerfile):
        base = stage[0][1].split()[0]
        assert re.fullmatch(r"[a-z0-9./]+:[0-9][a-z0-9.-]+", base), base


def test_what_is_copied_exists(dockerfile):
    """In the repository, and let in by .dockerignore."""
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    for name, rest in instructions(dockerfile):
        if name != "COPY" or "--from=" in rest:
            continue
        *sources, _ = [word for word in rest.split() if not word.startswith("--")]
        for source in sources:
            assert (ROOT / source).exists(), source
            assert any(f"!{part}" in ignored for part in (source, source.split("/")[0])), source


def test_the_services_image_can_have_torch():
    """As compose has it for the worker beside a GPU; the other lists are no choice, since they lack what the service needs."""
    assert "ARG PACKAGES=service\n" in DOCKERFILES["service"].read_text()
    worker = yaml.safe_load((ROOT / "docker-compose.gpu.yml").read_text())["services"]["worker"]
    assert worker["build"]["args"]["PACKAGES"] in PACKAGES
    assert worker["image"] != compose("docker-compose.yml")["worker"]["image"]
    for name in PACKAGES:
        pinned = set(
            re.findall(r"^([a-z0-9.-]+)[\[=]", (ROOT / "requirements" / f"{name}.txt").read_text(), re.MULTILINE)
        )
        assert ("torch" in pinned) is (worker["build"]["args"]["PACKAGES"] == name)


def test_packages_are_installed_as_the_makefile_does(dockerfile):
    """The same installer by the same commands, with hashes; only caches and which of the pinned lists differ."""
    text = dockerfile.read_text()

    def plain(command):
        command = re.sub(r"\S*/bin/(python|uv)\b", r"\1", command)
        command = re.sub(r"\$\(BIN\)/python|\$\(PYTHON\)", "python", command.replace("$(UV)", "uv"))
        command = re.sub(r" --no-cache(-dir)?\b| &&.*| --editable", "", command)
        return re.sub(OF_US, "requirements/….txt", command).strip()

    made = {plain(line) for line in re.findall(r"^\t(.*pip install.*)$", MAKEFILE, re.MULTILINE)}
    ours = [plain(rest) for name, rest in instructions(dockerfile) if name == "RUN" and "pip install" in rest]
    assert ours
    assert set(ours) <= made
    assert not re.search(r"index-url|https?://(?!127\.0\.0\.1)", text)


def test_what_corrects_packages_is_there_before_they_are_installed(dockerfile):
    """`tool.uv` of pyproject.toml is read by uv; without it a list asks for what it has no hashes of, and nothing is installed."""
    for stage in stages(dockerfile):
        seen = ""
        for name, rest in stage:
            if name == "RUN" and re.search(rf"uv pip install .*{OF_US}", rest):
                assert "pyproject.toml" in seen
            seen += rest if name == "COPY" and "--from=" not in rest else ""


def test_newer_versions_can_be_taken_into_every_list():
    """Without being told, the compiler keeps those that stand there."""
    asked = ("make", "--dry-run", "--old-file=.venv/bin/uv", "pins", "ARGS=--upgrade-package urllib3")
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
    commands = re.findall(r"pip compile pyproject\.toml.*", done.stdout.replace("\\\n", " "))
    assert len(commands) == 5
    assert all("--upgrade-package urllib3" in command for command in commands)


@pytest.mark.parametrize("name", ["service", "networks"])
def test_the_images_lists_are_part_of_the_engines(name):
    """What an image gets is, version and hashes, what the tests have run with."""

    def pins(path):
        blocks = re.split(r"\n(?=\S)", path.read_text().strip())
        return {block.split(" ")[0]: block for block in blocks}

    ours, engine = pins(ROOT / "requirements" / f"{name}.txt"), pins(ROOT / "requirements" / "engine.txt")
    assert ours.keys() <= engine.keys()
    assert [pin for pin, block in ours.items() if hashes(block) != hashes(engine[pin])] == []
    assert any(pin.startswith("numpy==1.") for pin in ours)
    assert any(pin.startswith("torch==") for pin in ours) is (name == "networks")
    wanted = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"])
    wanted.remove(
        f"clipzy-client=={clipzy_client.__version__}"
    )  # not from the registry: it is installed from this tree
    names = {re.split(r"[\[=<>~;]", pin)[0] for pin in ours}
    assert {re.split(r"[\[=<>~;]", each)[0] for each in wanted} <= names


def hashes(block):
    """The hashes of a pin."""
    return set(re.findall(r"sha256:[0-9a-f]{64}", block))


def test_images_run_as_nobody_in_particular(dockerfile):
    """By number, so that Kubernetes can tell that it is not root."""
    users = [rest for name, rest in stages(dockerfile)[-1] if name == "USER"]
    assert users == ["10001:10001"]
    last = [name for name, _ in stages(dockerfile)[-1]]
    assert last.index("USER") < last.index("ENTRYPOINT")


def test_images_tell_whether_they_are_well(dockerfile):
    """And carry the licences of what is in them."""
    last = stages(dockerfile)[-1]
    assert [name for name, _ in last].count("HEALTHCHECK") == 1
    assert ("COPY", "LICENSE NOTICE /usr/share/doc/clipzy/") in last


def test_no_secret_is_in_an_image(dockerfile):
    """Neither set nor asked for while it is made."""
    for name, rest in instructions(dockerfile):
        assert name != "ARG" or "=" in rest
        assert not re.search(r"(?i)(secret|password|token)\w*=", rest), rest


def test_triton_is_started_as_the_engine_starts_it():
    """The options that `clipzy triton` gives, but for addresses and for what only one machine needs."""
    (command,) = [json.loads(rest) for name, rest in stages(DOCKERFILES["triton"])[-1] if name == "CMD"]
    text = (ROOT / "service" / "clipzy" / "inference" / "server.py").read_text()
    for option in command:
        name = option.partition("=")[0]
        assert f'"{name}"' in text, name
    models = len(list((ROOT / "model_repository").glob("*/config.pbtxt")))
    assert f"--model-load-thread-count={models}" in command


def test_compose_keeps_every_secret_out():
    """They come from the environment of whoever starts it; the password has no default."""
    text = (ROOT / "docker-compose.yml").read_text()
    for name, value in re.findall(r"^ +(\w*(?:SECRET|PASSWORD|TOKENS)\w*): (.+)$", text, re.MULTILINE):
        assert re.match(r"\$\{" + name, value), name
    assert "${POSTGRES_PASSWORD:?" in text
    assert "${POSTGRES_PASSWORD:-" not in text


@pytest.mark.parametrize("files", [["docker-compose.yml"], ["docker-compose.yml", "docker-compose.gpu.yml"]], ids=len)
def test_each_variable_of_compose_is_one_that_somebody_reads(files):
    """A setting of ours, or a documented one of an image's; one that is misspelt would change nothing, in silence."""
    ours = {name.upper() for name in Settings.model_fields}
    for name, service in compose(*files).items():
        assert set(service.get("environment", {})) <= ours | OTHERS_VARIABLES, name


def test_each_variable_of_an_image_is_one_that_somebody_reads(dockerfile):
    """In its last stage, with which its processes run."""
    ours = {name.upper() for name in Settings.model_fields}
    for name, rest in stages(dockerfile)[-1]:
        if name == "ENV":
            assert set(re.findall(r"(?:^| )([A-Z_]+)=", rest)) <= ours | OTHERS_VARIABLES


@pytest.mark.parametrize("given", [{}, {"API_TOKENS": "a:read:b", "WEBHOOK_SECRET": "whsec_c"}], ids=len)
def test_the_settings_of_compose_are_accepted(monkeypatch, given):
    """Also where whoever starts it gave nothing but the password, so that others are empty."""
    given = {"POSTGRES_PASSWORD": "secret", **given}
    for service in ("api", "worker", "migrate"):
        for name in Settings.model_fields:
            monkeypatch.delenv(name.upper(), raising=False)
        for name, value in compose("docker-compose.yml")[service]["environment"].items():
            monkeypatch.setenv(name, interpolated(value, given))
        settings = Settings(_env_file=None)
        assert settings.database_url == "postgresql://clipzy:secret@postgresql:5432/clipzy"
        assert settings.api_tokens.get_secret_value() == (given.get("API_TOKENS", "") if service == "api" else "")


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({}, {"localhost", "api"}),
        ({"API_TOKENS": "a:read:b"}, None),
        ({"API_TOKENS": "a:read:b", "ALLOWED_HOSTS": "a.example"}, {"a.example"}),
        ({"ALLOWED_HOSTS": "a.example"}, {"a.example"}),
    ],
)
def test_compose_answers_to_its_own_names_where_there_are_no_tokens(given, names):
    """Its port is this machine's alone, so that only pages could come by another."""
    setting = interpolated(compose("docker-compose.yml")["api"]["environment"]["ALLOWED_HOSTS"], given)
    settings = Settings(_env_file=None, allowed_hosts=setting, api_host="0.0.0.0")
    assert own_names(settings, has_tokens="API_TOKENS" in given) == names


@pytest.mark.parametrize("files", [["docker-compose.yml"], ["docker-compose.yml", "docker-compose.gpu.yml"]], ids=len)
def test_compose_confines_its_services(files):
    """Read-only, without capabilities, bounded in memory; whom one waits for is there."""
    services = compose(*files)
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "mem_limit" in service, name
        assert re.search(r":\d[\w.-]+$", service["image"]), name
        assert set(service.get("depends_on", {})) <= services.keys(), name
        if "build" in service:
            assert (ROOT / service["build"]["dockerfile"]).is_file(), name


def test_compose_starts_a_triton_again_that_lacks_a_network():
    """Docker acts on what ends, not on what is unhealthy; the image's own check ends nothing, since others have no such policy."""
    triton = compose("docker-compose.yml", "docker-compose.gpu.yml")["triton"]
    (check,) = [rest for name, rest in stages(DOCKERFILES["triton"])[-1] if name == "HEALTHCHECK"]
    command = json.loads(check[check.index("[") :])
    assert "--end" not in command
    assert triton["healthcheck"] == {"test": ["CMD", *command, "--end"]}  # intervals and patience are the image's
    assert triton["restart"] == "unless-stopped"


def test_compose_pulls_no_image_that_it_builds():
    """Whoever took its name in a registry would have his own run."""
    services = compose("docker-compose.yml", "docker-compose.gpu.yml")
    assert {name: each["pull_policy"] for name, each in services.items() if "build" in each} == dict.fromkeys(
        ("api", "worker", "migrate", "triton"), "build"
    )


def test_compose_lets_its_services_end_as_the_chart_does():
    """Ten seconds, which Docker gives by itself, are fewer than the API's answers alone may take."""
    values = yaml.safe_load((ROOT / "helm" / "clipzy" / "values.yaml").read_text())
    services = compose("docker-compose.yml")
    for name in ("api", "worker", "triton"):
        assert services[name]["stop_grace_period"] == f"{values[name]['terminationGracePeriodSeconds']}s"
    assert services["postgresql"]["stop_grace_period"] == "60s"


def test_compose_has_jobs_wait_for_a_new_triton():
    """As long as in the chart, in API and worker alike."""
    values = yaml.safe_load((ROOT / "helm" / "clipzy" / "values.yaml").read_text())
    for name in ("api", "worker"):
        patience = compose("docker-compose.yml")[name]["environment"]["INFERENCE_PATIENCE_S"]
        assert patience == values["settings"]["INFERENCE_PATIENCE_S"]


def test_compose_gives_the_gpu_with_its_driver():
    """`video` for NVDEC and NVENC; only to services that there are."""
    override = yaml.safe_load((ROOT / "docker-compose.gpu.yml").read_text())["services"]
    assert override.keys() == {"triton", "worker"}
    for service in override.values():
        assert "video" in service["environment"]["NVIDIA_DRIVER_CAPABILITIES"].split(",")
        (device,) = service["deploy"]["resources"]["reservations"]["devices"]
        assert (device["driver"], device["capabilities"]) == ("nvidia", ["gpu"])


def test_the_chart_runs_the_images_that_compose_builds():
    """Of one version, that of the package."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    chart = yaml.safe_load((ROOT / "helm" / "clipzy" / "Chart.yaml").read_text())
    values = yaml.safe_load((ROOT / "helm" / "clipzy" / "values.yaml").read_text())
    services = compose("docker-compose.yml")
    assert clipzy.__version__ == version  # which health and `clipzy --version` tell
    assert chart["version"] == chart["appVersion"] == version
    assert services["api"]["image"] == f"clipzy/service:{version}"
    assert services["triton"]["image"] == f"clipzy/triton:{version}"
    on_a_gpu = compose("docker-compose.gpu.yml")["worker"]["image"]
    assert on_a_gpu == f"clipzy/service-gpu:{version}"
    assert services["postgresql"]["image"] == values["postgresql"]["image"]
