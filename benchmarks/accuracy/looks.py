"""How near a look brings one picture's colours to another's, and what it costs the picture, beside simple ways and color-matcher.

    python benchmarks/accuracy/looks.py --pairs 24 --pictures FOLDER

Photographs of scikit-image's wheel, where it is installed, or a folder's are paired at random. Each way is fitted on colours drawn from both
pictures; all that can be a table is baked into one of 33 nodes. Measured is the sliced Wasserstein distance in OKLab, times 100, between
the picture through the table, in 8 bits as a frame is, and its template.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from report import Report, Row, finish, options, seed_of
from scoring import Estimate, bootstrap, pooled

from clipzy.analysis.look import oklab
from clipzy.analysis.look.colour_samples import colour_samples
from clipzy.analysis.look.roughness import seen_through
from clipzy.inference.local import LocalInference
from clipzy.media.colour.look_table import identity
from clipzy.stages.matched_look import surfaces_of, transferred

Floats = NDArray[np.float64]

SIZE = (160, 90)
COLOURS = 8192
PHOTOGRAPHS = (
    "astronaut",
    "chelsea",
    "coffee",
    "color",
    "hubble_deep_field",
    "ihc",
    "motorcycle_left",
    "retina",
    "rocket",
)
PEER = "color-matcher, hm-mvgd-hm, no table"
SAME_WAY, SAME_WAY_TABLED = "hm-mvgd-hm of our own, no table", "hm-mvgd-hm of our own, through a table"
BAR = 0.83  # what color-matcher's best reached when looks were chosen, on other pairs of such pictures
MOST_CLIPPED = 2.0  # percent
ENDS = (0.5 / 255, 254.5 / 255)


@dataclass(frozen=True, slots=True)
class Pair:
    """A picture and the one whose colours it takes, (n, 3) sRGB 0..1 each."""

    name: str
    footage: Floats
    template: Floats


def pictures(folder: Path | None) -> Iterator[tuple[str, Floats]]:
    """Name and colours of each photograph, small as a look needs them."""
    if folder is None:
        found = importlib.util.find_spec("skimage")
        if found is None or found.origin is None:
            raise SystemExit("scikit-image is not installed: name a folder of pictures with --pictures")
        data = Path(found.origin).parent / "data"
        paths = [path for path in sorted(data.iterdir()) if path.stem in PHOTOGRAPHS]
    else:
        paths = sorted(folder.iterdir())
    for path in paths:
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if picture is not None:
            small = cv2.resize(picture[..., ::-1], SIZE, interpolation=cv2.INTER_AREA)
            yield path.stem, small.reshape(-1, 3) / 255


def apart(one: Floats, other: Floats) -> float:
    """Sliced Wasserstein distance in OKLab x 100 over 64 directions."""
    directions = np.random.default_rng(7).normal(size=(3, 64))
    directions /= np.linalg.norm(directions, axis=0)
    levels = np.linspace(0.005, 0.995, 200)
    first, second = (np.quantile(oklab.from_srgb(cloud) @ directions, levels, axis=0) for cloud in (one, other))
    return float(100 * np.abs(first - second).mean())


def clipped(colours: Floats) -> float:
    """Percent of channel values at black or white."""
    return float(100 * ((colours <= ENDS[0]) | (colours >= ENDS[1])).mean())


def falls(table: NDArray[np.floating]) -> float:
    """Percent of steps along a channel's own axis that fall by more than 0.001."""
    steps = [np.diff(table[..., channel], axis=2 - channel) for channel in range(3)]
    return float(100 * np.mean([(step < -1e-3).mean() for step in steps]))


def steepest(table: NDArray[np.floating]) -> float:
    """The largest change of a channel from node to node, in steps between nodes."""
    return 32 * max(float(np.abs(np.diff(table, axis=axis)).max()) for axis in range(3))


def tabled(mapped: Callable[[Floats], Floats]) -> NDArray[np.float64]:
    """A map of colours as a table of 33 nodes."""
    return mapped(identity().reshape(-1, 3).astype(float)).reshape(33, 33, 33, 3)


def reinhard(footage: Floats, template: Floats) -> NDArray[np.float64]:
    """Mean and spread along each axis of OKLab (Reinhard et al. 2001), gains held in 1/3..3."""
    have, want = oklab.from_srgb(footage), oklab.from_srgb(template)
    gain = np.clip((want.std(0) + 1e-4) / (have.std(0) + 1e-4), 1 / 3, 3)
    return tabled(lambda x: oklab.into_srgb((oklab.from_srgb(x) - have.mean(0)) * gain + want.mean(0)))


def linear(footage: Floats, template: Floats) -> NDArray[np.float64]:
    """Mean and covariance by the linear Monge-Kantorovich map in OKLab, with a little noise against over-stretching."""
    have, want = oklab.from_srgb(footage), oklab.from_srgb(template)
    spread, wanted = (np.cov(lab.T) + 1e-3 * np.eye(3) for lab in (have, want))
    matrix = _monge_kantorovich(spread, wanted)
    return tabled(lambda x: oklab.into_srgb((oklab.from_srgb(x) - have.mean(0)) @ matrix + want.mean(0)))


def histograms(footage: Floats, template: Floats) -> NDArray[np.float64]:
    """Each channel of sRGB by itself to the template's quantiles."""
    levels = np.linspace(0, 1, 256)
    have, want = (np.quantile(cloud, levels, axis=0) for cloud in (footage, template))
    climbing = have + np.arange(256)[:, None] * 1e-9
    return tabled(lambda x: np.stack([np.interp(x[:, c], climbing[:, c], want[:, c]) for c in range(3)], -1))


def hm_mvgd_hm(footage: Floats, template: Floats) -> Callable[[Floats], Floats]:
    """The compound of Hahne & Aggoun (IEEE TIP 2021) as a map of colours: histograms of channels, a linear map, histograms again.

    Histograms are matched on 256 bins of each channel of sRGB, as of pictures of 8 bits; the linear map is the Monge-Kantorovich one (Pitié & Kokaram 2007).
    Written from the papers.
    """
    first = _by_quantiles(footage, template)
    matched = first(footage)
    have, want = matched.mean(0), template.mean(0)
    spread, wanted = (np.cov(cloud.T) + 1e-9 * np.eye(3) for cloud in (matched, template))
    matrix = _monge_kantorovich(spread, wanted)

    def mapped(colours: Floats) -> Floats:
        return (first(colours) - have) @ matrix + want

    last = _by_quantiles(mapped(footage), template)
    return lambda colours: np.clip(last(mapped(colours)), 0, 1)


def _by_quantiles(footage: Floats, template: Floats) -> Callable[[Floats], Floats]:
    """Each channel by itself to the template's distribution, beyond the footage's ends to the template's."""
    maps = [_rising(footage[:, channel], template[:, channel]) for channel in range(3)]
    return lambda x: np.stack([np.interp(x[:, channel], *maps[channel]) for channel in range(3)], -1)


def _rising(footage: Floats, template: Floats) -> tuple[Floats, Floats]:
    """Values of one channel of the footage and those of the template at the same ranks: of equal values, at their middle rank."""
    values, counts = np.unique(np.round(footage, 5), return_counts=True)
    ranks = (np.cumsum(counts) - counts / 2) / counts.sum()
    return values, np.quantile(template, ranks)


def _monge_kantorovich(have: Floats, want: Floats) -> Floats:
    """The linear map, of rows, that brings one covariance to another (Pitié & Kokaram 2007)."""
    root, inverse = _power(have, 0.5), _power(have, -0.5)
    return np.asarray(inverse @ _power(root @ want @ root, 0.5) @ inverse)


def _power(matrix: Floats, exponent: float) -> Floats:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * values**exponent) @ vectors.T)


def ours(inference: LocalInference, footage: Floats, template: Floats, *, whole: bool) -> NDArray[np.float64]:
    """The table of the job, from as many colours as a job draws; `whole`: with surfaces kept whole, for which the job knows places, as no peer does."""
    random = np.random.default_rng(0)
    drawn = [cloud[random.integers(0, len(cloud), COLOURS)].astype(np.float32) for cloud in (footage, template)]
    picture = np.rint(255 * footage).astype(np.uint8).reshape(1, SIZE[1], SIZE[0], 3)
    surfaces = surfaces_of(colour_samples(picture, COLOURS), ()) if whole else np.stack([drawn[0]] * 2, 1)
    return transferred(inference, drawn[0], drawn[1], 1.0, surfaces).astype(float)


def color_matcher(footage: Floats, template: Floats) -> Floats:
    """The peer at its best: the picture itself, without a table."""
    from color_matcher import ColorMatcher  # type: ignore[import-not-found]  # GPL: never a dependency, the user brings it

    shape = (SIZE[1], SIZE[0], 3)
    made = ColorMatcher().transfer(src=footage.reshape(shape), ref=template.reshape(shape), method="hm-mvgd-hm")
    return np.clip(made.reshape(-1, 3), 0, 1)


def in_eight_bits(colours: Floats) -> Floats:
    """As a frame holds them."""
    return np.asarray(np.rint(np.clip(colours, 0, 1) * 255) / 255)


def main() -> None:
    """Pair, match, measure, report."""
    parser = options(__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=24)
    parser.add_argument("--pictures", type=Path, help="a folder of photographs; those of scikit-image unless given")
    parser.add_argument("--weights", type=Path, default=Path("weights"))
    given = parser.parse_args()
    seed = seed_of(given.seed)
    known = list(pictures(given.pictures))
    both = [(a, b) for a in range(len(known)) for b in range(len(known)) if a != b]
    chosen = np.random.default_rng(seed).permutation(len(both))[: given.pairs]
    pairs = [_paired(known[both[k][0]], known[both[k][1]]) for k in chosen]
    torch.set_num_threads(1)  # of many small steps, whose threads would wait for each other beside other work
    inference = LocalInference(given.weights.resolve())
    tables = {
        "ours": lambda a, b: ours(inference, a, b, whole=True),
        "ours, knowing no places": lambda a, b: ours(inference, a, b, whole=False),
        "Reinhard in OKLab": reinhard,
        "linear map in OKLab alone": linear,
        "histograms of sRGB": histograms,
        SAME_WAY_TABLED: lambda a, b: tabled(hm_mvgd_hm(a, b)),
    }
    made = {name: [way(p.footage, p.template) for p in pairs] for name, way in tables.items()}
    inference.close()
    results = {
        name: [in_eight_bits(seen_through(t, p.footage)) for t, p in zip(of, pairs, strict=True)]
        for name, of in made.items()
    }
    results["untouched"] = [p.footage for p in pairs]
    results[SAME_WAY] = [in_eight_bits(hm_mvgd_hm(p.footage, p.template)(p.footage)) for p in pairs]
    if importlib.util.find_spec("color_matcher") is not None:
        results[PEER] = [in_eight_bits(color_matcher(p.footage, p.template)) for p in pairs]
    material = f"{len(pairs)} pairs of {len(known)} photographs"
    finish(Report("looks", seed, material, rows(pairs, results, made), worst(pairs, results["ours"])), given.json)


def _paired(footage: tuple[str, Floats], template: tuple[str, Floats]) -> Pair:
    return Pair(f"{footage[0]} to {template[0]}", footage[1], template[1])


def worst(pairs: list[Pair], ours: list[Floats], most: int = 4) -> tuple[str, ...]:
    """The pairs whose distance is left largest."""
    left = sorted(
        ((apart(made, pair.template), pair.name) for made, pair in zip(ours, pairs, strict=True)), reverse=True
    )
    return tuple(f"left at {distance:.2f}: {name}" for distance, name in left[:most])


def rows(
    pairs: list[Pair], results: Mapping[str, list[Floats]], tables: Mapping[str, list[NDArray[np.float64]]]
) -> tuple[Row, ...]:
    """Distance left, clipping added, and how the tables fall."""
    left = {name: _mean([apart(r, p.template) for r, p in zip(of, pairs, strict=True)]) for name, of in results.items()}
    more = {
        name: _mean([clipped(r) - clipped(p.footage) for r, p in zip(of, pairs, strict=True)])
        for name, of in results.items()
    }
    down = {name: _mean([falls(table) for table in of]) for name, of in tables.items()}
    middle = {name: _median(of, pairs) for name, of in results.items()}
    steep = {name: _worst([steepest(table) for table in of]) for name, of in tables.items()}
    above = [
        clipped(r) - max(clipped(p.footage), clipped(p.template)) for r, p in zip(results["ours"], pairs, strict=True)
    ]
    return (
        Row("distance to the template", left.pop("ours"), BAR, more=False, peers=left),
        Row("the same, median pair", middle.pop("ours"), more=False, peers=middle),
        Row("clipping added, percent, mean", more.pop("ours"), more=False, peers=more),
        Row("clipping above both, worst pair", _worst(above), MOST_CLIPPED, more=False),
        Row("steps that fall, percent", down.pop("ours"), more=False, peers=down),
        Row("steepest step, times a step of the input, worst pair", steep.pop("ours"), more=False, peers=steep),
    )


def _median(ours: list[Floats], pairs: list[Pair]) -> Estimate:
    left = [[apart(made, pair.template)] for made, pair in zip(ours, pairs, strict=True)]
    return bootstrap(left, pooled(np.median))


def _worst(values: list[float]) -> Estimate:
    return Estimate(max(values), max(values), max(values), len(values))


def _mean(values: list[float]) -> Estimate:
    return bootstrap([[value] for value in values], pooled(np.mean))


if __name__ == "__main__":
    main()
