"""Renderings on a GPU that fails: made once more without it, unless that would not help."""

from __future__ import annotations

import errno
import os
from fractions import Fraction

import av
import pytest
from torch.cuda import DeferredCudaCallError

import synth
from clipzy.errors import InvalidVideo, MediaError
from clipzy.media.accel import DecoderChoice, EncoderChoice, LeftToProcessors
from clipzy.media.rendering import fallback, footage, readers
from clipzy.media.rendering.fallback import by_what_works
from clipzy.media.rendering.render import render
from clipzy.style.plan import WHOLE_PICTURE, Clip, EditPlan, OutputFormat
from clipzy.style.time import Span

SIZE = (320, 180)
NVENC, X264 = "h264_nvenc", "libx264"


@pytest.fixture(autouse=True)
def gpu(monkeypatch):
    """It was tried and worked; here it never does."""
    monkeypatch.setattr(fallback, "choose_encoder", lambda _size: EncoderChoice(NVENC, "for a test"))
    for module in (fallback, footage):
        monkeypatch.setattr(module, "choose_decoder", lambda: DecoderChoice("nvdec", "for a test"))
        monkeypatch.setattr(module, "choose_fetching_decoder", lambda: DecoderChoice("nvdec", "into host memory"))


@pytest.fixture
def without_nvenc(monkeypatch):
    """As on A100, H100 and H200."""
    monkeypatch.setattr(fallback, "choose_encoder", lambda _size: EncoderChoice(X264, "nvenc: no capable device"))


class Maker:
    """What renders; fails as it is told, and notes down how it was asked."""

    def __init__(self, *errors):
        self.errors = list(errors)
        self.asked = []

    def __call__(self, encoder, decoder):
        """Gives the two, once it fails no more."""
        self.asked.append((encoder.name, decoder.name))
        if self.errors:
            raise self.errors.pop(0)
        return encoder, decoder


def rendered(make, size, *, hardware, on_gpu=True):
    """Where NVENC may encode, and NVDEC takes what it is given."""
    return by_what_works(make, size, hardware=hardware, nvenc=True, on_gpu=on_gpu, decoded_there=lambda: True)


def full_disk(number=errno.ENOSPC):
    """As a rendering tells of it."""
    error = MediaError("the output cannot be written: the disk is full")
    error.__cause__ = OSError(number, os.strerror(number))
    return error


def test_a_gpu_that_works_does_it_all():
    """Once."""
    make = Maker()
    encoder, decoder = rendered(make, SIZE, hardware=True)
    assert (encoder, decoder) == (EncoderChoice(NVENC, "for a test"), DecoderChoice("nvdec", "for a test"))
    assert make.asked == [(NVENC, "nvdec")]


def test_what_is_not_asked_for_has_not_failed():
    """NVDEC, where the operator does without."""
    decoder = rendered(Maker(), SIZE, hardware=False)[1]
    assert decoder == DecoderChoice("cpu", "hardware decoding is switched off")


@pytest.mark.usefixtures("without_nvenc")
def test_nvdec_decodes_into_host_memory_for_x264():
    """A machine without NVENC has failed in nothing."""
    encoder, decoder = rendered(Maker(), SIZE, hardware=True)
    assert decoder == DecoderChoice("nvdec", "into host memory")
    assert encoder == EncoderChoice(X264, "nvenc: no capable device")


def test_pictures_that_are_worked_on_by_processors_are_decoded_into_host_memory():
    """Beside NVENC too."""
    encoder, decoder = rendered(Maker(), SIZE, hardware=True, on_gpu=False)
    assert (encoder.name, decoder) == (NVENC, DecoderChoice("nvdec", "into host memory"))


@pytest.mark.usefixtures("without_nvenc")
@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (LeftToProcessors("it could not decode all of the file"), "it could not decode all of the file"),
        (InvalidVideo("its container cannot be read"), "it failed: its container cannot be read"),
        (RuntimeError("CUDA error: gone\nmore"), "it failed: CUDA error: gone"),
        (MediaError("the output cannot be made: gone"), "it failed: the output cannot be made: gone"),
    ],
    ids=["damage", "a file that it cannot open", "CUDA", "FFmpeg"],
)
def test_what_fails_beside_x264_is_decoded_by_processors(error, reason):
    """Once; the encoder is not to blame."""
    make = Maker(error)
    encoder, decoder = rendered(make, SIZE, hardware=True)
    assert not encoder.failed
    assert decoder == DecoderChoice("cpu", f"nvdec: {reason}", failed=True)
    assert make.asked == [(X264, "nvdec"), (X264, "cpu")]


def test_what_cannot_be_decoded_there_is_still_encoded_there():
    """Then without any of it, where the encoder fails too."""
    make = Maker(LeftToProcessors("it could not decode all of the file"), MediaError("the output cannot be made: gone"))
    encoder, decoder = rendered(make, SIZE, hardware=True)
    assert (encoder.name, encoder.failed) == (X264, True)
    assert decoder == DecoderChoice("cpu", "nvdec: it could not decode all of the file", failed=True)
    assert make.asked == [(NVENC, "nvdec"), (NVENC, "cpu"), (X264, "cpu")]


@pytest.mark.parametrize(
    "error",
    [
        MediaError("the output cannot be made: gone"),
        RuntimeError("CUDA error: gone\nmore"),
        DeferredCudaCallError("CUDA call failed lazily: gone\nmore"),
    ],
)
def test_a_gpu_that_is_lost_leaves_all_to_processors(error):
    """The reason is told in one line, for log and metrics."""
    make = Maker(error)
    encoder, _ = rendered(make, SIZE, hardware=True)
    assert encoder == EncoderChoice(X264, f"nvenc: it failed: {str(error).splitlines()[0]}", failed=True)
    assert make.asked == [(NVENC, "nvdec"), (X264, "cpu")]


@pytest.mark.parametrize(
    "error",
    [full_disk(), full_disk(errno.EDQUOT), ValueError("the plan asks for a look")],
    ids=["full disk", "quota", "bad plan"],
)
def test_what_no_encoder_mends_is_not_tried_again(error):
    """It would only take as long once more."""
    make = Maker(error)
    with pytest.raises(type(error)):
        rendered(make, SIZE, hardware=True)
    assert make.asked == [(NVENC, "nvdec")]


def test_what_fails_on_processors_is_an_error():
    """There is nothing left to try."""
    make = Maker(MediaError("first"), MediaError("second"))
    with pytest.raises(MediaError, match="second"):
        rendered(make, SIZE, hardware=True)


def two_seconds():
    """A plan of the first two seconds of its source."""
    clip = Clip(Span(Fraction(0), Fraction(2)), WHOLE_PICTURE, None, None, "")
    return EditPlan((clip,), (), None, OutputFormat(*SIZE, Fraction(25), "h264", 23, "ultrafast", 96), ())


def test_a_rendering_whose_decoder_fails_is_whole(tmp_path, monkeypatch):
    """By processors, with its reason."""
    monkeypatch.setattr(fallback, "NVENC", X264)  # x264 stands in for it
    monkeypatch.setattr(fallback, "choose_encoder", lambda _size: EncoderChoice(X264, "for a test"))
    monkeypatch.setattr(readers, "accelerated", lambda: None)
    source = synth.write_video(tmp_path / "source.mp4", synth.moving_texture(50, dx=3, size=SIZE))
    report = render(two_seconds(), source, {}, tmp_path / "o.mp4", hardware=True)
    assert report.encoder == EncoderChoice(X264, "for a test")
    assert report.decoder == DecoderChoice(
        "cpu", "nvdec: it does not take this file's coding, or has no room for it", failed=True
    )
    with av.open(str(tmp_path / "o.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 50


def test_a_rendering_whose_encoder_fails_is_whole(tmp_path):
    """By x264, with its reason; nothing of the first attempt stays, and the progress never goes back."""
    source = synth.write_video(tmp_path / "source.mp4", synth.moving_texture(50, dx=3, size=SIZE))
    told = []
    report = render(two_seconds(), source, {}, tmp_path / "o.mp4", told.append, hardware=True)
    assert (report.encoder.name, report.encoder.failed) == (X264, True)
    assert report.encoder.reason.startswith("nvenc: it failed: ")
    assert told == sorted(told)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["o.mp4", "source.mp4"]
    with av.open(str(tmp_path / "o.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 50
