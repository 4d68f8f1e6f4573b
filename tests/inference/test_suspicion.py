"""Callers that know nothing of each other, one of whose calls ends their network each time that it is asked."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from clipzy.inference import suspicion
from clipzy.inference.suspicion import APART_S, Suspicion


class Server:
    """Triton, as far as it counts calls that failed since it was started."""

    def __init__(self):
        self.failed = 0

    def get_inference_statistics(self, *_, **__):
        """Of one version of the network."""
        return SimpleNamespace(
            model_stats=[SimpleNamespace(inference_stats=SimpleNamespace(fail=SimpleNamespace(count=self.failed)))]
        )


@pytest.fixture
def server():
    """One that was just started."""
    return Server()


@pytest.fixture
def waits(monkeypatch):
    """The longest that each wait may last; none lasts, but what is put among `waits.meanwhile` is done in them, one each."""

    class Waits(list):
        meanwhile = []  # noqa: RUF012 (one fixture, one class)

    waited = Waits()
    monkeypatch.setattr(suspicion.random, "uniform", lambda _, longest: longest)

    def sleep(longest):
        waited.append(longest)
        if waited.meanwhile:
            waited.meanwhile.pop(0)()

    monkeypatch.setattr(suspicion.time, "sleep", sleep)
    return waited


def refused(call, left_s=1000):
    """Whether a try that finds the network dead is the call's last."""
    call.before_a_try(left_s)
    return call.found_dead()


def test_a_call_that_kills_each_new_network_is_found_at_the_third(server, waits):
    """Each time no call has failed before it; the time that it waits for grows."""
    call = Suspicion(server, "probe")
    assert [refused(call) for _ in range(3)] == [False, False, True]
    assert waits == [APART_S, 2 * APART_S]


def test_a_call_that_comes_after_the_one_that_kills_is_not_suspected(server, waits):
    """However often: calls have failed on that server before, whether they did when it came back or while it waited."""
    call = Suspicion(server, "probe")
    assert not refused(call)
    for _ in range(10):
        server.failed = 0
        waits.meanwhile.append(lambda: setattr(server, "failed", 1))
        assert not refused(call)
        assert not refused(call)
    assert waits == [APART_S] * 10


def test_a_call_in_flight_twice_by_chance_goes_on(server, waits):
    """Such as one that the network was asked together with the one that kills, at first and once more."""
    call = Suspicion(server, "probe")
    assert not refused(call)
    assert not refused(call)
    server.failed = 2
    assert not refused(call)
    assert len(waits) == 1


def test_nobody_waits_for_longer_than_patience_lasts(server, waits):
    """Nor at all before a first try, or where the network is dead still."""
    call = Suspicion(server, "probe")
    assert not refused(call)
    server.failed = 1
    assert not refused(call)
    assert waits == []
    server.failed = 0
    assert not refused(call, left_s=3)
    assert not refused(Suspicion(server, "probe"), left_s=-1)
    assert waits == [3]
