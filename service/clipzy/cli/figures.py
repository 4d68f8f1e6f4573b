"""Figures as people read them."""

from __future__ import annotations

from datetime import datetime


def clock_time(seconds: float) -> str:
    """A length of time: `0:07`, `12:30`, `1:02:03`."""
    whole = max(0, round(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def file_size(size_bytes: float) -> str:
    """A number of bytes in decimal units: `512 B`, `3.2 MB`."""
    size = float(size_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def moment(time: datetime | None) -> str:
    """A moment by this machine's clock, to the second; a dash where there is none."""
    return "-" if time is None else time.astimezone().strftime("%Y-%m-%d %H:%M:%S")
