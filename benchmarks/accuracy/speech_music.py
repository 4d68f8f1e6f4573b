"""Whether music and speech are heard where they are, and not where they are not.

    python benchmarks/accuracy/speech_music.py --clips 10 --seed 7
    python benchmarks/accuracy/speech_music.py --speech FOLDER --music FOLDER
    python benchmarks/accuracy/speech_music.py --media FOLDER

Clips of music, of speech, of both, of either in noise, and of noise, wind, hum, tones, applause, knocks and silence, coded as AAC in mp4,
go through the stage itself. Music is claimed where any passage of it is reported, speech where it fills a tenth of the clip or more, as the
stage itself decides what sets the dynamics. Speech is real only where `--speech` names a folder of recordings, of which excerpts are
varied in pitch and channel; else it is a synthetic voice without words, which a network taught on people may well reject: told apart in the
report. `--media` scores a folder of recordings whole, by its `labels.csv` with a line `file,music,speech` of 0 and 1 for each.

Peers: for speech webrtcvad, where installed, by the same tenth of the clip; for music the event network alone, its mean over 0.5, which shows what
our rule about passages adds.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "service"))

import report
from report import Report, Row
from scoring import bootstrap
from sound_instruments import RATE, Mono
from sound_listening import Listener, media_in, read_sound, write_clip
from sound_mixtures import Clip, Material, clips

from clipzy.settings import Settings

BAR = 0.97
ENOUGH_SPEECH = 0.1  # of the clip
SOUNDS = (".wav", ".flac", ".mp3", ".ogg", ".m4a", ".mp4")
FRAME = 480  # samples, 30 ms at 16 kHz: what webrtcvad takes
AGGRESSIVENESS = 2  # of webrtcvad, 0..3


@dataclass(frozen=True, slots=True)
class Verdict:
    """One clip: whether each claim was right; peers None where they did not run."""

    kind: str
    music: bool
    speech: bool
    music_right: float
    speech_right: float
    network_right: float
    webrtc_right: float | None
    said: str


def webrtc_share() -> Callable[[NDArray[np.float32]], float] | None:
    """Share of the frames of mono 16 kHz sound that webrtcvad takes for speech; None where it is not installed."""
    try:
        import webrtcvad
    except ImportError:
        return None

    def of(sound: NDArray[np.float32]) -> float:
        detector = webrtcvad.Vad(AGGRESSIVENESS)
        whole = (np.clip(sound, -1, 1) * 32767).astype(np.int16)
        frames = [whole[at : at + FRAME] for at in range(0, len(whole) - FRAME + 1, FRAME)]
        return float(np.mean([detector.is_speech(frame.tobytes(), 16000) for frame in frames]))

    return of


def recorded(folder: Path) -> Iterator[Callable[[], Clip]]:
    """Files of a folder by its labels."""
    with (folder / "labels.csv").open(newline="") as lines:
        for name, music, speech in csv.reader(lines):
            yield partial(_recorded, folder / name, music.strip() == "1", speech.strip() == "1")


def _recorded(path: Path, music: bool, speech: bool) -> Clip:
    return Clip("recorded", read_sound(path, RATE), music, speech)


def listen(makers: Sequence[Callable[[], Clip]], folder: Path) -> list[Verdict]:
    """Every clip through the stage and the peers."""
    peer = webrtc_share()
    verdicts = []
    with Listener(Settings().weights_path, folder / "stage") as listener:
        for number, make in enumerate(makers, 1):
            clip = make()
            listened = listener(write_clip(folder / "clip.mp4", clip.audio, RATE))
            measured = listened.measured
            claims = np.concatenate(listener.events)[:, 2]
            shares = (
                f"music {measured.music_ratio:.2f}, speech {measured.speech_ratio:.2f}, network {claims.mean():.2f}"
            )
            webrtc = (
                None if peer is None else float((peer(listened.decoded.mono(16000)) >= ENOUGH_SPEECH) == clip.speech)
            )
            verdicts.append(
                Verdict(
                    kind=clip.kind,
                    music=clip.music,
                    speech=clip.speech,
                    music_right=float((measured.music_ratio > 0) == clip.music),
                    speech_right=float((measured.speech_ratio >= ENOUGH_SPEECH) == clip.speech),
                    network_right=float((claims.mean() > 0.5) == clip.music),
                    webrtc_right=webrtc,
                    said=shares,
                )
            )
            print(f"\r{number}/{len(makers)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return verdicts


def rows(verdicts: Sequence[Verdict]) -> Iterator[Row]:
    """Both claims over all, over clips with and without, and by kind."""
    sound = [verdict for verdict in verdicts if "synthetic" not in verdict.kind]
    yield _row("music yes/no", verdicts, "music", BAR)
    yield _row("  where there is music", [v for v in verdicts if v.music], "music")
    yield _row("  where there is none", [v for v in verdicts if not v.music], "music")
    yield _row("speech yes/no, synthetic voices left out", sound, "speech", BAR)
    yield _row("  where somebody speaks", [v for v in sound if v.speech], "speech")
    yield _row("  where nobody does", [v for v in sound if not v.speech], "speech")
    yield _row("speech yes/no, synthetic voices", [v for v in verdicts if "synthetic" in v.kind], "speech")
    for kind in dict.fromkeys(verdict.kind for verdict in verdicts):
        of = [verdict for verdict in verdicts if verdict.kind == kind]
        yield _row(f"{kind}: music", of, "music")
        yield _row(f"{kind}: speech", of, "speech")


def _row(words: str, of: Sequence[Verdict], claim: str, bar: float | None = None) -> Row:
    ours = bootstrap([getattr(verdict, f"{claim}_right") for verdict in of], mean)
    if claim == "music":
        return Row(words, ours, bar, peers={"network alone": bootstrap([v.network_right for v in of], mean)})
    theirs = [verdict.webrtc_right for verdict in of if verdict.webrtc_right is not None]
    return Row(words, ours, bar, peers={"webrtcvad": bootstrap(theirs, mean)} if theirs else {})


def mean(values: Sequence[float]) -> float:
    """Mean of numbers."""
    return float(np.mean(values)) if len(values) else float("nan")


def notes(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Every clip that was judged wrongly."""
    wrong = [v for v in verdicts if not (v.music_right and v.speech_right)]
    yield f"{len(wrong)} of {len(verdicts)} clips with something wrong" + (":" if wrong else "")
    for verdict in wrong:
        what = " and ".join(claim for claim in ("music", "speech") if not getattr(verdict, f"{claim}_right"))
        yield f"  {verdict.kind}: {what} ({verdict.said})"
    if not any(v.webrtc_right is not None for v in verdicts):
        yield "webrtcvad is not installed: no peer for speech"


def material(options_speech: Path | None, options_music: Path | None, seconds: float) -> Material:
    """Recordings to mix, where folders are named."""

    def mono(folder: Path | None) -> tuple[Mono, ...]:
        paths = media_in(folder, SOUNDS) if folder else []
        return tuple(read_sound(path, RATE).mean(axis=1).astype(np.float64) for path in paths)

    return Material(seconds, mono(options_speech), mono(options_music))


def main() -> None:
    """Mix or read, listen, report."""
    parser = report.options(__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=14, help="of each recipe")
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--speech", type=Path, help="a folder of recorded speech to mix in")
    parser.add_argument(
        "--music", type=Path, help="a folder of recorded music without singing to mix in beside the generated"
    )
    parser.add_argument("--media", type=Path, help="a folder of labelled recordings instead of mixtures")
    options = parser.parse_args()
    seed = report.seed_of(options.seed)
    if options.media:
        makers, what = list(recorded(options.media)), f"labelled recordings of {options.media}"
    else:
        makers = clips(options.clips, seed, material(options.speech, options.music, options.seconds))
        what = f"{len(makers)} clips of {options.seconds:g} s, AAC in mp4"
    with tempfile.TemporaryDirectory(prefix="clipzy-speech-music-") as name:
        verdicts = listen(makers, Path(name))
    report.finish(Report("Speech and music", seed, what, tuple(rows(verdicts)), tuple(notes(verdicts))), options.json)


if __name__ == "__main__":
    main()
