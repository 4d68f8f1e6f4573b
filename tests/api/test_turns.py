"""Files that wait to be looked at: nobody waits for those of one other."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import pytest

from api.rest import data
from clipzy.api import turns, uploads
from clipzy.api.turns import CHILD_MB, OWN_MB, Turns, turns_here
from clipzy.errors import ServiceUnavailable
from clipzy.tokens import Scope, new_token


class Desk:
    """Calls that go on until they are let go; `begun` names them in order."""

    def __init__(self, most_for_one):
        self.turns, self.begun = Turns(most_for_one, 2 * most_for_one), []
        self._may_end = threading.Event()

    def look(self, name):
        """The call itself, in a thread."""
        self.begun.append(name)
        assert self._may_end.wait(20)
        return name

    async def ask(self, *names):
        """Begin to ask for these, as owners' by their first letter; those that may have begun then."""
        asked = [asyncio.create_task(self.turns.run(name[0], self.look, name)) for name in names]
        await asyncio.sleep(0)
        while len(self.begun) < self.turns._running.total():
            await asyncio.sleep(0.001)
        return asked

    def let_go(self):
        """Whatever waits within a call ends."""
        self._may_end.set()


@asynccontextmanager
async def desk(most_for_one):
    """One whose calls end with the context."""
    opened = Desk(most_for_one)
    try:
        yield opened
    finally:
        opened.let_go()


def test_one_owner_has_all_processors_and_another_does_not_wait_for_him():
    """As many as there are of each, twice as many together."""

    async def asked():
        async with desk(2) as opened:
            asked = await opened.ask("m1", "m2", "m3", "m4", "a1", "b1", "b2")
            assert sorted(opened.begun) == ["a1", "b1", "m1", "m2"]
            opened.let_go()
            assert await asyncio.gather(*asked) == ["m1", "m2", "m3", "m4", "a1", "b1", "b2"]
            assert not opened.turns._running

    asyncio.run(asked())


def test_who_has_fewest_under_way_is_next():
    """Whoever came first; of one owner's the oldest."""

    async def asked():
        opened = Turns(2, 4)
        opened._running.update({"m": 2, "a": 2})
        waiting = [asyncio.create_task(opened.run(name[0], str, name)) for name in ("m3", "a3", "b1", "b2")]
        await asyncio.sleep(0)
        opened._end("m")
        assert [owner for owner, _ in opened._waiting] == ["m", "a", "b"]
        opened._end("a")
        assert [owner for owner, _ in opened._waiting] == ["a", "b"]
        for each in ("m", "a"):
            opened._end(each)
        assert await asyncio.gather(*waiting) == ["m3", "a3", "b1", "b2"]

    asyncio.run(asked())


def test_what_cannot_begin_in_time_is_refused(monkeypatch):
    """And is forgotten; as is what nobody waits for any more."""
    monkeypatch.setattr(turns, "WAITING_S", 0.01)

    async def asked():
        async with desk(1) as opened:
            [first] = await opened.ask("m1")
            with pytest.raises(ServiceUnavailable, match="try again later"):
                await opened.turns.run("m", opened.look, "m2")
            monkeypatch.setattr(turns, "WAITING_S", 20.0)
            [given_up] = await opened.ask("m3")
            given_up.cancel()
            await asyncio.sleep(0)
            opened.let_go()
            assert await first == "m1"
            assert (opened.begun, opened.turns._waiting, opened.turns._running.total()) == (["m1"], [], 0)

    asyncio.run(asked())


def test_a_turn_that_comes_as_its_patience_ends_is_the_next_ones():
    """Who gives up in the very moment in which another ends: neither fails of it, and no turn is lost."""

    async def asked():
        async with desk(1) as opened:
            [first] = await opened.ask("m1")
            given_up, next_one = (
                asyncio.create_task(opened.turns.run("m", opened.look, name)) for name in ("m2", "m3")
            )
            await asyncio.sleep(0)
            opened.let_go()
            ended = opened.turns._end
            opened.turns._end = lambda owner: (given_up.cancel(), ended(owner))
            assert await first == "m1"
            opened.turns._end = ended
            assert await next_one == "m3"
            with pytest.raises(asyncio.CancelledError):
                await given_up
            assert (opened.begun, opened.turns._waiting, opened.turns._running.total()) == (["m1", "m3"], [], 0)

    asyncio.run(asked())


@pytest.mark.parametrize(
    ("memory_mb", "alone", "shared"),
    [
        (256, (1, 1), (1, 1)),
        (OWN_MB + 2 * CHILD_MB - 1, (1, 1), (1, 1)),
        (OWN_MB + 2 * CHILD_MB, (2, 2), (1, 2)),
        (OWN_MB + 5 * CHILD_MB, (3, 3), (2, 5)),
        (1 << 20, (3, 3), (3, 6)),
    ],
    ids=["hardly any", "one", "two", "five", "much"],
)
def test_no_more_run_at_once_than_memory_holds(memory_mb, alone, shared, monkeypatch):
    """And than three processors are there for: what exceeds a container's memory would end the API. One owner has all, one of several half."""
    monkeypatch.setattr(turns, "available_processors", lambda: 3)
    monkeypatch.setattr(turns, "memory_limit", lambda: memory_mb << 20)
    for several_owners, expected in ((False, alone), (True, shared)):
        made = turns_here(several_owners=several_owners)
        assert (made._most_for_one, made._most) == expected


def test_uploads_and_thumbnails_share_their_turns(service):
    """So that both together take no more memory than there is."""
    state = service.server.config.app.state
    assert state.uploads._turns is state.thumbnails._turns


def test_an_owners_upload_does_not_wait_for_anothers_files(own_service, clips, monkeypatch):
    """However many and however slow those are."""
    (ann, her_entry), (bob, his_entry) = new_token("ann", Scope.WRITE), new_token("bob", Scope.WRITE)
    begun, may_end, guarded = threading.Event(), threading.Event(), uploads.guarded

    def slow(function, path, limits, filename):
        if filename == "slow.mp4":
            begun.set()
            assert may_end.wait(20)
        return guarded(function, path, limits, filename)

    monkeypatch.setattr(uploads, "guarded", slow)
    monkeypatch.setattr(turns, "available_processors", lambda: 1)
    clip = (clips / "clip.mp4").read_bytes()
    with own_service(api_tokens=f"{her_entry},{his_entry}") as service, ThreadPoolExecutor(2) as pool:

        def upload(token, name):
            files, headers = {"file": (name, clip)}, {"authorization": f"Bearer {token}"}
            return service.client.post("/api/v1/videos/upload", files=files, headers=headers)

        slow_ones = [pool.submit(upload, bob, "slow.mp4") for _ in range(2)]
        try:
            assert begun.wait(10)
            assert data(upload(ann, "a.mp4"))["filename"] == "a.mp4"
        finally:
            may_end.set()
        assert [data(each.result())["filename"] for each in slow_ones] == ["slow.mp4", "slow.mp4"]
