"""Report how much of a file has been read."""

from __future__ import annotations

from collections.abc import Callable

STEP = 0.002  # smaller steps are not reported


class Progress:
    """Reports the share of a file's bytes that has been read, 0..1, never going back."""

    def __init__(self, report: Callable[[float], None] | None, size: int) -> None:
        self._report = report
        self._size = max(1, size)
        self._told = self._begun = 0.0

    def again(self) -> None:
        """The file is read once more from its beginning: that is spread over the rest of the progress."""
        self._begun = self._told

    def goes_on(self) -> None:
        """Report the same share again, so that the listener can stop the reading."""
        if self._report:
            self._report(self._told)

    def reached(self, position: int) -> None:
        """The reader is at this byte; -1 if unknown."""
        read = min(max(position, 0) / self._size, 1.0)
        self._tell(min(self._begun + read * (1 - self._begun), 1 - STEP))

    def done(self) -> None:
        """The reader is at the end."""
        self._tell(1.0)

    def _tell(self, share: float) -> None:
        if self._report and share >= self._told + STEP:
            self._told = share
            self._report(share)
