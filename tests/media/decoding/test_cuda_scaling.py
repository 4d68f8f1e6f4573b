"""Frames made small by torch: the same pictures as swscale makes, one by one or together."""

from __future__ import annotations

import av
import numpy as np
import pytest
import torch
from av.video.reformatter import ColorRange, Colorspace
from torch.overrides import TorchFunctionMode

import synth
from clipzy.media.decoding import cuda_scaling
from clipzy.media.decoding.cuda_scaling import Batch, CudaScaler, area_weights
from clipzy.media.decoding.scaling import scaled
from clipzy.media.decoding.tap import Wish
from clipzy.media.orientation import Orientation
from clipzy.media.pictures import Scaler
from synth_colours import CODINGS, frame_of


def first_of(path):
    """The first frame of a file."""
    with av.open(str(path)) as container:
        return next(container.decode(video=0))


@pytest.mark.parametrize("full_range", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("matrix", [Colorspace.ITU709, Colorspace.ITU601], ids=["bt709", "bt601"])
@pytest.mark.parametrize(("size", "colours"), [((96, 54), "rgb24"), ((48, 27), "rgb24"), ((160, 90), "gray")], ids=str)
def test_pictures_are_those_of_swscale(scene, matrix, full_range, size, colours, tmp_path):
    """Within two codes on the mean of a difference, whatever matrix, range and size; torch takes the planes where they lie."""
    path = synth.write_video(tmp_path / "clip.mp4", [scene] * 2, colorspace=matrix, full_range=full_range, crf=4)
    frame = first_of(path)
    ours = CudaScaler(size, colours)(frame.reformat(format="nv12"))
    theirs = Scaler(size, Orientation(), colours, exact=True)(frame)
    assert ours.shape == theirs.shape
    difference = np.abs(ours.astype(int) - theirs)
    assert difference.mean() < 1.0
    assert np.percentile(difference, 99) <= 6


def test_ten_bits_are_read_as_eight_with_a_fraction(scene, tmp_path):
    """P010 holds its ten bits at the top of sixteen."""
    frame = first_of(synth.write_video(tmp_path / "clip.mp4", [scene] * 2, crf=4))
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


@pytest.fixture
def frames():
    """Twenty pictures of noise as NVDEC leaves them, but in host memory: NV12, 320x180."""
    random = np.random.default_rng(5)

    def frame(number):
        noise = random.integers(0, 256, (180, 320, 3), np.uint8)
        made = av.VideoFrame.from_ndarray(noise, format="rgb24").reformat(format="nv12", dst_colorspace="ITU709")
        made.pts = number
        return made

    return [frame(number) for number in range(20)]


def test_a_picture_does_not_hang_on_those_beside_it(frames):
    """To the bit, wherever it stands in a batch and whatever else does."""
    scaler = CudaScaler((48, 27), "rgb24")
    alone, among = Batch(frames[0]), Batch(frames[0])
    assert alone.take(frames[7])
    assert all(among.take(frame) for frame in frames[3:11])
    assert (scaler.together(alone, [0])[0] == scaler.together(among, [2, 4, 7])[1]).all()


def test_a_batch_takes_frames_of_one_kind_as_many_as_fit(frames):
    """Another size, depth or coding is for another batch, and so is one too many."""
    batch = Batch(frames[0], 3)
    assert batch.take(frames[0])
    assert not batch.take(frames[1].reformat(width=160, height=90))
    assert not batch.take(frames[1].reformat(format="p010le"))
    frames[3].color_range = ColorRange.JPEG
    assert not batch.take(frames[3])
    assert batch.take(frames[1])
    assert batch.take(frames[2])
    assert not batch.take(frames[4])


def test_a_batch_is_filled_again(frames):
    """With frames of the same kind; pictures that were made of those before stay what they are."""
    scaler = CudaScaler((48, 27), "gray")
    batch, other = Batch(frames[0], 2), Batch(frames[0], 2)
    assert all(batch.take(frame) for frame in frames[:2])
    before = scaler.together(batch, [0, 1])
    kept = np.stack(before)
    batch.clear()
    assert all(each.take(frame) for frame in frames[2:4] for each in (batch, other))
    assert not batch.take(frames[4])
    assert (np.stack(scaler.together(batch, [0, 1])) == scaler.together(other, [0, 1])).all()
    assert (np.stack(before) == kept).all()


def test_nothing_is_computed_call_by_call(frames):
    """Threads that decode hand Python's lock to each other at every call of torch: outside of scripts frames are copied, and no more."""
    called = set()

    class Listening(TorchFunctionMode):
        def __torch_function__(self, function, types, args=(), kwargs=None):
            called.add(function.__name__)
            return function(*args, **(kwargs or {}))

    scalers = [Scaler((48, 28), Orientation()), Scaler((96, 54), Orientation(), "gray")]
    with Listening():
        list(scaled(((None, frame, [(0, Wish()), (1, Wish())]) for frame in frames), scalers, on_gpu=True))
    assert {"copy_", "numpy"} <= called
    assert called <= {"__get__", "numel", "empty", "unbind", "copy_", "numpy"}  # attributes, room, frames, results


@pytest.mark.parametrize("turned", [0, 1], ids=["upright", "turned"])
def test_frames_scaled_together_are_those_scaled_one_by_one(frames, turned, monkeypatch):
    """In order, each wish with its own picture, alike as the twins are; a batch is filled again, and a change of size midway makes another."""
    monkeypatch.setattr(cuda_scaling, "MOST_FRAMES", 5)
    upright = Orientation(turned)
    scalers = [Scaler((48, 28), upright, exact=True), Scaler((96, 54), upright, "gray", exact=True)]
    frames[12:] = [frame.reformat(width=160, height=90) for frame in frames[12:]]
    wish = Wish(), Wish(first=True)

    def asked():
        for number, frame in enumerate(frames):
            taps = [tap for tap, every in enumerate((1, 3)) if number % every == 0 and number != 5]
            yield number, frame, [(tap, wish[tap]) for tap in taps]

    together = list(scaled(asked(), scalers, on_gpu=True))
    one_by_one = list(scaled(asked(), scalers, on_gpu=False))
    assert [number for number, _ in together] == list(range(20))
    assert [[(tap, how) for tap, how, _ in granted] for _, granted in together] == [wishes for _, _, wishes in asked()]
    for (_, ours), (_, theirs) in zip(together, one_by_one, strict=True):
        for (_, _, a), (_, _, b) in zip(ours, theirs, strict=True):
            assert a.shape == b.shape
            assert np.abs(a.astype(int) - b).mean() < 3


@pytest.mark.parametrize("name", ["HLG", "PQ"])
def test_hdr_scaled_together_is_mapped_as_one_by_one(name):
    """Sixteen bits leave the GPU there too."""
    y, x = np.mgrid[:108, :192]
    picture = np.stack([x / 96, y / 54, np.full((108, 192), 0.3)], -1)
    frame = frame_of(picture, CODINGS[name]).reformat(format="p010le")
    scaler = Scaler((96, 54), Orientation())
    ((_, granted),) = scaled([("it", frame, [(0, Wish())])], [scaler], on_gpu=True)
    assert np.abs(granted[0][2].astype(int) - scaler(frame)).mean() < 2
