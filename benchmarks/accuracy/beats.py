"""How well beats, downbeats and tempo are found: generated music of known beats, beside librosa on the same sound.

    python benchmarks/accuracy/beats.py --pieces 30 --seed 7
    python benchmarks/accuracy/beats.py --media FOLDER

Pieces are coded as AAC in mp4 and go through the stage itself. A beat is found when it lies within 70 ms of a true one, each used once, as
mir_eval has it; nothing is trimmed, save in the row that says so, where the first five seconds are left out on both sides, mir_eval's
default. F is the mean over pieces. A tempo is right within 4 %, strictly, and in a second row also at twice, three times, half or a third of
the true one. No tempo, or no beat, is wrong. The band of a beat is right
when it is that of the lowest drum struck there: kick, snare (or clap, or rim), hat. `--media` scores annotated files instead: `song.wav` beside `song.beats`, which has a line for
each beat, its time in seconds and, where known, its number in the bar. The peer needs librosa where Python finds it; it is no requirement.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "service"))

import report
from report import Report, Row
from scoring import Counts, bootstrap, bootstrap_difference, match_intervals
from sound_generators import GROUPS, Piece, pieces
from sound_instruments import RATE
from sound_listening import Listener, media_in, read_sound, write_clip

from clipzy.settings import Settings

Times = NDArray[np.float64]

WITHIN_S = 0.07
TRIM_S = 5.0
TEMPO = 0.04
OCTAVES = (1, 2, 3, 1 / 2, 1 / 3)
# bars hold for the groups a template is most often like
BAR_BEATS, BAR_TEMPO, BARRED = 0.97, 0.95, ("mix", "swing")
SOUNDS = (".wav", ".flac", ".mp3", ".ogg", ".m4a", ".mp4")


@dataclass(frozen=True, slots=True)
class Scores:
    """One piece as one tracker heard it; `downbeats` and `bands` nan where it tells none or none are known."""

    beats: float
    beats_trimmed: float
    downbeats: float
    tempo: float
    tempo_octave: float
    bands: float


@dataclass(frozen=True, slots=True)
class Found:
    """What a tracker says, seconds and beats a minute; `downbeats` None where it tells none; `bands`: of each beat, where told."""

    beats: Times
    downbeats: Times | None
    bpm: float | None
    bands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """A piece's truth in words, and how both did."""

    name: str
    group: str
    ours: Scores
    librosa: Scores | None  # its downbeats and bands unknown
    said_bpm: float | None


def f_measure(found: Times, true: Times) -> float:
    """F of beats one to one within 70 ms; 0 when nothing is found."""
    if not len(true):
        return float("nan")
    pairs = match_intervals([(t, t) for t in found], [(t, t) for t in true], WITHIN_S)
    return Counts(len(pairs), len(found), len(true)).f1


def score(found: Found, piece: Piece) -> Scores:
    """All scores of one tracker on one piece."""
    right = [] if not found.bpm else [abs(found.bpm / (piece.bpm * k) - 1) <= TEMPO for k in OCTAVES]
    return Scores(
        beats=f_measure(found.beats, piece.beats),
        beats_trimmed=f_measure(found.beats[found.beats >= TRIM_S], piece.beats[piece.beats >= TRIM_S]),
        downbeats=float("nan") if found.downbeats is None else f_measure(found.downbeats, piece.downbeats),
        tempo=float(bool(right) and right[0]),
        tempo_octave=float(any(right)),
        bands=band_share(found, piece),
    )


def band_share(found: Found, piece: Piece) -> float:
    """Share of the beats found and struck by a drum whose band is told rightly; nan where none is told or known."""
    if not found.bands or not any(piece.bands):
        return float("nan")
    pairs = match_intervals([(t, t) for t in found.beats], [(t, t) for t in piece.beats], WITHIN_S)
    right = [found.bands[mine] == piece.bands[true] for mine, true in pairs if piece.bands[true]]
    return float(np.mean(right)) if right else float("nan")


def librosa_tracker() -> Callable[[NDArray[np.float32]], Found] | None:
    """The beat tracker of librosa with its defaults, on mono sound of 22 050 Hz; None where librosa is not installed."""
    try:
        import librosa
    except ImportError:
        return None

    def track(sound: NDArray[np.float32]) -> Found:
        tempo, times = librosa.beat.beat_track(y=np.array(sound), sr=22050, units="time")
        return Found(np.asarray(times), None, float(np.atleast_1d(tempo)[0]))

    return track


def annotated(folder: Path) -> Iterator[Callable[[], Piece]]:
    """Files of a folder that have beats beside them."""
    for path in media_in(folder, SOUNDS):
        if path.with_suffix(".beats").exists():
            yield lambda path=path: _annotated(path)


def _annotated(path: Path) -> Piece:
    rows = [line.split() for line in path.with_suffix(".beats").read_text().splitlines() if line.strip()]
    beats = np.array([float(row[0]) for row in rows])
    downbeats = np.array([float(row[0]) for row in rows if len(row) > 1 and float(row[1]) == 1])
    bpm = 60 / float(np.median(np.diff(beats)))
    return Piece(path.name, "annotated", read_sound(path, RATE), beats, downbeats, bpm)


def listen(generators: Sequence[Callable[[], Piece]], folder: Path) -> list[Heard]:
    """Every piece through the stage and the peer."""
    peer = librosa_tracker()
    heard = []
    with Listener(Settings().weights_path, folder / "stage") as listener:
        for number, generate in enumerate(generators, 1):
            piece = generate()
            path = write_clip(folder / "piece.mp4", piece.audio, RATE)
            listened = listener(path)
            measured = listened.measured
            ours = Found(
                np.array([beat.time_s for beat in measured.beats]),
                np.array([beat.time_s for beat in measured.beats if beat.downbeat]),
                measured.tempo_bpm,
                tuple(beat.band.value for beat in measured.beats),
            )
            theirs = None if peer is None else score(peer(listened.decoded.mono(22050)), piece)
            heard.append(Heard(piece.name, piece.group, score(ours, piece), theirs, measured.tempo_bpm))
            print(f"\r{number}/{len(generators)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return heard


MEASURES = (
    ("beats", "beat F"),
    ("beats_trimmed", "beat F, first 5 s left out"),
    ("downbeats", "downbeat F"),
    ("tempo", "tempo within 4 %"),
    ("tempo_octave", "tempo within 4 %, octaves too"),
    ("bands", "band of the beats found"),
)
BARS = {"beats": BAR_BEATS, "tempo": BAR_TEMPO}


def rows(heard: Sequence[Heard]) -> Iterator[Row]:
    """Each group by itself, then all."""
    for group in (*dict.fromkeys(unit.group for unit in heard), "all"):
        units = [unit for unit in heard if group in {unit.group, "all"}]
        for name, words in MEASURES:
            ours = bootstrap([getattr(unit.ours, name) for unit in units], mean)
            theirs = [getattr(unit.librosa, name) for unit in units if unit.librosa is not None]
            peers = {"librosa": bootstrap(theirs, mean)} if theirs and not np.isnan(theirs).all() else {}
            yield Row(f"{group}: {words}", ours, BARS.get(name) if group in BARRED else None, peers=peers)


def mean(values: Sequence[float]) -> float:
    """Mean of what is known."""
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def notes(heard: Sequence[Heard]) -> Iterator[str]:
    """The margin over the peer, and the pieces that went worst."""
    both = [unit for unit in heard if unit.librosa is not None]
    if both:
        ahead = bootstrap_difference(
            [unit.ours.beats for unit in both], [unit.librosa.beats for unit in both if unit.librosa], mean
        )
        yield f"Beat F less librosa's on the same pieces: {ahead.value:+.3f} ({ahead.low:+.3f} .. {ahead.high:+.3f})"
    else:
        yield "librosa is not installed: no peer"
    yield "Worst pieces:"
    for unit in sorted(heard, key=lambda unit: unit.ours.beats)[:12]:
        said = "none" if unit.said_bpm is None else f"{unit.said_bpm:.1f}"
        yield f"  {unit.name}: beat F {unit.ours.beats:.2f}, tempo said {said}"


def main() -> None:
    """Generate or read, listen, report."""
    parser = report.options(__doc__.splitlines()[0])
    parser.add_argument("--pieces", type=int, default=30, help="of each group")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--groups", nargs="+", choices=sorted(GROUPS), help="only these")
    parser.add_argument("--media", type=Path, help="a folder of annotated files instead of generated pieces")
    options = parser.parse_args()
    seed = report.seed_of(options.seed)
    if options.media:
        generators, material = list(annotated(options.media)), f"annotated files of {options.media}"
    else:
        generators = pieces(options.pieces, seed, options.seconds, options.groups or tuple(GROUPS))
        material = f"{len(generators)} pieces of {options.seconds:g} s, AAC in mp4"
    with tempfile.TemporaryDirectory(prefix="clipzy-beats-") as name:
        heard = listen(generators, Path(name))
    report.finish(Report("Beats", seed, material, tuple(rows(heard)), tuple(notes(heard))), options.json)


if __name__ == "__main__":
    main()
