"""Keeps the true peaks of coded sound under the ceiling: a player hears what the decoder makes of it, and coding moves peaks.

AAC lifts single peaks by 0.1 dB as a rule and by 1 to 3 dB at sharp attacks in noise. So what was coded is decoded at once and measured, and where a
frame is over the ceiling the sound is lowered about it by as much and coded once more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from av.codec.context import CodecContext
from av.packet import Packet
from numpy.typing import NDArray

from clipzy.media.limiter import QUIETEST, TAPS, interpolation
from clipzy.media.recording import Hearing, Sound

FRAME = 1024  # samples of a frame of AAC-LC; one is decoded from its own and its neighbours' (ISO/IEC 14496-3)
CLOSE_ENOUGH_DB = 0.15  # over the ceiling; meters of true peaks differ by as much
# That peaks are brought under the ceiling by each time, since coding anew moves them again
MARGINS_DB = (0.2, 0.5, 1.0)
MOST_CODINGS = 1 + len(MARGINS_DB)  # each costs about 5 % of real time on one processor

Gains = NDArray[np.float64]  # dB, at most 0, one a frame


@dataclass(frozen=True, slots=True)
class CodedSound:
    """`packets`: some 20 kB a second; `true_peak_dbtp`: of what they decode to; `codings`: how often it was coded."""

    packets: list[Packet[Any]]
    true_peak_dbtp: float
    codings: int


def coded_under(
    ceiling_dbtp: float, sound: Hearing, code: Callable[[Iterable[Sound]], Iterator[Packet[Any]]], header: bytes
) -> CodedSound:
    """Code a sound so that its true peaks are under the ceiling once it is decoded, or as near as four codings bring it.

    Args:
        ceiling_dbtp: dBTP.
        sound: heard once a coding; pieces of whole frames but for the last.
        code: a fresh encoder at each call.
        header: the encoder's extra data, which a decoder needs.
    """
    best: CodedSound | None = None
    gains: Gains = np.zeros(0)
    for number, margin in enumerate((*MARGINS_DB, 0.0), 1):
        packets = list(code(lowered(sound(), gains) if gains.any() else sound()))
        peaks = frame_peaks_dbtp(packets, header)
        highest = float(peaks.max(initial=-np.inf))
        if best is None or highest < best.true_peak_dbtp:
            best = CodedSound(packets, highest, number)
        if highest <= ceiling_dbtp + CLOSE_ENOUGH_DB:
            break
        more = np.minimum(ceiling_dbtp - margin - peaks, 0.0)
        gains = more if not len(gains) else gains + more
    assert best is not None  # one coding at least
    return CodedSound(best.packets, best.true_peak_dbtp, number)


def frame_peaks_dbtp(packets: Iterable[Packet[Any]], header: bytes) -> Gains:
    """The true peak of each frame of the sound that went into the encoder, as it comes out of a decoder."""
    places = interpolation()
    before: Sound | None = None
    peaks: list[float] = []
    for decoded in _decoded(packets, header):
        if before is None:
            before = np.zeros((len(decoded), TAPS - 1), np.float32)
        # a frame's peak is looked for in half the filter's length after it too, which costs nothing but that
        heard = np.concatenate([before, decoded], axis=1)
        before = heard[:, -(TAPS - 1) :]
        peak = float(np.abs(decoded).max(initial=0.0))
        for channel in heard:
            peak = max(peak, *(float(np.abs(np.convolve(channel, place, "valid")).max()) for place in places))
        peaks.append(peak)
    levels: Gains = 20 * np.log10(np.maximum(np.array(peaks, np.float64), QUIETEST))
    return levels


def lowered(sound: Iterable[Sound], gains: Gains) -> Iterator[Sound]:
    """The sound, each of its frames lowered by at least so many dB, frame by frame in ramps of one frame's length.

    A frame of the decoder hangs on the frames beside it too: these are lowered alike.
    """
    padded = np.concatenate([[0.0, 0.0], gains, [0.0, 0.0]])
    held = np.minimum.reduce([padded[:-2], padded[1:-1], padded[2:]])
    edges = np.minimum(held[:-1], held[1:])  # between the frames, from the beginning of the first one
    at = 0
    for piece in sound:
        times = (at + np.arange(piece.shape[1])) / FRAME
        curve = np.interp(times, np.arange(len(edges)), edges)
        yield piece * np.power(10, curve / 20).astype(np.float32) if curve.any() else piece
        at += piece.shape[1]


def _decoded(packets: Iterable[Packet[Any]], header: bytes) -> Iterator[Sound]:
    """(channels, FRAME) of each frame from the first that was coded on, without what the encoder set before it."""
    decoder = CodecContext.create("aac", "r")
    decoder.extradata = header
    for packet in [*packets, None]:
        for frame in decoder.decode(packet):
            if frame.pts is None or frame.pts >= 0:
                yield cast(Sound, frame.to_ndarray())
