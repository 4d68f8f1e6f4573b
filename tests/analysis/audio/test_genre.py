"""Genre from tags."""

import numpy as np
import pytest

from clipzy.analysis.audio.genre import MSD_GENRES, MSD_TAGS, MTT_GENRES, MTT_TAGS, rank_genres
from clipzy.networks import music_tags
from clipzy.style.measurements import GenreScore


def tagged(vocabulary, **likely):
    """Two patches with these tags likely."""
    row = np.full(len(vocabulary), 0.01, np.float32)
    for tag, probability in likely.items():
        row[vocabulary.index(tag)] = probability
    return np.stack([row, row])


def test_every_weighed_tag_is_one_of_the_networks():
    """And each network has as many tags as are known here."""
    assert len(MSD_TAGS) == len(MTT_TAGS) == music_tags.TAGS
    assert set(MSD_GENRES) <= set(MSD_TAGS)
    assert set(MTT_GENRES) <= set(MTT_TAGS)


@pytest.mark.parametrize(
    ("msd", "mtt", "genre"),
    [
        ({"jazz": 0.5, "instrumental": 0.6}, {}, "jazz"),
        ({"Hip-Hop": 0.4, "electronic": 0.3}, {}, "hip-hop"),
        ({"jazz": 0.3}, {"classical": 0.7, "violin": 0.5}, "classical"),
        ({"House": 0.3, "electronic": 0.5}, {}, "electronic"),
    ],
)
def test_likely_tags_name_the_genre(msd, mtt, genre):
    """The genre with most weight behind it wins."""
    best, *others = rank_genres(tagged(MSD_TAGS, **msd), tagged(MTT_TAGS, **mtt))
    assert genre == best.genre
    assert len(others) == 2


@pytest.mark.parametrize(("classical", "best"), [(0.40, "jazz"), (0.55, "classical")])
def test_classical_must_lead_by_a_fifth(classical, best):
    """Two taggers feed it: it wins only by 1.2 times, and keeps its own score among the others."""
    first, second, *_ = rank_genres(tagged(MSD_TAGS, jazz=0.5), tagged(MTT_TAGS, classical=classical))
    assert best == first.genre
    assert {"jazz", "classical"} == {first.genre, second.genre}


def test_no_genre_without_evidence():
    """Scores that silence reaches too name nothing."""
    assert rank_genres(tagged(MSD_TAGS, jazz=0.1), tagged(MTT_TAGS)) == ()


def test_no_patches_no_genre():
    """Nothing tagged, nothing named."""
    assert rank_genres(np.zeros((0, 50), np.float32), np.zeros((0, 50), np.float32)) == ()


def test_scores_stay_in_range():
    """Several tags of one genre do not lift its score over 1."""
    best, *_ = rank_genres(tagged(MSD_TAGS, electronic=0.9, House=0.9, electro=0.9), tagged(MTT_TAGS))
    assert best == GenreScore("electronic", 1.0)
