"""Which encoder works here, and how decoders share the GPU."""

from __future__ import annotations

import av.logging
import pytest
import torch

from clipzy.media.accel import choose_encoder, fault_of, fetching


def test_the_chosen_encoder_works_and_has_a_reason():
    """Whatever machine this is, the choice is one that encodes, made once, and says why."""
    choice = choose_encoder()
    assert choice.name in {"h264_nvenc", "libx264"}
    assert fault_of(choice.name) is None
    assert choice.reason.startswith("nvenc: ")
    assert choose_encoder() is choice


def test_an_encoder_is_tried_with_the_pictures_that_it_is_to_encode():
    """Each has its limits: NVENC takes H.264 of 4096 pixels a side, x264 of 16384."""
    assert fault_of("libx264", (64, 48)) is None
    assert fault_of("libx264", (32768, 48)) is not None


def test_an_encoder_that_cannot_work_says_why():
    """A name that FFmpeg does not know is reported in words, not raised."""
    assert "no_such_encoder" in str(fault_of("no_such_encoder"))


def test_trying_leaves_the_log_level_as_it_was():
    """FFmpeg's log is only listened to while an encoder is tried."""
    before = av.logging.get_level()
    fault_of("h264_nvenc")
    assert av.logging.get_level() == before


@pytest.mark.parametrize(
    ("opened", "asked", "options"),
    [(False, [], {"primary_ctx": "1"}), (True, ["cuda"], {"primary_ctx": "0", "current_ctx": "1"})],
    ids=["torch has not opened the GPU", "torch has"],
)
def test_decoders_into_host_memory_share_one_context(opened, asked, options, monkeypatch):
    """The GPU's primary one; once torch has opened that, FFmpeg takes it only as the current one of the thread."""
    devices = []
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: opened)
    monkeypatch.setattr(torch, "zeros", lambda *_, device: devices.append(device))
    acceleration = fetching()
    assert devices == asked
    assert acceleration.options == options
    assert not acceleration.is_hw_owned
