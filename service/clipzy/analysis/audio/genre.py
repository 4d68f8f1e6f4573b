"""The genre of music, out of the tags that two taggers give it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from clipzy.style.measurements import GenreScore

Floats = NDArray[np.floating[Any]]

# order of the networks' outputs: the 50 most frequent tags of the Million Song Dataset and of MagnaTagATune, as musicnn was trained on them
MSD_TAGS: Final = (
    "rock", "pop", "alternative", "indie", "electronic", "female vocalists", "dance", "00s", "alternative rock", "jazz",
    "beautiful", "metal", "chillout", "male vocalists", "classic rock", "soul", "indie rock", "Mellow", "electronica", "80s",
    "folk", "90s", "chill", "instrumental", "punk", "oldies", "blues", "hard rock", "ambient", "acoustic",
    "experimental", "female vocalist", "guitar", "Hip-Hop", "70s", "party", "country", "easy listening", "sexy", "catchy",
    "funk", "electro", "heavy metal", "Progressive rock", "60s", "rnb", "indie pop", "sad", "House", "happy",
)  # fmt: skip
MTT_TAGS: Final = (
    "guitar", "classical", "slow", "techno", "strings", "drums", "electronic", "rock", "fast", "piano",
    "ambient", "beat", "violin", "vocal", "synth", "female", "indian", "opera", "male", "singing",
    "vocals", "no vocals", "harpsichord", "loud", "quiet", "flute", "woman", "male vocal", "no vocal", "pop",
    "soft", "sitar", "solo", "man", "classic", "choir", "voice", "new age", "dance", "male voice",
    "female vocal", "beats", "harp", "cello", "no voice", "weird", "country", "metal", "female voice", "choral",
)  # fmt: skip

# What a tag says about genres. Tags of decades, moods and voices say nothing; rare tags weigh more, because their probabilities stay low.
MSD_GENRES: Final[Mapping[str, Mapping[str, float]]] = {
    "rock": {"rock": 1.0},
    "alternative": {"rock": 0.5},
    "indie": {"rock": 0.4},
    "alternative rock": {"rock": 1.0},
    "classic rock": {"rock": 1.0},
    "indie rock": {"rock": 1.0},
    "hard rock": {"rock": 0.8, "metal": 0.2},
    "Progressive rock": {"rock": 0.8},
    "pop": {"pop": 1.0},
    "indie pop": {"pop": 0.8},
    "catchy": {"pop": 0.3},
    "electronic": {"electronic": 1.0},
    "dance": {"electronic": 0.6, "pop": 0.2},
    "electronica": {"electronic": 1.0},
    "electro": {"electronic": 1.0},
    "House": {"electronic": 1.0},
    "ambient": {"ambient": 1.2},
    "chillout": {"ambient": 0.5, "electronic": 0.3},
    "jazz": {"jazz": 1.0},
    "blues": {"blues": 1.2},
    "soul": {"r&b/soul": 1.2},
    "rnb": {"r&b/soul": 1.5},
    "funk": {"funk": 1.2},
    "Hip-Hop": {"hip-hop": 1.2},
    "folk": {"folk": 1.2},
    "acoustic": {"folk": 0.4},
    "country": {"country": 1.5},
    "metal": {"metal": 1.2},
    "heavy metal": {"metal": 1.2},
    "punk": {"punk": 1.2},
}
# the Million Song tags know no classical music; a piano alone says little, for jazz has it too
MTT_GENRES: Final[Mapping[str, Mapping[str, float]]] = {
    "classical": {"classical": 1.2},
    "opera": {"classical": 1.5},
    "violin": {"classical": 0.6},
    "strings": {"classical": 0.4},
    "cello": {"classical": 0.8},
    "harpsichord": {"classical": 1.0},
    "choral": {"classical": 0.8},
    "choir": {"classical": 0.5},
    "flute": {"classical": 0.3},
    "piano": {"classical": 0.1},
    "classic": {"classical": 0.3},
    "harp": {"classical": 0.4},
}
LEAST = 0.2  # below it the taggers give the same to silence and noise
CLASSICAL_LEAD = 1.2  # it stands on another scale than the rest: two taggers feed it
RUNNERS_UP = 2


def rank_genres(msd: Floats, mtt: Floats) -> tuple[GenreScore, ...]:
    """Weigh the mean tags of a sound's patches into genres: the one that stands out and two runners-up; none where none does.

    The scores are not calibrated and there was no labelled corpus to check them on; they are plausible on known pieces.

    Args:
        msd: (P, 50) probabilities of `MSD_TAGS`, one row per patch.
        mtt: (P, 50) of `MTT_TAGS`.
    """
    if len(msd) == 0 or len(mtt) == 0:
        return ()
    scores: dict[str, float] = {}
    _weigh(scores, MSD_TAGS, msd.mean(axis=0), MSD_GENRES)
    _weigh(scores, MTT_TAGS, mtt.mean(axis=0), MTT_GENRES)
    # a lead that classical lacks puts it behind the genre it failed to beat; the printed score stays its own
    order = sorted(scores, key=lambda genre: (-scores[genre] / (CLASSICAL_LEAD if genre == "classical" else 1), genre))
    ranked = [GenreScore(genre, min(1.0, scores[genre])) for genre in order]
    return tuple(ranked[: 1 + RUNNERS_UP]) if ranked[0].score >= LEAST else ()


def _weigh(
    scores: dict[str, float], tags: Sequence[str], probabilities: Floats, says: Mapping[str, Mapping[str, float]]
) -> None:
    for tag, probability in zip(tags, probabilities, strict=True):
        for genre, weight in says.get(tag, {}).items():
            scores[genre] = scores.get(genre, 0.0) + weight * float(probability)
