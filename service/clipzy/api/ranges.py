"""Which bytes a Range header asks for (RFC 9110, section 14)."""

from __future__ import annotations

import re

from clipzy.errors import RangeNotSatisfiable

# one range alone; a list of them, another unit or nonsense may be ignored (sections 14.2 and 14.1.1)
_ONE_RANGE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*", re.ASCII | re.IGNORECASE)


def requested_range(header: str | None, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last; None where the whole file is to be sent.

    Raises:
        RangeNotSatisfiable: the file has none of these bytes.
    """
    match = _ONE_RANGE.fullmatch(header or "")
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:  # the last so many bytes
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= end:
        raise RangeNotSatisfiable(f"the file has {size} bytes; {header} asks for none of them", size)
    return start, end
