"""Tells which decoder and encoder the stages use, and why: operators learn of every fallback, users of what failed."""

from __future__ import annotations

from clipzy.media.accel import NVDEC, NVENC, DecoderChoice, EncoderChoice
from clipzy.stages.context import Role, StageContext
from clipzy.telemetry import log, observations


def tell_encoder(context: StageContext, choice: EncoderChoice) -> None:
    """Tell which encoder made the output. A machine without NVENC is no reason to warn."""
    observations.chose_encoder(choice.name, choice.reason)
    if choice.name != NVENC:
        observations.fell_back(NVENC, choice.name)
    if choice.failed:
        context.warn(f"the output was encoded on the CPU instead of the GPU ({choice.reason})")
    log.info("encoder", encoder=choice.name, reason=choice.reason)


def tell_decoder(context: StageContext, role: Role, choice: DecoderChoice) -> None:
    """Tell which decoder read a video. NVDEC that is switched off or missing is no reason to warn."""
    observations.chose_decoder(choice.name, choice.reason)
    if context.hardware_decoding and choice.name != NVDEC:
        observations.fell_back(NVDEC, choice.name)
    if choice.failed:
        context.warn(f"the {role} was decoded on the CPU instead of the GPU ({choice.reason})")
