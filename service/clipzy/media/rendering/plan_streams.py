"""A plan applied to its footage: streams of pictures and sound for the encoders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from av.video.frame import VideoFrame

from clipzy.machine.processors import available_processors
from clipzy.media.colour.coding import TRANSPARENCY, losses
from clipzy.media.decoding.packets import Damage
from clipzy.media.rendering.blend import HALF_WAY, blend
from clipzy.media.rendering.cadence import frames_of
from clipzy.media.rendering.encode import KEY_FRAME_S
from clipzy.media.rendering.footage import Source
from clipzy.media.rendering.output_sound import OutputSound
from clipzy.media.rendering.passing import Passing
from clipzy.media.rendering.picture_chain import PictureChain, Tables
from clipzy.media.rendering.playing import Player, Score, Shown
from clipzy.media.rendering.sections import divide
from clipzy.media.rendering.verify import Expected
from clipzy.style.dna import TransitionType
from clipzy.style.plan import WHOLE_PICTURE, Crop, EditPlan

Picture = tuple[VideoFrame, int]  # a picture, and the number of output frames that show it

INTERLACED = "the footage is interlaced: it was deinterlaced to one frame per two fields"


@dataclass(slots=True)
class PlanStreams:
    """A plan and its source as streams of pictures and sound, with what was noticed on the way."""

    plan: EditPlan
    source: Source
    sound: OutputSound
    tables: Tables
    at_once: int  # sections in parallel
    passing: Passing
    picture: Crop = WHOLE_PICTURE  # within the source's black bars
    notes: dict[str, None] = field(default_factory=dict)  # sentences for the user, in order
    picture_damages: list[Damage] = field(default_factory=list)  # of each reader
    missing: Fraction = Fraction(0)  # seconds at the end of a clip without pictures in the footage
    score: Score = field(init=False)
    # The first output frame after each transition: encoders find cuts by themselves, but not the end of a gradual change. So key frames show every shot, for
    # the quality report and for players that seek
    keys: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        self.score = Score.of(self.plan)
        if self.source.transparent:
            self._note(TRANSPARENCY)
        self.keys = frozenset(frames_of(join, self.score.rate).stop for join in self.score.joins)

    @property
    def expected(self) -> Expected:
        """What the output file has to be."""
        output, passing = self.plan.output, self.passing.sound
        return Expected(
            (output.width, output.height),
            output.frame_rate,
            self.score.frames,
            self.sound.form is not None,
            None if passing is None or passing.heard is None else passing.heard.digest,
        )

    @property
    def sections(self) -> list[range]:
        """The output's frames in independent parts."""
        return divide(self.expected.frames, self.plan.output.frame_rate, KEY_FRAME_S, self.at_once)

    def shown(self, section: range, threads: int) -> Iterator[Shown]:
        """The source's frames for a section of output frames, in playing order; `threads`: of the section's encoder.

        The decoder gets no more threads than that, since those of both take memory.
        """
        with Player(self.score, self.source, min(available_processors() // self.at_once, threads)) as player:
            self.picture_damages += player.damages
            for each in player.frames(section):
                for sentence in losses(each.frame):
                    self._note(sentence)
                yield each
            self.missing = max(self.missing, player.missing)

    def painted(self, frames: Iterable[Shown], first: int) -> Iterator[Picture]:
        """The processed pictures, from output frame `first` on; each call has its own chains."""
        # one for each side of a transition: a chain plans its steps again whenever the framing changes
        chains = self._chain(), self._chain()
        for each in frames:
            numbers = range(first, first + each.count)
            self.passing.see_source(numbers, each.frame, self.source)
            picture = _painted(each, *chains)
            self.passing.see(numbers, picture)
            yield picture, each.count
            first = numbers.stop

    def _chain(self) -> PictureChain:
        output = self.plan.output
        return PictureChain(self.source.orientation, (output.width, output.height), self.tables, self.picture)

    def _note(self, sentence: str) -> None:
        self.notes[sentence] = None

    def warnings(self) -> list[str]:
        """What weakens the result."""
        found = [INTERLACED] if self.source.combed else []
        found += [*self.notes, *sum(self.picture_damages, Damage()).sentences("video frames")]
        if self.missing > 2 / min(self.source.frame_rate, self.plan.output.frame_rate):  # less is a rounding to frames
            found.append(f"the last picture is held for {float(self.missing):.1f} s in which the footage has none")
        return found + self.sound.sentences()


def _painted(shown: Shown, paint: PictureChain, paint_new: PictureChain) -> VideoFrame:
    join = shown.join
    if join is None:
        return paint(shown.frame, shown.clip, shown.since_start)
    into_old, into_new = join.times(shown.clip, shown.since_start)

    def old() -> VideoFrame:
        return paint(shown.frame if shown.beneath is None else shown.beneath, join.old, into_old)

    def new() -> VideoFrame:
        return paint_new(shown.frame, join.new, into_new)

    if join.transition.type is TransitionType.FADE:  # shows a single clip at a time
        seen = old() if shown.progress < HALF_WAY else new()
        return blend(seen, seen, join.transition.type, shown.progress, dips_to=join.new.dips_to)
    return blend(old(), new(), join.transition.type, shown.progress, direction=join.new.direction)
