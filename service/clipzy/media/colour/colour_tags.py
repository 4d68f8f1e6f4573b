"""What a file says of its colours: transfer curve, primaries and peak luminance; and what the user is told of them."""

from __future__ import annotations

import struct
from typing import Final, cast

from av.sidedata.sidedata import SideDataContainer, Type
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorTrc

from clipzy.media.colour.colour_spaces import PQ_PEAK, REFERENCE_WHITE, USUAL_PEAK, ColourSpace, Primaries, Transfer

UNSPECIFIED_MATRIX = 2
# peaks are rounded up to one of these, cd/m², so that files share tables
PEAKS: Final = (REFERENCE_WHITE, 300.0, 400.0, 600.0, 800.0, USUAL_PEAK, 1500.0, 2000.0, 3000.0, 4000.0, PQ_PEAK)

_TRANSFERS: dict[int, Transfer] = {ColorTrc.SMPTE2084: "pq", ColorTrc.ARIB_STD_B67: "hlg"}
# those of standard definition differ little from BT.709's, and files that name them often mean the latter
_PRIMARIES: dict[int, Primaries] = {
    ColorPrimaries.BT2020: "bt2020",
    ColorPrimaries.SMPTE431: "p3",
    ColorPrimaries.SMPTE432: "p3",
}
_NAMES = {"hlg": "HLG", "pq": "PQ", "bt2020": "BT.2020", "p3": "Display P3"}


def colour_space_of(frame: VideoFrame) -> ColourSpace:
    """As the frame's tags say, with the usual peak; without tagged primaries HDR has BT.2020's, all else BT.709's."""
    transfer = _TRANSFERS.get(frame.color_trc, "sdr")
    unnamed = frame.color_primaries == ColorPrimaries.UNSPECIFIED
    if transfer != "sdr" and unnamed:
        return ColourSpace(transfer, "bt2020")
    return ColourSpace(transfer, _PRIMARIES.get(frame.color_primaries, "bt709"))


def peak_of(frame: VideoFrame) -> float:
    """Peak luminance of a PQ video in cd/m², one of PEAKS: by its MaxCLL (CTA-861.3) and its mastering display (ST 2086).

    The lower one if both are given, USUAL_PEAK if neither is. HLG is relative, its peak is always the usual one.
    """
    if frame.color_trc != ColorTrc.SMPTE2084:
        return USUAL_PEAK
    named = [peak for peak in (_content_peak(frame), _screen_peak(frame)) if 0 < peak <= PQ_PEAK]
    wanted = min(named, default=USUAL_PEAK)
    return next(peak for peak in PEAKS if wanted <= peak)


def mapping_note(frame: VideoFrame) -> str | None:
    """A sentence on how a frame is converted to standard video, None if it is standard."""
    space = colour_space_of(frame)
    if space.is_hdr:
        return f"HDR ({_NAMES[space.transfer]}) was mapped to standard dynamic range by ITU-R BT.2390"
    if space.primaries != "bt709":
        return f"colours of {_NAMES[space.primaries]} were mapped to those of BT.709"
    return None


def _content_peak(frame: VideoFrame) -> float:
    """MaxCLL, 0 if unknown. AVContentLightMetadata: unsigned MaxCLL, MaxFALL."""
    data = _side_data(frame, Type.CONTENT_LIGHT_LEVEL)
    return float(struct.unpack_from("<I", data)[0]) if data else 0.0


def _screen_peak(frame: VideoFrame) -> float:
    """Of the mastering display, 0 if unknown.

    AVMasteringDisplayMetadata: three primaries and the white as pairs of AVRational, least and most luminance as AVRational, then
    two ints that say whether primaries and luminance are there.
    """
    data = _side_data(frame, Type.MASTERING_DISPLAY_METADATA)
    if not data:
        return 0.0
    numerator, denominator, _, known = struct.unpack_from("<4i", data, 72)
    return numerator / denominator if known and denominator else 0.0


def _side_data(frame: VideoFrame, kind: Type) -> bytes:
    try:
        return bytes(cast(SideDataContainer, frame.side_data)[kind])
    except KeyError:
        return b""
