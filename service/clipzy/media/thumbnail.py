"""A small picture of a video, for lists."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

from PIL import Image

from clipzy.media.stills import frame_at

LONG_SIDE = 480  # pixels, for cards on high-density screens
SHARPER = 2  # times as large it comes from the decoder, whose plain scaling is a little soft
JPEG_QUALITY = 80


def thumbnail(path: Path, time: Fraction) -> bytes:
    """The picture that is on the screen at a time as a JPEG, at most 480 pixels long; never enlarged.

    Of videos larger than 4K it is the key picture before: so no thumbnail takes more memory than the probe of its video.

    Args:
        path: one of the accepted containers.
        time: seconds from the first frame; beyond the end: the last frame.

    Raises:
        UnsupportedFormat, InvalidVideo: the file cannot be opened.
        MediaError: the pictures about that time cannot be decoded.
    """
    image = Image.fromarray(frame_at(path, time, SHARPER * LONG_SIDE, frugal=True))
    image.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return file.getvalue()
