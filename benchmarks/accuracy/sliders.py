"""How well the six sliders come back from a video that was graded with our own look and encoded, against what was set.

    python benchmarks/accuracy/sliders.py --videos 20

Made-up takes are encoded as footage. A grade of random sliders, baked into a 33-node table, goes onto the decoded frames as in rendering, and the
result is encoded again. The sliders are then fitted with the footage as the prior; that is what a round trip can give back, while a grade whose
footage is unknown can only be described. Beside it stands the guess that nothing was graded, and the fit on pictures that met neither table
nor codec.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import fields
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from edits import encode, looked
from material import Picture, random_shot
from numpy.typing import NDArray
from report import Report, Row, finish, options, seed_of
from scipy.optimize import least_squares
from scoring import Estimate, bootstrap, pooled
from slider_table import graded_table

from clipzy.analysis.look import oklab
from clipzy.analysis.look.colour_samples import colour_samples
from clipzy.analysis.look.grade import grade, look_statistics
from clipzy.media.colour.lut import apply, pack
from clipzy.media.decoding.decode import decode_pass
from clipzy.media.decoding.taps import SamplesTap, open_samples
from clipzy.style.dna import ColorGrade

RANGE = 50.0  # of each slider to both sides
RATE = 25
TAKES = 4
RIDGE = 1e-5**0.5  # what is ungraded is known, so sliders need no pull toward 0 but where they change nothing
BARS = {"temperature": 3, "tint": 3, "saturation": 3, "contrast": 10, "highlights": 10, "shadows": 10}


def write_footage(path: Path, seed: int, frames: int = 30) -> None:
    """Some takes of made-up places, ungraded."""
    random = np.random.default_rng(seed)

    # made-up colours are far more vivid than filmed ones, which would leave the gamut at once
    saturation = float(random.uniform(0.2, 0.5))

    def pictures() -> Iterator[Picture]:
        for _ in range(TAKES):
            for picture in random_shot(random, RATE).frames(frames):
                yield looked(picture, saturation, np.ones(3, np.float32))

    encode(path, pictures(), RATE, crf=20)


def write_graded(source: Path, path: Path, sliders: ColorGrade) -> None:
    """The file with the look of these sliders, applied as rendering does, encoded again."""
    table = pack(graded_table(sliders), matrix="bt601")  # the footage is of standard definition
    with av.open(str(source)) as given, av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=RATE, options={"crf": "20", "preset": "veryfast", "threads": "2"})
        stream.pix_fmt = "yuv420p"
        stream.codec_context.colorspace = 1  # BT.709, in which looks leave
        for number, frame in enumerate(given.decode(video=0)):
            if number == 0:
                stream.width, stream.height = frame.width, frame.height
            looked = apply(table, frame)
            looked.pts, looked.time_base = number, Fraction(1, RATE)
            out.mux(stream.encode(looked))
        out.mux(stream.encode(None))


def colours(path: Path) -> NDArray[np.float64]:
    """OKLab colours of a file, drawn as the video_analysis stage draws them."""
    with tempfile.TemporaryDirectory(prefix="clipzy-accuracy-") as name:
        decode_pass(path, (SamplesTap(Path(name), Fraction(5)),))
        return oklab.from_srgb(colour_samples(open_samples(Path(name)).pictures).of().astype(np.float64))


def fitted(graded: NDArray[np.float64], prior: NDArray[np.float64]) -> NDArray[np.float64]:
    """The six sliders, in points, that take the prior to the graded colours; both (n, 3) OKLab."""
    wanted = look_statistics(graded, np.ones(len(graded))).vector()

    def left(sliders: NDArray[np.float64]) -> NDArray[np.float64]:
        found = look_statistics(grade(prior, sliders), np.ones(len(prior))).vector()
        return np.concatenate([found - wanted, RIDGE * sliders])

    return 100 * least_squares(left, np.zeros(6), bounds=(-1, 1), method="dogbox", xtol=1e-4).x


def main() -> None:
    """Make the material, score it, report."""
    parser = options(__doc__.splitlines()[0])
    parser.add_argument("--videos", type=int, default=20)
    given = parser.parse_args()
    seed = seed_of(given.seed)
    random = np.random.default_rng(seed)
    ours, direct, nothing = [], [], []
    with tempfile.TemporaryDirectory(prefix="clipzy-accuracy-") as name:
        for number in range(given.videos):
            footage, graded = Path(name) / f"{number}.mp4", Path(name) / f"{number}-graded.mp4"
            write_footage(footage, int(random.integers(2**31)))
            wanted = random.uniform(-RANGE, RANGE, 6)
            write_graded(footage, graded, ColorGrade(*wanted))
            prior = colours(footage)
            ours.append(np.abs(fitted(colours(graded), prior) - wanted))
            direct.append(np.abs(fitted(grade(prior, wanted / 100), prior) - wanted))
            nothing.append(np.abs(wanted))
            print(".", end="", flush=True, file=sys.stderr)
    print(file=sys.stderr)
    rows = tuple(
        Row(
            f"{field.name}, median points off",
            _off(ours, k),
            BARS[field.name],
            more=False,
            peers={"guessing 0": _off(nothing, k)},
        )
        for k, field in enumerate(fields(ColorGrade))
    )
    notes = tuple(
        f"{field.name}: mean {np.mean([e[k] for e in ours]):.1f}, worst {max(e[k] for e in ours):.1f} points off; "
        f"without table and codec median {_off(direct, k).value:.2g}"
        for k, field in enumerate(fields(ColorGrade))
    )
    material = f"{given.videos} videos of {TAKES} takes, all sliders in +-{RANGE:g} at once"
    finish(Report("sliders after table and codec", seed, material, rows, notes), given.json)


def _off(errors: list[NDArray[np.float64]], slider: int) -> Estimate:
    return bootstrap([[float(e[slider])] for e in errors], pooled(np.median))


if __name__ == "__main__":
    main()
