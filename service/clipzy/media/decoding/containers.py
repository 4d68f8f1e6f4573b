"""Open untrusted video files: only five containers, only local files, never a reference to another file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Literal

import av
import av.error
from av.codec.context import CodecContext
from av.codec.hwaccel import HWAccel
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from clipzy.errors import InvalidVideo, UnsupportedFormat
from clipzy.machine.memory import check_memory
from clipzy.machine.processors import available_processors

ADVICE = "send mp4, mov, avi, mkv or webm"
MAX_PIXELS = 16384 * 16384  # FFmpeg refuses larger pictures before it reserves memory for them
Smoothed = Literal["all", "references", "anchors", "none"]
_UNFILTERED: Mapping[Smoothed, str] = {
    "all": "default",
    "references": "noref",
    "anchors": "bidir",
    "none": "all",
}  # FFmpeg's names
MAX_DECODER_THREADS = 16  # each holds pictures; more gain nothing


class Container(StrEnum):
    """The accepted containers, by their public names."""

    MP4 = "mp4"
    MOV = "mov"
    AVI = "avi"
    MKV = "mkv"
    WEBM = "webm"

    @property
    def demuxer(self) -> str:
        """FFmpeg's name of the demuxer."""
        return {"mp4": "mov", "mov": "mov", "avi": "avi", "mkv": "matroska", "webm": "matroska"}[self.value]


# first boxes of ISO base media (ISO/IEC 14496-12) and of QuickTime files that have no `ftyp`
_BOXES = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot"}


def check_filename(filename: str) -> None:
    """Raise UnsupportedFormat unless the name has the suffix of an accepted container."""
    suffix = Path(filename).suffix.lower().lstrip(".")
    if suffix not in set(Container):
        shown = f"files ending in .{suffix}" if suffix else "files without an extension"
        raise UnsupportedFormat(f"{shown} are not accepted; {ADVICE}")


def sniff(path: Path) -> Container:
    """The container by the file's first bytes; raises UnsupportedFormat for any other kind of file, InvalidVideo for an empty one."""
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        raise InvalidVideo("the file is empty")
    if head[4:8] in _BOXES:
        quicktime = head[4:8] != b"ftyp" or head[8:12] == b"qt  "
        return Container.MOV if quicktime else Container.MP4
    # the DocType (id 0x4282) in the EBML header tells WebM from Matroska (RFC 8794, RFC 9559)
    if head[:4] == b"\x1a\x45\xdf\xa3":
        at = head.find(b"\x42\x82")
        return Container.WEBM if at >= 0 and head[at + 3 : at + 7] == b"webm" else Container.MKV
    if head[:4] == b"RIFF" and head[8:12] in {b"AVI ", b"AVIX"}:
        return Container.AVI
    raise UnsupportedFormat(f"the content is not an accepted video container; {ADVICE}")


@contextmanager
def open_media(path: Path, hwaccel: HWAccel | None = None) -> Iterator[InputContainer]:
    """Open a video file with the demuxer that its first bytes call for, and nothing but this local file.

    A playlist, a concat script or a QuickTime data reference can name other files and addresses: FFmpeg never guesses the demuxer, and other protocols
    and references are not followed.

    Raises:
        UnsupportedFormat: none of the accepted containers.
        InvalidVideo: the container cannot be read.
    """
    kind = sniff(path)
    options = {
        "protocol_whitelist": "file",
        "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi",
        "max_pixels": str(MAX_PIXELS),  # for the decoders that probe the streams
    }
    if kind.demuxer == "mov":
        options |= {"enable_drefs": "0", "use_absolute_path": "0"}
    try:
        # with `file:` a colon in the name is not taken for a protocol
        container = av.open(
            f"file:{path.resolve()}",
            "r",
            format=kind.demuxer,
            options=options,
            metadata_errors="replace",
            hwaccel=hwaccel,
        )
    except av.error.FFmpegError as exc:
        check_memory(exc)
        raise InvalidVideo("the file is damaged or incomplete: its container cannot be read") from exc
    with container:
        yield container


def video_stream(container: InputContainer) -> VideoStream:
    """The video stream, skipping cover art; raises InvalidVideo when there is none, or none that can be decoded."""
    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not streams:
        raise InvalidVideo(f"the file has no video stream; {ADVICE}")
    able = [stream for stream in streams if stream.codec_context is not None] or streams
    # the default one of the file, else the first
    stream = next((stream for stream in able if stream.disposition & Disposition.default), able[0])
    if stream.codec_context is None:
        raise InvalidVideo("the video's codec is not supported")
    return stream


def prepare_decoder(context: CodecContext, threads: int = 0, *, smoothed: Smoothed = "all") -> None:
    """Set a decoder's threads (0: one per processor) and the largest picture that it accepts; before the first packet.

    `smoothed`: which pictures are deblocked by the codec's loop filter, which costs a sixth of decoding. Without it on pictures that no other refers to
    ("references" are filtered), errors do not spread; without it on all pictures between I and P pictures ("anchors"), they spread to the next anchor.
    """
    context.thread_type = "AUTO"
    context.thread_count = min(threads or available_processors(), MAX_DECODER_THREADS)
    context.options = {"max_pixels": str(MAX_PIXELS), "skip_loop_filter": _UNFILTERED[smoothed]}
