"""Lines of text followed from sample to sample, as long as they stand in one place with the same letters; what they say is read later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.each import Each
from clipzy.analysis.text.ocr import Rows, TextBox, TextReader
from clipzy.analysis.text.text_places import SAME_PLACE, lines_between, outline, overlap, stands, with_others

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

_SAME_PICTURE = 8.0  # code values: if no block of the picture has changed by more, the last boxes stay
_WIDER = 1.15  # than in the middle of its time, for a line to be seen better elsewhere


@dataclass(slots=True)
class Track:
    """One line of text while it stays: samples it was seen in, and the box in each. `edges` of the last; `content` is empty until it is read."""

    seen: list[int]
    boxes: list[TextBox]
    edges: Floats
    content: str = ""

    @property
    def box(self) -> TextBox:
        """The line's in the middle of its time, or where it is much wider, as when it is typed or fades."""
        return self.boxes[self._fullest]

    @property
    def sample(self) -> int:
        """The one that has that box."""
        return self.seen[self._fullest]

    @property
    def _fullest(self) -> int:
        middle, widest = len(self.boxes) // 2, max(range(len(self.boxes)), key=lambda k: self.boxes[k].width)
        return widest if self.boxes[widest].width > _WIDER * self.boxes[middle].width else middle


def follow(samples: Pixels, chosen: Sequence[int], reader: TextReader, each: Each) -> list[Track]:
    """Find boxes sample by sample and link those that stay in place with the same letters.

    Args:
        samples: (S, H, W, 3) uint8 RGB.
        chosen: numbers of those to look at, rising.
        reader: finds lines.
        each: shrinks samples.
    """
    found = _search(samples, chosen, reader, each)
    tracks: list[Track] = []
    boxes: tuple[TextBox, ...] = ()
    for before, sample in zip([-2, *chosen[:-1]], chosen, strict=True):
        picture = samples[sample]
        boxes = found.get(sample, boxes)
        running = [t for t in tracks if t.seen[-1] == before]
        for box in boxes:
            match = next(
                (
                    t
                    for t in running
                    if overlap(t.boxes[-1], box) > SAME_PLACE and stands(t.edges, picture, t.boxes[-1])
                ),
                None,
            )
            if match is None:
                tracks.append(Track([sample], [box], outline(picture, box)))
            else:
                running.remove(match)
                match.seen.append(sample)
                match.boxes.append(box)
                match.edges = outline(picture, box)
    return tracks


def _search(samples: Pixels, chosen: Sequence[int], reader: TextReader, each: Each) -> dict[int, tuple[TextBox, ...]]:
    """The boxes in each sample that differs from the one before it, as far as they can matter.

    Only text that stays for two samples counts: a sample between two without text needs no search.
    """
    changed = _changed(samples, chosen, each)
    put_off = _every_second(changed, chosen)
    at_once = [sample for sample in changed if sample not in put_off]
    found = dict(zip(at_once, reader.find_in(samples[sample] for sample in at_once), strict=True))
    place = {sample: k for k, sample in enumerate(changed)}
    beside = {sample: changed[max(0, place[sample] - 1) : place[sample] + 2] for sample in put_off}
    open_bands: list[tuple[int, Rows]] = []
    known: dict[int, tuple[TextBox, ...]] = {}
    for sample, near in beside.items():
        if any(found.get(other) for other in near):
            searched = [(other, found[other]) for other in near if other != sample]
            known[sample], bands = lines_between(samples, sample, searched)
            open_bands += [(sample, band) for band in bands]
    more = reader.find_within((samples[sample], band) for sample, band in open_bands)
    for (sample, _), boxes in zip(open_bands, more, strict=True):
        known[sample] = with_others(known[sample], boxes)
    return found | known


def _every_second(changed: Sequence[int], chosen: Sequence[int]) -> tuple[int, ...]:
    """Those changed samples that lie between two others, or are the last, and whose picture lasts for no other sample."""
    following = dict(pairwise(chosen))
    kept = set(changed)
    put_off: list[int] = []
    for before, sample in pairwise(changed):
        lone = sample not in following or following[sample] in kept
        if lone and (not put_off or put_off[-1] != before):
            put_off.append(sample)
    return tuple(put_off)


def _changed(samples: Pixels, chosen: Sequence[int], each: Each) -> list[int]:
    """The samples that differ from the one before them."""
    changed: list[int] = []
    last: Floats | None = None
    for sample, small in zip(chosen, each(lambda k: _shrunk(samples[k]), chosen), strict=True):
        if last is None or float(np.abs(small - last).max()) > _SAME_PICTURE:
            changed.append(sample)
            last = small
    return changed


def _shrunk(picture: Pixels) -> Floats:
    return np.asarray(cv2.resize(picture, (48, 48), interpolation=cv2.INTER_AREA), np.float32)
