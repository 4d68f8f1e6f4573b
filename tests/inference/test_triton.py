import contextlib
import os
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tritonclient.grpc as grpcclient
from prometheus_client import REGISTRY

from clipzy.errors import InferenceError, InferenceUnavailable
from clipzy.inference.triton import CHANNEL, TritonInference, is_loopback
from ports import free_port
from probe import (
    ANSWER_NOTHING,
    FAIL,
    PROBE,
    SLEEP,
    eventually,
    many_numbers,
    numbers,
    probe_server,
    running,
)
from processes import stand_still


@pytest.fixture
def inference(probe):
    """A connection to the probe, without patience: a server that is away fails the call."""
    connection = TritonInference(probe.url, timeout_s=10, patience_s=0)
    yield connection
    connection.close()


def statistics(url):
    """What the server counted for the probe."""
    with grpcclient.InferenceServerClient(url) as client:
        return client.get_inference_statistics("probe").model_stats[0]


def settled(url):
    """The same once calls of earlier tests are counted too: the server answers first, then counts."""
    counted = statistics(url)
    while True:
        time.sleep(0.2)
        now = statistics(url)
        if now == counted:
            return now
        counted = now


def answered(counted):
    """How many calls had an answer or an error."""
    return counted.inference_stats.success.count + counted.inference_stats.fail.count


def calls(outcome):
    """How many calls of the probe ended so, as the metrics have it."""
    labels = {"network": "probe", "outcome": outcome}
    return REGISTRY.get_sample_value("clipzy_inference_request_duration_seconds_count", labels) or 0


def test_numbers_come_back_doubled(inference):
    """A batch goes through the network and comes back under the output's name."""
    answer = inference.infer(PROBE, numbers([1, 2, 3], [4, 5, 6]))
    assert list(answer) == ["doubled"]
    assert answer["doubled"].tolist() == [[2, 4, 6], [8, 10, 12]]


def test_a_batch_above_the_limit_goes_in_parts(inference):
    """Ten rows at four a call are three calls and one answer, in order."""
    rows = np.arange(20, dtype=np.float32).reshape(10, 2)
    assert np.array_equal(rows * 2, inference.infer(PROBE, {"numbers": rows})["doubled"])


def test_a_view_that_is_not_contiguous_is_sent_as_it_reads(inference):
    """Strided views give the same as their copies."""
    rows = np.arange(24, dtype=np.float32).reshape(6, 4)[::2, ::-1]
    assert np.array_equal(rows * 2, inference.infer(PROBE, {"numbers": rows})["doubled"])


def test_a_network_that_is_always_slower_than_its_deadline_fails_the_call_after_three_tries(probe):
    """In words, and the user was told once; the next call is answered."""
    told = []
    connection = TritonInference(probe.url, timeout_s=0.3, patience_s=30, on_wait=told.append)
    began = time.monotonic()
    with pytest.raises(InferenceError, match=r"probe missed its deadline of 0\.3 s 3 times in a row: Triton is overl"):
        connection.infer(PROBE, numbers([SLEEP, 0.7]))
    assert 0.9 < time.monotonic() - began < 6
    assert len([text for text in told if "probe missed its deadline of 0.3 s and was asked again" in text]) == 1
    time.sleep(0.8)
    assert connection.infer(PROBE, numbers([1]))["doubled"].tolist() == [[2]]
    connection.close()


def test_a_server_that_stands_still_for_a_moment_fails_no_call(probe):
    """A call that misses its deadline once is answered when it is made again: counted, and told to the user once for all such calls."""
    told = []
    connection = TritonInference(probe.url, timeout_s=0.5, patience_s=0, on_wait=told.append)
    connection.infer(PROBE, numbers([0]))  # connected
    before = calls("deadline")

    def wake_up_after_a_missed_call(missed):
        eventually(lambda: calls("deadline") > missed)
        os.kill(probe.pid, signal.SIGCONT)

    for number in (1, 2):
        stand_still(probe.pid)
        again = threading.Thread(target=wake_up_after_a_missed_call, args=(calls("deadline"),))
        again.start()
        assert connection.infer(PROBE, numbers([number]))["doubled"].tolist() == [[2 * number]]
        again.join()
    assert told == [
        "probe missed its deadline of 0.5 s and was asked again: Triton is overloaded, or INFERENCE_TIMEOUT_S too short"
    ]
    assert calls("deadline") - before >= 2
    connection.close()


def test_a_call_whose_caller_has_hung_up_is_not_computed(inference, probe):
    """It missed its deadline while another was at work; the server drops each of its tries, which would have taken minutes."""
    hasty = TritonInference(probe.url, timeout_s=0.2, patience_s=0)
    with ThreadPoolExecutor(1) as threads:
        busy = threads.submit(inference.infer, PROBE, numbers([SLEEP, 3.0]))
        time.sleep(0.2)
        with pytest.raises(InferenceError, match="3 times in a row"):
            hasty.infer(PROBE, numbers([SLEEP, 60.0]))
        assert not busy.done()
        busy.result()
    assert inference.infer(PROBE, numbers([1]))["doubled"].tolist() == [[2]]
    hasty.close()


def test_a_networks_own_failure_is_named_and_not_tried_again(probe):
    """A network that raises fails the call once, by its name and words; the server lives on."""
    connection = TritonInference(probe.url, timeout_s=10, patience_s=30)
    before = calls("error")
    with pytest.raises(
        InferenceError, match="probe failed: ArithmeticError: these numbers cannot be doubled"
    ) as caught:
        connection.infer(PROBE, numbers([FAIL]))
    assert not isinstance(caught.value, InferenceUnavailable)
    assert calls("error") - before == 1
    assert connection.infer(PROBE, numbers([1]))["doubled"].tolist() == [[2]]
    connection.close()


def test_one_bad_request_spares_the_others_of_its_batch(inference, probe):
    """Requests that the server ran as one batch fail one by one: only the bad one is refused."""
    before = settled(probe.url)
    with ThreadPoolExecutor(4) as threads:
        # keeps the model busy while the others gather in its queue
        busy = threads.submit(inference.infer, PROBE, numbers([SLEEP, 0.5]))
        time.sleep(0.2)
        good = [threads.submit(inference.infer, PROBE, numbers([value])) for value in (1, 2)]
        bad = threads.submit(inference.infer, PROBE, numbers([FAIL]))
    assert busy.exception() is None
    assert [future.result()["doubled"].tolist() for future in good] == [[[2]], [[4]]]
    assert isinstance(bad.exception(), InferenceError)
    assert eventually(lambda: answered(statistics(probe.url)) - answered(before) == 4)
    assert statistics(probe.url).execution_count - before.execution_count == 2


def test_an_empty_answer_fails_the_call(inference):
    """The empty tensors that the Python backend returns under numpy 2 are an error, with the cause to look for."""
    with pytest.raises(InferenceError, match=r"output doubled of probe is empty.*numpy < 2"):
        inference.infer(PROBE, numbers([ANSWER_NOTHING, 1]))


def test_threads_get_their_own_answers(inference):
    """Eight threads on one connection, with small and with shared tensors, never mix their answers."""

    def ask(value):
        rows = np.full((1, 1 + 400_000 * (value % 2)), value, np.float32)
        return np.array_equal(inference.infer(PROBE, {"numbers": rows})["doubled"], rows * 2)

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(ask, range(32)))


@pytest.mark.parametrize(
    "inputs",
    [{"numbers": np.ones((1, 3))}, {"numbers": np.ones(3, np.float32)}, {"figures": np.ones((1, 3), np.float32)}],
    ids=["dtype", "shape", "name"],
)
def test_wrong_inputs_are_refused_before_sending(inputs):
    """Inputs that do not fit raise ValueError where no server listens at all."""
    connection = TritonInference(f"127.0.0.1:{free_port()}", timeout_s=1, patience_s=0)
    with pytest.raises(ValueError, match="probe"):
        connection.infer(PROBE, inputs)
    connection.close()


@pytest.mark.parametrize("inputs", [numbers([1, 2]), many_numbers(2)], ids=["by gRPC", "by shared memory"])
def test_server_killed_call_waits_and_resumes(inputs):
    """A call made while the server is away waits, says so once, and is answered once the server is back."""
    waits = []
    port = free_port()
    server = probe_server(port)
    connection = TritonInference(server.url, timeout_s=10, patience_s=60, on_wait=waits.append)
    with running(server):
        assert np.array_equal(inputs["numbers"] * 2, connection.infer(PROBE, inputs)["doubled"])
    with ThreadPoolExecutor(1) as threads:
        call = threads.submit(connection.infer, PROBE, inputs)
        time.sleep(1.0)
        assert not call.done()
        with running(probe_server(port)):
            assert np.array_equal(inputs["numbers"] * 2, call.result(30)["doubled"])
            connection.close()
    assert len(waits) == 1
    assert waits[0].startswith(f"waiting for Triton at {server.url}: ")


def test_server_started_anew_between_calls_gets_the_shared_memory_again():
    """A server that has forgotten the shared memory of an idle connection answers its next large call."""
    port = free_port()
    inputs = many_numbers(2)
    with running(probe_server(port)) as server:
        connection = TritonInference(server.url, timeout_s=10, patience_s=5)
        connection.infer(PROBE, inputs)
        [before] = connection._pools[0]._idle
    with running(probe_server(port)):
        assert np.array_equal(inputs["numbers"] * 2, connection.infer(PROBE, inputs)["doubled"])
        [after] = connection._pools[0]._idle
        connection.close()
    assert before.name != after.name


def test_server_gone_for_good_ends_the_patience():
    """A server that stays away raises InferenceUnavailable when the patience is spent and not long after."""
    connection = TritonInference(f"127.0.0.1:{free_port()}", timeout_s=1, patience_s=1.0)
    began = time.monotonic()
    with pytest.raises(InferenceUnavailable, match="is it running"):
        connection.infer(PROBE, numbers([1]))
    assert 0.2 < time.monotonic() - began < 2.0
    connection.close()


SETTINGS, SETTINGS_SEEN = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]), bytes([0, 0, 0, 4, 1, 0, 0, 0, 0])  # HTTP/2 frames


@pytest.fixture
def silent():
    """The address of a server that greets and then takes nothing more, as if its machine were gone."""
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        kept = []

        def greet():
            with contextlib.suppress(OSError):  # the end of the test
                while True:
                    kept.append(listening.accept()[0])
                    kept[-1].sendall(SETTINGS + SETTINGS_SEEN)

        greeting = threading.Thread(target=greet)
        greeting.start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
        greeting.join()
        for each in kept:
            each.close()


def test_a_server_whose_machine_is_gone_is_away_and_not_slow(silent, monkeypatch):
    """What it does not acknowledge ends the connection long before the deadline, so that another server can be found."""
    quick = [
        ("grpc.keepalive_timeout_ms", 1000) if name == "grpc.keepalive_timeout_ms" else (name, value)
        for name, value in CHANNEL
    ]
    monkeypatch.setattr("clipzy.inference.triton.CHANNEL", quick)
    connection = TritonInference(silent, timeout_s=60, patience_s=0, shared_memory="off")
    with pytest.raises(InferenceUnavailable, match="was away"):
        connection.infer(PROBE, many_numbers(1))
    connection.close()


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("127.0.0.1:8001", True),
        ("localhost:8001", True),
        ("Localhost:8001", True),
        ("[::1]:8001", True),
        ("10.0.0.7:8001", False),
        ("triton:8001", False),
    ],
)
def test_only_a_loopback_address_is_this_host(url, local):
    """Shared memory is tried where the server's address is on the loopback, nowhere else."""
    assert local is is_loopback(url)
