"""Pictures to judge by eye: of each pair the template, the footage and the output, side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from fidelity_pairs import Pair
from PIL import Image, ImageDraw, ImageFont

from clipzy.media.decoding.probe import Limits, probe
from clipzy.media.stills import Picture, frame_at

MOMENTS = 3
HEIGHT, GAP, MARGIN, LINE = 120, 4, 16, 22  # pixels
GROUND, INK = (24, 24, 28), (230, 230, 230)
NO_LIMITS = Limits(max_duration_s=math.inf, max_dimension_px=1 << 20)


@dataclass(frozen=True, slots=True)
class Strip:
    """One pair: a line about it, and pictures of the template, the footage and the output at like moments."""

    title: str
    groups: tuple[tuple[Picture, ...], ...]


def strip(pair: Pair, output: Path, closed: Mapping[str, float]) -> Strip:
    """Pictures at the same shares of each file."""
    told = ", ".join(
        f"{name.replace('_', ' ')} {closed[name]:.0%}"
        for name in ("look", "loudness", "cut_frequency")
        if not math.isnan(closed.get(name, math.nan))
    )
    groups = tuple(_pictures(path) for path in (pair.template, pair.footage, output))
    return Strip(f"{pair.name} - closed: {told or 'nothing to close'}", groups)


def save(strips: Sequence[Strip], path: Path) -> None:
    """Write all strips below each other as one picture."""
    rows = [[_row(group) for group in each.groups] for each in strips]
    widths = [max(row[column].width for row in rows) for column in range(3)]
    width = sum(widths) + 4 * MARGIN
    sheet = Image.new("RGB", (width, MARGIN + LINE + len(rows) * (HEIGHT + LINE + MARGIN)), GROUND)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=15)
    lefts = [MARGIN + sum(widths[:column]) + MARGIN * column for column in range(3)]
    for left, heading in zip(lefts, ("template", "before", "after"), strict=True):
        draw.text((left, MARGIN // 2), heading, fill=INK, font=font)
    for number, (each, row) in enumerate(zip(strips, rows, strict=True)):
        top = MARGIN + LINE + number * (HEIGHT + LINE + MARGIN)
        draw.text((MARGIN, top), each.title, fill=INK, font=font)
        for left, pictures in zip(lefts, row, strict=True):
            sheet.paste(pictures, (left, top + LINE))
    sheet.save(path)


def _pictures(path: Path) -> tuple[Picture, ...]:
    duration = probe(path, NO_LIMITS).facts.duration
    return tuple(frame_at(path, duration * (2 * number + 1) / (2 * MOMENTS)) for number in range(MOMENTS))


def _row(pictures: Sequence[Picture]) -> Image.Image:
    scaled = [
        Image.fromarray(p).resize((round(p.shape[1] * HEIGHT / p.shape[0]), HEIGHT), Image.Resampling.LANCZOS)
        for p in pictures
    ]
    return Image.fromarray(np.concatenate([np.pad(np.asarray(p), ((0, 0), (0, GAP), (0, 0))) for p in scaled], axis=1))
