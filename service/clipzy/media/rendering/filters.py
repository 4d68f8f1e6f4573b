"""Chains of FFmpeg's filters for frames of one kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import av.error
from av.filter import Graph
from av.video.frame import VideoFrame

Filter = tuple[str, str]  # FFmpeg's name of a filter, and its arguments


def chain(frame: VideoFrame, filters: Sequence[Filter]) -> Graph:
    """The filters one after the other, for frames of that one's size, format and coding."""
    graph = Graph()
    graph.threads = 1  # the encoder has all processors; slicing a picture for them costs more than it gains
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
    """What has come out by now: a filter that looks ahead gives less than it was given."""
    while True:
        try:
            yield graph.vpull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
