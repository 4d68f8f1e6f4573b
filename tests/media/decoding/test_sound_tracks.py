"""Files with several sound tracks: which one is used, everywhere the same, and what is said of it."""

import re
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Disposition

import synth
from clipzy.media.decoding.containers import open_media
from clipzy.media.decoding.probe import probe
from clipzy.media.decoding.sound_tracks import audio_stream
from clipzy.media.rendering.footage import examine
from clipzy.media.rendering.readers import SoundReader
from clipzy.media.sound.audio import decode_audio

CODECS = {".mkv": "flac", ".mov": "pcm_s16le", ".mp4": "aac", ".avi": "pcm_s16le"}
RATES = (8000, 16000, 24000, 32000)  # a track is told by its own


def tone(seconds, before=0.0, level=0.25):
    """Mono, silent for a while and then a buzz of that level."""
    buzz = np.resize(np.repeat([level, -level], 10), round((seconds - before) * 8000))
    return np.concatenate([np.zeros(round(before * 8000)), buzz])


SILENCE, TONE = tone(2.0, before=2.0), tone(2.0)
HISS = tone(2.0, level=0.0005)  # -66 dBFS


def with_tracks(path, tracks, *, defaults=(), names=()):
    """A clip whose tracks have those samples, 8000 a second, each coded at the next of the rates."""
    with av.open(str(path), "w") as out:
        pictures = out.add_stream("mpeg4", rate=5)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 36, "yuv420p"
        streams = [
            out.add_stream(CODECS[path.suffix], rate=rate, layout="mono")
            for rate, _ in zip(RATES, tracks, strict=False)
        ]
        for number, stream in enumerate(streams):
            if defaults:
                stream.disposition = Disposition.default if number in defaults else Disposition(0)
            stream.metadata.update(names[number] if names else {})
        for _ in range(round(5 * len(tracks[0]) / 8000)):
            out.mux(pictures.encode(av.VideoFrame(64, 36, "yuv420p")))
        out.mux(pictures.encode(None))
        for stream, samples in zip(streams, tracks, strict=True):
            repeated = np.repeat(samples, stream.sample_rate // 8000).astype(np.float32)
            synth.encode_sound(out, stream, repeated[:, None], stream.sample_rate, Fraction(0))
    return path


def track_heard(path, tmp_path):
    """The number of the track that is analysed, probed and rendered alike, and the analysis' warnings."""
    analysed = decode_audio(path, tmp_path / "sound")
    source = examine(path)
    with SoundReader(source) as reader:
        rendered = np.concatenate([*reader.blocks(Fraction(0), source.sample_rate)], axis=1)
    assert probe(path).audio.sample_rate == analysed.sample_rate
    loudest = float(np.abs(analysed.mono(16000)).max(initial=0))
    assert (loudest > 0.01) == (np.abs(rendered).max() > 0.01)
    return RATES.index(analysed.sample_rate) + 1, analysed.warnings


@pytest.mark.parametrize("suffix", CODECS)
def test_a_silent_first_track_gives_way_to_one_that_sounds(suffix, tmp_path):
    """A camera without its own microphone leaves the lavalier's track: it is analysed and rendered, and the user is told why."""
    path = with_tracks(tmp_path / f"clip{suffix}", [SILENCE, SILENCE, TONE, TONE])
    number, warnings = track_heard(path, tmp_path)
    assert number == 3
    assert "track 3 is used, for track 1 is silent; left out: 1, 2 and 4" in warnings[0]


def test_an_input_with_nothing_in_it_gives_way_to_one_that_sounds(tmp_path):
    """Its amplifier hisses, and no microphone in a room is as quiet as that throughout."""
    number, warnings = track_heard(with_tracks(tmp_path / "clip.mov", [SILENCE, HISS, TONE]), tmp_path)
    assert number == 3
    assert "track 3 is used, for track 1 is silent; left out: 1 and 2" in warnings[0]
    number, warnings = track_heard(with_tracks(tmp_path / "faint.mov", [HISS, TONE]), tmp_path)
    assert number == 2
    assert "track 2 is used, for track 1 is next to silent; left out: 1" in warnings[0]


def test_of_tracks_that_hiss_the_first_that_is_not_silent_is_used(tmp_path):
    """However little it is."""
    number, _ = track_heard(with_tracks(tmp_path / "clip.mov", [SILENCE, HISS, HISS]), tmp_path)
    assert number == 2


def test_of_tracks_that_sound_the_first_is_used_and_the_others_are_named(tmp_path):
    """By the names and languages that the file gives them."""
    names = [{"title": "Camera", "language": "eng"}, {"title": "Lavalier"}]
    number, warnings = track_heard(with_tracks(tmp_path / "clip.mkv", [TONE, TONE], names=names), tmp_path)
    assert number == 1
    assert "of 2 sound tracks the file's track 1 (Camera, eng) is used; left out: 2 (Lavalier)" in warnings[0]


def test_the_track_that_a_file_names_as_its_default_is_used(tmp_path):
    """As players do."""
    number, _ = track_heard(with_tracks(tmp_path / "clip.mkv", [TONE, TONE], defaults=[1]), tmp_path)
    assert number == 2


@pytest.mark.parametrize("suffix", [".mkv", ".mov"])
def test_a_track_that_is_silent_at_its_start_alone_is_kept(suffix, tmp_path):
    """Somebody who speaks late is heard: a recorder that waits writes silence for long."""
    late = tone(40.0, before=25.0)
    path = with_tracks(tmp_path / f"clip{suffix}", [late, tone(40.0)])
    assert decode_audio(path, tmp_path / "sound").sample_rate == RATES[0]


def test_of_silent_tracks_the_first_is_used(tmp_path):
    """There is nothing to choose between."""
    number, _ = track_heard(with_tracks(tmp_path / "clip.mkv", [SILENCE, SILENCE]), tmp_path)
    assert number == 1


def read_so_far():
    """Bytes that this process has read of files."""
    return int(re.search(r"rchar: (\d+)", Path("/proc/self/io").read_text())[1])


def test_many_silent_tracks_are_listened_to_together(tmp_path):
    """A recorder with empty inputs, for hours, is not read once for each: places overlap in so short a file, which is read seven times in all, and was 27."""
    path = with_tracks(tmp_path / "clip.mov", [np.zeros(40 * 8000)] * 4)
    with open_media(path) as container:
        before = read_so_far()
        assert audio_stream(container).sample_rate == RATES[0]
        assert read_so_far() - before < 10 * path.stat().st_size


def test_a_single_track_is_not_spoken_of(tmp_path):
    """Silent or not."""
    assert decode_audio(with_tracks(tmp_path / "clip.mkv", [SILENCE]), tmp_path / "sound").warnings == ()


def test_what_writers_fill_in_is_no_name(tmp_path):
    """QuickTime's handlers are called alike in all files."""
    path = with_tracks(tmp_path / "clip.mov", [TONE, TONE])
    assert "track 1 is used; left out: 2;" in decode_audio(path, tmp_path / "sound").warnings[0]
