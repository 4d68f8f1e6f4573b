"""The look benchmark's own map of histograms, a linear map and histograms again, and whose looks groups of shots are given."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from look_groups import on_each_other
from looks import apart, hm_mvgd_hm, steepest, tabled

from clipzy.media.colour.look_table import identity


def clouds(seed):
    """Colours of two pictures of 8 bits, of other means and other correlations between channels: (4000, 3) each."""
    random = np.random.default_rng(seed)
    made = []
    for middle in random.uniform(0.35, 0.65, (2, 3)):
        mixing = random.normal(0, 0.06, (3, 3))
        made.append(np.rint(255 * np.clip(random.normal(size=(4000, 3)) @ mixing + middle, 0, 1)) / 255)
    return made


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_one_picture_comes_to_the_others_colours(seed):
    """Of the distance less than a twentieth is left, with 8 bits of colours of normal distribution."""
    footage, template = clouds(seed)
    assert apart(hm_mvgd_hm(footage, template)(footage), template) < 0.05 * apart(footage, template)


def test_like_pictures_stay_as_they_are():
    """Between a picture and itself every colour of it is kept to within half a code on average."""
    footage, _ = clouds(4)
    assert np.abs(hm_mvgd_hm(footage, footage)(footage) - footage).mean() < 0.5 / 255


def test_greys_keep_their_order():
    """Between greys and lighter ones no channel falls by more than a code from black to white."""
    random = np.random.default_rng(5)
    grey = np.clip(random.normal(0.4, 0.1, (4000, 1)) + random.normal(0, 0.01, (4000, 3)), 0, 1)
    lifted = np.clip(0.3 + 0.6 * grey, 0, 1)
    ramp = np.linspace(0, 1, 33)[:, None].repeat(3, 1)
    assert np.diff(hm_mvgd_hm(grey, lifted)(ramp), axis=0).min() > -1 / 255


def test_steepness_of_tables():
    """The identity has steps as large as its input's, half of a range stretched over the whole twice as large."""
    assert steepest(identity()) == pytest.approx(1, abs=1e-5)
    assert steepest(tabled(lambda x: np.clip(2 * x - 0.5, 0, 1))) == pytest.approx(2)


def test_every_video_is_footage_for_every_other_whatever_they_are_called():
    """Not for itself, by night either; a name that begins with another's, or is the same in another folder, is another video's."""
    paths = [Path(name) for name in ("a/cars.mp4", "a/cars-2.mp4", "b/cars.mp4")]
    templates = [SimpleNamespace(path=path) for path in paths]
    footage = [*templates, SimpleNamespace(path=paths[1], night=True)]
    pairs = [(video.path, template.path) for video, template in on_each_other(footage, templates)]
    assert len(pairs) == 8
    assert all(video != template for video, template in pairs)
