"""The sound of a rendering, heard while its packets go to the file, just as a player will hear it: nothing has to be decoded again for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from itertools import chain
from typing import Any, cast

import numpy as np
from av.codec.context import CodecContext
from av.packet import Packet

from clipzy.media.decoding.samples import Sound
from clipzy.media.sound.audio import LAYOUTS
from clipzy.media.sound.loudness import LoudnessMeter
from clipzy.media.sound.recording import even
from clipzy.media.sound.waveform import Envelope
from clipzy.style.measurements import Loudness


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard: its envelope, its loudness, and the SHA-256 of all its packets, by which a file is known to have this very sound."""

    envelope: Envelope
    loudness: Loudness
    digest: bytes


class PassingSound:
    """Listens to the coded sound of a rendering; `heard` is what came of it, None before its end and where nothing is heard."""

    def __init__(self, duration: Fraction) -> None:
        """`duration`: seconds that are heard; what comes after them is not, and silence is in place of what is missing."""
        self._duration = duration
        self.heard: Heard | None = None

    def hear(
        self,
        packets: Iterable[Packet[Any]],
        pass_on: Callable[[Packet[Any]], None],
        header: bytes,
        form: tuple[int, int],
    ) -> None:
        """Hear AAC from its beginning, and give every packet to `pass_on` as soon as it was heard; what was heard before is forgotten.

        `header`: the encoder's extra data; `form`: sample rate in Hz and channels.
        """
        self.heard = None
        rate, channels = form
        samples, digest = max(round(self._duration * rate), 1), sha256()
        envelope, meter = Envelope(samples), LoudnessMeter(rate, LAYOUTS[channels])

        def told(packet: Packet[Any]) -> None:
            digest.update(bytes(packet))
            pass_on(packet)

        for block in even(_exactly(_decoded(packets, told, header), samples, channels)):
            envelope.add(block)
            meter.add(block)
        self.heard = Heard(envelope, meter.result(), digest.digest())


def _decoded(packets: Iterable[Packet[Any]], told: Callable[[Packet[Any]], None], header: bytes) -> Iterator[Sound]:
    """What players hear of packets: all from the first sample on whose time is not before zero, as the encoder's own beginning is."""
    decoder = CodecContext.create("aac", "r")
    decoder.extradata = header
    for packet in chain(packets, [None]):
        for frame in decoder.decode(packet):
            if frame.pts is not None and frame.pts >= 0:
                yield cast(Sound, frame.to_ndarray())
        if packet is not None:
            told(packet)


def _exactly(pieces: Iterable[Sound], samples: int, channels: int) -> Iterator[Sound]:
    for piece in pieces:
        yield piece[:, :samples]
        samples -= min(samples, piece.shape[1])
    yield np.zeros((channels, samples), np.float32)
