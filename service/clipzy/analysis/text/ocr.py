"""Reading text in one picture: RapidOCR's detector and recogniser (PP-OCRv4, Apache-2.0), whose weights come with its package.

What the recogniser says of a line is put into words by `lettering`, in place of the package's own reading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from rapidocr_onnxruntime import RapidOCR

from clipzy.analysis.text.lettering import spaced_text
from clipzy.errors import ConfigurationError

Pixels = NDArray[np.uint8]
Rows = tuple[int, int]  # first row of a band of a picture and one past its last

LONG_SIDE = 480
"""Pixels at which text is looked for: 47 of 48 captions found in 34 CPU-ms; 38 at 320."""

SIDE_STEP = 32  # pixels: pictures of sides that are no multiples are distorted a little


@dataclass(frozen=True, slots=True)
class TextBox:
    """Where a line of text stands: centre and size as shares of the picture's width and height; `corners` (4, 2) in pixels of the picture."""

    x: float
    y: float
    width: float
    height: float
    corners: NDArray[np.float32]

    @property
    def line_height_px(self) -> float:
        """Height of the line itself, in pixels of the picture: that of a slanted line, not of its box."""
        top_left, top_right, bottom_right, bottom_left = self.corners
        return float(np.linalg.norm(bottom_left - top_left) + np.linalg.norm(bottom_right - top_right)) / 2


class TextReader:
    """Finds lines of text and reads them, on the CPU; `threads` pictures are searched side by side. Loading takes about a second.

    Each picture has one thread: several for one would spend most of their time waiting for each other.

    Raises:
        ConfigurationError: when the package lacks its weights.
    """

    def __init__(self, threads: int = 1) -> None:
        try:
            # det_limit_type "max": the default enlarges every picture to 736 lines, five times the cost for the same recall
            self._ocr = RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1, det_limit_type="max")
        except FileNotFoundError as exc:
            raise ConfigurationError(
                f"the text reader's weights are missing; reinstall rapidocr-onnxruntime ({exc})"
            ) from exc
        detector = self._ocr.text_det
        shape = detector.get_preprocess(LONG_SIDE)
        detector.get_preprocess = lambda _long_side: _normalised(shape.resize, shape.mean, shape.std)
        recogniser = self._ocr.text_rec
        recogniser.postprocess_op = _Reading(recogniser.postprocess_op.character)
        self._threads = ThreadPoolExecutor(threads, "ocr")

    def find_in(self, pictures: Iterable[Pixels]) -> list[tuple[TextBox, ...]]:
        """What `find` finds in each of many pictures of one size."""
        # all that the package's detector keeps of a call is how it prepares pictures, which is the same for all of them here
        return list(self._threads.map(self.find, pictures))

    def find(self, picture: Pixels) -> tuple[TextBox, ...]:
        """Find lines of text in a picture (H, W, 3) uint8 RGB, top to bottom; larger pictures are shrunk to 480 pixels first."""
        height, width = picture.shape[:2]
        scale = min(1.0, LONG_SIDE / max(height, width))
        size = (max(32, round(width * scale)), max(32, round(height * scale)))
        small = picture if size == (width, height) else cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        found, _ = self._ocr(cv2.cvtColor(np.ascontiguousarray(small), cv2.COLOR_RGB2BGR), use_rec=False, use_cls=False)
        boxes = []
        for corners in () if found is None else found:
            points = np.asarray(corners, np.float32) * np.array([width / size[0], height / size[1]], np.float32)
            boxes.append(_box(points, width, height))
        return tuple(sorted(boxes, key=lambda box: (box.y, box.x)))

    def find_within(self, bands: Iterable[tuple[Pixels, Rows]]) -> list[tuple[TextBox, ...]]:
        """What `find` finds in each of many bands of pictures, placed in the whole picture."""

        def find(picture: Pixels, rows: Rows) -> tuple[TextBox, ...]:
            first, end = rows
            height, width = picture.shape[:2]
            down = np.array([0, first], np.float32)
            return tuple(_box(box.corners + down, width, height) for box in self.find(picture[first:end]))

        return list(self._threads.map(lambda band: find(*band), bands))

    def read(self, picture: Pixels, boxes: Sequence[TextBox]) -> list[tuple[str, float]]:
        """Read the text in each box of a picture: (text, score 0..1) in the order of the boxes."""
        answers = [self._ocr(cut_out(picture, box), use_det=False, use_cls=False)[0] for box in boxes]
        return [(str(answer[0][0]), float(answer[0][1])) if answer else ("", 0.0) for answer in answers]


def _normalised(
    resize: Callable[[Pixels], Pixels], mean: NDArray[np.float64], std: NDArray[np.float64]
) -> Callable[[Pixels], NDArray[np.float32]]:
    """What the detector is given, in place of the package's own way there, which goes through double precision: a tenth of its time."""
    gain, offset = (np.asarray(each, np.float32) for each in (1 / (255 * std), -mean / std))

    def prepare(picture: Pixels) -> NDArray[np.float32]:
        """(H, W, 3) to (1, 3, height, width), sides multiples of 32."""
        shaped = resize(picture)
        prepared = np.empty((1, 3, *shaped.shape[:2]), np.float32)
        # plane by plane: numpy is many times slower at rows of three numbers
        for k, plane in enumerate(cv2.split(shaped)):
            np.multiply(plane, gain[k], out=prepared[0, k])
            prepared[0, k] += offset[k]
        return prepared

    return prepare


class _Reading:
    """What stands in the recogniser for the package's own reading of its answers."""

    def __init__(self, signs: Sequence[str]) -> None:
        self._signs = signs

    def __call__(self, probabilities: NDArray[np.float32], *_: object, **__: object) -> list[tuple[str, float]]:
        """(lines, columns, signs) to (text, score) for each line."""
        return [spaced_text(line, self._signs) for line in probabilities]


def cut_out(picture: Pixels, box: TextBox) -> Pixels:
    """Take a box out of a picture, made upright: uint8 BGR, as the recogniser wants it."""
    corners = box.corners
    sides = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    width, height = max(4, int(sides[[0, 2]].max())), max(4, int(sides[[1, 3]].max()))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    turn = cv2.getPerspectiveTransform(corners, target)
    crop = cv2.warpPerspective(picture, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2BGR))


def _box(points: NDArray[np.float32], width: int, height: int) -> TextBox:
    low, high = points.min(0), points.max(0)
    centre, size = (low + high) / 2, high - low
    return TextBox(
        float(centre[0] / width), float(centre[1] / height), float(size[0] / width), float(size[1] / height), points
    )
