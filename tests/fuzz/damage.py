"""Sound videos of every container as bytes, and ways to damage them: each takes a file and a random generator, and gives another file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

import synth

SUFFIXES = (".mp4", ".mov", ".mkv", ".webm", ".avi")

Damage = Callable[[bytes, np.random.Generator], bytes]


def sound_videos(folder: Path) -> dict[str, bytes]:
    """A second of video with sound in each container, by its suffix."""
    frames = list(synth.numbered_frames(12, (64, 36)))
    return {
        suffix: synth.write_video(
            folder / f"clip{suffix}", frames, rate=Fraction(12), audio=synth.noise(1.0, sample_rate=48000)
        ).read_bytes()
        for suffix in SUFFIXES
    }


def flipped(content: bytes, random: np.random.Generator) -> bytes:
    """Some bytes are others."""
    return _overwritten(content, random, 0, len(content), int(random.integers(1, 200)))


def scrambled_head(content: bytes, random: np.random.Generator) -> bytes:
    """Sizes and names in the first kilobyte lie."""
    return _overwritten(content, random, 0, 1024, 24)


def scrambled_tail(content: bytes, random: np.random.Generator) -> bytes:
    """The same in the last three kilobytes, where mp4 keeps its index and all others their seeking tables."""
    return _overwritten(content, random, len(content) - 3072, len(content), 24)


def scrambled_middle(content: bytes, random: np.random.Generator) -> bytes:
    """The headers are whole, but not the pictures and the sound."""
    return _overwritten(content, random, len(content) // 4, len(content) * 3 // 4, int(random.integers(1, 400)))


def truncated(content: bytes, random: np.random.Generator) -> bytes:
    """The end is missing."""
    return content[: random.integers(1, len(content))]


def hollow(content: bytes, random: np.random.Generator) -> bytes:
    """A long piece in the middle is nothing but zeros."""
    start = int(random.integers(0, len(content) // 2))
    return content[:start] + bytes(len(content) // 3) + content[start + len(content) // 3 :]


def repeated(content: bytes, random: np.random.Generator) -> bytes:
    """A piece stands there twice, as after a transfer that went on at the wrong place."""
    start, end = sorted(random.integers(0, len(content), 2).tolist())
    return content[:end] + content[start:]


def spliced(content: bytes, random: np.random.Generator) -> bytes:
    """A piece in the middle is missing."""
    start = int(random.integers(len(content) // 4, len(content)))
    return content[:start] + content[start + int(random.integers(1, len(content) // 4)) :]


DAMAGES: tuple[Damage, ...] = (
    flipped,
    truncated,
    scrambled_head,
    scrambled_tail,
    scrambled_middle,
    hollow,
    repeated,
    spliced,
)


def damaged(videos: dict[str, bytes], count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Names and contents of damaged videos, that many of each kind of damage and container; the same for the same seed."""
    random = np.random.default_rng(seed)
    for suffix, content in videos.items():
        for damage in DAMAGES:
            for number in range(count):
                yield f"{damage.__name__}{number}{suffix}", damage(content, random)


def _overwritten(content: bytes, random: np.random.Generator, start: int, end: int, count: int) -> bytes:
    """So many bytes between two places are others."""
    other = bytearray(content)
    for place in random.integers(max(0, start), min(end, len(content)), count):
        other[place] = random.integers(256)
    return bytes(other)
