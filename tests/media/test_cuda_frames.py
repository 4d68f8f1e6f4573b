"""Frames made small by torch: the same pictures as swscale makes, and on a GPU the same as on the CPU."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest
import torch
from av.video.reformatter import ColorRange, Colorspace

import synth
from clipzy.media.accel import choose_decoder
from clipzy.media.containers import open_media, prepare_decoder, video_stream
from clipzy.media.cuda_frames import CudaScaler, area_weights, nvdec
from clipzy.media.decode import decode_pass
from clipzy.media.orientation import Orientation
from clipzy.media.pictures import Scaler
from clipzy.media.taps import (
    MotionPairsTap,
    SamplesTap,
    ShotFramesTap,
    open_motion_pairs,
    open_samples,
    open_shot_frames,
)
from synth_colours import CODINGS, frame_of, write_scene


def decoded(path, **options):
    """The frames of a file."""
    with open_media(path, **options) as container:
        stream = video_stream(container)
        prepare_decoder(stream.codec_context, threads=1)
        yield from container.decode(stream)


@pytest.fixture
def scene():
    """A picture with slopes, edges and texture in colour, 320x180."""
    y, x = np.mgrid[:180, :320]
    random = np.random.default_rng(7)
    picture = np.stack([x * 0.7, y * 1.2, 255 - x * 0.5], -1)
    picture[40:90, 60:140] = (220, 40, 30)
    picture[100:160, 180:300] += random.normal(0, 25, (60, 120, 1))
    return picture.clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("full_range", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("matrix", [Colorspace.ITU709, Colorspace.ITU601], ids=["bt709", "bt601"])
@pytest.mark.parametrize(("size", "colours"), [((96, 54), "rgb24"), ((48, 27), "rgb24"), ((160, 90), "gray")], ids=str)
def test_pictures_are_those_of_swscale(scene, matrix, full_range, size, colours, tmp_path):
    """Within two codes on the mean of a difference, whatever matrix, range and size; torch takes the planes where they lie."""
    path = synth.write_video(tmp_path / "clip.mp4", [scene] * 2, colorspace=matrix, full_range=full_range, crf=4)
    frame = next(decoded(path))
    ours = CudaScaler(size, colours)(frame.reformat(format="nv12"))
    theirs = Scaler(size, Orientation(), colours, exact=True)(frame)
    assert ours.shape == theirs.shape
    difference = np.abs(ours.astype(int) - theirs)
    assert difference.mean() < 1.0
    assert np.percentile(difference, 99) <= 6


def test_ten_bits_are_read_as_eight_with_a_fraction(scene, tmp_path):
    """P010 holds its ten bits at the top of sixteen."""
    frame = next(decoded(synth.write_video(tmp_path / "clip.mp4", [scene] * 2, crf=4)))
    eight = CudaScaler((96, 54), "rgb24")(frame.reformat(format="nv12")).astype(int)
    ten = CudaScaler((96, 54), "rgb24")(frame.reformat(format="p010le")).astype(int)
    assert np.abs(eight - ten).max() <= 2


@pytest.mark.parametrize("colours", ["rgb24", "gray"])
@pytest.mark.parametrize("name", ["HLG", "PQ"])
def test_hdr_has_all_its_bits(name, colours):
    """Sixteen bits leave the GPU, as they leave swscale, for what maps them to standard video; as fine as P010 is."""
    y, x = np.mgrid[:108, :192]
    frame = frame_of(np.stack([x / 96, y / 54, np.full((108, 192), 0.3)], -1), CODINGS[name])
    deep = CudaScaler((96, 54), colours)(frame.reformat(format="p010le"), deep=True)
    assert deep.dtype == np.uint16
    assert len(np.unique(deep)) > 600
    theirs = frame.reformat(
        96,
        54,
        format="gbrp16le" if colours == "rgb24" else "gray16le",
        src_colorspace=Colorspace.ITU601 if colours == "gray" else None,
        dst_color_range=ColorRange.JPEG,
        interpolation="AREA",
    ).to_ndarray()
    assert np.abs(deep.astype(int) - theirs).mean() < 300  # about one code of eight bits


@pytest.mark.parametrize(("many", "few"), [(1080, 27), (7, 3), (5, 5), (2, 5)])
def test_area_weights_share_out_every_sample(many, few):
    """Each part's weights sum to 1, and each sample counts as much as any other."""
    weights = area_weights(many, few, torch.device("cpu"))
    assert weights.sum(1) == pytest.approx(np.ones(few), abs=1e-5)
    assert weights.sum(0) == pytest.approx(np.full(many, few / many), abs=1e-5)


@pytest.mark.gpu
def test_nvdec_decodes_here():
    """The choice falls on it, and says so."""
    assert choose_decoder().name == "nvdec", choose_decoder().reason


@pytest.mark.gpu
@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_nvdec_gives_the_same_planes_and_times_as_the_cpu(scene, codec, tmp_path):
    """Decoding is exact by the standards: bit for bit, in the same order at the same times."""
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=25, options={"crf": "18"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for number in range(40):
            frame = av.VideoFrame.from_ndarray(np.roll(scene, 3 * number, axis=1), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(frame.reformat(format="yuv420p")))
        out.mux(stream.encode(None))
    soft = [(f.pts, f.reformat(format="nv12").to_ndarray()) for f in decoded(path)]
    hard = []
    for frame in decoded(path, hwaccel=nvdec()):
        assert frame.format.name == "cuda"
        planes = [torch.from_dlpack(plane.__dlpack__(stream=None)).cpu().numpy() for plane in frame.planes]
        hard.append((frame.pts, np.concatenate([planes[0], planes[1].reshape(90, 320)])))
    assert [pts for pts, _ in hard] == [pts for pts, _ in soft]
    assert all((a == b).all() for (_, a), (_, b) in zip(hard, soft, strict=True))


@pytest.mark.gpu
@pytest.mark.parametrize("rotation", [0, 90], ids=["upright", "turned"])
def test_a_pass_on_the_gpu_keeps_what_one_on_the_cpu_keeps(scene, rotation, tmp_path):
    """Small frames at exactly the same times, alike within a code or two on the mean.

    Those for the shot network within five: there swscale takes a quicker path that leaves out chroma samples.
    """
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": "12"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        if rotation:
            stream.set_display_rotation(rotation)
        for number in range(60):
            frame = av.VideoFrame.from_ndarray(np.roll(scene, 2 * number, axis=1), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(frame.reformat(format="yuv420p")))
        out.mux(stream.encode(None))
    kept = {}
    for hardware in (False, True):
        folder = tmp_path / str(hardware)
        summary = decode_pass(
            path, [ShotFramesTap(folder), MotionPairsTap(folder), SamplesTap(folder)], hardware=hardware
        )
        opened = open_shot_frames(folder), open_motion_pairs(folder), open_samples(folder)
        kept[hardware] = summary, opened
    (soft, soft_frames), (hard, hard_frames) = kept[False], kept[True]
    assert soft.ticks.tolist() == hard.ticks.tolist()
    assert soft.duration == hard.duration
    for a, b, most in zip(soft_frames, hard_frames, (5, 1.5, 1.5), strict=True):
        assert a.pictures.shape == b.pictures.shape
        assert a.ticks.tolist() == b.ticks.tolist()
        assert np.abs(a.pictures.astype(int) - b.pictures).mean() < most


@pytest.mark.gpu
@pytest.mark.parametrize("name", ["HLG", "PQ"])
def test_a_pass_on_the_gpu_maps_hdr_as_one_on_the_cpu(name, tmp_path):
    """HEVC of ten bits, as phones record it: samples alike within two codes on the mean, and the same words about them."""
    y, x = np.mgrid[:180, :320]
    pictures = [np.stack([(x + 3 * n) / 160, y / 90, np.full((180, 320), 0.3)], -1) for n in range(10)]
    path = write_scene(tmp_path / "clip.mp4", pictures, CODINGS[name], "libx265")
    kept = []
    for hardware in (False, True):
        folder = tmp_path / str(hardware)
        folder.mkdir()
        summary = decode_pass(
            path, (ShotFramesTap(folder), MotionPairsTap(folder), SamplesTap(folder)), hardware=hardware
        )
        assert summary.decoder.name == ("nvdec" if hardware else "cpu")
        assert "HDR" in summary.warnings[0]
        kept.append((open_samples(folder).pictures, open_motion_pairs(folder).pictures))
    for soft, hard in zip(*kept, strict=True):
        assert np.abs(soft.astype(int) - hard).mean() < 2
