"""Chains of FFmpeg filters for frames of one kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import av.error
from av.filter import Graph
from av.video.frame import VideoFrame

Filter = tuple[str, str]  # name and arguments of an FFmpeg filter


def chain(frame: VideoFrame, filters: Sequence[Filter]) -> Graph:
    """A chain of filters for frames of the same size, format and coding as `frame`."""
    graph = Graph()
    graph.threads = 1  # the encoder uses all processors; slice threads cost more than they gain
    nodes = [
        graph.add(
            "buffer",
            video_size=f"{frame.width}x{frame.height}",
            pix_fmt=frame.format.name,
            time_base="1/1",
            pixel_aspect="1/1",
            colorspace=str(frame.colorspace),
            range=str(int(frame.color_range)),
        )
    ]
    nodes += [graph.add(name, arguments) for name, arguments in filters]
    graph.link_nodes(*nodes, graph.add("buffersink")).configure()
    return graph


def ready(graph: Graph) -> Iterator[VideoFrame]:
    """The frames that are ready by now; a filter that looks ahead is late."""
    while True:
        try:
            yield graph.vpull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
