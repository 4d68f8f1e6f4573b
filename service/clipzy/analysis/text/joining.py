"""Tracks that are one line of text: seen in parts, over ground that changes, or while it comes and goes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.text.ocr import TextBox
from clipzy.analysis.text.text_places import outline
from clipzy.analysis.text.text_tracks import Track

Pixels = NDArray[np.uint8]

_SAME_WORDS = 0.8
_NEAR = 2  # samples between two sights of one line
_SAME_HEIGHT = 0.08  # of the picture, for lines that each stay for two samples
# A line seen once is the same as another if its middle is, as shares of the picture: signs in a moving picture drift farther
_STAYS_ACROSS, _STAYS_DOWN = 0.015, 0.012
_ON_LINE, _LIKE_HEIGHT = 0.6, 1.7
_PART = 0.75  # of the letters of a part that the whole has in their order
_HELD = 0.45  # correlation of outlines where a line still stands that is not found; bare ground reaches .2
_TOUCH = 0.3
_WHOLE = 0.9  # of the widest box
_SAME_STANDS = 0.45  # correlation of outlines of a line that is read the same
# The same, at least, of a part and its whole: .47 and more where a line fades or is typed, .32 and less of "the" and "then"
_PART_STANDS = 0.4


def same_words(one: str, other: str) -> bool:
    """Whether two readings are of one text."""
    return SequenceMatcher(None, one.casefold(), other.casefold()).ratio() >= _SAME_WORDS


def extended(samples: Pixels, chosen: Sequence[int], tracks: Sequence[Track]) -> list[Track]:
    """Each with the samples before and after it in which its letters stand though no line was found there, as while it fades."""
    looked_at, taken = set(chosen), defaultdict(list)
    for track in tracks:
        for sample, box in zip(track.seen, track.boxes, strict=True):
            taken[sample].append(box)

    def held(track: Track, at: int, step: int) -> list[int]:
        more: list[int] = []
        while (
            at in looked_at
            and not any(_meet(track.box, box) for box in taken[at])
            and _stands(samples, track, at) > _HELD
        ):
            more.append(at)
            at += step
        return more

    found = []
    for track in tracks:
        before, after = held(track, track.seen[0] - 1, -1)[::-1], held(track, track.seen[-1] + 1, 1)
        seen = [*before, *track.seen, *after]
        boxes = [track.boxes[0]] * len(before) + track.boxes + [track.boxes[-1]] * len(after)
        found.append(Track(seen, boxes, track.edges, track.content))
    return found


def beside_others(samples: Pixels, once: Sequence[Track], tracks: Sequence[Track]) -> list[Track]:
    """Those found once that were seen longer, or stand on the line of another within two samples, and so may be a sight of it."""
    return [
        track
        for track in once
        if len(track.seen) > 1
        or any(
            other is not track
            and other.seen[0] - _NEAR <= track.seen[0] <= other.seen[-1] + _NEAR
            and _on_line(track.box, other.box)
            and _may_be_one(samples, track, other)
            for other in tracks
        )
    ]


def _may_be_one(samples: Pixels, one: Track, other: Track) -> bool:
    """Whether the letters of the wider line stand where and when the other is."""
    wide, narrow = (one, other) if one.box.width > other.box.width else (other, one)
    at = min(narrow.seen, key=lambda s: min(abs(s - t) for t in wide.seen))
    return _stands(samples, wide, at) > _PART_STANDS


def joined(samples: Pixels, tracks: Sequence[Track]) -> list[Track]:
    """Join those that are one line: the same words in the same place, or a part of them where their letters stand, within two samples."""
    whole: list[Track] = []
    for track in sorted(tracks, key=lambda t: t.seen[0]):
        same = [t for t in whole if track.seen[0] - t.seen[-1] <= _NEAR and _one_line(samples, t, track)]
        whole = [t for t in whole if not any(t is s for s in same)]
        whole.append(_merged([*same, track]))
    return whole


def _one_line(samples: Pixels, one: Track, other: Track) -> bool:
    down, across = abs(one.box.y - other.box.y), abs(one.box.x - other.box.x)
    if same_words(one.content, other.content):
        if other.seen[0] > one.seen[-1] and len(one.seen) > 1 and len(other.seen) > 1:
            return down < _SAME_HEIGHT
        if down < _STAYS_DOWN and across < _STAYS_ACROSS:
            return all(_stands(samples, one, at) > _SAME_STANDS for at in range(one.seen[-1] + 1, other.seen[0] + 1))
        if _letters(one.content) == _letters(other.content):
            return False  # it moves
    wide, part = (one, other) if _letters(one.content) >= _letters(other.content) else (other, one)
    return _on_line(one.box, other.box) and _is_part(part.content, wide.content) and _may_be_one(samples, one, other)


def _stands(samples: Pixels, track: Track, at: int) -> float:
    """How far the letters of a line stand at another sample: correlation of their outlines, of the nearest sight of all of it."""
    whole = [k for k in range(len(track.seen)) if track.boxes[k].width > _WHOLE * track.box.width]
    k = min(whole, key=lambda n: abs(track.seen[n] - at))
    box = track.boxes[k]
    return float((outline(samples[track.seen[k]], box) * outline(samples[at], box)).sum())


def _meet(one: TextBox, other: TextBox) -> bool:
    """Whether two boxes share some of their place."""
    down = _shared((one.y, one.height), (other.y, other.height))
    return _across(one, other) > 0 and down > _TOUCH * min(one.height, other.height)


def _across(one: TextBox, other: TextBox) -> float:
    return _shared((one.x, one.width), (other.x, other.width))


def _shared(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Length that two stretches, each by its middle and its length, have in common; below 0 the gap between them."""
    return min(at + size / 2 for at, size in (one, other)) - max(at - size / 2 for at, size in (one, other))


def _letters(content: str) -> int:
    return sum(sign.isalnum() for sign in content)


def _is_part(part: str, wide: str) -> bool:
    """Whether most letters of a reading stand in another in their order."""
    little, much = ("".join(sign for sign in text.casefold() if sign.isalnum()) for text in (part, wide))
    blocks = SequenceMatcher(None, little, much, autojunk=False).get_matching_blocks()
    return bool(little) and sum(block.size for block in blocks) >= _PART * len(little)


def _on_line(one: TextBox, other: TextBox) -> bool:
    """Whether two boxes may be of one line: as high, at one height, most of the narrower within the other."""
    low, high = sorted((one.height, other.height))
    return (
        _across(one, other) > _ON_LINE * min(one.width, other.width)
        and abs(one.y - other.y) < high / 2
        and high < _LIKE_HEIGHT * low
    )


def _merged(parts: Sequence[Track]) -> Track:
    """One track of several; in a sample that more than one has, the widest box."""
    boxes: dict[int, TextBox] = {}
    for track in parts:
        for sample, box in zip(track.seen, track.boxes, strict=True):
            if sample not in boxes or boxes[sample].width < box.width:
                boxes[sample] = box
    fullest = max(parts, key=lambda t: (_letters(t.content), len(t.seen)))
    seen = sorted(boxes)
    return Track(seen, [boxes[s] for s in seen], parts[-1].edges, fullest.content)
