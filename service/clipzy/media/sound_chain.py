"""The sound of a plan: equaliser, compressor, exact loudness and a ceiling for true peaks, as the sound streams by.

How much gain a sound needs is known only after all of it was heard. So it is heard more than once: each time it is decoded and treated
anew, and nothing is kept but a few numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from clipzy.media.audio import LAYOUTS
from clipzy.media.compressor import Compressor
from clipzy.media.equaliser import Equaliser, Section, bell, low_shelf
from clipzy.media.limiter import limited
from clipzy.media.loudness import GATED_SILENCE_LUFS, LoudnessMeter
from clipzy.style.measurements import Loudness
from clipzy.style.plan import AudioChain

Sound = NDArray[np.float32]  # (channels, samples), -1..1 and, between two steps, over it
Hearing = Callable[[], Iterator[Sound]]  # the same sound from its beginning at each call

BASS_HZ = 100.0  # where a style's bass boost has its shelf: see style/loudness
PRESENCE_HZ, PRESENCE_Q = 3000.0, 1.0  # half the lift at 1.9 and 4.9 kHz: between them consonants are told apart
MOST_GAIN_DB = 30.0  # a voice recorded far too low comes up; the hiss of an empty room stays hiss
MOST_LIMITING_DB = 12.0  # peaks cut by more are heard as distortion: the sound stays quieter instead
# What is added for the loudness that the limiter takes. Speech and drums at -14 LUFS need up to 2 dB; where 3 are not enough, dB after dB
# goes into the limiter and hardly any comes out
MOST_MAKE_UP_DB = 3.0
HALF_PASSES = 0.5  # LU that a dB before the limiter brings, until it is known
LEAST_PASSES = 0.2
CLOSE_ENOUGH_LU = 0.1
MOST_CORRECTIONS = 2  # each costs a hearing
WORTH_SAYING_LU = 1.0
# Samples. The steps see pieces of this length, so that the result does not hang on how the caller cut the sound
PIECE = 1 << 14
LARGEST = 16.0  # +24 dBFS: no sound is so large, but a broken file may say so


@dataclass(frozen=True, slots=True)
class Form:
    """How a sound is sampled. `sample_rate` in Hz; `layout`: FFmpeg's name, such as `stereo`."""

    sample_rate: int
    channels: int
    layout: str


def treated(
    chain: AudioChain,
    blocks: Hearing,
    sample_rate: int,
    channels: int,
    warn: Callable[[str], None] = lambda _sentence: None,
) -> Iterator[Sound]:
    """The sound with the chain's steps done to it: as many samples as came in, each at its time.

    A compressed sound without a target keeps the loudness it had. A quiet sound is raised by 30 dB at most, peaks are cut by 12 dB at
    most, and silence stays silence; where the loudness therefore ends more than 1 LU from its target, `warn` is told. NaN becomes
    silence, infinity full level.

    Args:
        chain: without any step the blocks pass as they are.
        blocks: gives pieces (channels, samples) of any length. Called once for each hearing: once without a step, twice as a rule, and up
            to six times for a sound that is both compressed and limited hard.
        sample_rate: Hz, of the sound.
        channels: 1 to 8, in FFmpeg's order.
        warn: takes a sentence for the user.

    Yields:
        (channels, samples) pieces of lengths of their own.

    Raises:
        ValueError: a number of channels that no layout is known for, or a sample rate too low for the equaliser.
    """
    if channels not in LAYOUTS:
        raise ValueError(f"sound of {channels} channels cannot be treated, only of 1 to {max(LAYOUTS)}")
    form = Form(sample_rate, channels, LAYOUTS[channels])
    steps = (chain.bass_gain_db, chain.speech_presence_db, chain.compression_ratio, chain.target_lufs)
    if all(step is None for step in steps):
        return _finite(blocks())
    return _through(chain, lambda: _even(_finite(blocks())), form, warn)


def _through(chain: AudioChain, sound: Hearing, form: Form, warn: Callable[[str], None]) -> Iterator[Sound]:
    target = chain.target_lufs
    sections = _sections(chain, form.sample_rate)
    if sections:
        sound = partial(_equalised, sound, sections, form)
    if chain.compression_ratio is not None:
        own = _measured(sound(), form).integrated_lufs
        if own is not None:
            sound = partial(_compressed, sound, chain.compression_ratio, own, form)
            target = own if target is None else target
    yield from _levelled(sound, target, chain.true_peak_ceiling_dbtp, form, warn)


def _levelled(
    sound: Hearing, target: float | None, ceiling: float, form: Form, warn: Callable[[str], None]
) -> Iterator[Sound]:
    """The sound at its target loudness, where it has one, and under the ceiling."""
    before = _measured(sound(), form)
    own, peak = before.integrated_lufs, before.true_peak_dbtp
    if peak is None:  # digital silence
        return sound()
    wanted = 0.0 if target is None or own is None else target - own
    gain = min(wanted, MOST_GAIN_DB, ceiling - peak + MOST_LIMITING_DB)
    if peak + gain <= ceiling:
        _say_if_quieter(wanted - gain, warn)
        return _amplified(sound, gain)
    limited_at = partial(_limited, sound, ceiling, form)
    if target is not None and own is not None:
        most = min(wanted + MOST_MAKE_UP_DB, MOST_GAIN_DB, ceiling - peak + MOST_LIMITING_DB)
        gain, reached = _gain_for(target, limited_at, gain, most, form)
        _say_if_quieter(target - reached, warn)
    return limited_at(gain)


def _gain_for(
    target: float, limited_at: Callable[[float], Iterator[Sound]], gain: float, most: float, form: Form
) -> tuple[float, float]:
    """The gain, at most `most` dB, that brings the limited sound to the target, and the LUFS that it really brings it to.

    `gain` would do without the limiter, which takes something of the loudness and, of each dB that is added for that, takes again.
    """
    reached = _integrated(limited_at(gain), form)
    passes = HALF_PASSES
    for _ in range(MOST_CORRECTIONS):
        missing = target - reached
        better = min(gain + missing / passes, most)
        if abs(missing) <= CLOSE_ENOUGH_LU or better == gain:
            break
        then = _integrated(limited_at(better), form)
        passes = min(max((then - reached) / (better - gain), LEAST_PASSES), 1.0)
        gain, reached = better, then
    return gain, reached


def _say_if_quieter(missing_lu: float, warn: Callable[[str], None]) -> None:
    if missing_lu > WORTH_SAYING_LU:
        warn(f"the sound stays {missing_lu:.0f} LU quieter than planned: any louder it would be noisy or distorted")


def _sections(chain: AudioChain, sample_rate: int) -> tuple[Section, ...]:
    sections = []
    if chain.bass_gain_db is not None:
        sections.append(low_shelf(BASS_HZ, chain.bass_gain_db, sample_rate))
    if chain.speech_presence_db is not None:
        sections.append(bell(PRESENCE_HZ, PRESENCE_Q, chain.speech_presence_db, sample_rate))
    return tuple(sections)


def _equalised(sound: Hearing, sections: tuple[Section, ...], form: Form) -> Iterator[Sound]:
    return map(Equaliser(sections, form.channels), sound())


def _compressed(sound: Hearing, ratio: float, programme_lufs: float, form: Form) -> Iterator[Sound]:
    return map(Compressor(ratio, programme_lufs, form.sample_rate, form.layout), sound())


def _amplified(sound: Hearing, gain_db: float) -> Iterator[Sound]:
    factor = np.float32(10 ** (gain_db / 20))
    return (piece * factor for piece in sound())


def _limited(sound: Hearing, ceiling: float, form: Form, gain_db: float) -> Iterator[Sound]:
    return limited(_amplified(sound, gain_db), ceiling, form.sample_rate, form.channels)


def _integrated(sound: Iterable[Sound], form: Form) -> float:
    loudness = _measured(sound, form).integrated_lufs
    return GATED_SILENCE_LUFS if loudness is None else loudness


def _measured(sound: Iterable[Sound], form: Form) -> Loudness:
    meter = LoudnessMeter(form.sample_rate, form.layout)
    for piece in sound:
        meter.add(np.ascontiguousarray(piece))
    return meter.result()


def _even(pieces: Iterable[Sound]) -> Iterator[Sound]:
    """The same sound in pieces of PIECE samples, the last one shorter, C-contiguous."""
    waiting: list[Sound] = []
    length = 0
    for piece in pieces:
        waiting.append(piece)
        length += piece.shape[1]
        if length < PIECE:
            continue
        whole = np.concatenate(waiting, axis=1)
        ends = range(PIECE, length + 1, PIECE)
        for end in ends:
            yield np.ascontiguousarray(whole[:, end - PIECE : end])
        waiting, length = [whole[:, ends[-1] :]], length % PIECE
    if length:
        yield np.ascontiguousarray(np.concatenate(waiting, axis=1))


def _finite(pieces: Iterable[Sound]) -> Iterator[Sound]:
    """NaN as silence, infinity as full level; nothing so large that a filter could overflow."""
    for piece in pieces:
        if np.abs(piece).max(initial=0.0) <= LARGEST:  # False for NaN too
            yield piece
        else:
            yield np.clip(np.nan_to_num(piece, nan=0.0, posinf=1.0, neginf=-1.0), -LARGEST, LARGEST)
