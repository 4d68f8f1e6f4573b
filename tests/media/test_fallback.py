"""Renderings on a GPU that fails: made once more without it, unless that would not help."""

from __future__ import annotations

import errno
from fractions import Fraction

import av
import pytest

import synth
from clipzy.errors import MediaError
from clipzy.media import fallback
from clipzy.media.accel import EncoderChoice, LeftToProcessors
from clipzy.media.fallback import by_what_works
from clipzy.media.render import render
from clipzy.style.plan import WHOLE_PICTURE, Clip, EditPlan, OutputFormat
from clipzy.style.time import Span

SIZE = (320, 180)
NVENC, X264 = "h264_nvenc", "libx264"


@pytest.fixture(autouse=True)
def nvenc(monkeypatch):
    """It was tried and worked; here it never does."""
    monkeypatch.setattr(fallback, "choose_encoder", lambda _size: EncoderChoice(NVENC, "for a test"))


class Maker:
    """What renders; fails as it is told, and notes down how it was asked."""

    def __init__(self, *errors):
        self.errors = list(errors)
        self.asked = []

    def __call__(self, encoder, *, on_gpu):
        """Gives the encoder, once it fails no more."""
        self.asked.append((encoder.name, on_gpu))
        if self.errors:
            raise self.errors.pop(0)
        return encoder


def full_disk():
    """As a rendering tells of it."""
    error = MediaError("the output cannot be written: the disk is full")
    error.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    return error


def test_a_gpu_that_works_does_it_all():
    """Once."""
    make = Maker()
    assert by_what_works(make, SIZE, hardware=True).reason == "for a test"
    assert make.asked == [(NVENC, True)]


def test_what_cannot_be_decoded_there_is_still_encoded_there():
    """Then without any of it, where the encoder fails too."""
    make = Maker(LeftToProcessors("it could not decode all of the file"), MediaError("the output cannot be made: gone"))
    assert by_what_works(make, SIZE, hardware=True).name == X264
    assert make.asked == [(NVENC, True), (NVENC, False), (X264, False)]


@pytest.mark.parametrize(
    "error", [MediaError("the output cannot be made: gone"), RuntimeError("CUDA error: gone\nmore")]
)
def test_a_gpu_that_is_lost_leaves_all_to_processors(error):
    """The reason is told in one line, for log and metrics."""
    make = Maker(error)
    assert by_what_works(make, SIZE, hardware=True).reason == f"nvenc: it failed: {str(error).splitlines()[0]}"
    assert make.asked == [(NVENC, True), (X264, False)]


@pytest.mark.parametrize("error", [full_disk(), ValueError("the plan asks for a look")], ids=["full disk", "bad plan"])
def test_what_no_encoder_mends_is_not_tried_again(error):
    """It would only take as long once more."""
    make = Maker(error)
    with pytest.raises(type(error)):
        by_what_works(make, SIZE, hardware=True)
    assert make.asked == [(NVENC, True)]


def test_what_fails_on_processors_is_an_error():
    """There is nothing left to try."""
    make = Maker(MediaError("first"), MediaError("second"))
    with pytest.raises(MediaError, match="second"):
        by_what_works(make, SIZE, hardware=True)


def test_a_rendering_whose_encoder_fails_is_whole(tmp_path):
    """By x264, with its reason; nothing of the first attempt stays, and the progress never goes back."""
    source = synth.write_video(tmp_path / "source.mp4", synth.moving_texture(50, dx=3, size=SIZE))
    clip = Clip(Span(Fraction(0), Fraction(2)), WHOLE_PICTURE, None, None, "")
    plan = EditPlan((clip,), (), None, OutputFormat(*SIZE, Fraction(25), "h264", 23, "ultrafast", 96), ())
    told = []
    report = render(plan, source, {}, tmp_path / "o.mp4", told.append, hardware=True)
    assert report.encoder.name == X264
    assert report.encoder.reason.startswith("nvenc: it failed: ")
    assert told == sorted(told)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["o.mp4", "source.mp4"]
    with av.open(str(tmp_path / "o.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 50
