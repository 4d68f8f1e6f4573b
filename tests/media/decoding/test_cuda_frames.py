"""Frames that NVDEC decodes: the same as those of processors, and what a pass keeps of them."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest
import torch

import synth
from clipzy.media.accel import choose_decoder, choose_fetching_decoder
from clipzy.media.decoding.containers import open_media, prepare_decoder, video_stream
from clipzy.media.decoding.cuda_frames import nvdec
from clipzy.media.decoding.cuda_scaling import CudaScaler
from clipzy.media.decoding.decode import decode_pass
from clipzy.media.decoding.taps import (
    MotionPairsTap,
    SamplesTap,
    ShotFramesTap,
    open_motion_pairs,
    open_samples,
    open_shot_frames,
)
from synth_colours import CODINGS, write_scene


def decoded(path, **options):
    """The frames of a file."""
    with open_media(path, **options) as container:
        stream = video_stream(container)
        prepare_decoder(stream.codec_context, threads=1)
        yield from container.decode(stream)


@pytest.mark.gpu
def test_nvdec_decodes_here():
    """The choice falls on it, and says so."""
    assert choose_decoder().name == "nvdec", choose_decoder().reason


@pytest.mark.gpu
def test_nvdec_decodes_into_host_memory_beside_torch():
    """Whose context it shares."""
    torch.zeros(1, device="cuda")
    choice = choose_fetching_decoder.__wrapped__()
    assert choice.name == "nvdec", choice.reason


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
    assert (soft.decoder.name, hard.decoder.name) == ("cpu", "nvdec"), hard.decoder.reason
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


@pytest.mark.gpu
def test_surfaces_are_copied_before_the_decoder_writes_into_them_again(tmp_path):
    """All pictures are those of a pass that waits for each one: the decoder has few surfaces, and gets them back at once."""
    pictures = (
        np.roll(each, 7 * n, axis=1) for n, each in enumerate(synth.moving_texture(300, dx=5, size=(1280, 720)))
    )
    path = synth.write_video(tmp_path / "clip.mp4", pictures, options={"bf": "3", "preset": "ultrafast"})
    summary = decode_pass(path, [ShotFramesTap(tmp_path)], hardware=True)
    assert summary.decoder.name == "nvdec", summary.decoder.reason
    scale = CudaScaler((48, 27), "rgb24")
    waited_for = np.stack([scale(frame) for frame in decoded(path, hwaccel=nvdec())])
    assert np.abs(open_shot_frames(tmp_path).pictures.astype(int) - waited_for).max() <= 1


@pytest.mark.gpu
def test_pictures_with_all_their_chroma_are_left_to_processors(scene, tmp_path):
    """NVDEC takes HEVC in 4:4:4, in planes that are not scaled there."""
    path = synth.write_video(tmp_path / "clip.mp4", [scene] * 20, codec="libx265", pixel_format="yuv444p")
    kept = []
    for hardware in (False, True):
        summary = decode_pass(path, [ShotFramesTap(tmp_path / str(hardware))], hardware=hardware)
        assert (summary.decoder.name, summary.decoder.failed) == ("cpu", hardware), summary.decoder.reason
        kept.append(open_shot_frames(tmp_path / str(hardware)).pictures.tobytes())
    assert kept[0] == kept[1]
