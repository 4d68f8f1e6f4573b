"""Waits for what another thread makes."""

from concurrent.futures import Future

import pytest

from clipzy.media.awaited import awaited


class NotNeeded(Exception):
    """Ends a wait."""


def not_needed():
    """As whoever listens says it."""
    raise NotNeeded


def test_whoever_waits_stops_waiting_when_nobody_needs_it_any_more():
    """Though what is waited for never comes; what is there already is handed out."""
    endless: Future[str] = Future()
    with pytest.raises(NotNeeded):
        awaited(endless, not_needed)
    endless.set_result("after all")
    assert awaited(endless, not_needed) == "after all"


def test_what_the_other_thread_raised_is_raised_by_the_wait():
    """A TimeoutError, as of a file on a network, is not taken for one of the wait's own."""
    failed: Future[str] = Future()
    failed.set_exception(TimeoutError("the network"))
    with pytest.raises(TimeoutError, match="the network"):
        awaited(failed, not_needed)
