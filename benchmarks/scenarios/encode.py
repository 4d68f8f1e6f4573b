"""Our encoder at each quality beside FFmpeg's own x264 through bare PyAV, at the same settings on the same frames in memory."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av

from scenarios.measuring import cost_rows, side_by_side
from scenarios.media import clips
from scenarios.options import Options
from scenarios.rows import Row

SIZES, SECONDS, ROUNDS = ("1080p",), (8.0,), 3
FRAMES = 48  # kept in memory, shown this often
TIMES = 2
RATE = Fraction(30)


def run(options: Options) -> Iterator[Row]:
    """Milliseconds a frame; and how large the files are, since speed is cheap where size is free."""
    from clipzy.media.accel import choose_encoder

    choice = choose_encoder()
    yield Row("this machine", f"encoder: {choice.name}", "", (1.0,), less=None, note=choice.reason)
    for clip in clips(options, SIZES, SECONDS):
        with av.open(str(clip.path)) as container:
            frames = list(itertools.islice(container.decode(video=0), FRAMES))
        for quality in ("low", "medium", "high"):
            yield from _quality(f"{clip.name}, quality {quality}", quality, frames, options.rounds_or(ROUNDS))


def _quality(case: str, quality: str, frames: Sequence[av.VideoFrame], rounds: int) -> Iterator[Row]:
    settings = settings_of(quality)
    peer = f"bare x264 {settings['preset']}, crf {settings['crf']}"
    with tempfile.TemporaryDirectory(prefix="clipzy-benchmark-") as name:
        ours, theirs = Path(name) / "ours.mp4", Path(name) / "theirs.mp4"
        works = {"our encoder": lambda: _ours(ours, frames, settings), peer: lambda: _bare(theirs, frames, settings)}
        for work in works.values():
            work()
        costs = side_by_side(works, rounds)
        yield from cost_rows(case, costs, peer, each=len(frames) * TIMES, unit="ms/frame")
        sizes = tuple(path.stat().st_size * 8 / 1e6 / (len(frames) * TIMES / RATE) for path in (ours, theirs))
    yield Row(case, "our encoder, rate", "Mb/s", (float(sizes[0]),), peer, (float(sizes[0] / sizes[1]),), less=None)


def settings_of(quality: str) -> dict[str, str]:
    """What x264 is told for a job's quality, with a key frame every two seconds as our encoder has."""
    from clipzy.media.rendering.encode import KEY_FRAME_S
    from clipzy.style.apply import ENCODINGS
    from clipzy.style.config import Quality

    encoding = ENCODINGS[Quality(quality)]
    return {"preset": encoding.preset, "crf": str(encoding.crf), "g": str(round(KEY_FRAME_S * RATE))}


def _ours(path: Path, frames: Sequence[av.VideoFrame], settings: dict[str, str]) -> None:
    from clipzy.media.accel import choose_encoder
    from clipzy.media.rendering.encode import Encoder
    from clipzy.style.plan import OutputFormat

    size = frames[0].width, frames[0].height
    output = OutputFormat(*size, RATE, "h264", int(settings["crf"]), settings["preset"], 128)
    with Encoder(path, output, choose_encoder(), None) as encoder:
        for packet in encoder.video_packets((frame, 1) for _ in range(TIMES) for frame in frames):
            encoder.write(packet)


def _bare(path: Path, frames: Sequence[av.VideoFrame], settings: dict[str, str]) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options=settings)
        stream.thread_type = "FRAME"  # as ours; PyAV's default, slices, takes longer
        stream.width, stream.height, stream.pix_fmt = frames[0].width, frames[0].height, "yuv420p"
        for number, frame in enumerate(frame for _ in range(TIMES) for frame in frames):
            frame.pts, frame.time_base, frame.pict_type = number, 1 / RATE, 0
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
