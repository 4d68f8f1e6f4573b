"""A template in black and white with a channel's mark in a corner."""

from __future__ import annotations

import numpy as np
import pytest

import synth
from clipzy.jobs.lifecycle import Stage
from clipzy.stages.style_application import LOOK_TABLES, PLAN
from staged import StagedJob

PICTURES = (Stage.VIDEO_ANALYSIS, Stage.AUDIO_ANALYSIS, Stage.MOTION_ANALYSIS, Stage.STYLE_EXTRACTION)


def marked(picture, *, grey):
    """With a red square, on grey or on many colours."""
    light = picture.mean(-1)
    shown = np.stack([light if grey else np.roll(light, 40 * k, 1) for k in range(3)], -1).astype(np.uint8)
    shown[10:34, -34:-10] = 220, 30, 30
    return shown


@pytest.mark.parametrize("grey", [True, False], ids=["grey", "coloured"])
def test_a_mark_does_not_make_it_a_film_in_colour(networks, silent_footage, tmp_path, grey):
    """The look leaves no colours, and the plan says why; under a film in colour it does not."""
    frames = (marked(picture, grey=grey) for picture in synth.moving_texture(50, seed=3, dx=0.4))
    template = synth.write_video(tmp_path / "template.mp4", frames)
    job = StagedJob(tmp_path / "job", networks, template, silent_footage)
    job.run(*PICTURES, Stage.STYLE_APPLICATION)
    plan = (job.folders[Stage.STYLE_APPLICATION.value] / "publish" / PLAN).read_text()
    assert ("taken as black and white or of another single tone" in plan) == grey
    with np.load(job.folders[Stage.STYLE_APPLICATION.value] / LOOK_TABLES) as tables:
        (look,) = tables.values()
    assert (np.ptp(look, -1).max() < 0.05) == grey
