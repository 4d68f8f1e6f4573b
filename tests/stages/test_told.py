"""What stages tell on the way: frames as they go by, and the decoder and encoder with their reasons."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

import measured
import synth
from clipzy.media.accel import DecoderChoice, EncoderChoice
from clipzy.media.decoding import decode
from clipzy.stages import motion_analysis, video_analysis
from clipzy.stages.context import Role, Source
from clipzy.stages.frame_count import FrameCount
from clipzy.stages.hardware import tell_decoder, tell_encoder
from clipzy.stages.shares import together
from clipzy.storage.artifacts import save_json


def value(name, **labels):
    """A sample of the registry, 0 before there is one."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


@dataclass
class Told:
    """As much of a stage's context as is told and asked here."""

    hardware_decoding: bool = True
    all_decoding_units: bool = False
    folder: Path = Path()
    earlier: dict[str, Path] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def warn(self, text):
        """To the user."""
        self.warnings.append(text)


@pytest.mark.parametrize(
    ("expected", "frames"), [(100, 100), (80, 100), (0, 100)], ids=["known", "guessed too few", "unknown"]
)
def test_frames_are_counted_while_they_go_by(expected, frames):
    """In step with the progress, which is passed on; in the end they are as many as there were."""
    before, shares, seen = value("clipzy_stage_frames_total", stage="told"), [], []
    counted = FrameCount("told", expected)
    report = together(counted.follow, shares.append)
    for share in (0.25, 0.5, 0.5, 1.0):
        report(share)
        seen.append(value("clipzy_stage_frames_total", stage="told") - before)
    counted.complete(frames)
    assert shares == [0.25, 0.5, 0.5, 1.0]
    assert seen == [expected // 4, expected // 2, expected // 2, expected]
    assert value("clipzy_stage_frames_total", stage="told") - before == frames


@pytest.mark.parametrize(
    ("encoder", "failed", "weaker"),
    [("h264_nvenc", False, 0), ("libx264", False, 1), ("libx264", True, 1)],
    ids=["on the GPU", "no NVENC", "NVENC that failed"],
)
def test_the_encoder_is_told_with_its_reason(encoder, failed, weaker):
    """And counted where it is weaker than what was meant; the user hears of one that failed, not of a machine that has none."""
    fallback = {"of": "h264_nvenc", "to": "libx264"}
    before = value("clipzy_fallbacks_total", **fallback)
    context = Told()
    tell_encoder(context, EncoderChoice(encoder, "tried once", failed))
    assert context.warnings == ["the output was encoded on the CPU instead of the GPU (tried once)"] * failed
    assert value("clipzy_encoder_info", encoder=encoder, reason="tried once") == 1
    assert value("clipzy_fallbacks_total", **fallback) - before == weaker


@pytest.mark.parametrize(
    ("decoder", "hardware", "failed", "weaker"),
    [("nvdec", True, False, 0), ("cpu", True, False, 1), ("cpu", True, True, 1), ("cpu", False, False, 0)],
    ids=["on the GPU", "no GPU", "a GPU that failed", "switched off"],
)
def test_the_decoder_is_told_with_its_reason(decoder, hardware, failed, weaker):
    """What the operator has switched off is no weaker path; the user hears of what failed alone."""
    fallback = {"of": "nvdec", "to": "cpu"}
    before = value("clipzy_fallbacks_total", **fallback)
    context = Told(hardware)
    tell_decoder(context, Role.FOOTAGE, DecoderChoice(decoder, "so it is", failed))
    assert context.warnings == ["the footage was decoded on the CPU instead of the GPU (so it is)"] * failed
    assert value("clipzy_decoder_info", decoder=decoder, reason="so it is") == 1
    assert value("clipzy_fallbacks_total", **fallback) - before == weaker


@pytest.mark.parametrize("again", [False, True], ids=["video analysis", "motion analysis"])
def test_a_video_that_nvdec_leaves_to_processors_is_told_of(again, tmp_path, monkeypatch):
    """Where its pictures are analysed, and where they are decoded again for the motion alone."""
    monkeypatch.setattr(decode, "choose_decoder", lambda: DecoderChoice("nvdec", "for a test"))
    monkeypatch.setattr(decode, "accelerated", lambda: None)
    path = synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(10, (320, 180)))
    save_json(tmp_path / "template.json", measured.video())
    context = Told(folder=tmp_path, earlier={"video_analysis": tmp_path})
    source, fallback = Source(Role.TEMPLATE, path, "hash"), {"of": "nvdec", "to": "cpu"}
    before = value("clipzy_fallbacks_total", **fallback)
    if again:
        motion_analysis._decode_again(context, source, lambda _share: None)
    else:
        video_analysis._decode(context, source, lambda _share: None, 1, lambda _share: None)
    assert value("clipzy_fallbacks_total", **fallback) - before == 1
    [warning] = context.warnings
    assert warning.startswith("the template was decoded on the CPU instead of the GPU (nvdec: it does not take")
