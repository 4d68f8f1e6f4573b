"""What stages tell operators on the way: frames as they go by, and the decoder and encoder with their reasons."""

from __future__ import annotations

import pytest
from prometheus_client import REGISTRY

from clipzy.media.accel import DecoderChoice, EncoderChoice
from clipzy.stages.frame_count import FrameCount
from clipzy.stages.hardware import tell_decoder, tell_encoder


def value(name, **labels):
    """A sample of the registry, 0 before there is one."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.mark.parametrize(
    ("expected", "frames"), [(100, 100), (80, 100), (0, 100)], ids=["known", "guessed too few", "unknown"]
)
def test_frames_are_counted_while_they_go_by(expected, frames):
    """In step with the progress, which is passed on; in the end they are as many as there were."""
    before, shares, seen = value("clipzy_stage_frames_total", stage="told"), [], []
    counted = FrameCount("told", expected)
    report = counted.following(shares.append)
    for share in (0.25, 0.5, 0.5, 1.0):
        report(share)
        seen.append(value("clipzy_stage_frames_total", stage="told") - before)
    counted.complete(frames)
    assert shares == [0.25, 0.5, 0.5, 1.0]
    assert seen == [expected // 4, expected // 2, expected // 2, expected]
    assert value("clipzy_stage_frames_total", stage="told") - before == frames


@pytest.mark.parametrize(("encoder", "weaker"), [("h264_nvenc", 0), ("libx264", 1)])
def test_the_encoder_is_told_with_its_reason(encoder, weaker):
    """And counted where it is weaker than what was meant."""
    fallback = {"of": "h264_nvenc", "to": "libx264"}
    before = value("clipzy_fallbacks_total", **fallback)
    tell_encoder(EncoderChoice(encoder, "tried once"))
    assert value("clipzy_encoder_info", encoder=encoder, reason="tried once") == 1
    assert value("clipzy_fallbacks_total", **fallback) - before == weaker


@pytest.mark.parametrize(
    ("decoder", "hardware", "weaker"),
    [("nvdec", True, 0), ("cpu", True, 1), ("cpu", False, 0)],
    ids=["on the GPU", "no GPU", "switched off"],
)
def test_the_decoder_is_told_with_its_reason(decoder, hardware, weaker):
    """What the operator has switched off is no weaker path."""
    fallback = {"of": "nvdec", "to": "cpu"}
    before = value("clipzy_fallbacks_total", **fallback)
    tell_decoder(DecoderChoice(decoder, "so it is"), hardware=hardware)
    assert value("clipzy_decoder_info", decoder=decoder, reason="so it is") == 1
    assert value("clipzy_fallbacks_total", **fallback) - before == weaker
