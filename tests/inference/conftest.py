import pytest

from probe import probe_server, running


@pytest.fixture(scope="module")
def probe():
    """A server with the probe, shared by the tests of a file: they must leave it alive."""
    with running(probe_server()) as server:
        yield server
