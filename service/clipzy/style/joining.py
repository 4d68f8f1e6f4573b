"""Puts a style's transitions at those cuts of a plan that can bear them, in the style's measure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import cycle
from statistics import median

from clipzy.style.dna import Transition, TransitionType
from clipzy.style.doubling import SHOWS_BOTH, Doubling, is_doubled
from clipzy.style.leeway import Leeway, Slowable
from clipzy.style.measurements import Boundary, DipColor, Direction, VideoAnalysis
from clipzy.style.mixture import Kind, Portion, shared_out
from clipzy.style.plan import Clip, Slowed
from clipzy.style.time import Span, sharing
from clipzy.style.transitions import PLAIN_CUT

# of a clip's length that its transitions may take together, so that something of it is seen plain
MOST_OF_A_CLIP = Fraction(1, 2)
SHORTEST = Fraction(1, 12)  # seconds; two frames of a film: what is shorter is seen as a cut
# seconds, or a quarter of the style's where that is less: a slow fade cut shorter is seen as a frame that was lost
SHORTEST_FADE = Fraction(1, 4)
NO_TIME = "no room for more"
NEARLY = Fraction(3, 4)  # of the style's length, from which a transition is seen to be as long
FAR_SHORT = 0.5  # of the style's length: where most are shorter, a person should know
HALF_OF_A_CLIP = "at most half of a clip"
OWN_NEARBY = "to stay clear of the footage's own transition"
NO_SLOWER = "there are no more frames beside the cut, and these cannot be slowed further"


@dataclass(frozen=True, slots=True)
class Cut:
    """How long a transition a cut of the plan has room for, in seconds.

    `room`: in its clips, and `why_room` there is no more. `handles`: in what their shots have beyond them. `leeway`: by slowing pictures.
    `doubled`: why two framings of this moment cannot lie over each other; empty where they can.
    """

    number: int  # of the clip that it begins
    virtual: bool
    room: Fraction
    handles: Fraction
    leeway: Leeway
    doubled: str = ""
    why_room: str = HALF_OF_A_CLIP

    @property
    def why_plain(self) -> str:
        """Why it stays plain; empty where there is only too little time."""
        return self.doubled if self.virtual else self.leeway.why

    def lasts(self, wanted: Transition) -> Fraction:
        """Seconds that a transition can last here, `wanted` at most."""
        if is_doubled(wanted.type, self.doubled):
            return Fraction(0)
        most = min(Fraction(wanted.duration_ms, 1000), self.room)
        if wanted.type is TransitionType.FADE or self.virtual:
            return most
        return min(most, max(self.handles, self.leeway.most))

    def bears(self, wanted: Transition) -> bool:
        """Whether a transition can be long enough here to be seen as one."""
        least = SHORTEST
        if wanted.type is TransitionType.FADE:
            least = max(least, min(SHORTEST_FADE, Fraction(wanted.duration_ms, 4000)))
        return self.lasts(wanted) >= least

    def why_shorter(self, wanted: Transition) -> str:
        """Why a transition is shorter here than wanted; empty where it is not."""
        lasts = self.lasts(wanted)
        if lasts == Fraction(wanted.duration_ms, 1000):
            return ""
        return self.why_room if lasts == self.room else self.leeway.why or NO_SLOWER

    def rank(self, wanted: Transition) -> int:
        """How well it fits here, 0 best: a real change of shot, then a virtual cut, then one where it is cut short."""
        if self.lasts(wanted) < NEARLY * Fraction(wanted.duration_ms, 1000):
            return 2
        return 1 if self.virtual else 0

    def made(self, clip: Clip, portion: Portion, direction: Direction | None) -> Clip:
        """The clip with that transition into it, which goes that way."""
        wanted = portion.transition
        lasts = self.lasts(wanted)
        transition = replace(wanted, duration_ms=int(lasts * 1000))
        if wanted.type is TransitionType.FADE:
            return replace(clip, transition_in=transition, dips_to=portion.dips_to)
        if self.virtual or lasts <= self.handles:
            return replace(clip, transition_in=transition, direction=direction)
        slowed = Slowed(self.leeway.before, self.leeway.after)
        speeds = (f"{float(speed):.0%}" for speed in slowed.speeds(Fraction(transition.duration_ms, 2000)))
        told = f"{clip.reason}, slowed to {' and '.join(dict.fromkeys(speeds))} for the {wanted.type}"
        return replace(clip, transition_in=transition, slowed=slowed, direction=direction, reason=told)


def joined(
    clips: Sequence[Clip],
    virtual: Sequence[bool],
    video: VideoAnalysis,
    mixture: Sequence[Portion],
    slowable: Slowable,
    *,
    doubling: Doubling,
    whose: str = "template",
) -> tuple[tuple[Clip, ...], str, tuple[str, ...]]:
    """Give the clips a style's transitions, each kind its share of the changes of shot as in the style.

    Real changes of shot get them before virtual cuts do. Wipes and slides go the ways of the style's video, one after another.

    - At a virtual cut the source runs on and nothing more is needed. Kinds that lay both framings over each other are not made where that doubles what is seen.
    - Elsewhere a transition shows pictures beyond its clips, of their own shots only: one of another shot would flash up. Where there are
      none, as at a cut of the footage's own, the pictures beside the cut are slowed, if nobody sees it.
    - A fade goes through one colour and needs no more pictures.

    A transition is shorter where its clips, its handles or what can be slowed are, or beside a gradual transition of the footage's own.

    Args:
        clips: in playing order.
        virtual: of each, whether it begins with a virtual cut.
        video: the footage.
        mixture: of the style.
        slowable: of the footage.
        doubling: of the footage.
        whose: the mixture is, "template" or "style", in words.

    Returns:
        The clips, a sentence on what was done, and what a person should know of it: lengths that are far from those wanted.
    """
    unseen = [portion for portion in mixture if _is_unseen(portion.transition)]
    mixture = [replace(portion, transition=PLAIN_CUT) if portion in unseen else portion for portion in mixture]
    gradual = [own for own in video.boundaries if own.start < own.end]
    cuts = [_cut(number, clips, virtual[number], video, gradual, slowable=slowable) for number in range(1, len(clips))]
    longest = max(
        (portion.transition.duration_ms for portion in mixture if portion.transition.type in SHOWS_BOTH), default=0
    )
    kinds = {portion.transition.type for portion in mixture}
    cuts = [_undoubled(cut, clips[cut.number], Fraction(longest, 1000), doubling, kinds) for cut in cuts]
    given, left, missing = _given(cuts, mixture, _own(clips, [own for own in video.changes if own.start < own.end]))
    made = list(clips)
    for portion in mixture:
        # those of the template one after another, as often as it takes
        ways = cycle(portion.directions or (None,))
        for cut in sorted((cut for of, cut in given if of is portion), key=lambda cut: cut.number):
            made[cut.number] = cut.made(clips[cut.number], portion, next(ways))
    for cut in left if missing else []:
        why = f": {cut.why_plain}" if cut.why_plain else ""
        made[cut.number] = replace(clips[cut.number], reason=f"{clips[cut.number].reason}, kept plain{why}")
    whys = sorted({cut.why_plain or NO_TIME for cut in left if cut.why_plain or not cut.virtual}) if missing else []
    lengths = [told for portion in mixture if (told := _shortened(given, portion))]
    lengths += [(_seen_as_cut(portion), True) for portion in unseen if cuts]
    said = _told(made, missing, whys, whose, all_plain=not unseen)
    far = tuple(f"the {whose}'s {told}" for told, is_far in lengths if is_far)
    return tuple(made), "; ".join([said, *(f"the {told}" for told, _ in lengths)]), far


def _given(
    cuts: Sequence[Cut], mixture: Sequence[Portion], own: Mapping[Kind, int]
) -> tuple[list[tuple[Portion, Cut]], Sequence[Cut], int]:
    """Which portion's transition each cut gets, the cuts that stay plain, and how many transitions found no cut that bears them."""
    given: list[tuple[Portion, Cut]] = []
    left, missing = cuts, 0
    shares = zip(mixture, shared_out(mixture, len(cuts), own), strict=True)
    # a fade can be made nearly anywhere: it takes what the other kinds leave
    for portion, count in sorted(shares, key=lambda each: each[0].transition.type is TransitionType.FADE):
        wanted = portion.transition
        if wanted.type is TransitionType.CUT:
            continue
        chosen = _chosen(left, wanted, count)
        taken = {cut.number for cut in chosen}
        left = [cut for cut in left if cut.number not in taken]
        missing += count - len(chosen)
        given += [(portion, cut) for cut in chosen]
    return given, left, missing


def _cut(
    number: int,
    clips: Sequence[Clip],
    virtual: bool,
    video: VideoAnalysis,
    gradual: Sequence[Boundary],
    *,
    slowable: Slowable,
) -> Cut:
    old, new = clips[number - 1].source, clips[number].source
    most, clear = MOST_OF_A_CLIP * min(old.duration, new.duration), _plain(old, new, gradual)
    handles = Fraction(0) if old.end == new.start else 2 * _handles(old, new, video.shots)
    why_room = OWN_NEARBY if clear < most else HALF_OF_A_CLIP
    return Cut(number, virtual, min(most, clear), handles, slowable.beside(old, new), why_room=why_room)


def _undoubled(cut: Cut, clip: Clip, longest: Fraction, doubling: Doubling, kinds: Collection[TransitionType]) -> Cut:
    """The same, with what a transition of `longest` seconds, of one of these kinds, would double."""
    half = min(longest, cut.room) / 2
    if not cut.virtual or half == 0:
        return cut
    why = doubling.why_not(Span(clip.source.start - half, clip.source.start + half))
    return replace(cut, doubled=why if any(is_doubled(kind, why) for kind in kinds) else "")


def _plain(old: Span, new: Span, gradual: Sequence[Boundary]) -> Fraction:
    """Seconds between a cut and the nearest gradual transition of the footage's own; one of the plan's takes half of them, and half stay plain."""
    before, after = sharing(gradual, old)[-1:], sharing(gradual, new)[:1]
    free = [old.end - edge.end for edge in before] + [edge.start - new.start for edge in after]
    return max(min(free, default=min(old.duration, new.duration)), Fraction(0))


def _own(clips: Sequence[Clip], gradual: Sequence[Boundary]) -> Mapping[Kind, int]:
    """The footage's own gradual changes of shot within clips, by their kinds."""
    return Counter(
        (own.type, own.dips_to)
        for clip in clips
        for own in sharing(gradual, clip.source)
        if clip.source.start < own.start and own.end < clip.source.end
    )


def _chosen(cuts: Sequence[Cut], wanted: Transition, count: int) -> list[Cut]:
    """So many of those cuts that can bear a transition, the best first, and of equally good ones evenly over all."""
    chosen: list[Cut] = []
    for rank in range(3):
        able = [cut for cut in cuts if cut.bears(wanted) and cut.rank(wanted) == rank]
        take = min(count - len(chosen), len(able))
        chosen += [able[(2 * k + 1) * len(able) // (2 * take)] for k in range(take)]
    return chosen


def _handles(old: Span, new: Span, shots: Sequence[Span]) -> Fraction:
    """Seconds for which the old clip can run on past its end and the new one begin early, both in their own shots."""
    ends = bisect_left(shots, old.end, key=lambda shot: shot.end)
    starts = bisect_right(shots, new.start, key=lambda shot: shot.start)
    after = shots[ends].end - old.end if ends < len(shots) and shots[ends].start < old.end else Fraction(0)
    before = new.start - shots[starts - 1].start if starts and new.start < shots[starts - 1].end else Fraction(0)
    return min(after, before)


def _named(kind: TransitionType, dips_to: DipColor) -> str:
    return kind.value if dips_to is DipColor.BLACK else f"{kind} through {dips_to}"


def _is_unseen(transition: Transition) -> bool:
    """Whether it is too short to look different from a plain cut."""
    return transition.type is not TransitionType.CUT and Fraction(transition.duration_ms, 1000) < SHORTEST


def _seen_as_cut(portion: Portion) -> str:
    wanted = portion.transition
    return (
        f"{_named(wanted.type, portion.dips_to)} of {wanted.duration_ms} ms becomes a plain cut: "
        f"it is shorter than two film frames ({float(1000 * SHORTEST):.0f} ms)"
    )


def _shortened(given: Sequence[tuple[Portion, Cut]], portion: Portion) -> tuple[str, bool] | None:
    """By how much and why a portion's transitions are shorter than the style's, in words, and whether most are under half; None where none is shorter."""
    wanted = portion.transition
    cuts = [cut for of, cut in given if of is portion]
    whys = sorted({why for cut in cuts if (why := cut.why_shorter(wanted))})
    lasts = [int(cut.lasts(wanted) * 1000) for cut in cuts]
    shorter = [each for each in lasts if each < wanted.duration_ms]
    if not shorter:
        return None
    low, high = min(shorter), max(shorter)
    told = f"{low}" if low == high else f"{low}-{high}"
    how_many = "" if len(cuts) == 1 else f" at {len(shorter)} of {len(cuts)} cuts"
    named = _named(wanted.type, portion.dips_to)
    far = median(lasts) < FAR_SHORT * wanted.duration_ms
    return f"{named} is shortened to {told} of {wanted.duration_ms} ms{how_many}: {'; '.join(whys)}", far


def _told(made: Sequence[Clip], missing: int, whys: Sequence[str], whose: str, *, all_plain: bool) -> str:
    """What was done, in a sentence; `all_plain`: where the cuts are plain, so are the style's."""
    kinds = Counter(_named(clip.transition_in.type, clip.dips_to) for clip in made if clip.transition_in is not None)
    cuts = len(made) - 1
    if not kinds and not missing:
        plain = f"cuts stay plain, like the {whose}'s" if all_plain else "cuts are plain"
        return plain if cuts else "no transitions: there is only one clip"
    told = [f"{count} of {cuts} cuts became a {kind}" for kind, count in kinds.items()]
    slowed = sum(clip.slowed is not None for clip in made)
    if slowed:
        told.append(f"{slowed} of them slowed")
    if missing:
        told.append(f"{missing} found no place ({'; '.join(whys) or NO_TIME})")
    return f"transitions like the {whose}'s: {', '.join(told)}"
