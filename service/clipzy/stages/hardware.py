"""Tells operators which decoder and encoder the stages work with here, and why: what is weaker than was meant is counted."""

from __future__ import annotations

from clipzy.media.accel import DecoderChoice, EncoderChoice
from clipzy.telemetry import log, observations

ENCODER, DECODER = "h264_nvenc", "nvdec"  # what is meant


def tell_encoder(choice: EncoderChoice) -> None:
    """A video was encoded with it."""
    observations.chose_encoder(choice.name, choice.reason)
    if choice.name != ENCODER:
        observations.fell_back(ENCODER, choice.name)
    log.info("encoder", encoder=choice.name, reason=choice.reason)


def tell_decoder(choice: DecoderChoice, *, hardware: bool) -> None:
    """A video was decoded by it; `hardware`: whether the operator wants that done by NVDEC where there is one."""
    observations.chose_decoder(choice.name, choice.reason)
    if hardware and choice.name != DECODER:
        observations.fell_back(DECODER, choice.name)
