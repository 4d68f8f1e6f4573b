"""Small media files whose truth is known, written with PyAV; the builders of synth_pictures and synth_sound are here as well.

Example: `write_video(path, edit([shot_a, shot_b], [12]).frames, audio=drum_track(120, 8).audio, sample_rate=44100)`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np
from av.codec.context import Flags
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from synth_pictures import (
    Edit,
    Joint,
    Picture,
    captioned,
    edit,
    graded,
    mixed,
    moving_texture,
    numbered_frames,
    paint_index,
    read_index,
    textured_frame,
)
from synth_sound import Drums, Sound, clicks, drum_track, noise, silence, sine, speech_like

__all__ = [
    "Drums",
    "Edit",
    "Joint",
    "Picture",
    "Sound",
    "captioned",
    "clicks",
    "drum_track",
    "edit",
    "graded",
    "mixed",
    "moving_texture",
    "noise",
    "numbered_frames",
    "paint_index",
    "read_index",
    "silence",
    "sine",
    "speech_like",
    "textured_frame",
    "write_audio",
    "write_video",
]

VIDEO_CODECS = {".webm": "libvpx-vp9", ".avi": "mpeg4"}
AUDIO_CODECS = {".webm": "libopus", ".avi": "pcm_s16le", ".mkv": "flac"}
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}
FINE = Fraction(1, 90000)  # clock of variable frame rates, as in MPEG-2 systems


def write_video(
    path: Path,
    frames: Iterable[Picture],
    *,
    rate: Fraction = Fraction(25),
    times: Sequence[Fraction] | None = None,
    audio: Sound | None = None,
    sample_rate: int = 48000,
    audio_start: Fraction = Fraction(0),
    rotation: int = 0,
    sample_aspect: Fraction = Fraction(1),
    codec: str | None = None,
    audio_codec: str | None = None,
    crf: int = 14,
    pixel_format: str = "yuv420p",
    colorspace: Colorspace = Colorspace.ITU709,
    full_range: bool = False,
    options: dict[str, str] | None = None,
) -> Path:
    """Encode frames (and sound) into the container that the suffix names; returns the path.

    Args:
        path: .mp4, .mov, .mkv, .webm or .avi.
        frames: RGB pictures of one size with even sides; may be a generator, read once.
        rate: frames a second, exact; with `times`, only the length of the last frame.
        times: presentation time of each frame in seconds, multiples of 1/90000, for a variable frame rate.
        audio: (samples, channels) float, -1..1; 1, 2, 6 or 8 channels.
        sample_rate: of the audio, Hz.
        audio_start: when the sound begins, in seconds after the first frame.
        rotation: degrees counter-clockwise a player has to turn the picture by, written as a display matrix.
        sample_aspect: width of a pixel over its height.
        codec: FFmpeg's name of the encoder; libx264, VP9 in WebM, MPEG-4 in AVI unless given.
        audio_codec: AAC, Opus in WebM, PCM in AVI, FLAC in Matroska unless given.
        crf: quality, less is better; lossless with libx264 at 0.
        pixel_format: FFmpeg's name.
        colorspace: matrix that turns RGB into Y'CbCr, written into the file as well.
        full_range: luma 0..255 instead of 16..235.
        options: further options of the video encoder.
    """
    remaining = iter(frames)
    first = next(remaining)
    codec = codec or VIDEO_CODECS.get(path.suffix, "libx264")
    # edit lists, which say when the sound begins, count in this clock; 1/1000 s is the default
    container_options = {"movie_timescale": str(FINE.denominator)} if path.suffix in {".mp4", ".mov"} else {}
    with av.open(str(path), "w", container_options=container_options) as out:
        stream = out.add_stream(codec, rate=rate, options={**_quality(codec, crf), **(options or {})})
        stream.height, stream.width = first.shape[:2]
        stream.pix_fmt = pixel_format
        stream.codec_context.sample_aspect_ratio = sample_aspect
        _tag_colours(stream.codec_context, colorspace, full_range)
        if times is not None:
            stream.codec_context.time_base = FINE
            stream.codec_context.flags |= Flags.frame_duration
        if rotation:
            stream.set_display_rotation(rotation)
        sound = None if audio is None else _add_sound(out, path, audio, sample_rate, audio_codec)
        for index, picture in enumerate(chain([first], remaining)):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24").reformat(
                format=pixel_format,
                src_colorspace=Colorspace.ITU709,
                dst_colorspace=colorspace,
                src_color_range=ColorRange.JPEG,
                dst_color_range=ColorRange.JPEG if full_range else ColorRange.MPEG,
                interpolation="BICUBIC",
                threads=1,  # several write wrong last lines of small pictures with more than 8 bits now and then
            )
            _stamp(frame, index, rate, times)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        if sound is not None and audio is not None:
            encode_sound(out, sound, audio, sample_rate, audio_start)
    return path


def write_audio(path: Path, audio: Sound, sample_rate: int = 48000, codec: str | None = None) -> Path:
    """A file with sound alone."""
    with av.open(str(path), "w") as out:
        stream = _add_sound(out, path, audio, sample_rate, codec)
        encode_sound(out, stream, audio, sample_rate, Fraction(0))
    return path


def _quality(codec: str, crf: int) -> dict[str, str]:
    match codec:
        case "libx264":
            return {"crf": str(crf), "preset": "veryfast", "threads": "1"}
        case "libvpx-vp9":
            return {"crf": str(crf), "b": "0", "deadline": "realtime", "cpu-used": "8", "threads": "1"}
        case "mpeg4":
            return {"qmin": "2", "qmax": "3"}
        case _:
            return {}


def _tag_colours(context: av.VideoCodecContext, colorspace: Colorspace, full_range: bool) -> None:
    bt709 = colorspace == Colorspace.ITU709
    context.colorspace = 1 if bt709 else 6  # AVCOL_SPC_BT709, AVCOL_SPC_SMPTE170M
    context.color_primaries = ColorPrimaries.BT709 if bt709 else ColorPrimaries.SMPTE170M
    context.color_trc = ColorTrc.BT709
    context.color_range = ColorRange.JPEG if full_range else ColorRange.MPEG


def _stamp(frame: av.VideoFrame, index: int, rate: Fraction, times: Sequence[Fraction] | None) -> None:
    if times is None:
        frame.pts, frame.time_base = index, 1 / rate
        return
    ticks = times[index] / FINE
    if ticks.denominator != 1:
        raise ValueError(f"{times[index]} s is no multiple of {FINE} s")
    following = times[index + 1] if index + 1 < len(times) else times[index] + 1 / rate
    frame.pts, frame.time_base = ticks.numerator, FINE
    frame.duration = round((following - times[index]) / FINE)


def _add_sound(
    out: av.container.OutputContainer, path: Path, audio: Sound, sample_rate: int, codec: str | None
) -> av.AudioStream:
    name = codec or AUDIO_CODECS.get(path.suffix, "aac")
    stream = out.add_stream(name, rate=sample_rate)
    stream.layout = LAYOUTS[audio.shape[1]]
    if name in {"aac", "libopus"}:
        stream.bit_rate = 96000 * audio.shape[1]
    return stream


def encode_sound(
    out: av.container.OutputContainer, stream: av.AudioStream, audio: Sound, sample_rate: int, start: Fraction
) -> None:
    """Write all of a sound, (samples, channels), into a stream; `start`: seconds on the stream's clock."""
    to_encoder = av.AudioResampler(format=stream.format, layout=stream.layout, rate=stream.sample_rate)
    offset = round(start * sample_rate)
    for at in range(0, len(audio), 8192):
        packed = np.ascontiguousarray(audio[at : at + 8192], dtype=np.float32).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=LAYOUTS[audio.shape[1]])
        frame.sample_rate, frame.pts, frame.time_base = sample_rate, offset + at, Fraction(1, sample_rate)
        for resampled in to_encoder.resample(frame):
            out.mux(stream.encode(resampled))
    for resampled in to_encoder.resample(None):
        out.mux(stream.encode(resampled))
    out.mux(stream.encode(None))
