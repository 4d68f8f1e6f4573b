"""What the package is made of."""

from __future__ import annotations

import json
import re
import shutil
import tarfile

import pytest

from clients.typescript import building
from clients.typescript.building import CLIENT, need_node, run


def read(name):
    """A JSON file of the package."""
    return json.loads((CLIENT / name).read_text(encoding="utf-8"))


@pytest.mark.usefixtures("node_packages")
def test_the_schema_is_that_of_the_kept_document():
    """To the letter; `npm run generate` in clients/typescript makes it so."""
    run(
        "npx", "--no-install", "openapi-typescript", *read("package.json")["scripts"]["generate"].split()[1:], "--check"
    )


LINT = """
import { createConfig, lint } from "@redocly/openapi-core";
const rules = { struct: "error", "no-invalid-media-type-examples": "error", "no-invalid-schema-examples": "error" };
const found = await lint({ ref: "../openapi.json", config: await createConfig({ rules }) });
for (const each of found) console.log(each.ruleId, each.location[0].pointer, each.message);
"""


@pytest.mark.usefixtures("node_packages")
def test_the_kept_document_is_valid_openapi():
    """Of the version that it names, its examples too."""
    assert run("node", "--input-type=module", "--eval", LINT) == ""


@pytest.mark.parametrize(("ci", "end"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_without_node_a_test_is_skipped_but_never_in_ci(monkeypatch, ci, end):
    """With what to install; a pipeline that tests nothing must not be green."""
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setenv("CI", ci)
    with pytest.raises(end, match=r"install Node .* or later with npm"):
        need_node()


def test_the_readme_names_every_method():
    """Of the client and of its two parts, in Node and in browsers."""
    sources = "".join((CLIENT / "src" / name).read_text(encoding="utf-8") for name in ("client.ts", "node.ts"))
    methods = set(re.findall(r"^  (?:override )?(?:async )?(\w+)\(", sources, re.MULTILINE)) - {"constructor"}
    assert {"upload", "download", "health"} <= methods
    assert methods <= set(re.findall(r"`(\w+)`", (CLIENT / "README.md").read_text(encoding="utf-8")))


def test_it_depends_on_nothing():
    """Its own tools apart."""
    package = read("package.json")
    assert not package.keys() & {"dependencies", "peerDependencies", "optionalDependencies", "bundleDependencies"}
    sources = "".join(path.read_text() for path in (CLIENT / "src").glob("*.ts"))
    imported = set(re.findall(r'from "([^".][^"]*)"', sources))
    assert imported == {"node:fs", "node:fs/promises", "node:path"}


def test_browsers_get_nothing_of_node():
    """Neither what is imported for them nor what that imports."""
    seen, open_ = set(), ["browser"]
    while open_:
        name = open_.pop()
        text = (CLIENT / "src" / f"{name}.ts").read_text()
        assert "node:" not in text, name
        seen.add(name)
        open_ += [each for each in re.findall(r'from "\./([a-z-]+)\.js"', text) if each not in seen]
    assert {"client", "exchange", "upload", "webhooks"} < seen
    assert not {"node", "files"} & seen


def test_each_build_can_be_named():
    """By who cannot have it chosen, as where TypeScript resolves modules like a bundler: the same files that are chosen elsewhere."""
    exports = read("package.json")["exports"]
    assert exports["."] == {"node": exports["./node"], "default": exports["./browser"]}
    readme = (CLIENT / "README.md").read_text(encoding="utf-8")
    assert all(f"`clipzy-client/{name}`" in readme for name in ("node", "browser"))


def test_the_lock_file_names_no_registry():
    """Packages are found where npm is set up to find them, and their content is checked by its hash."""
    packages = read("package-lock.json")["packages"]
    assert all("resolved" not in each for each in packages.values())
    assert all("integrity" in each for path, each in packages.items() if path)


def test_every_route_of_the_api_can_be_asked():
    """Each is in calls.ts once; one that is new must not be forgotten there."""
    document = json.loads((CLIENT.parent / "openapi.json").read_text(encoding="utf-8"))
    routes = {
        (method, path.removeprefix("/api/v1"))
        for path, ways in document["paths"].items()
        for method in ways
        if path.startswith("/api/v1")
    }
    asked = re.findall(r'call\("(\w+)", "([^"]+)"', (CLIENT / "src" / "calls.ts").read_text(encoding="utf-8"))
    assert sorted(asked) == sorted(routes)


@pytest.mark.parametrize(
    ("version", "told"), [("v18.19.0", "is too old"), ("v20.2.0", "is too old"), ("v20.3.0", None), ("v24.1.0", None)]
)
def test_an_old_node_is_told_of_before_anything_is_built(monkeypatch, tmp_path, version, told):
    """As that of Debian 12, with which tests would fail in words about syntax."""
    for name in ("node", "npm"):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {version}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    said = building._hindrance()
    assert said is None if told is None else told in said


def test_the_oldest_node_is_that_of_the_package():
    """The tests ask for no other."""
    assert read("package.json")["engines"]["node"] == ">=" + ".".join(map(str, building.OLDEST_NODE))


@pytest.mark.usefixtures("node_packages")
def test_what_is_packed_is_built_first(tmp_path):
    """Whether or not somebody thought of it: `dist` is in no checkout."""
    copy = tmp_path / "typescript"
    shutil.copytree(CLIENT, copy, ignore=shutil.ignore_patterns("node_modules", "dist", "build"))
    (copy / "node_modules").symlink_to(CLIENT / "node_modules")
    run("npm", "pack", "--silent", "--pack-destination", tmp_path, cwd=copy)
    (packed,) = tmp_path.glob("*.tgz")
    with tarfile.open(packed) as archive:
        names = set(archive.getnames())
    assert {"package/dist/node.js", "package/dist/browser.d.ts", "package/LICENSE"} <= names


def test_versions_agree():
    """The package, its lock file and what it tells the engine."""
    version = read("package.json")["version"]
    assert read("package-lock.json")["version"] == version
    assert f'VERSION = "{version}"' in (CLIENT / "src" / "version.ts").read_text()


def test_the_names_are_those_of_the_python_client():
    """What one client can, the other can, in the manner of its language."""
    python = (CLIENT.parent / "python" / "clipzy_client" / "client.py").read_text()
    ours = (CLIENT / "src" / "client.ts").read_text() + (CLIENT / "src" / "node.ts").read_text()
    names = set(re.findall(r"^    def ([a-z]\w*)\(", python, re.MULTILINE)) - {
        "close"
    }  # fetch keeps its own connections
    missing = {name for name in names if f" {re.sub('_(.)', lambda found: found[1].upper(), name)}(" not in ours}
    assert not missing
