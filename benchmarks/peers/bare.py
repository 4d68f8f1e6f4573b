"""Bare PyAV: decoding a file and letting the frames go, and decoding and encoding it with nothing in between."""

from __future__ import annotations

from pathlib import Path

import av


def decode(path: Path) -> int:
    """Decode every frame with all threads; the number of frames."""
    count = 0
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "AUTO"
        for _ in container.decode(video=0):
            count += 1
    return count


def transcode(path: Path, target: Path, encoder: str, options: dict[str, str]) -> int:
    """Decode and encode every frame with FFmpeg's encoder of that name, copy the sound; the number of frames."""
    count = 0
    with av.open(str(path)) as source, av.open(str(target), "w") as output:
        pictures = source.streams.video[0]
        pictures.thread_type = "AUTO"
        stream = output.add_stream(encoder, rate=pictures.average_rate, options=options)
        stream.thread_type = "FRAME"  # as ours; PyAV's default, slices, takes longer
        stream.width, stream.height, stream.pix_fmt = pictures.width, pictures.height, "yuv420p"
        sound = source.streams.audio[0] if source.streams.audio else None
        copied = output.add_stream_from_template(sound) if sound else None
        for packet in source.demux([stream for stream in (pictures, sound) if stream]):
            if packet.stream is sound:
                if packet.dts is not None:
                    packet.stream = copied
                    output.mux(packet)
                continue
            for frame in packet.decode():
                frame.pict_type = 0  # else the encoder copies the source's choices
                output.mux(stream.encode(frame))
                count += 1
        output.mux(stream.encode(None))
    return count
