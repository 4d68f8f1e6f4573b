"""The tone of a video beneath what is laid over it in other colours: captions, a channel's mark, an end card."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.look import oklab
from clipzy.analysis.look.colour_samples import ColourSamples
from clipzy.analysis.look.monochrome import Tone, off_tone, tints, tone_of
from clipzy.style.standing_text import StandingText

Flags = NDArray[np.bool_]

MOST_CARDS = 0.15  # share of the time that shots in other colours may take
COLUMNS, ROWS = 32, 18  # of cells in which marks are looked for
MOST_MARKED = 0.04  # share of the cells: a mark of 3 % of the picture, with what its edges touch
OFF = 0.03  # by which a colour is off the tone, in chroma of OKLab
STAYS = 0.5  # share of a cell's colours that are off, where a mark stands: a thing that moves is seldom in one place
# Pages and night skies have no colours over most of the picture, whatever is on them: so much of what is left must be neither black nor white
LEAST_DRAWN, BLACK, WHITE = 0.2, 0.3, 0.93  # the latter two of lightness
COARSE = 8  # levels of lightness: a mark is the smaller part of each
# by which text reaches over its box: a colour is the mean of a 64th of the width and a 36th of the height
AROUND_TEXT, AROUND_TEXT_S = (1 / 64, 1 / 36), 0.5


def tone_beneath(samples: ColourSamples, texts: Sequence[StandingText]) -> Tone | None:
    """The tone of a video, of all its colours or, where that is not sure, of those that nothing covers; None where it has more colours. `texts`: that stand in it."""
    shown = samples.even()
    whole = tone_of(shown.of())
    if whole is not None and whole.sureness == 1:
        return whole
    lab = oklab.from_srgb(shown.colours / 255)
    bare = _bare(shown, lab, texts)
    drawn = (lab[bare, 0] > BLACK) & (lab[bare, 0] < WHITE)
    beneath = tone_of(shown.at(np.flatnonzero(bare)).of()) if drawn.sum() > LEAST_DRAWN * bare.sum() else None
    found = [tone for tone in (whole, beneath) if tone is not None]
    return max(found, key=lambda tone: tone.sureness, default=None)


def _bare(shown: ColourSamples, lab: NDArray[np.float64], texts: Sequence[StandingText]) -> Flags:
    """Which of a video's colours lie in no text, on no card and under no mark."""
    bare = _outside(shown, texts)
    bare &= ~_on_cards(shown, lab)
    return bare & ~_marked(shown, lab, bare) if bare.any() else bare


def _outside(shown: ColourSamples, texts: Sequence[StandingText]) -> Flags:
    (x, y), (wide, high) = shown.places.T, AROUND_TEXT
    outside = np.ones(len(x), bool)
    for text in texts:
        seen = (text.start_s - AROUND_TEXT_S <= shown.moments) & (shown.moments <= text.end_s + AROUND_TEXT_S)
        across = (text.left - wide <= x) & (x <= text.right + wide)
        outside &= ~(seen & across & (text.top - high <= y) & (y <= text.bottom + high))
    return outside


def _on_cards(shown: ColourSamples, lab: NDArray[np.float64]) -> Flags:
    """Those of the shots whose middle tint is farthest from the video's, as many as a video may have of cards."""
    shots, which, counts = np.unique(shown.shots, return_inverse=True, return_counts=True)
    middle = np.median(lab[:, 1:], 0)
    far = [float(np.linalg.norm(np.median(lab[which == shot, 1:], 0) - middle)) for shot in range(len(shots))]
    left, cards = MOST_CARDS * len(lab), []
    for shot in sorted(range(len(shots)), key=far.__getitem__, reverse=True):
        if counts[shot] <= left:
            left -= counts[shot]
            cards.append(shot)
    return np.isin(which, cards)


def _marked(shown: ColourSamples, lab: NDArray[np.float64], bare: Flags) -> Flags:
    """Those in and beside the cells that are off the tone most of the time; none where these are more than a mark."""
    x, y = (shown.places * (COLUMNS, ROWS)).astype(np.intp).T
    cells = y.clip(0, ROWS - 1) * COLUMNS + x.clip(0, COLUMNS - 1)
    off = bare & (off_tone(lab, tints(lab[bare], COARSE)) > OFF)
    all_of, off_of = (np.bincount(cells[some], minlength=COLUMNS * ROWS) for some in (bare, off))
    marks = (off_of > 0) & (off_of >= STAYS * all_of)
    if marks.mean() > MOST_MARKED:
        return np.zeros(len(lab), bool)
    framed = np.pad(marks.reshape(ROWS, COLUMNS), 1)
    wide = np.any([framed[i : i + ROWS, j : j + COLUMNS] for i in range(3) for j in range(3)], 0)
    return np.asarray(wide.ravel()[cells])
