"""Whether a video is Dolby Vision that no other decoder shows in right colours: profile 5, or profile 10 of AV1 without a base layer for others."""

from __future__ import annotations

import re
from pathlib import Path

from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from clipzy.media.colour.colour_tags import UNSPECIFIED_MATRIX

IPT_MATRIX = 15  # MatrixCoefficients of ITU-T H.273: IPT-C2 of SMPTE ST 2128, Dolby Vision's own
FULL_RANGE = 2  # AVCOL_RANGE_JPEG
# HEVC sample entries for Dolby Vision decoders alone; AV1's, `dav1`, FFmpeg does not open
ENTRIES = {"dvh1", "dvhe"}
# Matroska has the record of ISO's box of that name as extra data (0x41ED) of a mapping of that type (0x41E7); lengths take one byte or eight. The record
# begins with two bytes of its version; the profile has the next seven bits, compatibility the first four of the fifth byte
LENGTH = rb"(?:[\x80-\xff]|\x01.{7})"
RECORD = re.compile(rb"\x41\xe7" + LENGTH + rb"dv[cv]C.{0,64}?\x41\xed" + LENGTH + rb"..(.).(.)", re.DOTALL)
HEADER_BYTES = 2**16


def unreadable_colours(path: Path, stream: VideoStream, frame: VideoFrame) -> str | None:
    """A sentence if the video seems to be such Dolby Vision, else None; `frame`: the first of the stream, which is of the file `path`."""
    entry = stream.codec_context.codec_tag in ENTRIES
    # base layers for other decoders have limited range and name their matrix
    own = frame.colorspace == UNSPECIFIED_MATRIX or frame.color_range == FULL_RANGE
    if frame.colorspace == IPT_MATRIX or (entry and own) or (_is_matroska(stream) and _record_says_so(path)):
        return (
            "the video is Dolby Vision that other decoders cannot read (profile 5 or 10.0): its colours will be wrong;"
            " export it as HDR10, HLG or SDR and upload it again"
        )
    return None


def _is_matroska(stream: VideoStream) -> bool:
    return "matroska" in stream.container.format.name


def _record_says_so(path: Path) -> bool:
    with path.open("rb") as file:
        record = RECORD.search(file.read(HEADER_BYTES))
    if record is None:
        return False
    profile, compatible = record[1][0] >> 1, record[2][0] >> 4
    return profile == 5 or (profile == 10 and not compatible)
