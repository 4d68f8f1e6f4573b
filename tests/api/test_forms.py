"""Taking a form apart, in whatever pieces it comes."""

from __future__ import annotations

import hashlib
import io
import os
import tracemalloc
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from clipzy.api.forms import FormReader, printable_name
from clipzy.errors import FileTooLarge, UnsupportedFormat, ValidationFailed

HEADERS = {"content-type": "multipart/form-data; boundary=bound"}
HEAD = b'--bound\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\nContent-Type: video/mp4\r\n\r\n'
END = b"\r\n--bound--\r\n"


def read(body: bytes, cuts=(), most_bytes=1 << 24):
    """The form and its file, the body fed in pieces that end at the cuts."""
    file = io.BytesIO()
    reader = FormReader(HEADERS, file, most_bytes)
    edges = [0, *sorted(cuts), len(body)]
    for start, end in pairwise(edges):
        reader.feed(body[start:end])
    return reader.finish(), file.getvalue()


@pytest.mark.parametrize("seed", range(20))
def test_content_survives_any_cutting(seed):
    """Bytes full of near-boundaries come out as they went in, cut at random places."""
    rng = np.random.default_rng(seed)
    words = [
        b"\r",
        b"\n",
        b"-",
        b"--",
        b"\r\n",
        b"\r\n--",
        b"\r\n--boun",
        b"\r\r\n--bound ",
        b"--boun",
        b"x",
        bytes(900),
    ]
    content = b"".join(words[index] for index in rng.integers(0, len(words), 400))
    body = HEAD + content + END
    form, file = read(body, rng.integers(0, len(body), 30))
    assert file == content
    assert (form.size_bytes, form.content_hash) == (len(content), hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize("tail", [b"", b"\r\n", b"\n", b"\r\n\r\n", b"\r\nan epilogue" * 9], ids=range(5))
@pytest.mark.parametrize("size", [0, 1, 15, *range(16384 - 115, 16384 - 95), 40000])
def test_what_follows_the_end_of_a_form_is_nobodys(tail, size):
    """Some clients end it with more than one line break (RFC 2046, section 5.1.1)."""
    content = b"a" * size
    body = HEAD + content + b"\r\n--bound--" + tail
    assert read(body)[1] == content
    assert read(body, [len(body) - len(tail) - 1, len(body) - len(tail)])[1] == content


def test_every_single_cut_is_harmless():
    """A form cut in two at each of its bytes is the same form."""
    field = b'--bound\r\nContent-Disposition: form-data; name="webhook_url"\r\n\r\nhttps://x.example\r\n'
    body = field + HEAD + b"ab\r\n--cd" + END
    for cut in range(1, len(body)):
        form, file = read(body, [cut])
        assert (file, form.fields) == (b"ab\r\n--cd", {"webhook_url": "https://x.example"})


def test_memory_does_not_grow_with_the_file():
    """64 MiB pass through less than 2 MiB."""
    with Path(os.devnull).open("wb") as sink:
        reader = FormReader(HEADERS, sink, 1 << 30)
        reader.feed(HEAD)
        batch = bytes(1 << 20)
        tracemalloc.start()
        for _ in range(64):
            reader.feed(batch)
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 2 << 20


def test_memory_does_not_grow_with_a_header_that_never_ends():
    """It is refused after some ten kilobytes."""
    reader = FormReader(HEADERS, io.BytesIO(), 1 << 30)
    with pytest.raises(ValidationFailed, match="too long"):
        reader.feed(b"--bound\r\nX-Long: " + b"a" * (64 << 10))


def test_the_name_is_judged_before_the_content_comes():
    """A wrong ending ends the upload with its part header."""
    reader = FormReader(HEADERS, io.BytesIO(), 1 << 30)
    with pytest.raises(UnsupportedFormat):
        reader.feed(HEAD.replace(b"a.mp4", b"a.exe"))


def test_the_limit_holds_to_the_byte():
    """As many bytes as allowed pass, one more does not."""
    assert read(HEAD + bytes(100) + END, most_bytes=100)[1] == bytes(100)
    with pytest.raises(FileTooLarge):
        read(HEAD + bytes(101) + END, most_bytes=100)


def test_a_full_disk_shows():
    """The error of the write comes through as it is."""
    with Path("/dev/full").open("wb", buffering=0) as full:
        reader = FormReader(HEADERS, full, 1 << 30)
        with pytest.raises(OSError, match="No space left"):
            reader.feed(HEAD + bytes(5000))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a.mp4", "a.mp4"),
        ("../a.mp4", "a.mp4"),
        ("C:\\dir\\a.mp4", "a.mp4"),
        ("a\r\nX: y.mp4", "aX: y.mp4"),
        ("u\u0308.mp4", "\u00fc.mp4"),
        ("a\u2028b\u2029c\x85d\x00.mp4", "abcd.mp4"),
        ("a\u202e4pm.exe\u2069\u200f.mp4", "a4pm.exe.mp4"),
        ("bad\udcff.mp4", "bad.mp4"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467.mp4", "\U0001f468\u200d\U0001f469\u200d\U0001f467.mp4"),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645.mp4",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645.mp4",
        ),
        ("at 10.00.00\u202fAM.mov", "at 10.00.00\u202fAM.mov"),
        ("..", ".."),
        ("a" * 300 + ".webm", "a" * 195 + ".webm"),
        ("ab." + "c" * 300, "a." + "c" * 198),
        ("." + "c" * 300, "." + "c" * 199),
    ],
)
def test_names_are_made_fit_to_be_shown(given, kept):
    """Folders, what breaks or turns a line and what is too long go; joiners, rare spaces and the ending stay."""
    assert printable_name(given) == kept
