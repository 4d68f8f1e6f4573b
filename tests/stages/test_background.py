"""Tasks that run in the background of whoever waits for them."""

from __future__ import annotations

import threading
import time

import pytest
import structlog

from clipzy.stages.background import started


def test_results_come_in_order_and_the_next_runs_while_the_last_is_used():
    """One thread, which is a task in the background."""
    second_began = threading.Event()

    def second(_listen):
        second_began.set()
        return "second"

    with started([lambda _listen: "first", second]) as running:
        assert running[0].result() == "first"
        assert second_began.wait(5)
        assert running[1].result() == "second"


def test_an_error_ends_the_tasks_that_still_run():
    """At the next share that they tell, and those that wait for a thread never begin."""
    shares, begun = [], []

    def endless(listen):
        for share in range(10_000):
            listen(share / 10_000)
            shares.append(share)
            time.sleep(0.01)

    def fails(tasks):
        with started(tasks):
            raise ValueError("the first one's analysis failed")

    with pytest.raises(ValueError, match="analysis failed"):
        fails([endless, begun.append])
    assert len(shares) < 100
    assert begun == []


def test_a_tasks_error_comes_out_where_it_is_waited_for():
    """As itself."""

    def broken(_listen):
        raise KeyError("broken")

    def waits():
        with started([broken]) as running:
            running[0].result()

    with pytest.raises(KeyError):
        waits()


def test_what_tasks_log_says_whose_it_is():
    """The context of the thread that started them is theirs."""
    with (
        structlog.contextvars.bound_contextvars(job_id="job_1"),
        started([lambda _listen: structlog.contextvars.get_contextvars()]) as running,
    ):
        assert running[0].result() == {"job_id": "job_1"}
