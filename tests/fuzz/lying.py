"""Files whose headers lie: absurd sizes, lengths, clocks, counts, edit lists and rates, endless nesting, and little that unpacks to much."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import synth
from fuzz.anatomy import EBML, ISO, RIFF
from fuzz.pointing import INFO, SEGMENT, TRACKS, extended

TRAK = (b"moov", b"trak")
EDITS, MEDIA = (*TRAK, b"edts", b"elst"), (*TRAK, b"mdia")
TABLES = (*MEDIA, b"minf", b"stbl")
TRACK, VIDEO, AUDIO, WIDTH, HEIGHT, SAMPLING_RATE, CHANNELS = 0xAE, 0xE0, 0xE1, 0xB0, 0xBA, 0xB5, 0x9F
DURATION, TICK_NS, CLUSTER_TICKS, FRAME_NS = 0x4489, 0x2AD7B1, 0xE7, 0x23E383
ENCODINGS, ENCODING, COMPRESSION, METHOD = 0x6D80, 0x6240, 0x5034, 0x4254
MOST, ABSURD = 0xFFFFFFFF, 0x7FFFFFF0


def put(at: int, layout: str, *values: float) -> Callable[[bytes], bytes]:
    """For `edited`: these values at that place, counted from the end where it is negative."""
    new = struct.pack(layout, *values)

    def change(body: bytes) -> bytes:
        start = at % len(body)
        return body[:start] + new + body[start + len(new) :]

    return change


def lying_mp4(mp4: bytes) -> dict[str, bytes]:
    """Boxes that say what is not so (ISO/IEC 14496-12, 8)."""
    repeats = struct.pack(">II", 0, 60_000) + struct.pack(">IIi", 1000, 0, 1 << 16)[:12] * 60_000
    changes = {
        "huge-track": ((*TRAK, b"tkhd"), put(-8, ">II", MOST, MOST)),
        "huge-pictures": ((*TABLES, b"stsd"), put(40, ">HH", 65535, 65535)),
        "no-pictures": ((*TABLES, b"stsd"), put(40, ">HH", 0, 0)),
        "no-clock": ((*MEDIA, b"mdhd"), put(12, ">I", 0)),
        "fast-clock": ((*MEDIA, b"mdhd"), put(12, ">I", MOST)),
        "slow-clock": ((*MEDIA, b"mdhd"), put(12, ">I", 1)),
        "endless-media": ((*MEDIA, b"mdhd"), put(16, ">I", MOST)),
        "no-media": ((*MEDIA, b"mdhd"), put(16, ">I", 0)),
        "endless-movie": ((b"moov", b"mvhd"), put(12, ">II", 1, MOST)),
        "far-edit": (EDITS, put(8, ">Ii", MOST, ABSURD)),
        "empty-edit": (EDITS, put(8, ">Ii", ABSURD, -1)),
        "backward-edit": (EDITS, put(8, ">Ii", 0, -ABSURD)),
        "many-edits": (EDITS, lambda _: repeats),
        "countless-edits": (EDITS, put(4, ">I", MOST)),
        "long-frames": ((*TABLES, b"stts"), put(8, ">II", 12, ABSURD)),
        "instant-frames": ((*TABLES, b"stts"), put(12, ">I", 0)),
        "countless-times": ((*TABLES, b"stts"), put(4, ">I", MOST)),
        "countless-frames": ((*TABLES, b"stsz"), put(4, ">II", 1, MOST)),
        "many-frames": ((*TABLES, b"stsz"), put(4, ">II", 1, 30_000_000)),
        "enormous-frames": ((*TABLES, b"stsz"), put(4, ">II", ABSURD, 12)),
        "outlying-chunks": ((*TABLES, b"stco"), put(8, ">I", ABSURD)),
        "strange-shifts": ((*TABLES, b"ctts"), put(8, ">Ii", 12, -ABSURD)),
        "odd-sound": ((*TABLES, b"stsd"), put(32, ">HH", 255, 64)),
    }
    found = {f"{name}.mp4": ISO.edited(mp4, path, change) for name, (path, change) in changes.items()}
    moov = dict(ISO.split(mp4))[b"moov"]
    head = mp4[: len(mp4) - len(moov) - 8]
    found["no-streams.mp4"] = head + ISO.joined(b"moov", b"")
    found["thousands-of-streams.mp4"] = head + ISO.joined(b"moov", _many(moov, b"trak", 3000))
    found["nested.mp4"] = head + _nested(ISO.joined, b"moov", b"moov", 3000)
    found["unpacking.mp4"] = head + ISO.joined(b"moov", ISO.joined(b"cmov", _packed_index(2 << 30)))
    return found


def _many(moov: bytes, kind: bytes, count: int) -> bytes:
    boxes = list(ISO.split(moov))
    track = next(ISO.joined(key, body) for key, body in boxes if key == kind)
    return b"".join(ISO.joined(*box) for box in boxes if box[0] != kind) + track * count


def _nested(joined: Callable[[bytes, bytes], bytes], outer: bytes, inner: bytes, depth: int) -> bytes:
    body = b""
    for _ in range(depth):
        body = joined(inner, body)
    return joined(outer, body)


def _packed_index(size: int) -> bytes:
    """A compressed moov box that says it unpacks to that many bytes."""
    packed = struct.pack(">I", size) + _zeros_packed(64 << 20)
    return ISO.joined(b"dcom", b"zlib") + ISO.joined(b"cmvd", packed)


def _zeros_packed(size: int) -> bytes:
    packer = zlib.compressobj(1)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(size >> 20)) + packer.flush()


def lying_mkv(mkv: bytes) -> dict[str, bytes]:
    """Elements that say what is not so (RFC 9559)."""
    info, entry = (SEGMENT, INFO), (SEGMENT, TRACKS, TRACK)
    changes: dict[str, tuple[tuple[int, ...], int, bytes]] = {
        "no-length": (info, DURATION, struct.pack(">d", 0)),
        "endless": (info, DURATION, struct.pack(">d", 1e300)),
        "infinite": (info, DURATION, struct.pack(">d", float("inf"))),
        "no-number": (info, DURATION, struct.pack(">d", float("nan"))),
        "negative": (info, DURATION, struct.pack(">d", -1e9)),
        "no-clock": (info, TICK_NS, b"\0"),
        "slow-clock": (info, TICK_NS, b"\x7f" + b"\xff" * 7),
        "fast-clock": (info, TICK_NS, b"\1"),
        "huge-pictures": ((*entry, VIDEO), WIDTH, b"\x7f\xff\xff\xff"),
        "tall-pictures": ((*entry, VIDEO), HEIGHT, b"\x7f\xff\xff\xff"),
        "fast-frames": (entry, FRAME_NS, b"\1"),
        "slow-frames": (entry, FRAME_NS, b"\x7f" + b"\xff" * 7),
        "odd-sound": ((*entry, AUDIO), SAMPLING_RATE, struct.pack(">d", 1e300)),
        "many-channels": ((*entry, AUDIO), CHANNELS, b"\xff\xff"),
    }
    found = {
        f"{name}.mkv": EBML.edited(
            mkv,
            path,
            lambda body, key=key, value=value: EBML.without(body, key) + EBML.joined(key, value),
        )
        for name, (path, key, value) in changes.items()
    }
    packed = EBML.joined(ENCODING, EBML.joined(COMPRESSION, EBML.joined(METHOD, b"\0")))
    found["packed.mkv"] = EBML.edited(mkv, entry, lambda body: body + EBML.joined(ENCODINGS, packed))
    found["thousands-of-streams.mkv"] = EBML.edited(mkv, (SEGMENT, TRACKS), lambda body: body * 1500)
    found["far-clusters.mkv"] = EBML.edited(mkv, (SEGMENT, 0x1F43B675, CLUSTER_TICKS), lambda _: b"\x7f" + b"\xff" * 7)
    found["empty-segment.mkv"] = EBML.edited(mkv, (SEGMENT,), lambda _: b"")
    found["padded.mkv"] = extended(mkv, EBML.joined(0xEC, bytes(100_000)))
    found["nested.mkv"] = extended(mkv, _nested(EBML.joined, 0x1043A770, 0xB6, 2000))
    return found


def lying_avi(avi: bytes) -> dict[str, bytes]:
    """Chunks that say what is not so, for pictures and sound alike."""
    main, stream = (b"RIFF.AVI ", b"LIST.hdrl", b"avih"), (b"RIFF.AVI ", b"LIST.hdrl", b"LIST.strl")
    sounds = {"slow": 1, "fast": ABSURD}
    changes = {
        "no-rate": ((*stream, b"strh"), put(20, "<II", 0, 0)),
        "fast-frames": ((*stream, b"strh"), put(20, "<II", 1, MOST)),
        "slow-frames": ((*stream, b"strh"), put(20, "<II", MOST, 1)),
        "late-start": ((*stream, b"strh"), put(28, "<I", ABSURD)),
        "endless": ((*stream, b"strh"), put(32, "<I", MOST)),
        "odd-samples": ((*stream, b"strh"), put(44, "<I", MOST)),
        "countless-streams": (main, put(24, "<I", MOST)),
        "huge-pictures": (main, put(32, "<II", MOST, MOST)),
        "odd-format": ((*stream, b"strf"), put(4, "<II", MOST, MOST)),
    }
    found = {f"{name}.avi": RIFF.edited(avi, path, change) for name, (path, change) in changes.items()}
    for name, rate in sounds.items():
        found[f"{name}-sound.avi"] = RIFF.edited(avi, (*stream, b"strf"), _sound_only(put(4, "<I", rate)))
    found["many-channels.avi"] = RIFF.edited(avi, (*stream, b"strf"), _sound_only(put(2, "<H", 60_000)))
    return found


def _sound_only(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """The change, for the formats of sound; those of pictures are longer."""
    return lambda body: change(body) if len(body) < 40 else body


def huge_pictures(folder: Path) -> dict[str, bytes]:
    """JPEG pictures that say they are larger than they are: some allowed, some not."""
    path = synth.write_video(
        folder / "pictures.avi", synth.numbered_frames(6, (64, 36)), codec="mjpeg", pixel_format="yuvj420p"
    )
    content = path.read_bytes()
    at = content.index(b"\xff\xc0") + 5  # start of frame: height and width follow its length and precision
    old = content[at : at + 4]
    sizes = {"8000": (8000, 8000), "16000": (16000, 16000), "65500": (65500, 65500), "flat": (1, 65500)}
    return {f"pictures-of-{name}.avi": content.replace(old, struct.pack(">HH", *size)) for name, size in sizes.items()}


def tiny() -> dict[str, bytes]:
    """Files of hardly a byte, under every name that is accepted."""
    beginnings = {".mp4": b"\0\0\0\x18ftypisom", ".mkv": b"\x1a\x45\xdf\xa3", ".avi": b"RIFF\0\0\0\0AVI "}
    found = {f"bytes{size}.mp4": b"\0" * size for size in (0, 1, 7, 8, 4096)}
    for suffix, beginning in beginnings.items():
        found |= {f"bytes{size}{suffix}": beginning[:size] for size in (4, 7, 8, 12)}
        found[f"zeros{suffix}"] = beginning + bytes(100_000)
        found[f"ones{suffix}"] = beginning + b"\xff" * 100_000
    return found
