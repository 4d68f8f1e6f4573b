"""Render with the GPU where it helps, and again without it where it fails: it may be lost, full, or refuse an input."""

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

LEFT_OUT = DecoderChoice("cpu", "nvdec: left out because the GPU failed")


class Make(Protocol[T_co]):
    """Renders with that encoder and decoder, with NVDEC only if it takes the file."""

    def __call__(self, encoder: EncoderChoice, decoder: DecoderChoice) -> T_co:
        """The result; raises LeftToProcessors if decoding needs the processors."""


def by_what_works(
    make: Make[T_co],
    size: tuple[int, int],
    *,
    hardware: bool,
    nvenc: bool,
    on_gpu: bool,
    decoded_there: Callable[[], bool],
) -> T_co:
    """The result of `make`, called with an encoder for pictures of that width and height; `hardware`: NVDEC may decode, `nvenc`: NVENC may encode.

    `on_gpu`: pictures can be processed on the GPU; else NVDEC decodes into host memory, as it does for x264. `decoded_there`: whether NVDEC, if asked, took
    the last file.

    If NVDEC fails, `make` is called again without it; if anything else fails while NVENC encodes, without NVENC and NVDEC. What fails on processors alone is
    raised, and so is a full disk, which no other encoder mends.
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
        # with a lost GPU the file cannot even be opened
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
    """Whether pictures stay on the GPU between NVDEC and this encoder; `on_gpu`: they can be processed there."""
    return encoder.name == NVENC and on_gpu


class Rising:
    """Passes progress on, never less than before, even if the work starts over."""

    def __init__(self, report: Callable[[float], None] | None) -> None:
        self._report = report
        self._told = 0.0

    def __call__(self, share: float) -> None:
        """Report a share, 0..1."""
        self._told = max(self._told, share)
        if self._report is not None:
            self._report(self._told)
