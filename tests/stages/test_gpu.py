"""A job on a GPU, networks and decoder and look, beside the same job on the CPU: the same within what users could notice."""

from __future__ import annotations

import json
from fractions import Fraction

import av
import numpy as np
import pytest

from clipzy.inference.local import LocalInference
from clipzy.jobs.lifecycle import Stage
from clipzy.media.stills import frame_at
from clipzy.storage.artifacts import load_json
from clipzy.style.measurements import AudioAnalysis, MotionAnalysis, VideoAnalysis
from clipzy.telemetry import observations
from staged import StagedJob

pytestmark = pytest.mark.gpu


@pytest.fixture(scope="module")
def jobs(weights_path, template, footage, tmp_path_factory):
    """The whole job on the CPU, and on the GPU."""
    done = []
    for device, decoder in (("cpu", "cpu"), ("cuda", "nvdec")):
        networks = LocalInference(weights_path, device)
        root = tmp_path_factory.mktemp(device)
        told = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(observations, "chose_decoder", lambda *choice, told=told: told.append(choice))
            done.append(StagedJob(root, networks, template, footage, hardware_decoding=device == "cuda").run())
        networks.close()
        # both sources were analysed by it, and one rendered
        assert [name for name, _reason in told] == [decoder] * 3, told
    return done


def measured(jobs, stage, role, kind):
    """What both found in a source."""
    return [load_json(job.folders[stage.value] / f"{role}.json", kind) for job in jobs]


@pytest.mark.parametrize("role", ["template", "footage"])
def test_shots_are_the_same(jobs, role):
    """Cut for cut, to the frame."""
    cpu, gpu = measured(jobs, Stage.VIDEO_ANALYSIS, role, VideoAnalysis)
    assert [(b.start, b.end, b.type) for b in gpu.boundaries] == [(b.start, b.end, b.type) for b in cpu.boundaries]
    assert gpu.facts == cpu.facts


@pytest.mark.parametrize("role", ["template", "footage"])
def test_motion_is_the_same(jobs, role):
    """By another method of flow: the intensity within five points of a hundred."""
    cpu, gpu = measured(jobs, Stage.MOTION_ANALYSIS, role, MotionAnalysis)
    assert gpu.intensity == pytest.approx(cpu.intensity, abs=5)


def test_the_sound_is_heard_the_same(jobs):
    """Beats within ten milliseconds."""
    cpu, gpu = measured(jobs, Stage.AUDIO_ANALYSIS, "template", AudioAnalysis)
    assert [b.time_s for b in gpu.beats] == pytest.approx([b.time_s for b in cpu.beats], abs=0.01)


def test_the_style_is_the_same(jobs):
    """Each slider within two points."""
    cpu, gpu = (json.loads(job.published(Stage.STYLE_EXTRACTION, "style.json").read_text()) for job in jobs)
    sliders = [key for key, value in cpu["color_grade"].items() if isinstance(value, int | float)]
    assert sliders
    for slider in sliders:
        assert gpu["color_grade"][slider] == pytest.approx(cpu["color_grade"][slider], abs=2)


def test_the_output_looks_the_same(jobs):
    """As long, and each picture within three codes on the mean."""
    paths = [job.published(Stage.RENDERING, "output.mp4") for job in jobs]
    lengths = []
    for path in paths:
        with av.open(str(path)) as container:
            lengths.append(sum(1 for _ in container.decode(video=0)))
    assert lengths[0] == lengths[1]
    for second in (Fraction(1, 5), Fraction(3, 2), Fraction(5, 2)):
        cpu, gpu = (frame_at(path, second).astype(int) for path in paths)
        assert np.abs(cpu - gpu).mean() < 3
