"""Bounded channels between threads that end together: one failure stops every thread and is raised once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from threading import Condition, Lock, Thread
from typing import Generic, Self, TypeVar

T = TypeVar("T")


class Stopped(BaseException):
    """Ends a thread whose crew was stopped; not caught by `except Exception`."""


class Crew:
    """Threads for one task. The first error in any of them stops all, and is raised in the thread that waits.

    Leaving the `with` block stops every thread and waits for its end.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._conditions: list[Condition] = []
        self._threads: list[Thread] = []
        self._error: BaseException | None = None
        self._stopped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        self.stop()  # everything that is wanted has been taken
        for thread in self._threads:
            thread.join()
        if self._error is not None and (error is None or isinstance(error, Stopped)):
            raise self._error from None

    def channel(self, capacity: int) -> Channel[T]:
        """A channel that holds at most so many items."""
        return Channel(self, self._condition(), capacity)

    def load(self) -> Load:
        """A load of nothing."""
        return Load(self, self._condition())

    def _condition(self) -> Condition:
        # one for each channel, with its own lock: an item wakes only those who wait for it, and nobody waits for the lock of another channel, whose
        # holder may be waiting for the GIL. With a single lock eight encoders on sixteen processors waited for longer than they encoded
        changed = Condition(Lock())
        with self._lock:
            self._conditions.append(changed)
        return changed

    def start(self, name: str, work: Callable[[], None]) -> None:
        """Run `work` in a thread of that name."""
        thread = Thread(target=self._run, args=(work,), name=name, daemon=True)
        thread.start()  # before it is listed, since __exit__ joins all that are listed
        self._threads.append(thread)

    def feed(self, name: str, source: Iterable[T], capacity: int) -> Channel[T]:
        """Run an iterable in a thread of that name; the channel gives what it yields."""
        channel: Channel[T] = self.channel(capacity)

        def work() -> None:
            for item in source:
                channel.put(item)
            channel.close()

        self.start(name, work)
        return channel

    def stop(self) -> None:
        """Let every thread end at its next step."""
        with self._lock:
            self._stopped = True
            conditions = list(self._conditions)
        for changed in conditions:  # a thread about to wait holds the lock, and sees `_stopped` before it waits
            with changed:
                changed.notify_all()

    def check(self) -> None:
        """Raise Stopped if the crew was stopped; for work that puts and takes nothing for long."""
        if self._stopped:
            raise Stopped

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Stopped:
            pass
        except BaseException as exc:  # noqa: BLE001 - raised in the thread that waits
            with self._lock:
                self._error = self._error or exc
            self.stop()


class Channel(Generic[T]):
    """A bounded FIFO queue with an end. Made by a crew; all calls raise Stopped when the crew stops."""

    def __init__(self, crew: Crew, changed: Condition, capacity: int) -> None:
        self._crew = crew
        self._changed = changed
        self._items: deque[T] = deque()
        self._capacity = capacity
        self._closed = False

    def put(self, item: T) -> None:
        """Add an item, waiting while the channel is full."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped() or len(self._items) < self._capacity)
            self._crew.check()
            self._items.append(item)
            self._changed.notify_all()

    def close(self) -> None:
        """Say that nothing more will come."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def __iter__(self) -> Iterator[T]:
        """The items in order, until the channel is closed and empty."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopped() or bool(self._items) or self._closed)
                self._crew.check()
                if not self._items:
                    return
                item = self._items.popleft()
                self._changed.notify_all()
            yield item

    def take(self) -> None:
        """Wait for an item and drop it."""
        next(iter(self))

    def _stopped(self) -> bool:
        return self._crew._stopped  # noqa: SLF001 - one object in two classes


class Load:
    """An amount that waits to be used, such as bytes; producers wait while it is large. Made by a crew; waiting raises Stopped when the crew stops."""

    def __init__(self, crew: Crew, changed: Condition) -> None:
        self._crew = crew
        self._changed = changed
        self._amount = 0

    def add(self, amount: int) -> None:
        """Add to the amount, or subtract from it."""
        with self._changed:
            self._amount += amount
            self._changed.notify_all()

    def wait_below(self, most: int) -> None:
        """Wait until the amount is below `most`, or 0 if that is 0."""
        most = max(most, 1)
        with self._changed:
            self._changed.wait_for(lambda: self._crew._stopped or self._amount < most)  # noqa: SLF001 - see Channel
            self._crew.check()
