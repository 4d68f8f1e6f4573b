"""The edit plan: what will be done to which span of the footage, in exact time, with the reason for each step."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from clipzy.style.dna import Transition, TransitionType
from clipzy.style.measurements import DipColor, Direction
from clipzy.style.soundtrack import Soundtrack
from clipzy.style.time import Span

VERSION = "1"


@dataclass(frozen=True, slots=True)
class Crop:
    """A rectangle of the displayed source picture, as shares 0..1 of its width and height."""

    x: float
    y: float
    width: float
    height: float

    def __post_init__(self) -> None:
        if not (self.x >= 0 and self.y >= 0 and self.width > 0 and self.height > 0):
            raise ValueError(f"crop must have a positive size inside the picture, not {self}")
        if self.x + self.width > 1 + 1e-9 or self.y + self.height > 1 + 1e-9:
            raise ValueError(f"crop must end inside the picture, not {self}")


WHOLE_PICTURE = Crop(0.0, 0.0, 1.0, 1.0)
# Of an output, pixels. MAX_DIMENSION_PX may be no more, so that no plan of the engine's own is longer
LONGEST_SIDE = 8192
LOOK_NAMES = r"lut(-[1-9])?\.cube"


@dataclass(frozen=True, slots=True)
class Look:
    """A colour table that clips can wear, by the name of its file: `lut.cube`, or `lut-1.cube` and so on where there are several.

    `shots`: the shots of the footage whose colours it is made for, by their places from 0; none: all of them. `own`: how far it goes from the
    look that all shots would have together, 0, to one that brings these shots by themselves to the template's colours, 1.
    """

    name: str
    shots: tuple[int, ...] = ()
    own: float = 1.0

    def __post_init__(self) -> None:
        if re.fullmatch(LOOK_NAMES, self.name) is None:
            raise ValueError(f"a look is called lut.cube, or lut-1.cube to lut-9.cube, not {self.name!r}")
        if min(self.shots, default=0) < 0:
            raise ValueError(f"shots are counted from 0, not {min(self.shots)}")
        if not 0 <= self.own <= 1:
            raise ValueError(f"own must lie in 0..1, not {self.own!r}")


SAME_SHAPE = 1e-3  # by how much the crops of one path may differ in width to height


@dataclass(frozen=True, slots=True)
class CropKey:
    """Where a moving crop is so many seconds after its clip's start."""

    at: Fraction
    crop: Crop


NEED_NONE = "a fade needs none, and neither does a clip that is slowed"  # said where a transition lacks footage
DIRECTED = (TransitionType.WIPE, TransitionType.SLIDE)
SLOWEST = Fraction(1, 2)  # of its own speed, at which a picture may be shown: slower, and it is a sequence of stills


@dataclass(frozen=True, slots=True)
class Slowed:
    """Where a transition finds no pictures beyond its cut: it is made room for by slowing those beside it, and not their sound.

    The last `before_s` seconds of the clip before last until the transition ends, the first `after_s` of the new clip since it begins.
    """

    before_s: Fraction
    after_s: Fraction

    def speeds(self, half: Fraction) -> tuple[Fraction, Fraction]:
        """The share of their own speed at which both are shown, for a transition with `half` seconds on either side of the cut."""
        return self.before_s / (self.before_s + half), self.after_s / (self.after_s + half)


@dataclass(frozen=True, slots=True)
class Clip:
    """One span of the source on the output's timeline. `look`: name of the plan's look that it wears, None: it keeps its colours.

    `crop`: of the picture at its start, and all along unless `crop_path` says where it goes (see `crop_path.CropPath`).

    `transition_in`: how it comes out of the clip before, centred on the clip's beginning; None and a cut are the same. For half of its
    time the clip before runs on past its end, and for half of it this one begins before its start: the source has to have so much more
    on either side, unless the pictures are `slowed` for it. A fade never shows both at once and needs nothing more; it goes through `dips_to`.
    A wipe or slide goes `direction`; None: a wipe to the right, a slide to the left.
    """

    source: Span
    crop: Crop
    look: str | None
    transition_in: Transition | None
    reason: str
    crop_path: tuple[CropKey, ...] = ()
    slowed: Slowed | None = None
    dips_to: DipColor = DipColor.BLACK
    direction: Direction | None = None

    def __post_init__(self) -> None:
        kind = TransitionType.CUT if self.transition_in is None else self.transition_in.type
        if self.dips_to is not DipColor.BLACK and kind is not TransitionType.FADE:
            raise ValueError(f"a fade alone goes through {self.dips_to}, and the clip comes out of none")
        if self.direction is not None and kind not in DIRECTED:
            raise ValueError(f"only a wipe or a slide goes {self.direction}, and the clip comes out of none")
        if self.slowed is not None and kind is TransitionType.CUT:
            raise ValueError("pictures are slowed for a transition alone, and the clip comes out of none")
        before = Fraction(0)
        for key in self.crop_path:
            if not before < key.at <= self.source.duration:
                raise ValueError(f"a crop path must go forward in time and end within its clip, not at {key.at} s")
            before = key.at
            if abs(key.crop.width * self.crop.height / (key.crop.height * self.crop.width) - 1) > SAME_SHAPE:
                raise ValueError("the crops of a path must all have the shape of the clip's first one")


@dataclass(frozen=True, slots=True)
class AudioChain:
    """What happens to the sound, in this order; None leaves that step out.

    Where the plan has a soundtrack, the first three steps are for the footage's sound alone; loudness and ceiling are the whole's. Before all
    of them the footage's sound is faded in from the output's beginning over `fade_in_s` and out to its end over `fade_out_s`.
    """

    bass_gain_db: float | None
    speech_presence_db: float | None
    compression_ratio: float | None
    target_lufs: float | None
    true_peak_ceiling_dbtp: float
    reason: str
    fade_in_s: Fraction = Fraction(0)
    fade_out_s: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        if min(self.fade_in_s, self.fade_out_s) < 0:
            raise ValueError(f"a fade cannot last {min(self.fade_in_s, self.fade_out_s)} s")


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """The file to write. `width` and `height` in pixels, both even; `frame_blending`: mix neighbours where frames of the source are none of its own."""

    width: int
    height: int
    frame_rate: Fraction
    video_codec: str
    crf: int
    preset: str
    audio_bitrate_kbps: int
    frame_blending: bool = False

    def __post_init__(self) -> None:
        if self.width % 2 or self.height % 2 or self.width < 2 or self.height < 2:
            raise ValueError(f"output size must be even and positive, not {self.width}x{self.height}")


@dataclass(frozen=True, slots=True)
class EditPlan:
    """The whole plan; rendering is a function of it and of the source."""

    clips: tuple[Clip, ...]
    looks: tuple[Look, ...]  # none where colours are kept
    audio: AudioChain | None  # None where nothing is heard
    output: OutputFormat
    reasons: tuple[str, ...]
    version: str = VERSION
    soundtrack: Soundtrack | None = None  # None: the footage's sound alone is heard

    def __post_init__(self) -> None:
        if self.version != VERSION:
            raise ValueError(f"version must be {VERSION!r}, not {self.version!r}")
        if not self.clips:
            raise ValueError("a plan needs at least one clip")
        names = [look.name for look in self.looks]
        if len(set(names)) < len(names):
            raise ValueError(f"looks need names of their own, not {', '.join(names)}")
        for number, clip in enumerate(self.clips, 1):
            if clip.look is not None and clip.look not in names:
                raise ValueError(f"clip {number} wears {clip.look}, which is none of the plan's looks")
        if self.soundtrack is not None and self.audio is None:
            raise ValueError("a soundtrack is not heard in a plan without audio")
        joins(self.clips)

    @property
    def duration(self) -> Fraction:
        """Length of the output in seconds."""
        return sum((clip.source.duration for clip in self.clips), Fraction(0))

    @property
    def hears_footage(self) -> bool:
        """Whether the footage's sound, if it has any, is heard: alone or with the template's."""
        return self.soundtrack is None or self.soundtrack.footage_gain_db is not None


@dataclass(frozen=True, slots=True)
class Join:
    """A transition on the output's timeline, in seconds: `middle` is where the new clip begins, which is the plan's `number`th, from 1."""

    number: int
    middle: Fraction
    duration: Fraction
    transition: Transition
    old: Clip
    new: Clip

    @property
    def starts(self) -> Fraction:
        """Until then only the old clip is seen."""
        return self.middle - self.duration / 2

    @property
    def ends(self) -> Fraction:
        """From then on only the new clip is seen."""
        return self.middle + self.duration / 2

    @property
    def works(self) -> tuple[Fraction, Fraction]:
        """From when until when it has to do with the pictures: those that are slowed for it, too."""
        slowed = self.new.slowed or Slowed(Fraction(0), Fraction(0))
        return min(self.starts, self.middle - slowed.before_s), max(self.ends, self.middle + slowed.after_s)

    def times(self, clip: Clip, since_start: Fraction) -> tuple[Fraction, Fraction]:
        """How far into the old and the new clip the transition is, in their seconds, `since_start` seconds of the output after the start of `clip`, one of the two."""
        into_new = since_start if clip is self.new else since_start - self.old.source.duration
        since_old_end, half = into_new, self.duration / 2
        if self.new.slowed is not None:
            before, after = self.new.slowed.speeds(half)
            since_old_end, into_new = (into_new - half) * before, (into_new + half) * after
        return since_old_end + self.old.source.duration, into_new

    @property
    def runs_on(self) -> bool:
        """The source runs on between the two: each moment of it shows one instant of the source, in two framings."""
        return self.old.source.end == self.new.source.start

    @property
    def has_handles(self) -> bool:
        """What the source has beyond the clips is seen and heard: of the old one after its end, of the new one before its start."""
        return self.transition.type is not TransitionType.FADE and not self.runs_on and self.new.slowed is None

    @property
    def laps(self) -> bool:
        """Two instants of the source are seen at once."""
        return self.has_handles or self.new.slowed is not None


def joins(clips: Sequence[Clip]) -> list[Join]:
    """The transitions between clips that are no cuts, in order.

    Raises:
        ValueError: one has no clip before it, has no length, does not find room in its clips beside the next one, would need
            pictures from before the source's beginning, or slows those beside it too far.
    """
    found: list[Join] = []
    for number, (begins, clip) in enumerate(placed(clips), 1):
        transition = clip.transition_in
        if transition is not None and transition.type is not TransitionType.CUT:
            if number == 1:
                raise ValueError("the first clip cannot come out of another one")
            join = Join(number, begins, Fraction(transition.duration_ms, 1000), transition, clips[number - 2], clip)
            _check_join(join, found[-1].works[1] if found else Fraction(0), begins + clip.source.duration)
            found.append(join)
    return found


def _check_join(join: Join, free_from: Fraction, clip_ends: Fraction) -> None:
    kind, number = join.transition.type, join.number
    if join.duration == 0:
        raise ValueError(f"the {kind} into clip {number} has no length")
    first, last = join.works
    if first < max(free_from, join.middle - join.old.source.duration) or last > clip_ends:
        what = "is longer" if join.new.slowed is None else "with the pictures that are slowed for it is longer"
        raise ValueError(f"the {kind} into clip {number} {what} than its clips have room for")
    if join.new.slowed is not None and min(join.new.slowed.speeds(join.duration / 2)) < SLOWEST:
        raise ValueError(
            f"the {kind} into clip {number} slows pictures to less than half of their speed; let before_s and after_s be longer"
        )
    if join.has_handles and join.new.source.start < join.duration / 2:
        needs, has = float(join.duration / 2), float(join.new.source.start)
        raise ValueError(
            f"the {kind} into clip {number} needs {needs:.2f} s of footage before that clip, but only {has:.2f} s are left; {NEED_NONE}"
        )


def placed(clips: Sequence[Clip]) -> list[tuple[Fraction, Clip]]:
    """Clips in playing order, each with the second of the output at which it begins."""
    edges = accumulate((clip.source.duration for clip in clips), initial=Fraction(0))
    return list(zip(edges, clips, strict=False))
