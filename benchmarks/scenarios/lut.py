"""A look put on frames by our packed tables, beside FFmpeg's lut3d with the conversions that it needs; and how exact both are.

Then what HDR costs the renderer: the same look on the same pictures of ten bits, once taken for standard video and once for HLG.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from scenarios.measuring import Failed, cost_rows, side_by_side
from scenarios.media import clips
from scenarios.options import Options
from scenarios.rows import Row

SIZES, SECONDS, ROUNDS = ("720p", "1080p", "4k"), (8.0,), 5
FRAMES = 12  # of each file; held in memory, so that neither side decodes
PEER = "FFmpeg lut3d"
PATCH = 16  # luma samples along a side of a patch of the chart: its middle is far from any neighbour's chroma
CHART = 64  # patches along a side
KR, KB = 0.2126, 0.0722  # ITU-R BT.709-6
TEN_BITS = "standard video of 10 bits"
KINDS = {  # pixel format, then matrix, primaries and transfer by ITU-T H.273
    "standard video of 8 bits": ("yuv420p", 1, 1, 1),
    TEN_BITS: ("yuv420p10le", 1, 1, 1),
    "HLG": ("yuv420p10le", 9, 9, 18),
}

Floats = NDArray[np.float64]
Step = Callable[[av.VideoFrame], av.VideoFrame]


def run(options: Options) -> Iterator[Row]:
    """Milliseconds a frame, then code values that each is off on a chart of random colours."""
    from clipzy.media.colour.cube import write_cube

    look = a_look()
    with tempfile.TemporaryDirectory(prefix="clipzy-benchmark-") as name:
        cube = Path(name) / "look.cube"
        write_cube(look, cube)
        ours = packed(look)
        for clip in clips(options, SIZES, SECONDS):
            frames = _frames(clip.path)
            works = {"packed tables": _over(frames, ours), PEER: _over(frames, lut3d(cube))}
            for work in works.values():
                work()
            costs = side_by_side(works, options.rounds_or(ROUNDS))
            yield from cost_rows(clip.name, costs, PEER, each=FRAMES, unit="ms/frame")
        yield from exactness({"packed tables": ours, PEER: lut3d(cube)}, look)
        for clip in clips(options, ("1080p",), SECONDS):
            frames = _frames(clip.path)
            works = {name: _over(_tagged(frames, *kind), painted(look)) for name, kind in KINDS.items()}
            for work in works.values():
                work()
            costs = side_by_side(works, options.rounds_or(ROUNDS))
            yield from cost_rows(clip.name, costs, TEN_BITS, each=FRAMES, unit="ms/frame")


def a_look() -> NDArray[np.float32]:
    """A strong look, (33, 33, 33, 3) by [blue, green, red]: warm, contrasty, saturated, lifted shadows."""
    from accuracy.slider_table import graded_table
    from clipzy.style.dna import ColorGrade

    return graded_table(ColorGrade(temperature=45, tint=-15, saturation=30, contrast=35, highlights=-20, shadows=25))


def packed(look: NDArray[np.float32]) -> Step:
    """Our kernel."""
    from clipzy.media.colour.lut import apply, pack

    table = pack(look)
    return lambda frame: apply(table, frame)


def painted(look: NDArray[np.float32]) -> Step:
    """All that the renderer does with a picture of the output's size that wears a look."""
    from clipzy.media.orientation import Orientation
    from clipzy.media.rendering.picture_chain import PictureChain, Tables
    from clipzy.style.plan import WHOLE_PICTURE, Clip
    from clipzy.style.time import Span

    clip = Clip(Span(Fraction(0), Fraction(1)), WHOLE_PICTURE, "look", None, "")
    tables = Tables({"look": look})
    chains: dict[tuple[int, int], PictureChain] = {}

    def step(frame: av.VideoFrame) -> av.VideoFrame:
        size = frame.width, frame.height
        chain = chains.setdefault(size, PictureChain(Orientation(), size, tables))
        return chain(frame, clip)

    return step


def lut3d(cube: Path) -> Step:
    """FFmpeg's filter as one would use it: swscale to RGB and back at full chroma precision, trilinear as our tables are baked."""
    graph: av.filter.Graph | None = None

    def step(frame: av.VideoFrame) -> av.VideoFrame:
        nonlocal graph
        if graph is None:
            graph = _graph(frame, cube)
        frame.pts = 0 if frame.pts is None else frame.pts
        graph.vpush(frame)
        return graph.vpull()

    return step


def exactness(steps: dict[str, Step], look: NDArray[np.float32]) -> Iterator[Row]:
    """How far each lands from the look computed in float64, at the middle of patches of one colour."""
    codes = chart_codes(CHART * CHART)
    truth = looked(look, codes)
    for name, step in steps.items():
        result = step(_chart(codes)).to_ndarray(format="yuv420p")
        got = _middles(result)
        off = np.abs(got - truth)
        for part, columns in (("luma", slice(0, 1)), ("chroma", slice(1, 3))):
            yield Row("chart", f"{name}, {part} mean error", "codes", (float(off[:, columns].mean()),))
            yield Row("chart", f"{name}, {part} largest error", "codes", (float(off[:, columns].max()),))


def chart_codes(count: int) -> NDArray[np.uint8]:
    """(N, 3) limited-range BT.709 Y'CbCr codes of random colours."""
    rgb = np.random.default_rng(5).random((count, 3))
    return np.round(coded(rgb)).astype(np.uint8)


def looked(look: NDArray[np.float32], codes: NDArray[np.uint8]) -> Floats:
    """(N, 3) unrounded codes with the look on them: trilinear, in float64."""
    from scipy.interpolate import RegularGridInterpolator

    axis = np.linspace(0, 1, look.shape[0])
    at = RegularGridInterpolator((axis, axis, axis), look.astype(np.float64))
    rgb = np.clip(decoded(codes.astype(np.float64)), 0, 1)
    return coded(at(rgb[:, ::-1]))


def coded(rgb: Floats) -> Floats:
    """R'G'B' 0..1 to codes."""
    luma = KR * rgb[:, 0] + (1 - KR - KB) * rgb[:, 1] + KB * rgb[:, 2]
    blue, red = (rgb[:, 2] - luma) / (1 - KB), (rgb[:, 0] - luma) / (1 - KR)
    return np.stack([16 + 219 * luma, 128 + 112 * blue, 128 + 112 * red], -1)


def decoded(codes: Floats) -> Floats:
    """Codes to R'G'B'."""
    luma, cb, cr = (codes[:, 0] - 16) / 219, (codes[:, 1] - 128) / 224, (codes[:, 2] - 128) / 224
    red, blue = luma + 2 * (1 - KR) * cr, luma + 2 * (1 - KB) * cb
    return np.stack([red, (luma - KR * red - KB * blue) / (1 - KR - KB), blue], -1)


def _chart(codes: NDArray[np.uint8]) -> av.VideoFrame:
    side = CHART * PATCH
    luma, cb, cr = (codes[:, k].reshape(CHART, CHART) for k in range(3))
    planes = [np.kron(luma, np.ones((PATCH, PATCH), np.uint8))]
    planes += [np.kron(plane, np.ones((PATCH // 2, PATCH // 2), np.uint8)) for plane in (cb, cr)]
    stacked = np.concatenate([plane.reshape(-1) for plane in planes]).reshape(side * 3 // 2, side)
    frame = av.VideoFrame.from_ndarray(stacked, format="yuv420p")
    frame.colorspace, frame.color_range = 1, 1  # BT.709, limited
    return frame


def _middles(planes: NDArray[np.uint8]) -> Floats:
    side = CHART * PATCH
    luma = planes[:side].reshape(side, side)[PATCH // 2 :: PATCH, PATCH // 2 :: PATCH]
    chroma = planes[side:].reshape(2, side // 2, side // 2)[:, PATCH // 4 :: PATCH // 2, PATCH // 4 :: PATCH // 2]
    return np.stack([luma, *chroma], -1).reshape(-1, 3).astype(np.float64)


def _frames(path: Path) -> list[av.VideoFrame]:
    with av.open(str(path)) as container:
        frames = [frame.reformat(format="yuv420p") for frame in itertools.islice(container.decode(video=0), FRAMES)]
    if len(frames) < FRAMES:
        raise Failed(f"{path.name} has fewer than {FRAMES} frames")
    for frame in frames:
        frame.colorspace, frame.color_range = 1, 1
    return frames


def _tagged(
    frames: list[av.VideoFrame], pixels: str, matrix: int, primaries: int, transfer: int
) -> list[av.VideoFrame]:
    """The frames in a pixel format, said to be coded so."""
    # yuv420p comes back as the very frame, whose tags are not ours to change
    copies = [frame.reformat(format="yuv420p10le").reformat(format=pixels) for frame in frames]
    for frame in copies:
        frame.colorspace, frame.color_primaries, frame.color_trc, frame.color_range = matrix, primaries, transfer, 1
    return copies


def _over(frames: list[av.VideoFrame], step: Step) -> Callable[[], None]:
    def work() -> None:
        for frame in frames:
            step(frame)

    return work


def _graph(frame: av.VideoFrame, cube: Path) -> av.filter.Graph:
    precise = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"
    graph = av.filter.Graph()
    graph.threads = 1
    source = f"video_size={frame.width}x{frame.height}:pix_fmt=yuv420p:time_base=1/1:pixel_aspect=1/1:colorspace=bt709:range=tv"
    nodes = [
        graph.add("buffer", source),
        graph.add("scale", f"{precise}:in_color_matrix=bt709:in_range=tv"),
        graph.add("format", "gbrp"),
        graph.add("lut3d", f"file={cube}:interp=trilinear"),
        graph.add("scale", f"{precise}:out_color_matrix=bt709:out_range=tv"),
        graph.add("format", "yuv420p"),
        graph.add("buffersink"),
    ]
    graph.link_nodes(*nodes).configure()
    return graph
