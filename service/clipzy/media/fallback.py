"""Render by the GPU where it helps, and once more without it where it fails: it may be lost or full, or refuse what it was not tried with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from clipzy.disks import is_full
from clipzy.errors import MediaError
from clipzy.gpu import first_line, gpu_errors
from clipzy.media.accel import (
    NVDEC,
    NVENC,
    SWITCHED_OFF,
    DecoderChoice,
    EncoderChoice,
    LeftToProcessors,
    choose_decoder,
    choose_encoder,
    software_encoder,
)
from clipzy.telemetry import log

T_co = TypeVar("T_co", covariant=True)

# the GPU's help costs more time there than it saves (H100 with 16 processors: 122 frames/s against 158)
BESIDE_X264 = DecoderChoice("cpu", "nvdec: it does not pay beside x264")


class Make(Protocol[T_co]):
    """Renders with that encoder, of what that decoder gives; NVDEC where it takes the file."""

    def __call__(self, encoder: EncoderChoice, decoder: DecoderChoice) -> T_co:
        """What came of it; raises LeftToProcessors where the decoding has to be done without the GPU."""


def by_what_works(make: Make[T_co], size: tuple[int, int], *, hardware: bool, nvenc: bool = True) -> T_co:
    """What `make` gives, asked with an encoder for pictures of that width and height; `hardware`: NVDEC may decode for it, `nvenc`: NVENC encode.

    Without NVDEC once that fails, and without NVENC and NVDEC once anything else does where NVENC encodes. Raises what `make` does on
    processors alone; a full disk is nothing that another encoder mends.
    """
    encoder = choose_encoder(size) if nvenc else software_encoder("nvenc: the GPU is left out")
    decoder = SWITCHED_OFF
    if hardware:
        decoder = choose_decoder() if encoder.name == NVENC else BESIDE_X264
    while True:
        try:
            return make(encoder, decoder)
        except LeftToProcessors as exc:
            log.warning("nvdec failed", error=str(exc))
            decoder = DecoderChoice("cpu", f"nvdec: {exc}", failed=True)
        except gpu_errors(MediaError) as exc:
            if encoder.name != NVENC or is_full(exc.__cause__):
                raise
            log.warning("nvenc failed", error=first_line(exc))
            encoder = software_encoder(f"nvenc: it failed: {first_line(exc)}", failed=True)
            if decoder.name == NVDEC:
                decoder = BESIDE_X264


class Rising:
    """Hands on the share that is done, never less than before, whoever begins anew."""

    def __init__(self, report: Callable[[float], None] | None) -> None:
        self._report = report
        self._told = 0.0

    def __call__(self, share: float) -> None:
        """Tell it, 0..1."""
        self._told = max(self._told, share)
        if self._report is not None:
            self._report(self._told)
