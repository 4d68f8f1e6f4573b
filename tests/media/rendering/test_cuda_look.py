"""A look put on by torch: the same codes as the compiled kernel gives, to the last; on a GPU the same file in the end."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

import synth
from clipzy.media.colour.look_table import identity
from clipzy.media.colour.lut import apply, pack, planes
from clipzy.media.rendering.cuda_look import CudaLook, fetch
from clipzy.media.rendering.footage import examine
from clipzy.media.rendering.render import render
from clipzy.style.plan import WHOLE_PICTURE, Clip, Crop, EditPlan, Look, OutputFormat
from clipzy.style.time import Span

LOOK = "lut.cube"


def toned():
    """A look that bends every channel its own way."""
    table = identity()
    return np.stack([table[..., 0] ** 0.8, table[..., 1] * 0.9 + 0.05, 1 - (1 - table[..., 2]) ** 1.3], -1).astype(
        np.float32
    )


@pytest.fixture
def frame():
    """A frame with colours from all over, 64x48 in 8-bit 4:2:0."""
    random = np.random.default_rng(5)
    coarse = random.integers(0, 256, (72, 64), dtype=np.uint8)
    return av.VideoFrame.from_ndarray(coarse, format="yuv420p")


@pytest.mark.parametrize("full_range", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("matrix", ["bt709", "bt601"])
def test_a_look_gives_the_codes_of_the_compiled_kernel(frame, full_range, matrix):
    """Luma and chroma, on noise, where no two samples of a block are alike."""
    packed = pack(toned(), full_range=full_range, matrix=matrix)
    fetched = fetch(frame.reformat(format="nv12"), CudaLook(packed, "cpu"))
    assert fetched.format.name == "yuv420p"
    for ours, theirs in zip(planes(fetched), planes(apply(packed, frame)), strict=True):
        assert (ours == theirs).all()


def test_without_a_look_the_planes_come_as_they_are(frame):
    """Only the chroma is taken apart."""
    for ours, theirs in zip(planes(fetch(frame.reformat(format="nv12"))), planes(frame), strict=True):
        assert (ours == theirs).all()


def test_ten_bits_are_rounded_to_eight(frame):
    """Codes that eight bits hold come back as they were."""
    for ours, theirs in zip(planes(fetch(frame.reformat(format="p010le"))), planes(frame), strict=True):
        assert np.abs(ours.astype(int) - theirs).max() <= 1


def only_once(footage):
    """What `examine` gives: a rendering that starts over, by processors, fails."""
    left = [footage]
    return lambda _path, **_asked: left.pop()


@pytest.mark.gpu
@pytest.mark.parametrize("crop", [WHOLE_PICTURE, Crop(0.1, 0.1, 0.8, 0.8)], ids=["whole", "cropped"])
@pytest.mark.parametrize("look", [True, False], ids=["look", "plain"])
def test_a_file_rendered_on_the_gpu_is_that_of_the_cpu(crop, look, tmp_path, monkeypatch):
    """Frame by frame: NVDEC is exact, and so is the look; what is cropped is scaled by the same filters."""
    ground = synth.textured_frame(3, (320, 180))
    frames = [np.roll(ground, 4 * k, axis=1) for k in range(50)]
    source = synth.write_video(tmp_path / "source.mp4", frames, crf=16)
    clips = (
        Clip(Span(Fraction(1), Fraction(2)), crop, LOOK if look else None, None, ""),
        Clip(Span(Fraction(0), Fraction(1)), crop, LOOK if look else None, None, ""),
    )
    output = OutputFormat(320, 180, Fraction(25), "h264", 1, "ultrafast", 96)
    plan = EditPlan(clips, (Look(LOOK),) if look else (), None, output, ())
    ways = {"processors": {}, "stays": {"hardware": True}, "fetched": {"hardware": True, "fetched": True}}
    seen = []
    for way, asked in ways.items():
        footage = examine(source, **asked)
        assert footage.hardware == (way != "processors"), footage.decoder.reason
        monkeypatch.setattr("clipzy.media.rendering.render.examine", only_once(footage))
        path = tmp_path / f"{way}.mp4"
        # by x264 each time, which makes the files comparable
        render(plan, source, {LOOK: toned()} if look else {}, path, nvenc=False)
        with av.open(str(path)) as container:
            seen.append(np.stack([f.to_ndarray(format="yuv420p") for f in container.decode(video=0)]).astype(int))
    processors, stays, fetched = seen
    assert processors.shape == stays.shape
    assert np.abs(processors - stays).max() <= 2
    assert (processors == fetched).all()
