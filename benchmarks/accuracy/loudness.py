"""How exactly loudness, range and true peak are measured, and how well known treatments are read back.

    python benchmarks/accuracy/loudness.py --pieces 8 --seed 7
    python benchmarks/accuracy/loudness.py --media FOLDER

Known answers are those of EBU Tech 3341 and 3342, without loss in Matroska. Generated music, as AAC in mp4, with one, two and six
channels, is held against FFmpeg's ebur128 filter on the same decoded frames: ours is built on that filter too, so this shows what cutting,
timing and mixing around it do, not what the filter does. pyloudnorm, where installed, and an oversampling by sixteen are other people's
arithmetic. Treatments are then done to the same music: a gain, a compressor of known ratio over the whole range (FFmpeg's acompressor), a
low shelf of known gain at 100 Hz; the style's fields are held against what was set. `--media` takes the sounds of a folder instead of
generated ones; of these nobody knows how they were treated before, so what was read before the treatment is told beside it.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "service"))

import report
from report import Report, Row
from scoring import bootstrap
from sound_generators import pieces
from sound_instruments import RATE
from sound_levels import RATE as TEST_RATE
from sound_levels import Levels, Samples, decoded, ffmpeg_levels, known_answers, oversampled_peak, pyloudnorm_meter
from sound_listening import Listener, media_in, read_sound, write_clip

from clipzy.media.sound.audio import decode_audio
from clipzy.media.sound.compressor import Compressor
from clipzy.media.sound.equaliser import Equaliser, low_shelf
from clipzy.settings import Settings
from clipzy.style.loudness import FULL_BASS_DB, LOUDEST_LUFS, QUIETEST_LUFS, normalization_level

BAR_LU, BAR_RANGE_LU, BAR_PEAK_DB = 0.1, 0.5, 0.2
RATIOS = (1.5, 2.0, 3.0, 4.0)
SHELVES_DB = (3.0, 6.0, 9.0, 12.0)
SHELF_HZ = 100.0
SOUNDS = (".wav", ".flac", ".mp3", ".ogg", ".m4a", ".mp4")
LONGEST_S = 40  # of a file of the user's own
WIDE_GAINS = (0.7, 0.6, 0.9, 0.2, 0.4, 0.3)  # of the six channels of a 5.1 mix


@dataclass(frozen=True, slots=True)
class Treated:
    """A treatment's setting, what the style says after it and what it said before."""

    name: str
    set_to: float
    read: float
    before: float


def levels_of(path: Path, folder: Path) -> Levels:
    """Ours, by the code that the stage calls."""
    found = decode_audio(path, folder)
    if found is None:
        raise SystemExit(f"{path}: no sound")
    return Levels(found.loudness.integrated_lufs, found.loudness.range_lu, found.loudness.true_peak_dbtp)


def known_rows(random: np.random.Generator, folder: Path) -> Iterator[Row]:
    """Worst errors on the known answers."""
    errors: dict[str, list[float]] = {"integrated": [], "spread": [], "true_peak": []}
    quiet: list[float] = []
    for number, known in enumerate(known_answers(random)):
        path = write_clip(folder / f"known{number}.mkv", known.audio, TEST_RATE, codec="flac")
        ours = levels_of(path, folder / f"known{number}")
        if known.silent:
            quiet.append(float(ours == Levels()))
        for what, values in errors.items():
            answer, said = getattr(known.answer, what), getattr(ours, what)
            if answer is not None:
                values.append(float("inf") if said is None else abs(said - answer))
        path.unlink()
    yield Row("EBU answers: integrated, worst error, LU", bootstrap(errors["integrated"], max), BAR_LU, more=False)
    yield Row("EBU answers: range, worst error, LU", bootstrap(errors["spread"], max), BAR_RANGE_LU, more=False)
    yield Row("EBU answers: true peak, worst error, dB", bootstrap(errors["true_peak"], max), BAR_PEAK_DB, more=False)
    yield Row("silence: nothing is said", bootstrap(quiet, mean), 1.0)


def music_rows(sounds: Sequence[tuple[str, Samples]], folder: Path) -> Iterator[Row]:
    """Differences from other meters on music, by number of channels."""
    meter = pyloudnorm_meter()
    for layout, shape in (("mono", _mono), ("stereo", np.asarray), ("5.1", _surround)):
        off: dict[str, list[float]] = {"I": [], "LRA": [], "TP": [], "TP16": [], "pyloudnorm": []}
        for number, (_, audio) in enumerate(sounds):
            path = write_clip(folder / "music.mp4", shape(audio), RATE)
            ours, theirs = levels_of(path, folder / f"music{layout}{number}"), ffmpeg_levels(path)
            off["I"].append(_apart(ours.integrated, theirs.integrated))
            off["LRA"].append(_apart(ours.spread, theirs.spread))
            off["TP"].append(_apart(ours.true_peak, theirs.true_peak))
            samples, rate = decoded(path)
            off["TP16"].append(_apart(ours.true_peak, oversampled_peak(samples)))
            if meter is not None:
                off["pyloudnorm"].append(_apart(ours.integrated, meter(_weighed(samples), rate)))
        for what, words, bar in (
            ("I", "integrated against ebur128, LU", BAR_LU),
            ("LRA", "range against ebur128, LU", BAR_RANGE_LU),
            ("TP", "true peak against ebur128, dB", BAR_PEAK_DB),
            ("TP16", "true peak against 16 times, dB", BAR_PEAK_DB),
            ("pyloudnorm", "integrated against pyloudnorm, LU", BAR_LU),
        ):
            if off[what]:
                yield Row(f"{layout} music: {words}", bootstrap(off[what], max), bar, more=False)


def treat(sounds: Sequence[tuple[str, Samples]], random: np.random.Generator, folder: Path) -> dict[str, list[Treated]]:
    """Every sound with every treatment through the stage."""
    done: dict[str, list[Treated]] = {"level": [], "ratio": [], "bass": []}
    with Listener(Settings().weights_path, folder / "stage") as listener:
        for number, (name, audio) in enumerate(sounds, 1):
            path = write_clip(folder / "base.mp4", audio, RATE)
            base = listener(path).measured
            loudness = ffmpeg_levels(path).integrated
            assert loudness is not None
            target = float(random.uniform(QUIETEST_LUFS, LOUDEST_LUFS))
            gain = min(target - loudness, -1.0 - (base.loudness.true_peak_dbtp or 0.0))
            path = write_clip(folder / "gain.mp4", audio * np.float32(10 ** (gain / 20)), RATE)
            read = normalization_level(listener(path).measured.loudness.integrated_lufs)
            done["level"].append(Treated(name, normalization_level(loudness + gain), read, 0.0))
            for ratio in RATIOS:
                path = write_clip(folder / "ratio.mp4", _compressed(audio, ratio, loudness), RATE)
                done["ratio"].append(
                    Treated(name, ratio, listener(path).measured.compression_ratio, base.compression_ratio)
                )
            for shelf in SHELVES_DB:
                path = write_clip(folder / "bass.mp4", _boosted(audio, shelf), RATE)
                boost = listener(path).measured.bass_boost
                done["bass"].append(Treated(name, 100 * shelf / FULL_BASS_DB, boost, base.bass_boost))
            print(f"\r{number}/{len(sounds)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return done


def treatment_rows(done: dict[str, list[Treated]]) -> Iterator[Row]:
    """How far what is read lies from what was set, and whether more is read where more was set."""
    level = [abs(t.read - t.set_to) for t in done["level"]]
    yield Row(
        "normalization_level: worst error", bootstrap(level, max), BAR_LU / (LOUDEST_LUFS - QUIETEST_LUFS), more=False
    )
    by_sound = _by_sound(done["ratio"])
    off = [float(np.mean([abs(np.log2(t.read / t.set_to)) for t in of])) for of in by_sound]
    yield Row("compression_ratio: error, octaves of ratio", bootstrap(off, mean), more=False)
    off = [float(np.mean([abs(np.log2(t.read / max(1.0, t.before) / t.set_to)) for t in of])) for of in by_sound]
    yield Row("compression_ratio: error over untouched, octaves", bootstrap(off, mean), more=False)
    yield Row("compression_ratio: rank correlation", bootstrap([_rank(of) for of in by_sound], mean))
    yield Row("compression_ratio: read of untouched", bootstrap([of[0].before for of in by_sound], mean), more=False)
    by_sound = _by_sound(done["bass"])
    off = [float(np.mean([abs(t.read - t.set_to) for t in of])) for of in by_sound]
    yield Row("bass_boost: error, of 100", bootstrap(off, mean), more=False)
    yield Row("bass_boost: rank correlation", bootstrap([_rank(of) for of in by_sound], mean))
    yield Row("bass_boost: read of untouched", bootstrap([of[0].before for of in by_sound], mean), more=False)


def notes(done: dict[str, list[Treated]]) -> Iterator[str]:
    """What was read at each setting, and the sounds that went worst."""
    for what in ("ratio", "bass"):
        for setting in sorted({t.set_to for t in done[what]}):
            read = [t.read for t in done[what] if t.set_to == setting]
            low, middle, high = np.percentile(read, (10, 50, 90))
            yield f"  {what} set to {setting:.1f}: read {middle:.2f} ({low:.2f} .. {high:.2f})"
    for of in _by_sound(done["ratio"]):
        yield f"  {of[0].name}: ratio untouched {of[0].before:.2f}, then " + ", ".join(f"{t.read:.2f}" for t in of)


def mean(values: Sequence[float]) -> float:
    """Mean of what is known."""
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def _by_sound(done: Sequence[Treated]) -> list[list[Treated]]:
    return [[t for t in done if t.name == name] for name in dict.fromkeys(t.name for t in done)]


def _rank(done: Sequence[Treated]) -> float:
    """Spearman's correlation of settings and readings, the untouched one first; 0 where nothing changes."""
    read = [done[0].before, *(t.read for t in done)]
    return 0.0 if len(set(read)) == 1 else float(spearmanr(range(len(read)), read).statistic)


def _apart(ours: float | None, theirs: float | None) -> float:
    return float("inf") if ours is None or theirs is None else abs(ours - theirs)


def _mono(audio: Samples) -> Samples:
    return np.ascontiguousarray(audio.mean(axis=1, keepdims=True))


def _surround(audio: Samples) -> Samples:
    left, right = audio.T
    both = (left + right) / 2
    return np.asarray(np.stack([left, right, both, both, right, left], axis=1) * np.array(WIDE_GAINS), np.float32)


def _weighed(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """In the order that pyloudnorm takes (left, right, centre, surrounds), without LFE; one channel on two loudspeakers."""
    if samples.shape[1] == 1:
        return np.repeat(samples, 2, axis=1)
    return samples[:, [0, 1, 2, 4, 5]] if samples.shape[1] == 6 else samples


def _compressed(audio: Samples, ratio: float, lufs: float) -> Samples:
    squeezed = Compressor(ratio, lufs, RATE, "stereo")(np.ascontiguousarray(audio.T)).T
    return _below_full(squeezed)


def _boosted(audio: Samples, gain_db: float) -> Samples:
    return _below_full(Equaliser((low_shelf(SHELF_HZ, gain_db, RATE),), 2)(np.ascontiguousarray(audio.T)).T)


def _below_full(audio: Samples) -> Samples:
    """At a peak of 0.7, so that the coder does not clip."""
    return np.asarray(0.7 * audio / np.abs(audio).max(), np.float32)


def main() -> None:
    """Generate or read, treat, measure, report."""
    parser = report.options(__doc__.splitlines()[0])
    parser.add_argument("--pieces", type=int, default=8, help="sounds that are treated")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--media", type=Path, help="a folder of sounds to treat instead of generated ones")
    options = parser.parse_args()
    seed = report.seed_of(options.seed)
    random = np.random.default_rng(seed)
    if options.media:
        paths = media_in(options.media, SOUNDS)
        sounds = [(path.name, read_sound(path, RATE)[: LONGEST_S * RATE]) for path in paths]
        material = f"sounds of {options.media}"
    else:
        generated = pieces(-(-options.pieces // 2), seed, options.seconds, ("mix", "drums"))[: options.pieces]
        sounds = [(piece.name, piece.audio) for piece in (generate() for generate in generated)]
        material = f"{len(sounds)} pieces of {options.seconds:g} s"
    with tempfile.TemporaryDirectory(prefix="clipzy-loudness-") as name:
        folder = Path(name)
        rows = [*known_rows(random, folder), *music_rows(sounds, folder)]
        done = treat(sounds, random, folder)
    rows += treatment_rows(done)
    report.finish(Report("Loudness", seed, material, tuple(rows), tuple(notes(done))), options.json)


if __name__ == "__main__":
    main()
