from fractions import Fraction

import av
import numpy as np
import pytest
from av.stream import Disposition

import synth
from clipzy.errors import InvalidVideo, UnsupportedFormat
from clipzy.media.decoding.containers import Container, check_filename, open_media, sniff, video_stream
from clipzy.media.decoding.sound_tracks import audio_stream


@pytest.mark.parametrize("kind", list(Container), ids=str)
def test_a_container_is_told_by_its_content_whatever_its_name(kind, tmp_path):
    """Each accepted container is recognised by its first bytes, even under the name of another."""
    path = synth.write_video(tmp_path / f"clip.{kind}", synth.numbered_frames(3, (64, 36)))
    renamed = path.rename(tmp_path / "other.bin")
    assert sniff(renamed) == kind


@pytest.mark.parametrize("name", ["clip.mp4", "CLIP.MOV", "a.b.webm", "x.mkv", "x.avi"])
def test_accepted_endings_pass(name):
    """The five endings are accepted in capitals as well."""
    check_filename(name)


@pytest.mark.parametrize("name", ["clip.txt", "clip", "clip.mp4.exe", ".mp4", "clip.m3u8"])
def test_other_endings_are_refused_with_advice(name):
    """Any other ending is refused by a sentence that names the accepted ones."""
    with pytest.raises(UnsupportedFormat, match="send mp4, mov, avi, mkv or webm"):
        check_filename(name)


@pytest.mark.parametrize(
    "content",
    [
        b"just some text, nothing else\n",
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"<?xml version='1.0'?><MPD/>",
        b"OggS\x00\x02" + bytes(64),
        b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(64),
        b"\x00",
    ],
    ids=["text", "hls playlist", "concat script", "dash manifest", "ogg", "wav", "one byte"],
)
def test_other_content_is_refused_whatever_its_name(content, tmp_path):
    """A playlist, script or sound file named .mp4 is refused before any reader of FFmpeg sees it."""
    path = tmp_path / "video.mp4"
    path.write_bytes(content)
    with pytest.raises(UnsupportedFormat, match="not an accepted"), open_media(path):
        pass


def test_an_empty_file_is_an_invalid_video(tmp_path):
    """A file of no bytes is called empty."""
    path = tmp_path / "video.mp4"
    path.touch()
    with pytest.raises(InvalidVideo, match="empty"):
        sniff(path)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".avi"])
def test_a_beginning_alone_is_an_invalid_video(suffix, tmp_path):
    """A file that ends within its headers is refused as damaged."""
    path = synth.write_video(tmp_path / f"clip{suffix}", synth.numbered_frames(3, (64, 36)))
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(InvalidVideo), open_media(path) as container:
        video_stream(container)


def test_a_name_with_a_colon_is_a_file_not_a_protocol(tmp_path):
    """A file named like an address is opened as the file it is."""
    path = tmp_path / "concat:http:x.mp4"
    synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(3, (64, 36))).rename(path)
    with open_media(path) as container:
        assert video_stream(container).width == 64


def test_sound_that_can_be_decoded_goes_before_sound_that_cannot(tmp_path):
    """As players do: the first of two sounds is in a coding that nobody knows."""
    path = tmp_path / "two.mkv"
    with av.open(str(path), "w") as out:
        pictures = out.add_stream("mpeg4", rate=25)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 36, "yuv420p"
        sounds = [out.add_stream("flac", rate=48000, layout="mono") for _ in range(2)]
        out.mux(pictures.encode(av.VideoFrame(64, 36, "yuv420p")))
        out.mux(pictures.encode(None))
        for sound in sounds:
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.int16), format="s16", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 48000, 0, Fraction(1, 48000)
            out.mux(sound.encode(frame))
            out.mux(sound.encode(None))
    path.write_bytes(path.read_bytes().replace(b"A_FLAC", b"A_NONE", 1))
    with open_media(path) as container:
        first, second = container.streams.audio
        assert first.codec_context is None
        assert audio_stream(container) is second


@pytest.mark.parametrize(
    ("dispositions", "width"),
    [
        ((Disposition(0), Disposition.default), 96),
        ((Disposition.default, Disposition(0)), 64),
        ((Disposition(0), Disposition(0)), 64),
    ],
    ids=["second is default", "first is default", "none is"],
)
def test_of_several_streams_of_pictures_that_of_a_player_is_taken(dispositions, width, tmp_path):
    """The one that the file names as its default, else the first."""
    path = tmp_path / "two.mkv"
    with av.open(str(path), "w") as out:
        streams = [out.add_stream("mpeg4", rate=25) for _ in dispositions]
        for stream, side, disposition in zip(streams, (64, 96), dispositions, strict=True):
            stream.width, stream.height, stream.pix_fmt, stream.disposition = side, 36, "yuv420p", disposition
        for stream in streams:
            out.mux(stream.encode(av.VideoFrame(stream.width, 36, "yuv420p")))
            out.mux(stream.encode(None))
    with open_media(path) as container:
        assert video_stream(container).width == width


def test_a_cover_is_no_video(tmp_path):
    """A song with one has no pictures that move."""
    path = tmp_path / "song.mp4"
    with av.open(str(path), "w") as out:
        cover = out.add_stream("mjpeg", rate=25)
        cover.width, cover.height, cover.pix_fmt, cover.disposition = 64, 36, "yuvj420p", Disposition.attached_pic
        sound = out.add_stream("aac", rate=48000, layout="mono")
        synth.encode_sound(out, sound, np.zeros((48000, 1), np.float32), 48000, Fraction(0))
        out.mux(cover.encode(av.VideoFrame(64, 36, "yuvj420p")))
        out.mux(cover.encode(None))
    with open_media(path) as container:
        assert len(container.streams.video) == 1
        with pytest.raises(InvalidVideo, match="no video stream"):
            video_stream(container)
