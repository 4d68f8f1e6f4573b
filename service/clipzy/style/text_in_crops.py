"""Whether crops show the text that stands in the footage whole, and what a person should know where they do not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from clipzy.style.crop_path import CropPath
from clipzy.style.plan import Clip, Crop
from clipzy.style.standing_text import Box, StandingText, standing_in
from clipzy.style.time import Span

PADDING = 0.01  # of the picture: boxes are so much wider than their letters, and may lose it
LOOKED_AT_S = 0.2  # seconds between two looks at a crop that moves
IN_PASSING_S = 0.3  # of a text: its times are known to a quarter of a second


def whole_in(texts: Sequence[StandingText], span: Span, crop_at: Callable[[float], Crop]) -> list[StandingText]:
    """The texts of a span that a crop shows whole all the while; `crop_at`: where it is at a second of the footage."""
    return [text for text in standing_in(texts, span) if _stays_whole(text, span, crop_at)]


def told_cut(clips: Sequence[Clip], texts: Sequence[StandingText]) -> str | None:
    """What a person should know of text that the clips' crops cut or leave out; None where they show all of it that is seen."""
    shown: set[StandingText] = set()
    cut: set[StandingText] = set()
    for clip in clips:
        there = [text for text in standing_in(texts, clip.source) if _shared_s(text, clip.source) >= IN_PASSING_S]
        shown |= set(there)
        cut |= set(there) - set(whole_in(there, clip.source, _crop_at(clip)))
    if not cut:
        return None
    first = min(text.start_s for text in cut)
    which = (
        "the only text in what is shown,"
        if len(shown) == 1
        else f"{len(cut)} of the {len(shown)} texts in what is shown, the first"
    )
    return (
        f"the crop cuts off or leaves out {which} at {first:.1f} s of the footage: "
        "set config.framing to false to keep the whole picture, or set the crops in the plan"
    )


def _crop_at(clip: Clip) -> Callable[[float], Crop]:
    path, start = CropPath(clip), float(clip.source.start)
    return lambda time_s: path(time_s - start)


def _shared_s(text: StandingText, span: Span) -> float:
    return min(text.end_s, float(span.end)) - max(text.start_s, float(span.start))


def _stays_whole(text: StandingText, span: Span, crop_at: Callable[[float], Crop]) -> bool:
    start, lasts = max(text.start_s, float(span.start)), _shared_s(text, span)
    looks = max(1, round(lasts / LOOKED_AT_S))
    return all(_shows(crop_at(start + lasts * look / looks), text.box) for look in range(looks + 1))


def _shows(crop: Crop, box: Box) -> bool:
    left, top, right, bottom = box
    across = crop.x - PADDING <= left and right <= crop.x + crop.width + PADDING
    return across and crop.y - PADDING <= top and bottom <= crop.y + crop.height + PADDING
