"""The look of a rendered file, as a comment in its container, so that footage which has it does not get it again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from clipzy.media.decoding.containers import open_media

# the one free text that MP4, QuickTime, Matroska and AVI share, and that remuxing keeps
COMMENT = "comment"
_TOLD = re.compile(r"clipzy look ([0-9a-f]{64}) ([01](?:\.\d+)?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class WornLook:
    """`template`: hexadecimal SHA-256 of the file that the look comes from; `strength`: 0..1."""

    template: str
    strength: float

    @property
    def comment(self) -> str:
        """The text in the container."""
        return f"clipzy look {self.template} {self.strength:g}"


def worn_look(path: Path) -> WornLook | None:
    """The look that a file's container names; None without one.

    Raises UnsupportedFormat or InvalidVideo when the file cannot be opened.
    """
    with open_media(path) as container:
        # Matroska writes names in capitals
        comment = next((told for key, told in container.metadata.items() if key.lower() == COMMENT), "")
    found = _TOLD.fullmatch(comment)
    return None if found is None else WornLook(found[1], min(1.0, float(found[2])))
