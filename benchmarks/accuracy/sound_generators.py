"""Music whose beats are known: drum patterns, mixes with bass and chords, swung loops, tempo ramps, syncopation.

A piece is laid out in beats and rendered at times that a tempo curve gives, so that the truth is the score and not a measurement. Beats are
those a musician would count: the quarter notes of 4/4 and 3/4.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

import numpy as np
import sound_instruments as instruments
from numpy.typing import NDArray
from sound_instruments import RATE, Mono, Random

SLOWEST, FASTEST = 60.0, 180.0  # beats a minute

# Sixteenths of a bar of 4/4: x a stroke, o a soft one. K kick, S snare (or what stands for it), H hats
STRAIGHT = {
    "rock": {"K": "x.......x.......", "S": "....x.......x...", "H": "x.o.x.o.x.o.x.o."},
    "pop": {"K": "x.....x.x.......", "S": "....x.......x...", "H": "x.o.x.o.x.o.x.o."},
    "ballad": {"K": "x.......x.x.....", "S": "....x.......x...", "H": "x...o...x...o..."},
    "four": {"K": "x...x...x...x...", "S": "....x.......x...", "H": "..x...x...x...x."},
    "disco": {"K": "x...x...x...x...", "S": "....x.......x...", "H": "xoxoxoxoxoxoxoxo"},
    "motown": {"K": "x.......x.......", "S": "x...x...x...x...", "H": "x.o.x.o.x.o.x.o."},
}
SYNCOPATED = {
    "funk": {"K": "x..x..x...x..o..", "S": "....x..o.o..x..o", "H": "xoxoxoxoxoxoxoxo"},
    "break": {"K": "x.x.......xx....", "S": "....x..o.o..x..o", "H": "x.x.x.x.x.x.x.x."},
    "dembow": {"K": "x...x...x...x...", "S": "...x..x....x..x.", "H": "o.o.o.o.o.o.o.o."},
    "bossa": {"K": "x..xx..xx..xx..x", "S": "x..x..x...x..x..", "H": "xoxoxoxoxoxoxoxo"},
    "boom-bap": {"K": "x......xo.x.....", "S": "....x.......x...", "H": "x.x.x.x.x.x.x.x."},
    "tresillo": {"K": "x..x..x.x..x..x.", "S": "....x.......x...", "H": "..x...x...x...x."},
}
# Sixteenths of a bar of 3/4
WALTZ = {
    "waltz": {"K": "x...........", "S": "....x...x...", "H": "x.o.x.o.x.o."},
    "slow": {"K": "x...........", "S": "....o...x...", "H": "x...x...x..."},
}
BANDS = {"K": "bass", "S": "mid", "H": "treble"}
STRENGTH = {"x": 1.0, "o": 0.45, ".": 0.0}

# Chords as semitones over the key, one a bar
PROGRESSIONS = ((0, 7, 9, 5), (0, 5, 7, 5), (9, 5, 0, 7), (0, 9, 5, 7), (0, 0, 5, 7))
MINOR = {2, 4, 9, 11}  # degrees of a major key whose triad is minor


@dataclass(frozen=True)
class Piece:
    """A piece with its truth, in seconds: `audio` (samples, 2) float32 at `RATE`, -1..1; `bpm` the mean tempo.

    `bands`: for each beat what a drum puts there, "bass" for a kick, else "mid" for a snare, else "treble" for a hat; None without a drum,
    and wherever nothing is known.
    """

    name: str
    group: str
    audio: NDArray[np.float32]
    beats: NDArray[np.float64]
    downbeats: NDArray[np.float64]
    bpm: float
    bands: tuple[str | None, ...] = ()


@dataclass
class Score:
    """A piece while it is put together; `at` turns beats into seconds."""

    at: Callable[[float], float]
    beats: int
    meter: int
    seconds: float
    random: Random
    swing: float = 0.5  # where the second of two short notes lies; a half is straight
    swung: float = 0.5  # length of such a pair's half in beats: eighths .5, sixteenths .25
    sound: Mono = field(init=False)
    strokes: dict[int, str] = field(default_factory=dict)  # by beat, the lowest drum there

    def __post_init__(self) -> None:
        self.sound = np.zeros(round(self.seconds * RATE))
        self._late = self.random.uniform(0, 0.006)  # of a player's hands, one standard deviation

    def put(self, note: Mono, beat: float, level: float) -> None:
        """Mix a note in at a beat, swung and played as exactly as this player does."""
        pair = 2 * self.swung
        within = beat % pair
        stretched = within * self.swing / 0.5 if within <= pair / 2 else pair - (pair - within) * (1 - self.swing) / 0.5
        start = max(0, round((self.at(beat - within + stretched) + self.random.normal(0, self._late)) * RATE))
        piece = note[: max(0, len(self.sound) - start)]
        self.sound[start : start + len(piece)] += level * piece


def drums(random: Random, seconds: float, bpm: float) -> Piece:
    """A straight pattern on a kit, with a fill now and then."""
    score, first = _score(random, seconds, bpm)
    name = _pick(random, STRAIGHT)
    _play_drums(score, STRAIGHT[name])
    return _piece(f"drums {name}", "drums", score, first)


def mix(random: Random, seconds: float, bpm: float) -> Piece:
    """A straight pattern with bass, chords and mostly a lead."""
    score, first = _score(random, seconds, bpm)
    name = _pick(random, STRAIGHT)
    _play_drums(score, STRAIGHT[name])
    _play_harmony(score)
    return _piece(f"mix {name}", "mix", score, first)


def swing(random: Random, seconds: float, bpm: float) -> Piece:
    """One or two bars in a loop, the same each time, their eighths or sixteenths swung."""
    bars = int(random.integers(1, 3))
    inside, _ = _score(random, 0, bpm, beats=4 * bars, first=0.0)
    inside.swing, inside.swung = random.uniform(0.56, 0.67), float(random.choice([0.25, 0.5]))
    name = _pick(random, STRAIGHT)
    _play_drums(inside, STRAIGHT[name], fills=False)
    if random.random() < 0.7:
        _play_harmony(inside)
    score, first = _score(random, seconds, bpm)
    start = round(first * RATE)
    looped = np.tile(inside.sound, -(-(len(score.sound) - start) // len(inside.sound)))
    score.sound[start:] = looped[: len(score.sound) - start]
    score.strokes = {
        beat: inside.strokes[beat % inside.beats]
        for beat in range(score.beats)
        if beat % inside.beats in inside.strokes
    }
    return _piece(f"swing {name}", "swing", score, first)


def ramp(random: Random, seconds: float, bpm: float) -> Piece:
    """A mix whose tempo rises or falls steadily by 8-20 % from end to end, `bpm` in its middle."""
    change = random.uniform(0.08, 0.20) * random.choice([-1, 1])
    score, first = _score(random, seconds, bpm, change=change)
    name = _pick(random, STRAIGHT)
    _play_drums(score, STRAIGHT[name])
    _play_harmony(score)
    return _piece(f"ramp {change:+.0%} {name}", "ramp", score, first)


def syncopated(random: Random, seconds: float, bpm: float) -> Piece:
    """Kicks and snares between the beats, chords that come before them; with bass and chords in two of three."""
    score, first = _score(random, seconds, bpm)
    name = _pick(random, SYNCOPATED)
    _play_drums(score, SYNCOPATED[name])
    if random.random() < 2 / 3:
        _play_harmony(score, ahead=True)
    return _piece(f"syncopated {name}", "syncopated", score, first)


def waltz(random: Random, seconds: float, bpm: float) -> Piece:
    """Three beats a bar, with bass and chords."""
    score, first = _score(random, seconds, bpm, meter=3)
    name = _pick(random, WALTZ)
    _play_drums(score, WALTZ[name])
    _play_harmony(score)
    return _piece(name if name == "waltz" else f"waltz {name}", "waltz", score, first)


GROUPS: dict[str, Callable[[Random, float, float], Piece]] = {
    "drums": drums,
    "mix": mix,
    "swing": swing,
    "ramp": ramp,
    "syncopated": syncopated,
    "waltz": waltz,
}


def pieces(
    count: int, seed: int, seconds: float = 30.0, groups: Sequence[str] = tuple(GROUPS)
) -> list[Callable[[], Piece]]:
    """That many pieces of each group, rendered when called; their tempi spread evenly over 60-180, drawn within each part."""
    edges = np.linspace(SLOWEST, FASTEST, count + 1)
    places = list(enumerate(pairwise(edges)))
    return [
        partial(_render, group, (seed, list(GROUPS).index(group), number), between, seconds)
        for group in groups
        for number, between in places
    ]


def _render(group: str, key: tuple[int, ...], between: tuple[float, float], seconds: float) -> Piece:
    random = np.random.default_rng(key)
    return GROUPS[group](random, seconds, float(random.uniform(*between)))


def _score(
    random: Random,
    seconds: float,
    bpm: float,
    *,
    beats: int | None = None,
    first: float | None = None,
    change: float = 0.0,
    meter: int = 4,
) -> tuple[Score, float]:
    """An empty score and when its first beat comes; the tempo changes by `change` from end to end."""
    start = random.uniform(0.05, 0.6) if first is None else first
    count = beats or int((seconds - start) * bpm / 60) + 1
    length = seconds or count * 60 / bpm

    def at(beat: float) -> float:
        if not change:
            return start + beat * 60 / bpm
        # the beat period moves linearly over the beats
        early = 60 / bpm * (1 + change / 2)
        return start + early * beat - 60 / bpm * change * beat**2 / (2 * count)

    return Score(at, count, meter, length, random), start


def _play_drums(score: Score, pattern: dict[str, str], *, fills: bool = True) -> None:
    random = score.random
    back = [instruments.snare, instruments.clap, instruments.rim][random.choice(3, p=[0.7, 0.2, 0.1])]
    shaken = random.random() < 0.15
    kit = {
        "K": (instruments.kick(random), 0.9),
        "S": (back(random), random.uniform(0.4, 0.8)),
        "H": (instruments.shaker(random) if shaken else instruments.hat(random), random.uniform(0.08, 0.3)),
    }
    opened = instruments.hat(random, opened=True)
    bar = 4 * score.meter
    for step in range(score.beats * 4):
        beat, place = step / 4, step % bar
        filling = fills and step // bar % 4 == 3 and place >= bar - 4
        for part, strokes in pattern.items():
            sound, level = kit[part]
            strength = STRENGTH[strokes[place]]
            if filling and part == "S":
                strength = float(random.choice([0.0, 0.6, 0.9]))
            if strength:
                score.put(sound, beat, level * strength * random.uniform(0.85, 1.0))
            if strength and place % 4 == 0:
                score.strokes.setdefault(step // 4, BANDS[part])
        if fills and place == 0 and step // bar % 4 == 0 and step:
            score.put(opened, beat, 0.3)


def _play_harmony(score: Score, *, ahead: bool = False) -> None:
    random = score.random
    key = 36 + int(random.integers(12))
    progression = PROGRESSIONS[int(random.integers(len(PROGRESSIONS)))]
    bass, chords, lead = (instruments.timbre(random) for _ in range(3))
    bass_steps = ((0, 1, 2, 3), (0, 2), (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5), (0, 1.5, 2, 3.5))[int(random.integers(4))]
    struck = ((0,), (0, 2), (0, 1, 2, 3), (0.5, 1.5, 2.5, 3.5), (0, 1.5, 3))[int(random.integers(5))]
    if ahead:
        bass_steps, struck = (0, 1.5, 2.5), (0, 1.5, 2.75) if random.random() < 0.5 else (0.75, 1.5, 3.5)
    if score.meter == 3:
        bass_steps, struck = (0,), (1, 2)
    levels = random.uniform(0.15, 0.4), random.uniform(0.1, 0.25), random.uniform(0.05, 0.2) * (random.random() < 0.7)
    attack = random.choice([0.005, 0.02, 0.06])
    meter = score.meter
    for bar in range(score.beats // meter + 1):
        degree = progression[bar % len(progression)]
        triad = [key + 24 + degree + step for step in (0, 3 if degree in MINOR else 4, 7)]
        beat_s = score.at(bar * meter + 1) - score.at(bar * meter)
        for step in bass_steps:
            note = instruments.tone(_hz(key + degree), 0.9 * beat_s, harmonics=bass, decay=0.6)
            score.put(note, bar * meter + step, levels[0])
        for step in struck:
            seconds = beat_s * max(1.0, 0.9 * meter / len(struck))
            chord = sum(instruments.tone(_hz(n), seconds, harmonics=chords, attack=attack) for n in triad)
            score.put(np.asarray(chord) / 3, bar * meter + step, levels[1])
        for half in range(2 * meter):
            if levels[2] and random.random() < 0.5:
                note = 12 + triad[int(random.integers(3))]
                score.put(
                    instruments.tone(_hz(note), beat_s, harmonics=lead, decay=0.4), bar * meter + half / 2, levels[2]
                )


def _piece(name: str, group: str, score: Score, first: float) -> Piece:
    """Room, some saturation, and the truth."""
    sound = instruments.room(score.sound, score.random)
    drive = score.random.uniform(0.5, 2.0)
    sound = np.tanh(drive * sound / np.abs(sound).max())
    sound *= score.random.uniform(0.3, 0.9) / np.abs(sound).max()
    beats = np.array([score.at(beat) for beat in range(score.beats)])
    beats = beats[(beats >= first - 1e-9) & (beats < score.seconds)]
    bpm = 60 * (len(beats) - 1) / (beats[-1] - beats[0])
    bands = tuple(score.strokes.get(number) for number in range(len(beats)))
    return Piece(f"{name} {bpm:.0f}", group, sound.astype(np.float32), beats, beats[:: score.meter], float(bpm), bands)


def _pick(random: Random, table: dict[str, dict[str, str]]) -> str:
    return str(random.choice(sorted(table)))


def _hz(note: int) -> float:
    """Frequency of a MIDI note."""
    return float(440 * 2 ** ((note - 69) / 12))
