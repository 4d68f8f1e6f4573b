"""Our decode pass, with all that the analyses want of the frames, beside bare PyAV decoding of the same file."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from peers import bare
from scenarios.measuring import Failed, cost_rows, side_by_side
from scenarios.media import clips
from scenarios.options import Options
from scenarios.rows import Row

SIZES, SECONDS, ROUNDS = ("720p", "1080p", "4k"), (8.0,), 3
PEER, HARDWARE = "bare PyAV", "decode pass, all taps, hardware"


def run(options: Options) -> Iterator[Row]:
    """Milliseconds a frame of the pass with every tap, of the pass with none, of the bare loop, and on a GPU of the pass decoded there.

    Where the machine has room for several decoders on one file, also of the same by one decoder.
    """
    for clip in clips(options, SIZES, SECONDS):
        count = bare.decode(clip.path)  # the file is in the page cache from here on
        works = {
            PEER: lambda path=clip.path: bare.decode(path),
            "decode pass, no taps": lambda path=clip.path: decode_with(path, taps=False),
            "decode pass, all taps": lambda path=clip.path: decode_with(path, taps=True),
        }
        if decoders_at_once(hardware=False) > 1:
            works["decode pass, all taps, one decoder"] = lambda path=clip.path: decode_with(
                path, taps=True, in_order=True
            )
        if options.device == "cuda":
            try:
                decode_with(clip.path, taps=True, hardware=True)  # the first opens the GPU
            except Failed as exc:
                yield Row.missing(clip.name, HARDWARE, str(exc))
            else:
                works |= on_hardware(clip.path)
        costs = side_by_side(works, options.rounds_or(ROUNDS))
        yield from cost_rows(clip.name, costs, PEER, each=count, unit="ms/frame")


def on_hardware(path: Path) -> dict[str, Callable[[], None]]:
    """The passes that a GPU decodes."""
    works = {HARDWARE: lambda: decode_with(path, taps=True, hardware=True)}
    if decoders_at_once(hardware=True) > 1:
        works[f"{HARDWARE}, one decoder"] = lambda: decode_with(path, taps=True, hardware=True, in_order=True)
    return works


def decoders_at_once(*, hardware: bool) -> int:
    """How many decoders a pass that is alone on this machine divides a long file among."""
    from clipzy.media.accel import NVDEC, choose_decoder
    from clipzy.media.decoding.division import room_for_decoders

    on_gpu = hardware and choose_decoder().name == NVDEC
    return room_for_decoders(on_gpu=on_gpu, all_units=True, beside=1).at_once


def decode_with(path: Path, *, taps: bool, hardware: bool = False, in_order: bool = False) -> None:
    """One pass as the video_analysis stage makes it; raises Failed where the hardware is to decode and does not.

    `in_order`: by one decoder, whatever room there is.
    """
    from clipzy.machine.processors import available_processors
    from clipzy.media.accel import NVDEC
    from clipzy.media.decoding.decode import decode_pass
    from clipzy.media.decoding.taps import MotionPairsTap, SamplesTap, ShotFramesTap

    with tempfile.TemporaryDirectory(prefix="clipzy-benchmark-") as name:
        folder = Path(name)
        wanted = (ShotFramesTap(folder), MotionPairsTap(folder), SamplesTap(folder)) if taps else ()
        threads = available_processors() + 1 if in_order else 0
        decoder = decode_pass(path, wanted, threads=threads, hardware=hardware, all_units=True).decoder
    if hardware and decoder.name != NVDEC:
        raise Failed(decoder.reason)
