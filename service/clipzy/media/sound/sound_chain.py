"""The sound of a plan: equaliser, compressor, exact loudness and a true-peak ceiling, in bounded memory.

The gain that a sound needs is known only once all of it was measured. So it is read more than once: decoded, equalised and compressed the first time, and
then read from a recording of that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from clipzy.media.channel import Crew
from clipzy.media.decoding.samples import Sound
from clipzy.media.sound.audio import LAYOUTS
from clipzy.media.sound.compressor import Compressor
from clipzy.media.sound.equaliser import Equaliser, Section, bell, low_shelf
from clipzy.media.sound.levelling import MOST_GAIN_DB, Aim, amplified, levelled
from clipzy.media.sound.loudness import GATED_SILENCE_LUFS, LoudnessMeter
from clipzy.media.sound.offset import Centring, Offset
from clipzy.media.sound.recording import Hearing, Recording, even
from clipzy.style.measurements import Loudness
from clipzy.style.plan import AudioChain

Sections = tuple[Section, ...]

BASS_HZ = 100.0  # of the shelf of a style's bass boost, see style/loudness
PRESENCE_HZ, PRESENCE_Q = 3000.0, 1.0  # half the gain at 1.9 and 4.9 kHz: the range that makes consonants clear
TOLD_DB = 1.0  # smaller changes of level are not heard
PIECES_AHEAD = 8  # waiting to be measured, 128 kB each in stereo
LARGEST = 16.0  # +24 dBFS: only samples of broken files are larger


@dataclass(frozen=True, slots=True)
class Form:
    """How a sound is sampled. `sample_rate` in Hz; `layout`: FFmpeg's name, such as `stereo`."""

    sample_rate: int
    channels: int
    layout: str


@dataclass(frozen=True, slots=True)
class Bed:
    """Another sound under the sound: `lay` mixes both, as long as the sound is, to so many `channels`."""

    lay: Callable[[Iterator[Sound]], Iterator[Sound]]
    channels: int


def treated(
    chain: AudioChain,
    blocks: Hearing,
    sample_rate: int,
    channels: int,
    warn: Callable[[str], None],
    *,
    bed: Bed | None,
    downmixed: bool,
    folder: Path | None,
    check: Callable[[], None],
) -> Iterator[Sound]:
    """The sound through the steps of a chain, with as many samples as before and no delay.

    A compressed sound without a target keeps its loudness. A quiet sound is raised by 30 dB at most, peaks are limited by 12 dB at most, and silence stays
    silence; if the loudness therefore ends more than 1 LU under its target, `warn` is called. NaN becomes silence, infinity full scale; a DC offset is
    removed.

    Args:
        chain: without any step, and without a bed, the blocks pass as they are; only a downmix over the ceiling is made quieter.
        blocks: gives pieces (channels, samples) of any length. Called once.
        sample_rate: Hz, of the sound.
        channels: 1 to 8, in FFmpeg's order.
        warn: takes a sentence for the user.
        bed: mixed under the sound before the loudness of both is set; compression does not change the sound's loudness over it.
        downmixed: the sound was mixed from more channels, whose sum may be over full scale.
        folder: for recordings of long sounds meanwhile; None: the system's folder.
        check: called for each piece that is measured, long before anything is yielded; may raise to stop.

    Yields:
        (channels, samples) pieces of any length.

    Raises:
        ValueError: a number of channels without a known layout, or a sample rate too low for the equaliser.
        OSError: the disk has no room for a recording.
    """
    form = _form(sample_rate, channels)
    is_kept = bed is None and not has_steps(chain)
    if is_kept and not downmixed:
        yield from bounded(blocks())
        return

    def sound() -> Iterator[Sound]:
        return bounded(even(blocks()))

    with ExitStack() as recordings:
        hearings = _Hearings(recordings, folder, check)
        if is_kept:
            yield from _lowered(sound, chain.true_peak_ceiling_dbtp, form, hearings, warn)
        else:
            yield from _through(chain, sound, form, bed=bed, hearings=hearings, warn=warn)


def has_steps(chain: AudioChain) -> bool:
    """Whether the chain does anything to a sound."""
    steps = (chain.bass_gain_db, chain.speech_presence_db, chain.compression_ratio, chain.target_lufs)
    return any(step is not None for step in steps)


def _form(sample_rate: int, channels: int) -> Form:
    if channels not in LAYOUTS:
        raise ValueError(f"sound of {channels} channels cannot be treated, only of 1 to {max(LAYOUTS)}")
    return Form(sample_rate, channels, LAYOUTS[channels])


@dataclass(frozen=True, slots=True)
class _Hearings:
    """Records sounds that are read again, and measures them. `recordings` closes the recordings; `folder` and `check`: see `treated`."""

    recordings: ExitStack
    folder: Path | None
    check: Callable[[], None]

    def recorded(self, sound: Hearing, form: Form) -> Hearing:
        """The same sound, computed only once."""
        return self.recordings.enter_context(Recording(sound, form.channels, self.folder))

    def first(self, sound: Hearing, form: Form, sections: Sections, *, peaks: bool = True) -> tuple[Hearing, Loudness]:
        """A recording of the sound, equalised, and its loudness; a DC offset is removed before."""
        offset = Offset(form.channels)
        watched = Recording(lambda: offset.watched(sound()), form.channels, self.folder)
        with ExitStack() as until_known:
            # the recording before the equaliser is deleted here: of an hour two recordings take 3 GB
            plain = (until_known if sections else self.recordings).enter_context(watched)
            made = self.recorded(_equalised(plain, sections, form), form) if sections else plain
            heard = self.measured(made(), form, peaks=peaks)
            if offset.noticed:
                made = self.recorded(_equalised(_centred(plain, form), sections, form), form)
                heard = self.measured(made(), form, peaks=peaks)
            return made, heard

    def measured(self, sound: Iterable[Sound], form: Form, *, peaks: bool = True) -> Loudness:
        """Loudness and, unless `peaks` is false, true peak."""
        meter = LoudnessMeter(form.sample_rate, form.layout, peaks=peaks)
        # computed in another thread: beside busy encoders each call that releases the GIL gets it back late
        with Crew() as crew:
            for piece in crew.feed("make sound", sound, PIECES_AHEAD):
                self.check()  # this crew does not notice when the caller's is stopped
                meter.add(np.ascontiguousarray(piece))
        return meter.result()

    def integrated(self, sound: Iterable[Sound], form: Form) -> float:
        """LUFS."""
        return _of_programme(self.measured(sound, form, peaks=False))


def _lowered(
    sound: Hearing, ceiling: float, form: Form, hearings: _Hearings, warn: Callable[[str], None]
) -> Iterator[Sound]:
    """The whole sound quieter by as much as its highest peak is over the ceiling."""
    sound = hearings.recorded(sound, form)
    peak = hearings.measured(sound(), form).true_peak_dbtp
    over = 0.0 if peak is None else peak - ceiling
    if over >= TOLD_DB:
        warn(f"the sound was lowered by {over:.1f} dB: mixed to stereo, its channels would clip")
    return amplified(sound, -over) if over > 0 else sound()


def _through(
    chain: AudioChain,
    sound: Hearing,
    form: Form,
    *,
    bed: Bed | None,
    hearings: _Hearings,
    warn: Callable[[str], None],
) -> Iterator[Sound]:
    """The sound through the steps of a chain, with the bed under it."""
    target, sections, raised_from = chain.target_lufs, _sections(chain, form), None
    if chain.compression_ratio is not None:
        sound, heard = hearings.first(sound, form, sections, peaks=False)
        sections, own = (), _of_programme(heard)
        if own > GATED_SILENCE_LUFS:
            sound = _compressed(sound, chain.compression_ratio, own, form)
            if bed is None:
                target, raised_from = own if target is None else target, own
            else:
                sound = hearings.recorded(sound, form)
                sound = partial(amplified, sound, own - hearings.integrated(sound(), form))
    if bed is not None:
        sound, sections = _laid(bed, _equalised(sound, sections, form)), ()
        form = _form(form.sample_rate, bed.channels)
    sound, before = hearings.first(sound, form, sections)
    # what the compressor has changed of the level counts as gain too
    raised = 0.0 if raised_from is None else _of_programme(before) - raised_from
    return levelled(
        sound,
        before,
        Aim(target, MOST_GAIN_DB - raised, chain.true_peak_ceiling_dbtp),
        sample_rate=form.sample_rate,
        channels=form.channels,
        integrated=lambda heard: hearings.integrated(heard, form),
        warn=warn,
    )


def _sections(chain: AudioChain, form: Form) -> Sections:
    sections: list[Section] = []
    if chain.bass_gain_db is not None:
        sections.append(low_shelf(BASS_HZ, chain.bass_gain_db, form.sample_rate))
    if chain.speech_presence_db is not None:
        sections.append(bell(PRESENCE_HZ, PRESENCE_Q, chain.speech_presence_db, form.sample_rate))
    return tuple(sections)


def _equalised(sound: Hearing, sections: Sections, form: Form) -> Hearing:
    return (lambda: map(Equaliser(sections, form.channels), sound())) if sections else sound


def _centred(sound: Hearing, form: Form) -> Hearing:
    return lambda: map(Centring(form.sample_rate), sound())


def _compressed(sound: Hearing, ratio: float, programme_lufs: float, form: Form) -> Hearing:
    return lambda: map(Compressor(ratio, programme_lufs, form.sample_rate, form.layout), sound())


def _laid(bed: Bed, sound: Hearing) -> Hearing:
    return lambda: bed.lay(sound())


def _of_programme(heard: Loudness) -> float:
    return GATED_SILENCE_LUFS if heard.integrated_lufs is None else heard.integrated_lufs


def bounded(pieces: Iterable[Sound]) -> Iterator[Sound]:
    """NaN as silence, infinity as full scale, and no sample so large that a filter could overflow."""
    for piece in pieces:
        if np.abs(piece).max(initial=0.0) <= LARGEST:  # False for NaN too
            yield piece
        else:
            yield np.clip(np.nan_to_num(piece, nan=0.0, posinf=1.0, neginf=-1.0), -LARGEST, LARGEST)
