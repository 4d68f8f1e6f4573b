"""The sound of a rendering, decoded and measured while its packets go to the file, as a player will hear it."""

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
    """A sound's envelope and loudness, and the SHA-256 of all its packets, to check that a file has this sound."""

    envelope: Envelope
    loudness: Loudness
    digest: bytes


class PassingSound:
    """Listens to the coded sound of a rendering; `heard` is the result, None before the end and without sound."""

    def __init__(self, duration: Fraction) -> None:
        """`duration`: seconds to listen to; a longer sound is cut, a shorter one padded with silence."""
        self._duration = duration
        self.heard: Heard | None = None

    def hear(
        self,
        packets: Iterable[Packet[Any]],
        pass_on: Callable[[Packet[Any]], None],
        header: bytes,
        form: tuple[int, int],
    ) -> None:
        """Listen to AAC from its beginning, and give each packet to `pass_on` once it is decoded; earlier results are dropped.

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
    """The decoded sound as players hear it: without the encoder's priming, whose time is before zero."""
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
