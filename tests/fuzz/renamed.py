"""Sound files of other kinds, to be given the name of a video."""

from __future__ import annotations

import gzip
import io
import struct
import sys
import tarfile
import zipfile
import zlib
from fractions import Fraction
from pathlib import Path

import synth


def other_kinds(folder: Path) -> dict[str, bytes]:
    """One file of each kind, by it."""
    frames = list(synth.numbered_frames(6, (64, 36)))
    for kind in ("ts", "flv", "m2v"):
        codec = "mpeg2video" if kind == "m2v" else "libx264"
        synth.write_video(folder / f"clip.{kind}", frames, rate=Fraction(25), codec=codec)
    synth.write_video(folder / "clip.gif", frames, codec="gif", pixel_format="bgr8")
    for kind, codec in (("mp3", "libmp3lame"), ("wav", "pcm_s16le"), ("ogg", "libopus"), ("flac", "flac")):
        synth.write_audio(folder / f"sound.{kind}", synth.sine(440, 0.5), codec=codec)
    found = {path.suffix[1:]: path.read_bytes() for path in folder.glob("*.*") if path.stem in {"clip", "sound"}}
    return found | {
        "png": _png(),
        "zip": _zip(),
        "tar": _tar(),
        "gz": gzip.compress(b"text" * 1000),
        "pdf": b"%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n",
        "txt": b"This is no video.\n" * 100,
        "html": b"<!DOCTYPE html><video src='file:///etc/passwd'></video>",
        "program": Path(sys.executable).read_bytes()[:100_000],
    }


def _png() -> bytes:
    """A grey pixel."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0\x80")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def _zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("../../video.mp4", b"text")
    return file.getvalue()


def _tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        link = tarfile.TarInfo("video.mp4")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return file.getvalue()
