"""Everything that the pages and the README show in a block is run, or checked in the way that its marker says."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime

import helm_python
import jsonschema
import pytest
import yaml
from standardwebhooks.webhooks import Webhook

from clients.typescript.building import build
from clipzy.settings import Settings
from clipzy_client import WebhookEvent
from docs.blocks import README, ROOT, blocks_of, clipzy_arguments, commands_of, pages, programs_of
from docs.playing import parse
from helm.conftest import CHART, IMAGES, LEAST, merged

BLOCKS = [block for path in pages() for block in blocks_of(path)]
API = json.loads((ROOT / "clients" / "openapi.json").read_text(encoding="utf-8"))
LANGUAGES = {
    "run": {"console", "python", "typescript"},
    "parsed": {"console"},
    "not run": {"console"},
    "json": {"json"},
    "values": {"yaml"},
    "env": {"ini"},
    "file": {"python"},
    "in file": {"python"},
}
# All that no test can run; a page that needs more must say so here too.
NOT_RUN = {
    "docs/index.md": 1,
    "docs/quickstart.md": 3,
    "docs/how-to.md": 2,
    "docs/clients.md": 2,
    "docs/command-line.md": 2,
    "docs/operations.md": 4,
}
# Programs that the README may show and no test can run; `clipzy run` is parsed.
README_NOT_RUN = {
    "make": "each target sets the machine up from nothing; the pipeline is made of them",
    "docker": "there is no Docker where tests run; tests/helm reads the Dockerfiles",
    "helm": "there is no cluster; tests/helm renders the chart with each values file",
    "kubectl": "there is no cluster",
    "npm": "tests/clients/typescript installs and builds the package",
    "pip": "the tests' environment has everything installed",
    "apt-get": "machines are not changed by tests",
}


def of(*ways):
    """The blocks that are dealt with in these ways, as parameters."""
    return [pytest.param(block, id=block.where) for block in BLOCKS if block.how in ways]


def test_every_block_says_what_is_to_be_done_with_it():
    """A block without a marker, or with one that does not fit its language, is checked by nobody."""
    strange = [block.where for block in BLOCKS if block.language not in LANGUAGES.get(block.how, ())]
    assert not strange


def test_what_is_not_run_is_counted_and_has_its_reason():
    """So that no page slips out of the tests."""
    left_out = [block for block in BLOCKS if block.how in {"parsed", "not run"}]
    assert Counter(block.page for block in left_out) == NOT_RUN
    assert all(len(block.about) >= len("needs Docker") for block in left_out)


@pytest.mark.parametrize(
    "page", sorted({block.page for block in BLOCKS if block.how == "run"}), ids=lambda page: page.removeprefix("docs/")
)
def test_what_a_page_shows_runs(player, page, monkeypatch, weights_path):
    """From its first block to its last, as a reader would."""
    assert weights_path.exists()  # the networks' page asks one
    monkeypatch.setenv("CLIPZY_WEBHOOK_SECRET", "whsec_" + "A" * 44)
    monkeypatch.setenv("CLIPZY_TOKEN", "clipzy_of_nobody")  # which an engine without tokens does not look at
    for block in (block for block in BLOCKS if block.page == page and block.how == "run"):
        match block.language:
            case "console":
                for command in commands_of(block):
                    player.command(command, block.where)
            case "python":
                player.python(block)
            case "typescript":
                build()
                player.typescript(block)


def test_the_receivers_of_webhooks_believe_the_signed_alone(player):
    """Both languages' blocks of webhooks.md, given what the engine's own library signs, and the same with a letter changed."""
    secret, body = "whsec_" + "A" * 44, json.dumps({"job_id": "job_a", "status": "completed", "progress_percent": 100})
    moment = datetime.now(UTC)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", moment, body),
    }
    python, typescript = [block for block in BLOCKS if block.page == "docs/webhooks.md" and block.how == "run"][1:]
    player.monkeypatch.setenv("CLIPZY_WEBHOOK_SECRET", secret)
    player.python(python)
    receive = player.names["receive"]
    assert [receive(content.encode(), headers) for content in (body, body.replace("job_a", "job_b"))] == [204, 401]
    build()
    asks = f"""
        for (const body of [{body!r}, {body.replace("job_a", "job_b")!r}]) {{
          const request = new Request("http://receiver", {{ method: "POST", body, headers: {json.dumps(headers)} }});
          console.log("status", (await receive(request)).status);
        }}
    """
    said = player.typescript(typescript, asks)
    assert re.findall(r"status (\d+)", said) == ["204", "401"]


@pytest.mark.parametrize("block", of("parsed"))
@pytest.mark.usefixtures("player")
def test_what_is_not_run_is_at_least_a_command_that_would_be_taken(block):
    """Its options exist, and its files are there."""
    for command in commands_of(block):
        parse(clipzy_arguments(command.replace("…", "abc123")))


@pytest.mark.parametrize("block", of("json"))
def test_examples_are_as_the_api_has_them(block):
    """By the schemas of its document."""
    example = json.loads(block.text)
    if block.about == "webhook":
        assert not WebhookEvent.model_validate(example).model_extra
        return
    schema = {"$ref": f"#/components/schemas/{block.about}", "components": API["components"]}
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(example)


@pytest.mark.parametrize("block", of("values"))
def test_values_are_those_of_the_chart(block):
    """The real Helm renders it with them."""
    with helm_python.Chart.load(str(CHART)) as chart:
        assert chart.render(merged(IMAGES, {**LEAST, **yaml.safe_load(block.text)}), name="rel", namespace="prod")


@pytest.mark.parametrize("block", of("env"))
def test_settings_are_read_as_they_are_shown(block, tmp_path):
    """From a file of that content; each is a setting and gets that value."""
    (tmp_path / ".env").write_text(block.text)
    given = dict(line.split("=", 1) for line in block.text.splitlines())
    settings = Settings(_env_file=tmp_path / ".env")
    assert {name: str(getattr(settings, name.lower())) for name in given} == given


@pytest.mark.parametrize("block", of("file", "in file"))
def test_code_is_that_of_the_repository(block):
    """Word for word."""
    text = (ROOT / block.about).read_text(encoding="utf-8")
    assert block.text == text if block.how == "file" else block.text.split("\n\n")[-1] in text


def test_what_the_readme_shows_runs(player):
    """But for what no test can run, whose reasons stand above."""
    ran = 0
    for block in blocks_of(README):
        if block.language == "python":
            player.python(block)
            ran += 1
        if block.language != "console":
            continue
        for command in commands_of(block):
            arguments = clipzy_arguments(command)
            if programs_of(command) & README_NOT_RUN.keys():
                continue
            if arguments is not None and arguments[0] == "run":
                parse(arguments)
            else:
                player.command(command, block.where)
            ran += 1
    assert ran >= 7
