"""The sound of an output, from its sources to the encoder: the footage's, the template's or both, through the plan's chain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import cycle
from pathlib import Path
from typing import Any

from av.packet import Packet

from clipzy.errors import MediaError
from clipzy.media.decoding.packets import Damage
from clipzy.media.decoding.samples import Sound, silence
from clipzy.media.rendering.encode import Encoder
from clipzy.media.rendering.footage import Source
from clipzy.media.rendering.readers import SoundReader
from clipzy.media.sound.mixing import Mix
from clipzy.media.sound.sound_chain import Bed, bounded, has_steps, treated
from clipzy.media.sound.sound_chapters import ChapterCoder
from clipzy.media.sound.sound_cuts import Stretch, crossfaded, edged, stretches
from clipzy.style.plan import EditPlan
from clipzy.style.sound_edges import CLICK_FADE_S
from clipzy.style.soundtrack import Soundtrack, placed_stretches

# How much AAC lifts true peaks; more is found by decoding. It lifts most chapters by a little more than .1 dB, and coding them again costs more than a tenth
# of a decibel is worth
USUAL_LIFT_DB = 0.2
WORTH_SAYING_DB = 0.2
FOOTAGE, TEMPLATE = "sound packets", "sound packets of the template"


@dataclass(slots=True)
class OutputSound:
    """The sound of a plan. `template`: the source of the plan's soundtrack, if it has one; `folder`: for recordings."""

    plan: EditPlan
    footage: Source
    template: Source | None
    folder: Path
    notes: dict[str, None] = field(default_factory=dict)  # sentences for the user
    damages: dict[str, list[Damage]] = field(default_factory=dict)
    codings: int = 1  # of the chapter that was coded most often

    def __post_init__(self) -> None:
        if self.plan.soundtrack is None:
            return
        if self.template is None:
            raise ValueError("the plan has a soundtrack, but no template was given")
        if self.template.sample_rate is None:
            raise MediaError(f"the template {_lack(self.template)}; ask for the footage's with config.audio 'source'")

    @property
    def form(self) -> tuple[int, int] | None:
        """Sample rate in Hz and channels, None without sound: the footage's rate if it is heard, and the larger number of channels."""
        heard = [source for source in (self._footage, self._template) if source is not None]
        if self.plan.audio is None or not heard or heard[0].sample_rate is None:
            return None
        return heard[0].sample_rate, max(source.channels for source in heard)

    @property
    def ceiling_dbtp(self) -> float | None:
        """The true-peak ceiling of the output; None if the sound passes as it is and is not a downmix."""
        chain = self.plan.audio
        if chain is None or not (self.plan.soundtrack is not None or has_steps(chain) or self.downmixed):
            return None
        return chain.true_peak_ceiling_dbtp

    @property
    def downmixed(self) -> bool:
        """Whether a source in use has more channels than the output."""
        return any(source is not None and source.downmixed for source in (self._footage, self._template))

    @property
    def _footage(self) -> Source | None:
        return self.footage if self.plan.hears_footage and self.footage.sample_rate is not None else None

    @property
    def _template(self) -> Source | None:
        return None if self.plan.soundtrack is None else self.template

    def heard(self, duration: Fraction, check: Callable[[], None] = lambda: None) -> Iterator[Sound]:
        """The whole sound, exactly `duration` seconds; `check`: see `treated`."""
        assert self.plan.audio is not None
        assert self.form is not None  # only called if there is sound
        rate, channels = self.form
        total = round(duration * rate)
        own = self._footage
        found = [] if own is None else stretches(self.plan.clips, rate, total)
        chain = self.plan.audio
        fades = [round(fade * rate) for fade in (chain.fade_in_s, chain.fade_out_s)]
        # coding usually lifts peaks a little
        chain = replace(chain, true_peak_ceiling_dbtp=chain.true_peak_ceiling_dbtp - USUAL_LIFT_DB)
        yield from treated(
            chain,
            lambda: silence(1, total, rate) if own is None else edged(self._read(own, FOOTAGE, found), total, *fades),
            rate,
            1 if own is None else own.channels,
            self._note,
            bed=self._bed(rate, channels, total),
            downmixed=self.downmixed,
            folder=self.folder,
            check=check,
        )

    def coded(self, duration: Fraction, encoder: Encoder, check: Callable[[], None]) -> Iterator[Packet[Any]]:
        """The whole sound in packets, under the ceiling once decoded; `check`: see `treated`."""
        assert self.form is not None  # only called if there is sound
        if self.ceiling_dbtp is None:
            yield from encoder.sound_packets(self.heard(duration, check))
            return
        coder = ChapterCoder(self.ceiling_dbtp, encoder.chapter_packets, encoder.sound_header)
        yield from coder.packets(self.heard(duration, check))
        self.codings = coder.codings
        if coder.true_peak_dbtp > self.ceiling_dbtp + WORTH_SAYING_DB:
            peak, ceiling = (f"{value:.1f} dBTP" for value in (coder.true_peak_dbtp, self.ceiling_dbtp))
            self._note(f"the output's true peak is {peak} instead of the planned {ceiling}: encoding raised it")

    def _bed(self, rate: int, channels: int, total: int) -> Bed | None:
        soundtrack, source = self.plan.soundtrack, self._template
        if soundtrack is None or source is None:
            return None
        mix, found = Mix(soundtrack, rate, channels, total), template_stretches(soundtrack, rate, total)
        at_rate = replace(source, sample_rate=rate)
        return Bed(lambda footage: mix.under(footage, bounded(self._read(at_rate, TEMPLATE, found))), channels)

    def _read(self, source: Source, what: str, found: Sequence[Stretch]) -> Iterator[Sound]:
        with SoundReader(source) as one, SoundReader(source) as other:
            self.damages[what] = [one.damage, other.damage]
            # in turn, since a stretch is still read while the next one fades in
            readers = cycle((one, other))
            yield from crossfaded(found, lambda each: next(readers).blocks(each.start, each.samples))

    def _note(self, sentence: str) -> None:
        self.notes[sentence] = None

    def sentences(self) -> list[str]:
        """Sentences for the user about what weakens the sound."""
        found = list(self.notes)
        if self.plan.audio is not None and self.form is None:
            found.append(f"the footage {_lack(self.footage)}: the output is silent")
        elif self._footage is None and self.plan.soundtrack is not None and self.plan.hears_footage:
            found.append(f"the footage {_lack(self.footage)}: only the template's is heard")
        elif self.downmixed and self.form is not None:
            found.append("surround sound was mixed to stereo")
        return found + [
            sentence for what, damages in self.damages.items() for sentence in sum(damages, Damage()).sentences(what)
        ]


def template_stretches(soundtrack: Soundtrack, sample_rate: int, total: int) -> list[Stretch]:
    """The stretches of the template in the first `total` samples, with the plan's cross-fades; shorter if the soundtrack is.

    A join takes 20 ms at least, so that no step is heard as a click: a stretch that begins with the template, which has no sound before, is faded out for.
    """
    click = round(CLICK_FADE_S * sample_rate)
    found: list[Stretch] = []
    for begins, stretch in placed_stretches(soundtrack.stretches):
        first, last = (round(time * sample_rate) for time in (begins, begins + stretch.template.duration))
        if first >= total:
            break
        fade = 0
        if found:  # rounding may have taken a sample
            fade = min(max(round(stretch.crossfade_s * sample_rate), click), found[-1].samples - found[-1].fade_in)
            found[-1] = replace(found[-1], fade_out=fade)
        start = stretch.template.start - Fraction(fade, sample_rate)
        found.append(Stretch(start, min(last, total) - first + fade, fade_in=fade))
    return found


def _lack(source: Source) -> str:
    """Why a source has no usable sound."""
    return "has sound that cannot be decoded" if source.has_sound else "has no sound"
