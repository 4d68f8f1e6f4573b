"""Pictures of 256 colours, whose table a file has once: old screen recordings and animations."""

from fractions import Fraction

import av
import numpy as np
import pytest

from clipzy.media.rendering.footage import examine
from clipzy.media.rendering.readers import FrameReader
from clipzy.media.stills import frame_at
from clipzy.style.time import Span

BROWN = (150, 90, 30)


@pytest.fixture(params=["smc.mov", "msrle.mov", "rawvideo.mov", "rawvideo.avi", "msrle.avi"])
def brown(request, tmp_path):
    """Ten seconds of one colour."""
    path = tmp_path / request.param
    table = np.zeros((256, 4), np.uint8)
    table[7] = 255, *BROWN
    with av.open(str(path), "w") as out:
        stream = out.add_stream(path.stem, rate=2)
        stream.width, stream.height, stream.pix_fmt = 64, 36, "pal8"
        for _ in range(20):
            out.mux(stream.encode(av.VideoFrame.from_ndarray((np.full((36, 64), 7, np.uint8), table), format="pal8")))
        out.mux(stream.encode(None))
    return path


def test_a_leap_into_the_file_keeps_its_colours(brown):
    """Stills and what is rendered leap to the shots that they show: from the first picture to the last all are of the file's colours."""
    for time in (0, 1, 7):
        assert np.abs(frame_at(brown, Fraction(time)).astype(int) - BROWN).max() <= 1
    with FrameReader(examine(brown)) as reader:
        for start in (0, 7):
            _, frame = next(reader.frames(Span(Fraction(start), Fraction(start + 1))))
            assert np.abs(frame.to_rgb().to_ndarray().astype(int) - BROWN).max() <= 1
