"""The console's files over HTTP."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import httpx
import pytest

from clipzy.api.console import serving
from clipzy.tokens import Scope, new_token

FILES = [
    f"/{serving.ADDRESS}{path.relative_to(serving.FOLDER).as_posix()}"
    for path in sorted(serving.FOLDER.rglob("*"))
    if path.suffix in serving.CONTENT_TYPES and path.name != serving.PAGE
]
MAIN = f"/{serving.ADDRESS}main.js"


@pytest.fixture(scope="module")
def client(tmp_path_factory, fresh_database):
    """Of an API that is closed to strangers; it sends no token."""
    from api.rest import serving as running  # noqa: PLC0415 (the name is the module's under test here)

    _, entry = new_token("ann", Scope.WRITE)
    with running(tmp_path_factory.mktemp("closed"), fresh_database, api_tokens=entry) as service:
        yield service.client


def test_every_file_is_open_and_may_run_nothing_but_itself(client):
    """Without a token; scripts and styles from here alone, none within the page, no frame around it."""
    for path in ("/", *FILES):
        answer = client.get(path)
        assert answer.status_code == 200, path
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert not re.search(r"https?:", policy)
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_no_file_names_another_host():
    """But for the name of SVG's namespace, which nobody asks, and a field's example of an address."""
    for path in (each for each in serving.FOLDER.rglob("*") if each.is_file()):
        text = path.read_text().replace("http://www.w3.org/2000/svg", "").replace("https://…", "")
        assert not re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z]{2,}", text), path


def test_what_the_page_names_is_there_under_any_path(client):
    """Its addresses are relative to itself, so that a proxy may put it below a path."""
    page = client.get("/").text
    named = re.findall(r'(?:href|src)="([^"#]+)"', page)
    assert all(not name.startswith("/") for name in named)
    assert {f"/{name}" for name in named} - {"/docs"} <= {*FILES}


def imported(path: Path) -> list[Path]:
    """The modules that a module names."""
    names = re.findall(r'^import .* from "(\.[^"]+)";', path.read_text(), re.MULTILINE)
    return [(path.parent / name).resolve() for name in names]


def test_every_module_that_is_imported_is_served():
    """No import leads nowhere."""
    for path in serving.FOLDER.rglob("*.js"):
        for module in imported(path):
            assert module.is_file(), f"{path}: {module}"


def test_the_page_names_each_module_that_it_needs_and_no_other(client):
    """They are asked for at once; a browser complains of those that nobody uses."""
    needed, ahead = set(), [serving.FOLDER / "main.js"]
    while ahead:
        path = ahead.pop()
        if path not in needed:
            needed.add(path)
            ahead += imported(path)
    named = re.findall(r'<link rel="modulepreload" href="([^"]+)"', client.get("/").text)
    assert sorted(named) == sorted(f"{serving.ADDRESS}{path.relative_to(serving.FOLDER).as_posix()}" for path in needed)


def test_the_page_is_asked_for_each_time_and_a_file_once(client):
    """A file's address is of its version; the page is not sent again where it is known."""
    assert client.get(MAIN).headers["cache-control"] == "public, max-age=31536000, immutable"
    first = client.get("/")
    assert first.headers["cache-control"] == "no-cache"
    again = client.get("/", headers={"If-None-Match": f'"other", {first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(MAIN).headers["etag"] != first.headers["etag"]


def test_a_page_of_another_version_gets_files_that_it_does_not_keep(client):
    """While engines of two versions serve side by side, its page works on."""
    other = client.get("/console/0123456789ab/main.js")
    assert (other.status_code, other.headers["cache-control"]) == (200, "no-store")
    assert other.content == client.get(MAIN).content


def test_files_travel_zipped_where_that_is_understood(client):
    """The same content either way."""
    plain = client.get("/", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    with client.stream("GET", "/", headers={"Accept-Encoding": "gzip"}) as zipped:
        assert zipped.headers["content-encoding"] == "gzip"
        assert gzip.decompress(b"".join(zipped.iter_raw())) == plain.content


def test_what_is_not_the_consoles_stays_closed(client):
    """Neither a file beside it nor an address that looks like one of its own is open."""
    for path in (
        "/console/",
        "/console/main.js",
        f"/{serving.ADDRESS}../serving.py",
        f"{MAIN}/x",
        f"/{serving.ADDRESS}serving.py",
    ):
        assert client.get(httpx.URL(path)).status_code == 401


def test_head_is_answered_without_the_content(client):
    """For those who only want to know."""
    answer = client.head("/")
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 0


def test_no_file_is_long():
    """Each module has one idea; a style sheet may have more lines."""
    for path in Path(serving.FOLDER).rglob("*.js"):
        assert len(path.read_text().splitlines()) < 200, path
