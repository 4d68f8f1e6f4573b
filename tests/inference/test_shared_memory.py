import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tritonclient.grpc as grpcclient
from prometheus_client import REGISTRY

from clipzy.errors import InferenceError, InferenceUnavailable
from clipzy.inference import cuda_memory, shared_memory
from clipzy.inference.shared_memory import RegionPool, SharedMemoryRefused
from clipzy.inference.triton import SHARED_FROM, TritonInference
from probe import FAIL, PROBE, SLEEP, eventually, many_numbers, numbers, probe_server, running
from processes import started


@pytest.fixture
def connect(probe):
    """Makes connections to the probe that are closed after the test."""
    made = []

    def connection(**options):
        made.append(TritonInference(probe.url, timeout_s=10, patience_s=0, **options))
        return made[-1]

    yield connection
    for each in made:
        each.close()


def registered(server):
    """Size of each region that the server has open, by name."""
    with grpcclient.InferenceServerClient(server.url) as client:
        return {name: region.byte_size for name, region in client.get_system_shared_memory_status().regions.items()}


def fell_back(of, to):
    """How often one way was taken for another."""
    return REGISTRY.get_sample_value("clipzy_fallbacks_total", {"of": of, "to": to}) or 0.0


def left_in_dev_shm(pid):
    """A process's names in /dev/shm, where an engine beside the tests has its own."""
    return [path.name for path in Path("/dev/shm").glob(f"{shared_memory.OWNED}-*.{pid}.*")]


def test_a_large_tensor_is_shared_and_equal_to_its_bytes(connect, probe):
    """Through shared memory and through gRPC the answer is the same to the bit, and no name stays in /dev/shm."""
    inputs = many_numbers(3)
    by_bytes = connect(shared_memory="off").infer(PROBE, inputs)["doubled"]
    assert registered(probe) == {}
    shared = connect().infer(PROBE, inputs)["doubled"]
    assert len(registered(probe)) == 1
    assert left_in_dev_shm(os.getpid()) == []
    assert np.array_equal(by_bytes, shared)


def test_a_small_tensor_is_not_shared(connect, probe):
    """Below a mebibyte nothing is registered."""
    connect().infer(PROBE, {"numbers": np.ones((1, SHARED_FROM // 4 - 1), np.float32)})
    assert registered(probe) == {}


def test_one_region_is_grown_and_used_again(connect, probe):
    """Calls one after another share one region, which grows to a power of two that holds the largest."""
    connection = connect()
    for megabytes in (2, 6, 3):
        inputs = many_numbers(megabytes)
        assert np.array_equal(inputs["numbers"] * 2, connection.infer(PROBE, inputs)["doubled"])
    assert list(registered(probe).values()) == [8 << 20]


def fail(connection):
    """Make a call whose answer is an error, over memory that the server may still read."""
    failing = many_numbers(2)
    failing["numbers"][0, 0] = FAIL
    with pytest.raises(InferenceError):
        connection.infer(PROBE, failing)


def test_closing_gives_everything_back(connect, probe):
    """After close the server has no region of ours open, failed calls' included."""
    connection = connect()
    connection.infer(PROBE, many_numbers(2))
    fail(connection)
    connection.close()
    assert registered(probe) == {}


def test_closing_outlasts_a_server_that_still_reads(connect, probe, monkeypatch):
    """As it may for a moment after a call that failed: it is asked again until it drops the region."""
    drop, times = shared_memory.SystemRegion.unregister, iter(range(3))

    def busy(client, name):
        for _ in times:
            raise grpcclient.InferenceServerException(f"{name} is currently in use")
        drop(client, name)

    monkeypatch.setattr(shared_memory.SystemRegion, "unregister", staticmethod(busy))
    connection = connect()
    fail(connection)
    connection.close()
    assert registered(probe) == {}


def mapped():
    """How many regions this process has in its memory."""
    return Path("/proc/self/maps").read_text().count(f"/{shared_memory.OWNED}-")


def test_a_region_that_a_failed_call_left_is_let_go_once_the_server_has(connect, probe, monkeypatch):
    """At a later call, long before the connection is closed; not while the server says that it reads it."""
    drop, reading = shared_memory.SystemRegion.unregister, threading.Event()
    before = mapped()

    def busy(client, name):
        if reading.is_set():
            raise grpcclient.InferenceServerException(f"{name} is currently in use")
        drop(client, name)

    monkeypatch.setattr(shared_memory.SystemRegion, "unregister", staticmethod(busy))
    connection = connect()
    reading.set()
    fail(connection)
    connection.infer(PROBE, many_numbers(2))
    assert mapped() - before == len(registered(probe)) == 2
    reading.clear()
    assert eventually(lambda: len(connection.infer(PROBE, many_numbers(2))) and len(registered(probe)) == 1)
    assert mapped() - before == 1


def answers(connection):
    """Whether a connection without patience has found its server again."""
    try:
        return bool(connection.infer(PROBE, numbers([1])))
    except InferenceUnavailable:
        return False


def test_servers_that_end_during_calls_leave_no_memory_shared():
    """Those of calls that were cut off are not kept until the connection is closed: one call at once has one region, however often the server was started."""
    server, before = probe_server(), mapped()
    cut_off = many_numbers(2)
    cut_off["numbers"][0, :2] = SLEEP, 30
    connection = TritonInference(server.url, timeout_s=40, patience_s=0)
    try:
        for _ in range(2):
            with running(server), ThreadPoolExecutor(1) as threads:
                assert eventually(lambda: answers(connection))
                call = threads.submit(connection.infer, PROBE, cut_off)
                assert eventually(lambda: len(registered(server)) == 1)
                os.kill(server.pid, signal.SIGKILL)
                assert isinstance(call.exception(10), InferenceUnavailable)
        with running(server):
            assert eventually(lambda: answers(connection))
            connection.infer(PROBE, many_numbers(2))
            assert mapped() - before == len(registered(server)) == 1
    finally:
        connection.close()
    assert mapped() == before


def test_who_looks_into_a_region_does_not_keep_it_from_growing(connect, probe, monkeypatch):
    """A profiler or a traceback holds an array that lies in it; the memory goes with that."""
    held = []
    fill = shared_memory.SystemRegion.fill

    def watched(region, arrays):
        held.append(np.frombuffer(region._memory, np.uint8))
        fill(region, arrays)

    monkeypatch.setattr(shared_memory.SystemRegion, "fill", watched)
    connection = connect()
    for megabytes in (2, 6):
        inputs = many_numbers(megabytes)
        assert np.array_equal(inputs["numbers"] * 2, connection.infer(PROBE, inputs)["doubled"])
    assert len(held) == 2
    assert list(registered(probe).values()) == [8 << 20]


def test_a_server_that_cannot_open_it_gets_bytes(connect, probe, monkeypatch, tmp_path, caplog):
    """Where the server does not see our shared memory, tensors go by gRPC, and the log says why."""
    # as with a server in another container: the memory that we make is not in its /dev/shm
    monkeypatch.setattr(shared_memory, "FOLDER", tmp_path)
    inputs = many_numbers(2)
    answer = connect().infer(PROBE, inputs)["doubled"]
    assert np.array_equal(inputs["numbers"] * 2, answer)
    assert "by gRPC, not by shared memory: Triton could not open it" in caplog.text
    assert registered(probe) == {}
    assert list(tmp_path.iterdir()) == []


def test_a_full_dev_shm_is_no_failure(connect, monkeypatch, caplog):
    """Where /dev/shm has no room, tensors go by gRPC, and the log says why."""

    def no_room(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", no_room)
    inputs = many_numbers(2)
    assert np.array_equal(inputs["numbers"] * 2, connect().infer(PROBE, inputs)["doubled"])
    assert "No space left on device" in caplog.text


def test_a_gpu_that_gives_no_memory_is_done_without(connect, probe, monkeypatch, caplog):
    """Asked for the GPU's memory where none can be had, tensors go by the system's, and log and metric say so."""
    monkeypatch.setattr(cuda_memory, "DEVICE", 99)  # no machine has that many, most have none
    before = fell_back("cuda_shared_memory", "shared_memory")
    connection = connect(shared_memory="cuda")
    inputs = many_numbers(2)
    for _ in range(2):
        assert np.array_equal(inputs["numbers"] * 2, connection.infer(PROBE, inputs)["doubled"])
    assert caplog.text.count("by shared memory, not by CUDA shared memory: the GPU gave no memory: ") == 1
    assert fell_back("cuda_shared_memory", "shared_memory") == before + 1
    assert connection.large_tensors_by == "shared memory"
    assert len(registered(probe)) == 1


def test_a_server_elsewhere_cannot_be_handed_the_gpus_memory(caplog):
    """Asked for all the same, as in Kubernetes where Triton has pods of its own, it is no silent wish: log and metric say so."""
    before = fell_back("cuda_shared_memory", "grpc")
    connection = TritonInference("triton:8001", shared_memory="cuda")
    assert connection.large_tensors_by == "gRPC"
    assert "it is not on this host's loopback" in caplog.text
    assert fell_back("cuda_shared_memory", "grpc") == before + 1
    connection.close()


def test_what_lies_between_tensors_is_written_too():
    """CUDA's memory is filled from its beginning without gaps, so that each tensor lies where the call says."""
    first, second = np.arange(10, dtype=np.uint8), np.arange(3, dtype=np.float32)
    second.flags.writeable = False
    parts = list(cuda_memory._without_gaps([first, second]))
    written = b"".join(part.tobytes() for part in parts)
    start = shared_memory.offsets([first, second])[1]
    assert start % shared_memory.ALIGNMENT == 0
    assert written[:10] == first.tobytes()
    assert written[start:] == second.tobytes()
    assert all(part.flags.writeable for part in parts)


class Cuda:
    """The client's module for CUDA memory, with a GPU that takes no data any more."""

    def __init__(self):
        self.freed = []
        self.at_once, self.most_at_once = 0, 0

    def create_shared_memory_region(self, name, *_):
        """Gives memory."""
        return name

    def get_raw_handle(self, _memory):
        """Of it."""
        return b""

    def set_shared_memory_region_from_dlpack(self, *_):
        """Fails as CUDA's own errors do, in a plain exception behind the module's."""
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(0.01)
        self.at_once -= 1
        raise Exception("unable to set values in cuda shared memory") from Exception(b"unspecified launch failure")

    def destroy_shared_memory_region(self, memory):
        """Takes it back."""
        self.freed.append(memory)


class Server:
    """Triton, as far as it opens and drops CUDA's memory."""

    def __init__(self):
        self.regions = {}

    def get_cuda_shared_memory_status(self, **_):
        """What it has open."""
        return SimpleNamespace(regions=self.regions)

    def register_cuda_shared_memory(self, name, handle, *_, **__):
        """Opens it."""
        self.regions[name] = handle

    def unregister_cuda_shared_memory(self, name, **_):
        """Drops it."""
        del self.regions[name]


def test_a_gpu_that_takes_no_data_is_done_without(monkeypatch):
    """The tensors go another way: it is refused as memory that cannot be had is, and nothing of it is kept anywhere."""
    cuda, server = Cuda(), Server()
    monkeypatch.setattr(cuda_memory, "_library", lambda: cuda)
    pool = RegionPool(server, cuda_memory.CudaRegion)
    with (
        pytest.raises(SharedMemoryRefused, match=r"the GPU took no data: .*unspecified launch failure"),
        pool.lease([np.ones(4)]),
    ):
        pass
    assert server.regions == {}
    assert len(cuda.freed) == 1


def test_calls_at_once_fill_the_gpus_memory_in_turn(monkeypatch):
    """The client's module makes one stream for all threads when it first copies; a second at that moment would end the first one's."""
    cuda, server = Cuda(), Server()
    monkeypatch.setattr(cuda_memory, "_library", lambda: cuda)
    regions = [cuda_memory.CudaRegion(server, 64) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        filling = [threads.submit(region.fill, [np.ones(4)]) for region in regions]
    assert all(isinstance(each.exception(), SharedMemoryRefused) for each in filling)
    assert cuda.most_at_once == 1


KILLED_IN_USE = """
import os, signal
from probe import PROBE, many_numbers
from clipzy.inference.triton import TritonInference
TritonInference({url!r}, timeout_s=10, patience_s=0).infer(PROBE, many_numbers(2))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_process_leaves_nothing_behind(connect, probe):
    """A process killed with its memory shared leaves no file, and the next connection has the server drop the rest."""
    program, tests = KILLED_IN_USE.format(url=probe.url), Path(__file__).parents[1]
    with started(sys.executable, "-c", program, cwd=tests) as killed:
        assert killed.wait(60) == -signal.SIGKILL
    assert left_in_dev_shm(killed.pid) == []
    orphaned = set(registered(probe))
    assert len(orphaned) == 1
    connect().infer(PROBE, many_numbers(2))
    assert orphaned.isdisjoint(registered(probe))


def test_small_calls_work_with_sharing_off(connect):
    """`off` never touches shared memory."""
    assert connect(shared_memory="off").infer(PROBE, numbers([3]))["doubled"].tolist() == [[6]]
