"""The look that a rendered file wears, as its container tells it: whose it is, and how strong, so that footage which has it is not given it again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from clipzy.media.decoding.containers import open_media

# Of a container: the one free text that MP4, QuickTime, Matroska and AVI have, and that copies keep
COMMENT = "comment"
_TOLD = re.compile(r"clipzy look ([0-9a-f]{64}) ([01](?:\.\d+)?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class WornLook:
    """`template`: SHA-256 of the file whose look it is, in hexadecimal; `strength`: 0..1."""

    template: str
    strength: float

    @property
    def comment(self) -> str:
        """As a container tells it."""
        return f"clipzy look {self.template} {self.strength:g}"


def worn_look(path: Path) -> WornLook | None:
    """What a file's container tells of its look; None of files that were rendered without one, or elsewhere.

    Raises UnsupportedFormat or InvalidVideo when the file cannot be opened.
    """
    with open_media(path) as container:
        # Matroska's names are in capitals
        comment = next((told for key, told in container.metadata.items() if key.lower() == COMMENT), "")
    found = _TOLD.fullmatch(comment)
    return None if found is None else WornLook(found[1], min(1.0, float(found[2])))
