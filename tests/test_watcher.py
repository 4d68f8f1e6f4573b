import signal
import subprocess
import sys
from pathlib import Path

import pytest

from probe import eventually
from processes import started
from servers import Server
from workshop import dies

TESTS = """
import time
from servers import Server
server = Server("watched")
server._run("sleep", 60)
print(server._process.pid, server.folder, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_server_ends_with_the_process_of_the_tests(end):
    """However that ends; nothing of it stays."""
    here = Path(__file__).parent
    with started(sys.executable, "-c", TESTS, cwd=here, stdout=subprocess.PIPE, text=True) as tests:
        server, folder = tests.stdout.readline().split()
        tests.send_signal(end)
        assert tests.wait(10) == -end
    assert dies(int(server), within_s=10)
    assert eventually(lambda: not Path(folder).exists())


def test_a_server_may_be_stopped_and_started_again():
    """Its folder stays until it is removed."""
    server = Server("watched")
    for _ in range(2):
        server._run("sleep", 60)
        assert server._process.poll() is None
        server.stop()
        assert server.folder.exists()
    server.remove()
    assert not server.folder.exists()
