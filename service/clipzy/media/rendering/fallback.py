"""Render by the GPU where it helps, and once more without it where it fails: it may be lost or full, or refuse what it was not tried with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from clipzy.errors import InvalidVideo, MediaError
from clipzy.machine.disks import is_full
from clipzy.machine.gpu import first_line, gpu_errors
from clipzy.media.accel import (
    NVDEC,
    NVENC,
    SWITCHED_OFF,
    DecoderChoice,
    EncoderChoice,
    LeftToProcessors,
    choose_decoder,
    choose_encoder,
    choose_fetching_decoder,
    software_encoder,
)
from clipzy.telemetry import log

T_co = TypeVar("T_co", covariant=True)

LEFT_OUT = DecoderChoice("cpu", "nvdec: left out, for the GPU failed")


class Make(Protocol[T_co]):
    """Renders with that encoder, of what that decoder gives; NVDEC where it takes the file."""

    def __call__(self, encoder: EncoderChoice, decoder: DecoderChoice) -> T_co:
        """What came of it; raises LeftToProcessors where the decoding has to be done without the GPU."""


def by_what_works(
    make: Make[T_co],
    size: tuple[int, int],
    *,
    hardware: bool,
    nvenc: bool,
    on_gpu: bool,
    decoded_there: Callable[[], bool],
) -> T_co:
    """What `make` gives, asked with an encoder for pictures of that width and height; `hardware`: NVDEC may decode for it, `nvenc`: NVENC encode.

    `on_gpu`: pictures can be worked on where NVDEC leaves them; else it is to decode into host memory, as it is for x264. `decoded_there`: whether
    NVDEC, where it was asked, took the file that was last worked on.

    Without NVDEC once that fails, and without NVENC and NVDEC once anything else does where NVENC encodes. Raises what `make` does on
    processors alone; a full disk is nothing that another encoder mends.
    """
    encoder = choose_encoder(size) if nvenc else software_encoder("nvenc: the GPU is left out")
    decoder = SWITCHED_OFF
    if hardware:
        decoder = choose_decoder() if fits_gpu(encoder, on_gpu=on_gpu) else choose_fetching_decoder()
    while True:
        try:
            return make(encoder, decoder)
        except LeftToProcessors as exc:
            log.warning("nvdec failed", error=str(exc))
            decoder = DecoderChoice("cpu", f"nvdec: {exc}", failed=True)
        # a GPU that is lost keeps the file from being opened
        except gpu_errors(InvalidVideo, MediaError) as exc:
            by_gpu = encoder.name == NVENC or (decoder.name == NVDEC and decoded_there())
            if not by_gpu or is_full(exc.__cause__):
                raise
            if encoder.name == NVENC:
                log.warning("nvenc failed", error=first_line(exc))
                encoder = software_encoder(f"nvenc: it failed: {first_line(exc)}", failed=True)
                decoder = LEFT_OUT if decoder.name == NVDEC else decoder
            else:
                log.warning("nvdec failed", error=first_line(exc))
                decoder = DecoderChoice("cpu", f"nvdec: it failed: {first_line(exc)}", failed=True)


def fits_gpu(encoder: EncoderChoice, *, on_gpu: bool) -> bool:
    """Whether pictures stay on the GPU between NVDEC and this encoder; `on_gpu`: they can be worked on there."""
    return encoder.name == NVENC and on_gpu


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
