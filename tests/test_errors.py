"""The error tree: drawn, mapped once, and fit for the wire."""

from __future__ import annotations

import inspect
import re

import pytest

from clipzy import errors
from clipzy.errors import ClipzyError, ConfigurationError, RequestError, StageError, ValidationFailed

EVERY = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, ClipzyError)]
every_error = pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
DRAWN = re.compile(r"^[│ ]*[├└]── (?P<name>\w+) *(?:(?P<status>\d{3}) )?(?P<code>[A-Z]+(?:_[A-Z]+)*)?(?= |$)")


def drawing():
    """The tree at the top of the module: by name, the status and code beside it where they are given."""
    found = (DRAWN.match(line) for line in errors.__doc__.splitlines())
    return {match["name"]: (match["status"], match["code"]) for match in found if match}


def test_the_drawing_shows_every_error():
    """No more and no less; the root is drawn above its branches."""
    assert set(drawing()) == {kind.__name__ for kind in EVERY} - {"ClipzyError"}


@every_error
def test_the_drawing_tells_the_truth(kind):
    """The status and the code beside an error are those that it has."""
    status, code = drawing().get(kind.__name__, (None, None))
    assert status in (None, str(kind.status))
    assert code in (None, kind.code)


@every_error
def test_an_error_has_a_code_and_a_status_of_http(kind):
    """Errors that the caller can mend are 4xx; those that will pass, and only they, are retryable, at 429 or 503."""
    assert re.fullmatch(r"[A-Z]+(_[A-Z]+)*", kind.code)
    assert 400 <= kind.status < 600
    if issubclass(kind, RequestError) and not kind.retryable and kind.code != "INSUFFICIENT_STORAGE":
        assert kind.status < 500
    if issubclass(kind, RequestError) and kind.retryable:
        assert kind.status in (429, 503)


@every_error
def test_an_error_is_its_sentence(kind):
    """It can be made from a sentence alone, which is what `str` gives: so it passes between processes."""
    assert str(kind("no video stream")) == "no video stream"


def test_the_three_kinds_are_apart():
    """What the caller, the video and the operator are to blame for is told by the branch."""
    for one, other in [
        (RequestError, StageError),
        (StageError, ConfigurationError),
        (ConfigurationError, RequestError),
    ]:
        assert not issubclass(one, other)


def test_a_refused_request_names_its_fields():
    """Each with its path and its message."""
    error = ValidationFailed("two fields are wrong", (("config.strength", "0 to 1"), ("video_id", "missing")))
    assert [path for path, _ in error.fields] == ["config.strength", "video_id"]
