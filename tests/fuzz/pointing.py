"""Files that make a careless reader open other files or addresses: playlists and scripts, references of mp4, links of Matroska, AVI."""

from __future__ import annotations

import struct
from pathlib import Path

from fuzz.anatomy import EBML, ISO, RIFF

# identifiers of Matroska's elements, RFC 9559
SEGMENT, SEEK_HEAD, INFO, TRACKS, CLUSTER, CUES = 0x18538067, 0x114D9B74, 0x1549A966, 0x1654AE6B, 0x1F43B675, 0x1C53BB6B
PREVIOUS_FILENAME, NEXT_FILENAME, NEXT_UUID = 0x3C83AB, 0x3E83BB, 0x3EB923
CHAPTERS, EDITION, CHAPTER, CHAPTER_UID, CHAPTER_START, CHAPTER_SEGMENT = 0x1043A770, 0x45B9, 0xB6, 0x73C4, 0x91, 0x6E67
ATTACHMENTS, ATTACHED_FILE, FILE_NAME, FILE_TYPE, FILE_DATA, FILE_UID = (
    0x1941A469,
    0x61A7,
    0x466E,
    0x4660,
    0x465C,
    0x46AE,
)


def texts(canary: Path, port: int) -> dict[str, bytes]:
    """Playlists, scripts and documents that name the canary and an address of the loopback, by their kind."""
    url, file = f"http://127.0.0.1:{port}/x.ts", f"file://{canary}"
    return {
        kind: text.encode()
        for kind, text in {
            "hls": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{file}\n#EXTINF:1,\n{url}\n#EXT-X-ENDLIST\n",
            "hls-concat": f"#EXTM3U\n#EXTINF:1,\nconcat:{url}|{file}\n#EXT-X-ENDLIST\n",
            "concat": f"ffconcat version 1.0\nfile '{canary}'\nfile '{url}'\n",
            "dash": f'<?xml version="1.0"?><MPD><Period><AdaptationSet><BaseURL>{url}</BaseURL></AdaptationSet></Period></MPD>',
            "asx": f'<asx version="3.0"><entry><ref href="{url}"/></entry></asx>',
            "sdp": f"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video {port} RTP/AVP 96\n",
            "svg": f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{url}"/></svg>',
            "reference": f"[Reference]\nRef1={url}\n",
            "subtitles": f"1\n00:00:00,000 --> 00:00:01,000\n{file}\n",
        }.items()
    }


def references(mp4: bytes, canary: Path, port: int) -> dict[str, bytes]:
    """An mp4 whose samples are said to lie in the canary or at an address (ISO/IEC 14496-12, 8.7.2), and QuickTime's own ways."""
    url = f"http://127.0.0.1:{port}/x.mp4".encode()
    rest = mp4[len(mp4) - len(dict(ISO.split(mp4))[b"moov"]) - 8 :]
    assert rest[4:8] == b"moov"  # it ends the file: no offset of a sample moves with its size
    elsewhere = ISO.joined(b"rdrf", bytes(4) + b"url " + struct.pack(">I", len(url) + 1) + url + b"\0")
    movie = ISO.joined(b"moov", ISO.joined(b"rmra", ISO.joined(b"rmda", elsewhere)))
    return {
        "alias.mp4": _referring(mp4, b"alis", _alias(canary)),
        "alias-beside.mp4": _referring(mp4, b"alis", _alias(canary, levels=1)),
        "alias.mov": _referring(mp4, b"alis", _alias(canary)).replace(b"isom", b"qt  ", 1),
        "file-reference.mp4": _referring(mp4, b"url ", f"file://{canary}\0".encode()),
        "url-reference.mp4": _referring(mp4, b"url ", url + b"\0"),
        "urn-reference.mp4": _referring(mp4, b"urn ", b"urn:x\0" + url + b"\0"),
        "reference-movie.mov": ISO.joined(b"ftyp", b"qt  " + bytes(8)) + movie,
    }


def _referring(mp4: bytes, kind: bytes, body: bytes) -> bytes:
    entry = ISO.joined(kind, bytes(4) + body)
    path = (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref")
    return ISO.edited(mp4, path, lambda _: struct.pack(">II", 0, 1) + entry)


def _alias(target: Path, levels: int = 0) -> bytes:
    """A Macintosh alias record to that file: so many folders up from where the movie lies, 0: by its absolute path."""
    name = target.name.encode()
    path = str(target).encode()
    path += b"\0" * (len(path) % 2)
    head = bytes(10) + b"\0".ljust(28, b"\0") + bytes(12) + bytes([len(name)]) + name.ljust(63, b"\0") + bytes(16)
    return (
        head
        + struct.pack(">HH", levels, levels)
        + bytes(16)
        + struct.pack(">HH", 2, len(path))
        + path
        + b"\xff\xff\0\0"
    )


def links(mkv: bytes, canary: Path) -> dict[str, bytes]:
    """A Matroska file that says it goes on in others, plays pieces of others, or brings files along."""
    uuid, path = bytes(range(16)), str(canary).encode()
    linked = EBML.joined(NEXT_FILENAME, path) + EBML.joined(PREVIOUS_FILENAME, path) + EBML.joined(NEXT_UUID, uuid)
    chapter = b"".join(
        EBML.joined(*piece) for piece in ((CHAPTER_UID, b"\1"), (CHAPTER_START, b"\0"), (CHAPTER_SEGMENT, uuid))
    )
    chapters = EBML.joined(CHAPTERS, EBML.joined(EDITION, EBML.joined(CHAPTER, chapter)))
    playlist = f"#EXTM3U\n#EXTINF:1,\nfile://{canary}\n#EXT-X-ENDLIST\n".encode()
    return {
        "linked.mkv": EBML.edited(mkv, (SEGMENT, INFO), lambda info: info + linked),
        "chapters.mkv": extended(mkv, chapters),
        "playlist-attached.mkv": extended(mkv, _attached(path, b"application/vnd.apple.mpegurl", playlist)),
        "font-attached.mkv": extended(mkv, _attached(b"../../" + path, b"application/x-truetype-font", bytes(5000))),
        "cover-attached.mkv": extended(mkv, _attached(path, b"image/png", b"\x89PNG\r\n\x1a\n" + bytes(500))),
    }


def extended(mkv: bytes, more: bytes) -> bytes:
    """More elements at the beginning of the segment, whose tables of contents, wrong from now on, are left out."""
    return EBML.edited(mkv, (SEGMENT,), lambda body: more + EBML.without(body, SEEK_HEAD, CUES))


def _attached(name: bytes, kind: bytes, content: bytes) -> bytes:
    pieces = ((FILE_NAME, name), (FILE_TYPE, kind), (FILE_DATA, content), (FILE_UID, b"\1"))
    return EBML.joined(ATTACHMENTS, EBML.joined(ATTACHED_FILE, b"".join(EBML.joined(*piece) for piece in pieces)))


def subtitled(avi: bytes, canary: Path, port: int) -> dict[str, bytes]:
    """An AVI whose subtitles are a playlist or script: its reader looks into them for what they are."""
    header = RIFF.joined(b"strh", b"txts".ljust(56, b"\0")) + RIFF.joined(b"strf", bytes(40))
    stream = RIFF.joined(b"LIST.strl", header)
    found = {}
    for kind, text in texts(canary, port).items():
        subtitles = b"GAB2\0" + struct.pack("<HI", 2, 0) + struct.pack("<HI", 4, len(text)) + text
        body = RIFF.edited(avi, (b"RIFF.AVI ", b"LIST.hdrl"), lambda hdrl: hdrl + stream)
        body = RIFF.edited(
            body,
            (b"RIFF.AVI ", b"LIST.movi"),
            lambda movi, subtitles=subtitles: RIFF.joined(b"02tx", subtitles) + movi,
        )
        found[f"{kind}-within.avi"] = RIFF.edited(body, (b"RIFF.AVI ",), lambda riff: RIFF.without(riff, b"idx1"))
    return found
