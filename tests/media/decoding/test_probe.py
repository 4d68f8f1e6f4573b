from fractions import Fraction

import av
import numpy as np
import pytest

import synth
from clipzy.errors import InvalidVideo, UnsupportedFormat
from clipzy.media.decoding import frame_rate, packets
from clipzy.media.decoding.decode import decode_pass
from clipzy.media.decoding.probe import AudioFacts, Limits, probe

NTSC = Fraction(30000, 1001)


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".webm", ".avi"])
def test_facts_of_each_container(suffix, tmp_path):
    """Size, rate, number of frames and sound are read from every accepted container."""
    path = synth.write_video(
        tmp_path / f"clip{suffix}", synth.numbered_frames(30, (96, 54)), rate=NTSC, audio=synth.sine(440, 1.0)
    )
    found = probe(path)
    assert found.container == suffix[1:]
    assert (found.facts.width, found.facts.height, found.facts.frame_count) == (96, 54, 30)
    assert (found.facts.frame_rate, found.facts.variable_frame_rate, found.facts.has_audio) == (NTSC, False, True)
    assert float(found.facts.duration) == pytest.approx(30 / NTSC, abs=0.001)  # Matroska counts milliseconds
    assert found.audio is not None
    assert (found.audio.sample_rate, found.audio.channels) == (48000, 2)
    assert found.bitrate_kbps == round(path.stat().st_size * 8 / found.facts.duration / 1000)


@pytest.mark.parametrize(
    "rate", [Fraction(24000, 1001), Fraction(24), Fraction(25), NTSC, Fraction(60), Fraction(25, 2)], ids=str
)
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_constant_rates_come_back_exactly(suffix, rate, tmp_path):
    """A constant rate is given as the exact fraction, also where the container's clock rounds it."""
    path = synth.write_video(tmp_path / f"clip{suffix}", synth.numbered_frames(40, (64, 36)), rate=rate)
    found = probe(path).facts
    assert (found.frame_rate, found.variable_frame_rate) == (rate, False)
    if suffix == ".mp4":
        assert found.duration == 40 / rate


def test_a_variable_frame_rate_is_noticed(tmp_path):
    """Uneven time stamps are reported, with the average as the rate."""
    times = [Fraction(i, 25) + (Fraction(1, 50) if i % 3 else 0) for i in range(60)]
    path = synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(60, (64, 36)), times=times)
    found = probe(path).facts
    assert found.variable_frame_rate
    assert float(found.frame_rate) == pytest.approx(25, rel=0.02)


def test_a_few_late_frames_are_no_variable_rate(tmp_path):
    """One dropped frame in two hundred leaves the rate constant."""
    times = [Fraction(i + (i > 100), 25) for i in range(200)]
    path = synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(200, (32, 32)), times=times)
    assert not probe(path).facts.variable_frame_rate


@pytest.mark.parametrize(("rotation", "size"), [(0, (96, 54)), (90, (54, 96)), (180, (96, 54)), (270, (54, 96))])
def test_displayed_size_is_turned_upright(rotation, size, tmp_path):
    """A quarter turn in the container swaps width and height."""
    path = synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(3, (96, 54)), rotation=rotation)
    found = probe(path)
    assert (found.facts.width, found.facts.height) == size
    assert (found.rotation_degrees, found.mirrored) == (rotation, False)


def test_displayed_size_has_square_pixels(tmp_path):
    """Anamorphic pixels widen the picture."""
    path = synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(3, (96, 54)), sample_aspect=Fraction(4, 3))
    assert (probe(path).facts.width, probe(path).facts.height) == (128, 54)


def test_a_video_without_sound(tmp_path):
    """No sound stream is said as such."""
    found = probe(synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(3, (64, 36))))
    assert (found.audio, found.facts.has_audio, found.facts.has_subtitle_stream) == (None, False, False)


def test_the_sound_stream_is_described(tmp_path):
    """Codec, rate and channels of surround sound."""
    audio = synth.sine(440, 0.5, 44100, channels=6)
    path = synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(10, (64, 36)), audio=audio, sample_rate=44100)
    assert probe(path).audio == AudioFacts("aac", 44100, 6)


def test_an_ending_that_is_not_accepted(tmp_path):
    """The name under which a file was sent counts, where it differs from the path."""
    path = synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(3, (64, 36)))
    with pytest.raises(UnsupportedFormat, match=r"\.gif"):
        probe(path, filename="clip.gif")


def test_text_named_mp4_is_unsupported(tmp_path):
    """A text file with the ending of a video."""
    path = tmp_path / "clip.mp4"
    path.write_text("hello, world\n" * 100)
    with pytest.raises(UnsupportedFormat):
        probe(path)


def test_sound_alone_is_an_invalid_video(tmp_path):
    """An mp4 file with sound only is refused with advice."""
    with pytest.raises(InvalidVideo, match="no video stream"):
        probe(synth.write_audio(tmp_path / "clip.mp4", synth.sine(440, 0.5)))


def test_noise_in_place_of_the_pictures_is_an_invalid_video(tmp_path):
    """Readable headers over pictures that cannot be decoded are refused: the first picture is really decoded."""
    path = synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(10, (64, 36)))
    content = bytearray(path.read_bytes())
    start = content.index(b"mdat") + 4
    size = int.from_bytes(content[start - 8 : start - 4], "big") - 8
    content[start : start + size] = np.random.default_rng(0).bytes(size)
    path.write_bytes(content)
    with pytest.raises(InvalidVideo, match="no picture"):
        probe(path)


def test_the_search_for_a_first_picture_ends_with_its_processor_time(tmp_path, monkeypatch):
    """Damaged pictures may be large, and cost a good part of a second each; a first one that is sound needs no search."""
    path = synth.write_video(
        tmp_path / "clip.mov", synth.numbered_frames(10, (64, 36)), codec="png", pixel_format="rgb24"
    )
    damaged = tmp_path / "damaged.mov"
    damaged.write_bytes(path.read_bytes().replace(b"IHDR", b"____", 3))
    assert probe(damaged).facts.frame_count == 7
    monkeypatch.setattr(packets, "PATIENCE_S", 0.0)
    assert probe(path).facts.frame_count == 10
    with pytest.raises(InvalidVideo, match="no picture"):
        probe(damaged)


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [(Limits(max_duration_s=0.5), "lasts 1 s"), (Limits(max_dimension_px=80), "at most 80 pixels")],
    ids=["too long", "too large"],
)
def test_limits(limits, sentence, tmp_path):
    """A video over a limit is refused by a sentence that gives the limit."""
    path = synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(25, (96, 54)))
    with pytest.raises(InvalidVideo, match=sentence):
        probe(path, limits)


@pytest.mark.parametrize(
    ("size", "sentence"),
    [((14, 90), "is 14 x 90; at least 16 pixels"), ((320, 18), "is 320 x 18; no side may be over 16 times the other")],
    ids=["too small", "too narrow"],
)
def test_pictures_in_which_no_motion_can_be_told_are_refused(size, sentence, tmp_path):
    """At once, not by a job that fails later."""
    path = synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(2, size))
    with pytest.raises(InvalidVideo, match=sentence):
        probe(path)


def test_pictures_before_the_first_that_can_be_decoded_do_not_count(tmp_path):
    """Of HEVC that was cut at an open group, they come after its key picture and need what was cut off."""
    coding = "open-gop=1:bframes=3:b-adapt=0:keyint=20:min-keyint=20:scenecut=0:log-level=error:pools=1:frame-threads=1"
    whole = synth.write_video(
        tmp_path / "whole.mp4", synth.numbered_frames(60, (160, 90)), codec="libx265", options={"x265-params": coding}
    )
    path = tmp_path / "clip.mkv"
    with av.open(str(whole)) as source, av.open(str(path), "w") as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        packets = [packet for packet in source.demux(video=0) if packet.size]
        second = [number for number, packet in enumerate(packets) if packet.is_keyframe][1]
        assert any(packet.pts < packets[second].pts for packet in packets[second:])
        for packet in packets[second:]:
            packet.stream = stream
            out.mux(packet)
    facts = probe(path).facts
    found = decode_pass(path, [])
    assert facts.frame_count == found.frame_count
    assert facts.duration == found.duration


def test_a_truncated_file_counts_what_is_there(tmp_path):
    """Of a file cut in half the frames that are left are counted, not those that the header claims."""
    path = synth.write_video(tmp_path / "clip.mkv", synth.moving_texture(60, dx=5, size=(160, 90)))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    found = probe(path).facts
    assert 10 < found.frame_count < 50
    assert float(found.duration) == pytest.approx(found.frame_count / 25, abs=0.1)


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_of_a_long_file_the_rest_is_believed(suffix, tmp_path, monkeypatch):
    """Past what is read of it, it goes on as it began, for as long as it says."""
    monkeypatch.setattr(frame_rate, "MOST_PACKETS", 30)
    found = probe(synth.write_video(tmp_path / f"clip{suffix}", synth.numbered_frames(100, (64, 36)))).facts
    # what is read is a little less than what is seen of it, where pictures are coded in another order: nothing to 20 000
    assert found.frame_count == pytest.approx(100, rel=0.1)
    assert found.frame_rate == 25
    assert float(found.duration) == pytest.approx(4, abs=0.05)


def test_a_rate_that_no_camera_has_is_an_invalid_video(tmp_path):
    """Frames a fraction of a millisecond apart are refused, whatever their number."""
    times = [Fraction(i, 9000) for i in range(20)]
    path = synth.write_video(
        tmp_path / "clip.mp4", synth.numbered_frames(20, (64, 36)), times=times, rate=Fraction(9000)
    )
    with pytest.raises(InvalidVideo, match="9000 frames a second; at most 1000"):
        probe(path)


def test_a_picture_that_stands_for_an_hour_has_a_rate(tmp_path):
    """However slowly the pictures change, the rate is above zero."""
    times = [Fraction(0), Fraction(3600), Fraction(7200)]
    path = synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(3, (64, 36)), times=times)
    assert 0 < probe(path).facts.frame_rate <= Fraction(1, 1000)
