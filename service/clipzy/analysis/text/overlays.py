"""Text burned into the picture: overlays with their place, size, colour and time, and whether they are captions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.each import Each
from clipzy.analysis.quantiles import quantile
from clipzy.analysis.text.joining import beside_others, extended, joined, same_words
from clipzy.analysis.text.ocr import TextBox, TextReader, cut_out
from clipzy.analysis.text.text_colour import fill_colour
from clipzy.analysis.text.text_places import steepness
from clipzy.analysis.text.text_tracks import Track, follow
from clipzy.style.dna import TextOverlay
from clipzy.style.standing_text import StandingText

Pixels = NDArray[np.uint8]

MOST_SAMPLES = 480
"""Samples examined at most: four minutes at two a second, about 16 CPU-s where all show text. Of longer videos, bursts of eight spread evenly."""
MOST_LINES = 240
"""Lines read at most, those of the largest letters, about 10 CPU-s: a caption of one line for each second of four minutes, or twelve pages of twenty lines."""
_BURST = 8
_LEAST_SCORE = 0.8
_LEAST_LETTERS = 3
_LEAST_SCORE_ONCE = 0.9  # of a line seen once: textures that look like letters reach .86
_LOOKED_AT = 8  # sights of a line, of which the clearest tell its colour
_STEEP, _CLEAR = 0.9, 0.8
_CAPTION_TOP = 0.55  # captions stand in the lower part; on upright video not far under the middle
_CAPTION_OFF_CENTRE = 0.2
_CAPTION_BAND = 0.08  # they keep their height
_CAPTION_LONGEST_S = 8.0  # between the first sample that shows one and the last
_CAPTION_TEXTS = 3
_CAPTION_COVER = 0.2  # share of the examined samples
_CAPTION_READ = 12
# On upright video captions stand in the middle, too, as titles do: there they are quicker and more, and leave less of the video without
_MIDDLE_TOP, _MIDDLE_LONGEST_S, _MIDDLE_TEXTS, _MIDDLE_COVER = 0.4, 2.0, 5, 0.6
# More lines than this at once are a page; captions over one are larger than its lines by this factor
_PAGE_LINES, _LARGER = 12, 1.25


@dataclass(frozen=True, slots=True)
class TextReading:
    """`overlays` in order of appearance; `examined` of `offered` samples were looked at; of `lines` that stay, `lines_read` were read.

    `standing`: where each overlay stands, then captions too quick for overlays; and, where samples were left out, the captions' place throughout.
    """

    overlays: tuple[TextOverlay, ...]
    has_captions: bool
    examined: int
    offered: int
    standing: tuple[StandingText, ...] = ()
    lines: int = 0
    lines_read: int = 0


def read_text(
    samples: Pixels,
    sample_times: Sequence[float],
    reader: TextReader,
    duration_s: float | None = None,
    most: int = MOST_SAMPLES,
    *,
    most_lines: int = MOST_LINES,
    each: Each = map,
) -> TextReading:
    """Find what is written in a video.

    A line counts as an overlay when it stays for two samples, is read with a score above 0.8 and has three letters. Lettering that belongs to the
    scene (a sign in a still shot) cannot be told from an overlay here. Words in one sample alone between two without any are not looked for. What is
    found of a line in parts, or once while it fades, counts with the rest of it.

    Args:
        samples: (S, H, W, 3) uint8 RGB, about two a second, long side 480.
        sample_times: (S,) seconds, rising.
        reader: finds and reads lines.
        duration_s: of the video; without it the last sample is taken to stand as long as the others.
        most: samples examined at most.
        most_lines: lines read at most, beside those that tell captions; the largest letters first.
        each: shrinks samples, reads lines, and tells their colours.

    Raises:
        ValueError: when times and samples differ in number.
    """
    if len(samples) != len(sample_times):
        raise ValueError(f"{len(samples)} samples have {len(sample_times)} times")
    chosen = _choose(len(samples), most)
    if not chosen:
        return TextReading((), False, 0, 0)
    times = np.asarray(sample_times, float)
    tracks = follow(samples, chosen, reader, each)
    held = extended(samples, chosen, tracks)
    once_seen = [h for t, h in zip(tracks, held, strict=True) if len(t.seen) < 2]
    lasting = [h for t, h in zip(tracks, held, strict=True) if len(t.seen) >= 2]
    to_read = sorted(lasting, key=lambda track: track.box.line_height_px, reverse=True)[:most_lines]
    _read_all(samples, to_read, reader, each)
    once = sorted(beside_others(samples, once_seen, held), key=lambda track: track.box.line_height_px, reverse=True)
    once = once[: most_lines - len(to_read)]
    _read_all(samples, once, reader, each, _LEAST_SCORE_ONCE)
    for track, longer in zip(tracks, held, strict=True):
        track.content = longer.content
    whole = joined(samples, [track for track in (*lasting, *once) if track.content])
    lines = _stack([track for track in whole if len(track.seen) >= 2])
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    shown = _shown_between(times, float(times[-1] + step) if duration_s is None else duration_s)
    overlays = tuple(each(lambda line: _overlay(samples, line, shown), lines))
    upright = samples.shape[1] > samples.shape[2]
    captions = _captions(tracks, chosen, times, upright, lambda unread: _read_all(samples, unread, reader, each))
    standing = [_standing([t.box for t in line], *_seen_between(line, shown)) for line in lines]
    standing += [_standing([t.box], *_seen_between([t], shown)) for t in captions if len(t.seen) < 2]
    if captions and len(chosen) < len(samples):
        standing.append(_standing([t.box for t in captions], 0.0, float(shown[-1, 1])))
    return TextReading(overlays, bool(captions), len(chosen), len(samples), tuple(standing), len(lasting), len(to_read))


def _choose(count: int, most: int) -> list[int]:
    if count <= most:
        return list(range(count))
    bursts = max(1, most // _BURST)
    starts = np.linspace(0, count - _BURST, bursts).astype(int)
    return sorted({int(start) + k for start in starts for k in range(_BURST)})


def _read(samples: Pixels, track: Track, reader: TextReader, least_score: float) -> str:
    """Read a track where all of it is seen; empty when it is not surely text."""
    text, score = reader.read(samples[track.sample], [track.box])[0]
    letters = sum(ch.isalnum() for ch in text)
    return text.strip() if score > least_score and letters >= _LEAST_LETTERS else ""


def _read_all(
    samples: Pixels, tracks: Sequence[Track], reader: TextReader, each: Each, least_score: float = _LEAST_SCORE
) -> None:
    """Read tracks, each into its `content`."""
    read = each(lambda unread: _read(samples, unread, reader, least_score), tracks)
    for track, content in zip(tracks, read, strict=True):
        track.content = content


def _stack(whole: Sequence[Track]) -> list[list[Track]]:
    """Group lines that stand over one another for the same time into overlays."""
    groups: list[list[Track]] = []
    for track in sorted(whole, key=lambda t: (t.seen[0], t.box.y, t.box.x)):
        home = next((group for group in groups if _stacked(group[-1], track)), None)
        if home is None:
            groups.append([track])
        else:
            home.append(track)
    return groups


def _stacked(upper: Track, lower: Track) -> bool:
    high, low = upper.box, lower.box
    together = abs(upper.seen[0] - lower.seen[0]) <= 1 and abs(upper.seen[-1] - lower.seen[-1]) <= 1
    near = 0 < low.y - high.y < 1.8 * max(high.height, low.height)
    under = abs(low.x - high.x) < max(high.width, low.width) / 2
    return together and near and under and 0.6 < low.height / high.height < 1.7


def _shown_between(times: NDArray[np.float64], duration_s: float) -> NDArray[np.float64]:
    """When what is seen in a sample may have begun and ended: (samples, 2) seconds.

    Half way to its neighbours, which is right on the average and off by half a step at most, however long one is; at the ends of the video with the video.
    """
    edges = np.concatenate([[0.0], (times[1:] + times[:-1]) / 2, [duration_s]]).clip(0.0, duration_s)
    return np.column_stack([edges[:-1], edges[1:]])


def _overlay(samples: Pixels, lines: Sequence[Track], shown: NDArray[np.float64]) -> TextOverlay:
    """Sum up one overlay."""
    begin_s, end_s = _seen_between(lines, shown)
    boxes = [t.box for t in lines]
    left, top, right, bottom = _around(boxes)
    crops = [crop for t in lines for crop in _clearest(samples, t)]
    return TextOverlay(
        content="\n".join(t.content for t in lines),
        font=None,
        size=float(np.median([b.line_height_px for b in boxes])) / samples.shape[1],
        color=fill_colour(crops),
        position=((left + right) / 2, (top + bottom) / 2),
        duration_ms=round(1000 * end_s) - round(1000 * begin_s),
        start_ms=round(1000 * begin_s),
    )


def _clearest(samples: Pixels, line: Track) -> list[Pixels]:
    """Three crops of a line at most, spread over the time in which it stands out: as it fades it has the colour of its ground."""
    picked = np.unique(np.linspace(0, len(line.seen) - 1, _LOOKED_AT).astype(int))
    crops = [cut_out(samples[line.seen[k]], line.boxes[k]) for k in picked]
    strength = np.array([float(quantile(steepness(crop), _STEEP)) for crop in crops])
    clear = np.flatnonzero(strength >= _CLEAR * strength.max())
    return [crops[k] for k in sorted({clear[0], clear[len(clear) // 2], clear[-1]})]


def _seen_between(lines: Sequence[Track], shown: NDArray[np.float64]) -> tuple[float, float]:
    """From the first sample of any of the lines to the last, in seconds."""
    return float(shown[min(t.seen[0] for t in lines), 0]), float(shown[max(t.seen[-1] for t in lines), 1])


def _around(boxes: Sequence[TextBox]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of them all."""
    left, right = min(b.x - b.width / 2 for b in boxes), max(b.x + b.width / 2 for b in boxes)
    top, bottom = min(b.y - b.height / 2 for b in boxes), max(b.y + b.height / 2 for b in boxes)
    return left, top, right, bottom


def _standing(boxes: Sequence[TextBox], begin_s: float, end_s: float) -> StandingText:
    """To a thousandth, which is half a pixel of a sample."""
    left, top, right, bottom = (round(min(max(edge, 0.0), 1.0), 3) for edge in _around(boxes))
    return StandingText(round(begin_s, 3), round(end_s, 3), left, top, right, bottom)


def _captions(
    tracks: Sequence[Track],
    chosen: Sequence[int],
    times: NDArray[np.float64],
    upright: bool,
    read: Callable[[Sequence[Track]], None],
) -> list[Track]:
    """Find captions: centred text at one height in the lower part, or in the middle of upright video, that changes every few seconds for a good part of the video.

    Words shown for less than two samples count too here; enough of them are read to be sure that they are words. The lines of a page are none, nor is a clock that runs.
    """
    heights = _heights(tracks)
    low = [
        t
        for t in tracks
        if abs(t.box.x - 0.5) < _CAPTION_OFF_CENTRE
        and _as_a_caption(t.box.y, times[t.seen[-1]] - times[t.seen[0]], upright)
        and not _of_a_page(t, heights[t.sample])
    ]
    for home in sorted({round(t.box.y, 2) for t in low}):
        band = [t for t in low if abs(t.box.y - home) <= _CAPTION_BAND / 2]
        cover = len({sample for t in band for sample in t.seen}) / len(chosen)
        fewest, least = (_MIDDLE_TEXTS, _MIDDLE_COVER) if home < _CAPTION_TOP else (_CAPTION_TEXTS, _CAPTION_COVER)
        if len(band) < fewest or cover < least:
            continue
        picked = [band[k] for k in np.unique(np.linspace(0, len(band) - 1, _CAPTION_READ).astype(int))]
        read([track for track in picked if not track.content])
        texts: list[str] = []
        for track in picked:
            if _is_said(track.content) and not any(same_words(track.content, known) for known in texts):
                texts.append(track.content)
        if len(texts) >= max(fewest, len(picked) / 3):
            return band
    return []


def _as_a_caption(y: float, lasts_s: float, upright: bool) -> bool:
    """Whether a line stands as low as a caption and, between the first sample that shows it and the last, no longer than one."""
    if upright and _MIDDLE_TOP < y <= _CAPTION_TOP:
        return lasts_s < _MIDDLE_LONGEST_S
    return y > _CAPTION_TOP and lasts_s < _CAPTION_LONGEST_S


def _is_said(content: str) -> bool:
    """Whether a line may be speech. Mostly digits are a clock, as time codes and the stamps of camcorders, or a score: they change as often as captions do."""
    digits = sum(sign.isdigit() for sign in content)
    return bool(content) and 2 * digits <= sum(sign.isalnum() for sign in content)


def _heights(tracks: Sequence[Track]) -> dict[int, list[float]]:
    """The heights of the lines in each sample, in its pixels."""
    heights: dict[int, list[float]] = defaultdict(list)
    for track in tracks:
        for sample, box in zip(track.seen, track.boxes, strict=True):
            heights[sample].append(box.line_height_px)
    return heights


def _of_a_page(track: Track, beside: Sequence[float]) -> bool:
    """Whether a line is one of many in its sample, whose heights are given, and no larger than most."""
    return len(beside) > _PAGE_LINES and track.box.line_height_px < _LARGER * float(np.median(beside))
