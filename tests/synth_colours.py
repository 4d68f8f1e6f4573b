"""One scene in linear light, written in each of the codings that cameras use; by the standards' own formulas, apart from the engine's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

Picture = np.ndarray

# Linear RGB of BT.709 to other primaries: ITU-R BT.2087-0; P3 from SMPTE EG 432-1's chromaticities
TO_BT2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])
TO_P3 = np.array([[0.8225, 0.1775, 0.0], [0.0332, 0.9668, 0.0], [0.0171, 0.0724, 0.9105]])
KR_KB = {1: (0.2126, 0.0722), 2: (0.2126, 0.0722), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
WHITE = 203  # cd/m², ITU-R BT.2408


@dataclass(frozen=True)
class Coded:
    """How a scene is coded, by the numbers of ITU-T H.273. `options`: of x264."""

    pixels: str = "yuv420p"
    matrix: int = 1
    primaries: int = 1
    transfer: int = 1
    full_range: bool = False
    options: dict[str, str] = field(default_factory=dict, compare=False)


def max_cll(nits: int) -> dict[str, str]:
    """Options that name the lightest pixel, and a screen of 1000 cd/m²."""
    screen = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
    return {"x264-params": f"mastering-display={screen}:cll={nits},100"}


SDR = Coded()
CODINGS = {
    "standard": SDR,
    "full range": Coded(full_range=True),
    "BT.601": Coded(matrix=6, primaries=6, transfer=6),
    "BT.601 full range": Coded(matrix=6, primaries=6, transfer=6, full_range=True),
    "ten bits": Coded("yuv420p10le"),
    "Display P3": Coded(primaries=12),
    "BT.2020 SDR": Coded("yuv420p10le", 9, 9, 14),
    "HLG": Coded("yuv420p10le", 9, 9, 18),
    "HLG 4:2:2": Coded("yuv422p10le", 9, 9, 18),
    "PQ": Coded("yuv420p10le", 9, 9, 16),
    "PQ full range": Coded("yuv420p10le", 9, 9, 16, full_range=True),
    "PQ of MaxCLL 203": Coded("yuv420p10le", 9, 9, 16, options=max_cll(203)),
    "PQ in P3": Coded("yuv420p10le", 1, 12, 16),
}


def codes(linear: Picture, coded: Coded) -> Picture:
    """R'G'B' 0..1 of a scene in linear BT.709, (..., 3), in which 1 is reference white."""
    to = {9: TO_BT2020, 12: TO_P3}.get(coded.primaries)
    light = np.maximum(linear if to is None else linear @ to.T, 0)
    if coded.transfer == 16:
        return pq(light * WHITE)
    if coded.transfer == 18:
        return hlg(light * WHITE)
    return np.clip(light, 0, 1) ** (1 / 2.4)


def pq(light: Picture) -> Picture:
    """SMPTE ST 2084, equation 5.2: cd/m² to codes."""
    y = np.clip(light / 10000, 0, 1) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * y) / (1 + 18.6875 * y)) ** 78.84375


def hlg(light: Picture) -> Picture:
    """ITU-R BT.2100-2, tables 5: cd/m² of a screen of 1000 to codes."""
    shown = np.clip(light / 1000, 0, 1)
    luminance = np.maximum(shown @ [0.2627, 0.6780, 0.0593], 1e-9)[..., None]
    scene = np.minimum(shown * luminance ** (1 / 1.2 - 1), 1)
    return np.where(
        scene <= 1 / 12, np.sqrt(3 * scene), 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
    )


def frame_of(linear: Picture, coded: Coded) -> av.VideoFrame:
    """A frame as a decoder gives it, labelled so; (height, width, 3) with even sides."""
    rgb = codes(linear, coded)
    kr, kb = KR_KB[coded.matrix]
    luma = kr * rgb[..., 0] + (1 - kr - kb) * rgb[..., 1] + kb * rgb[..., 2]
    cb, cr = (rgb[..., 2] - luma) / (2 - 2 * kb), (rgb[..., 0] - luma) / (2 - 2 * kr)
    frame = av.VideoFrame(linear.shape[1], linear.shape[0], coded.pixels)
    deep = coded.pixels.endswith("10le")
    most = 1023 if deep else 255
    unit = most if coded.full_range else 224 * (4 if deep else 1)
    black, span = (0, most) if coded.full_range else (64, 876) if deep else (16, 219)
    for plane, values, zero, scale in zip(
        frame.planes, (luma, cb, cr), (black, (most + 1) // 2, (most + 1) // 2), (span, unit, unit), strict=True
    ):
        rows, columns = linear.shape[0] // plane.height, linear.shape[1] // plane.width
        means = values.reshape(plane.height, rows, plane.width, columns).mean((1, 3))
        memory = np.frombuffer(plane, np.uint16 if deep else np.uint8).reshape(plane.height, -1)
        memory[:, : plane.width] = np.rint(np.clip(zero + scale * means, 0, most))
    frame.colorspace, frame.color_primaries, frame.color_trc = coded.matrix, coded.primaries, coded.transfer
    frame.color_range = 2 if coded.full_range else 1
    return frame


def write_scene(
    path: Path, pictures: Iterable[Picture], coded: Coded, codec: str = "libx264", tag: str | None = None
) -> Path:
    """Encode pictures in linear light, 25 a second, and say in the file how; `tag`: the sample entry's name."""
    options = {"crf": "1", "preset": "veryfast", "threads": "1", **coded.options}
    if codec == "libx265":
        # of a single picture x265's decoding time is left to chance where others could come before it
        options = {"preset": "ultrafast", "x265-params": "log-level=none:bframes=0"}
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=25, options=options)
        for index, linear in enumerate(pictures):
            frame = frame_of(linear, coded)
            if index == 0:
                stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, coded.pixels
                context = stream.codec_context
                context.colorspace, context.color_primaries = coded.matrix, coded.primaries
                context.color_trc, context.color_range = coded.transfer, frame.color_range
                if tag is not None:
                    context.codec_tag = tag
            frame.pts, frame.time_base = index, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path
