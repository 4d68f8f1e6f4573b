"""Damaged, truncated, renamed and hostile files, through the guarded probe: a clear refusal or a sound answer, never more."""

import socket
import threading
from fractions import Fraction

import numpy as np
import pytest

import synth
from clipzy.errors import ClipzyError
from clipzy.media.guard import guarded
from clipzy.media.probe import Limits, Probe, probe

FEW, MANY = 6, 80  # damaged files of each kind and container: in every run, and in the long one
SUFFIXES = (".mp4", ".mov", ".mkv", ".webm", ".avi")
SECRET = "the canary's secret"


@pytest.fixture(scope="module")
def sound_files(tmp_path_factory):
    """A small video in each container, as bytes."""
    folder = tmp_path_factory.mktemp("sound")
    frames = list(synth.numbered_frames(12, (64, 36)))
    return {
        suffix: synth.write_video(
            folder / f"clip{suffix}", frames, rate=Fraction(12), audio=synth.noise(1.0, sample_rate=48000)
        ).read_bytes()
        for suffix in SUFFIXES
    }


def judged(path):
    """What the guarded probe says of a file: its answer, or our own error; anything else is raised."""
    try:
        found = guarded(probe, path, Limits(), timeout_s=20.0)
    except ClipzyError as error:
        found = error
    if isinstance(found, ClipzyError):
        assert str(found)
        assert found.status < 500
        return found
    assert isinstance(found, Probe)
    assert found.facts.width > 0
    assert found.facts.duration > 0
    return found


def flipped(content, random):
    """Some bytes are others."""
    damaged = bytearray(content)
    for place in random.integers(0, len(content), random.integers(1, 200)):
        damaged[place] = random.integers(256)
    return bytes(damaged)


def truncated(content, random):
    """The end is missing."""
    return content[: random.integers(1, len(content))]


def scrambled_head(content, random):
    """Sizes and names in the first kilobyte lie."""
    damaged = bytearray(content)
    for place in random.integers(0, min(1024, len(content)), 24):
        damaged[place] = random.integers(256)
    return bytes(damaged)


def hollow(content, random):
    """A long piece in the middle is nothing but zeros."""
    start = int(random.integers(0, len(content) // 2))
    return content[:start] + bytes(len(content) // 3) + content[start + len(content) // 3 :]


DAMAGES = (flipped, truncated, scrambled_head, hollow)


def run_through(sound_files, folder, count):
    """Judge that many damaged files of each kind and container; how many were refused."""
    random = np.random.default_rng(20)
    refused = 0
    for suffix, content in sound_files.items():
        for damage in DAMAGES:
            for number in range(count):
                path = folder / f"{damage.__name__}{number}{suffix}"
                path.write_bytes(damage(content, random))
                refused += isinstance(judged(path), ClipzyError)
                path.unlink()
    return refused


def test_damaged_files_are_refused_or_read(sound_files, tmp_path):
    """Neither a hang nor a crash nor an error that is not ours."""
    assert run_through(sound_files, tmp_path, FEW // 2) > 0


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_more_than_a_thousand_damaged_files_are_refused_or_read(sound_files, tmp_path):
    """The same, at length."""
    assert run_through(sound_files, tmp_path, MANY) > 0


@pytest.fixture
def listener():
    """A port of the loopback, and who has connected to it."""
    seen = []
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.1)
    stop = threading.Event()

    def accept():
        while not stop.is_set():
            try:
                connection, _ = server.accept()
            except TimeoutError:
                continue
            seen.append(connection.recv(100))
            connection.close()

    thread = threading.Thread(target=accept)
    thread.start()
    yield server.getsockname()[1], seen
    stop.set()
    thread.join()
    server.close()


def hostile(canary, port):
    """Texts that make a careless reader open other files or addresses."""
    url, file = f"http://127.0.0.1:{port}/x.ts", f"file://{canary}"
    return {
        "hls": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{file}\n#EXTINF:1,\n{url}\n#EXT-X-ENDLIST\n",
        "hls-concat": f"#EXTM3U\n#EXTINF:1,\nconcat:{url}|{file}\n#EXT-X-ENDLIST\n",
        "concat": f"ffconcat version 1.0\nfile '{canary}'\nfile '{url}'\n",
        "dash": f'<?xml version="1.0"?><MPD><Period><AdaptationSet><BaseURL>{url}</BaseURL></AdaptationSet></Period></MPD>',
        "asx": f'<asx version="3.0"><entry><ref href="{url}"/></entry></asx>',
        "sdp": f"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video {port} RTP/AVP 96\n",
        "svg": f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{url}"/></svg>',
        "reference": f"[Reference]\nRef1={url}\n",
        "subtitles": "1\n00:00:00,000 --> 00:00:01,000\nhello\n",
    }


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("kind", list(hostile("", 0)))
def test_a_file_that_names_others_is_refused_and_nothing_else_is_opened(kind, suffix, listener, tmp_path):
    """Whatever it is called: no connection is made, and the file that it names stays unread."""
    port, seen = listener
    canary = tmp_path / "canary.txt"
    canary.write_text(SECRET)
    path = tmp_path / f"video{suffix}"
    path.write_text(hostile(canary, port)[kind])
    answer = judged(path)
    assert isinstance(answer, ClipzyError)
    assert SECRET not in str(answer)
    assert seen == []
