"""Lays a template's sound under footage as an editor does: repeated bar by bar where it is too short, lowered where somebody speaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from clipzy.style.cut_points import Speech
from clipzy.style.measurements import AudioAnalysis, Beat, Course, SoundKind
from clipzy.style.plan import Clip, placed
from clipzy.style.soundtrack import Ducking, Soundtrack, Stretch, shortened
from clipzy.style.time import Span, down_to_clock, on_clock, sharing, up_to_clock

SHORTEST_S = 2  # of a sound, or a part of it, that can be repeated without being heard as a stutter
ENOUGH_OF_IT = Fraction(2, 5)  # of a sound is what is repeated
# Under the mean level: what stays lower until its end dies away, faded out or in a last chord that is left to ring. Half seconds of pop, house and ragtime that
# end in the middle come back to within 3 dB of it, or rest no longer than they did before
DIES_DB = 4.0
LONGEST_BAR = 12  # beats: downbeats farther apart have others between that were not heard
LOOP_FADE_S = Fraction(3, 100)  # ends on the downbeat: long enough for no click, too short to blur the beat
BLEND_S = Fraction(2)  # between repetitions of a sound without beats, as rooms and drones are made longer
FADE_OUT_S = Fraction(2)
STEADY_S = 0.035  # beats that keep so near to an even pulse are those of one tempo
CUT_TO_BARS_S = 0.05  # before the end, where a beat would be: coders add some hundredths of silence
INAUDIBLE_S = 0.01  # by which a beat may come early or late once: a fiftieth of the distance of beats at 120 a minute
SLIVER_S = Fraction(1, 20)
TOLERANCE_S = 0.1  # containers are vague about how long they last
# Speech should be 10 LU over music at least, and who is no sound engineer prefers 4 more (Torcoli et al., J. Audio Eng. Soc. 67:12, 2019)
DEPTH_DB = 14.0
ATTACK_S, RELEASE_S = Fraction(3, 10), Fraction(4, 5)
BRIDGED_S = Fraction(2)  # in a shorter pause the music does not come back: it would pump
UNDER_MUSIC_LU = 12.0  # so far under the music footage without speech is brought: it is still felt
FAINTEST_LUFS = -45.0  # of a template's sound: what is fainter is the hiss of a recording rather than its sound
# Past these a sound is not mixed in but blown up, or gone
MOST_RAISED_DB, MOST_LOWERED_DB = 30.0, 40.0
ENOUGH_SPEECH = Fraction(1, 20)  # of the output, from which the footage is one that speaks
MUCH_SPEECH = 0.1  # share of a template's sound, from which somebody speaks in it


def unusable(template: AudioAnalysis, duration: Fraction) -> str | None:
    """Why a template's sound cannot be heard for so many seconds; None where it can."""
    lufs = template.loudness.integrated_lufs
    if not template.present:
        return "the template has no sound"
    if lufs is None:
        return "the template's sound is silent"
    if lufs < FAINTEST_LUFS:
        return f"the template's sound is almost silent ({lufs:.0f} LUFS)"
    if template.duration_s < min(float(duration), SHORTEST_S):
        return f"the template's sound lasts only {template.duration_s:.2g} s, too short to be repeated"
    return None


def laid(template: AudioAnalysis, duration: Fraction) -> tuple[Stretch, ...]:
    """The template's sound from its beginning, repeated until it lasts so many seconds; for a usable one.

    It is not begun again for a rest of a tenth of a second, by which the sound of a file may be shorter than its pictures.
    """
    ends = on_clock(template.duration_s)
    first = "from the template's beginning"
    if ends + Fraction(TOLERANCE_S) >= duration:
        return (Stretch(Span(Fraction(0), min(ends, duration)), Fraction(0), first),)
    lively = _lively_until(template.level, ends)
    enough = max(ENOUGH_OF_IT * ends, Fraction(SHORTEST_S))
    found = _loop(template.beats, lively, enough) or _loop(template.beats, ends, enough)
    if found is not None:
        loop, fade, why = found[0], min(LOOP_FADE_S, found[0].start), f"repeated {found[1]}"
    else:
        until = lively if lively >= enough else ends
        phrases = _phrases(template, until, enough)
        if phrases is not None:
            loop, fade, why = phrases, LOOP_FADE_S, "repeated between words: there are no bars to join on"
        else:
            fade = min(BLEND_S, down_to_clock(until / 4))
            loop, why = Span(fade, until), "repeated with a long cross-fade: there are no bars to join on"
    stretches = [Stretch(Span(Fraction(0), loop.end), Fraction(0), first)]
    missing = duration - loop.end
    stretches += [Stretch(loop, fade, why) for _ in range(-(-missing // loop.duration))]
    return _without_sliver(shortened(stretches, duration))


def _without_sliver(stretches: tuple[Stretch, ...]) -> tuple[Stretch, ...]:
    """The same, the last one going on for what would be too short to be heard as another."""
    if len(stretches) < 2 or stretches[-1].template.duration >= SLIVER_S:
        return stretches
    before, last = stretches[-2:]
    longer = Span(before.template.start, before.template.end + last.template.duration)
    return (*stretches[:-2], replace(before, template=longer))


def dies_away(template: AudioAnalysis, stretches: Sequence[Stretch]) -> str | None:
    """What a person should know of a template's sound that is repeated though it has died away by then; None where it has not."""
    lively = _lively_until(template.level, on_clock(template.duration_s))
    times = sum(stretch.template.end > lively for stretch in stretches[:-1])
    if not times:
        return None
    return (
        f"the template's sound dies away from second {float(lively):.1f} on, and what is before is too short, or has too few bars, to be repeated by itself: "
        f"in the output it dies away and comes back {'once' if times == 1 else f'{times} times'}"
    )


def speaks(template: AudioAnalysis, stretches: Sequence[Stretch]) -> str | None:
    """What a person should know of a template's sound in which somebody speaks, where that is heard; None where it is not."""
    if template.speech_ratio < MUCH_SPEECH:
        return None
    spoken = [sound.span for sound in template.sounds if sound.kind is SoundKind.SPEECH]
    times = sum(bool(sharing(spoken, stretch.template)) for stretch in stretches)
    if not times:
        return None
    again = f", {times} times over" if times > 1 else ""
    return f"the template's sound has speech, which is heard in the output{again}; config.audio 'source' leaves it out"


def soundtrack(
    stretches: Sequence[Stretch], template: AudioAnalysis, footage: AudioAnalysis, clips: Sequence[Clip], *, mixed: bool
) -> Soundtrack:
    """The stretches in place of the footage's sound, or (`mixed`) with it: under its speech, or over what it has without speech.

    Where somebody speaks, the template's sound is as loud as the footage in the pauses and 14 dB lower under the speech; without
    speech the footage is brought 12 LU under the template's sound. Nothing is raised by more than 30 dB or lowered by more than 40.
    """
    duration = sum((clip.source.duration for clip in clips), Fraction(0))
    stretches = shortened(stretches, duration)
    fade = (
        min(FADE_OUT_S, down_to_clock(duration / 4))
        if on_clock(stretches[-1].template.end) < on_clock(template.duration_s)
        else Fraction(0)
    )
    told = _length(stretches, duration, fade)
    theirs, own = template.loudness.integrated_lufs, footage.loudness.integrated_lufs
    assert theirs is not None  # of a usable one
    if not mixed or own is None:
        nothing = " (the footage has none to mix in)" if mixed else ""
        return Soundtrack(stretches, 0.0, None, None, fade, f"the template's sound alone{nothing}; {told}")
    ducking = _ducking(footage, clips, duration)
    if ducking is None:
        lowered = min(max(theirs - UNDER_MUSIC_LU - own, -MOST_LOWERED_DB), 0.0)
        how = f"the footage's sound (no speech) {f'lowered by {-lowered:.1f} dB' if lowered else 'unchanged'}"
        return Soundtrack(
            stretches, 0.0, lowered, None, fade, f"the template's sound over the footage's; {how}; {told}"
        )
    gain = min(max(own - theirs, -MOST_LOWERED_DB), MOST_RAISED_DB)
    how = f"moved by {gain:+.1f} dB {'to' if gain == own - theirs else 'towards'} the footage's {own:.1f} LUFS and lowered under speech"
    return Soundtrack(stretches, gain, 0.0, ducking, fade, f"the template's sound under the footage's, {how}; {told}")


def _length(stretches: Sequence[Stretch], duration: Fraction, fade: Fraction) -> str:
    again = len(stretches) - 1
    times = f"repeated {'once' if again == 1 else f'{again} times'}, " if again else ""
    end = f"faded out over {float(fade):.2g} s" if fade else "to its own end"
    return f"{times}{float(duration):.1f} s, {end}"


def _ducking(footage: AudioAnalysis, clips: Sequence[Clip], duration: Fraction) -> Ducking | None:
    spans = _bridged(_spoken(footage, clips), duration)
    spoken = sum((span.duration for span in spans), Fraction(0))
    if spoken < ENOUGH_SPEECH * duration:
        return None
    reason = f"{DEPTH_DB:.0f} dB lower in {len(spans)} {'stretch' if len(spans) == 1 else 'stretches'} of speech ({float(spoken):.1f} s in all)"
    return Ducking(spans, DEPTH_DB, ATTACK_S, RELEASE_S, reason)


def _spoken(footage: AudioAnalysis, clips: Sequence[Clip]) -> list[Span]:
    """Where the output speaks: the footage's speech, clip by clip, in order."""
    speech = [sound.span for sound in footage.sounds if sound.kind is SoundKind.SPEECH]
    found = []
    for begins, clip in placed(clips):
        for span in sharing(speech, clip.source):
            start, end = max(span.start, clip.source.start), min(span.end, clip.source.end)
            found.append(Span(begins + start - clip.source.start, begins + end - clip.source.start))
    return found


def _bridged(spans: Sequence[Span], duration: Fraction) -> tuple[Span, ...]:
    """Speech together with short pauses: between words, before the first one and after the last."""
    bridged: list[Span] = []
    for span in spans:
        if not bridged and span.start < BRIDGED_S:
            span = Span(Fraction(0), span.end)  # noqa: PLW2901
        if bridged and span.start - bridged[-1].end < BRIDGED_S:
            bridged[-1] = Span(bridged[-1].start, max(bridged[-1].end, span.end))
        else:
            bridged.append(span)
    if bridged and duration - bridged[-1].end < BRIDGED_S:
        bridged[-1] = Span(bridged[-1].start, max(duration, bridged[-1].end))
    return tuple(Span(down_to_clock(span.start), up_to_clock(span.end)) for span in bridged)


def _phrases(template: AudioAnalysis, until: Fraction, enough: Fraction) -> Span | None:
    """The longest stretch before `until` that begins and ends between words; None without speech, and where it would be shorter than `enough`."""
    speech = Speech(template)
    marks = [mark for mark in speech.marks(Span(LOOP_FADE_S, until)) if not speech.cuts_word(mark)]
    if len(marks) < 2 or marks[-1] - marks[0] < enough:
        return None
    return Span(marks[0], marks[-1])


def _lively_until(level: Course, ends: Fraction) -> Fraction:
    """Until when a sound keeps its level; it may rest for as long as it did before."""
    power = np.array([0.0 if each is None else 10 ** (each / 10) for each in level.values])
    if not power.any():
        return ends
    lively = np.flatnonzero(power >= power.mean() * 10 ** (-DIES_DB / 10))
    rest = max(np.diff(lively), default=1) - 1
    return min(ends, on_clock((int(lively[-1]) + 1 + int(rest)) * level.step_s))


def _loop(beats: Sequence[Beat], ends: Fraction, enough: Fraction) -> tuple[Span, str] | None:
    """The longest stretch before `ends` to repeat, and between what: whole bars on downbeats, else on other beats, else as many beats as there are.

    None where it would be shorter than `enough`.
    """
    beats = [beat for beat in beats if beat.time_s <= ends]
    if len(beats) < 2:
        return None
    measured = np.array([beat.time_s for beat in beats])
    numbers = _numbers(measured)
    downbeats = numbers[[beat.downbeat for beat in beats]]
    bar = _bar(downbeats)
    marks = _marks(measured, numbers, ends)
    if bar and marks[-1][0] > numbers[-1] and marks[-1][0] - downbeats[-1] == bar:
        downbeats = np.append(downbeats, marks[-1][0])
    on_downbeats = [(number, time) for number, time in marks if number in downbeats]
    ways = [(on_downbeats, bar, "from a downbeat to a downbeat"), (marks, bar, "by whole bars")] if bar else []
    for among, step, why in [*ways, (marks, 1, "from a beat to a beat: no run of whole bars is long enough")]:
        found = _longest(among, step)
        if found is not None and found.duration >= enough:
            return found, why
    return None


def _longest(marks: Sequence[tuple[int, Fraction]], step: int) -> Span | None:
    """The longest span between two marks, each a beat's number and time, whose numbers are a multiple of `step` apart; the first of equals."""
    firsts: dict[int, Fraction] = {}
    best: Span | None = None
    for number, time in marks:
        first = firsts.setdefault(number % step, time)
        if time > first and (best is None or time - first > best.duration):
            best = Span(first, time)
    return best


def _bar(downbeats: NDArray[np.int64]) -> int | None:
    """Beats in most bars; None without two downbeats as near as those of a bar."""
    lengths = np.diff(downbeats)
    lengths = lengths[lengths <= LONGEST_BAR]
    return int(np.bincount(lengths).argmax()) if len(lengths) else None


def _numbers(times: NDArray[np.float64]) -> NDArray[np.int64]:
    """Number of each beat, counting the ones left out."""
    steps = np.diff(times)
    counted = np.maximum(np.round(steps / np.median(steps)), 1)
    return np.asarray(np.concatenate([[0], np.cumsum(counted)]), np.int64)


def _marks(measured: NDArray[np.float64], numbers: NDArray[np.int64], ends: Fraction) -> list[tuple[int, Fraction]]:
    """Number and time of each beat until `ends`; those of one tempo where they keep it, so that errors of single beats do not shift a repetition.

    Music that is cut to whole bars ends where the next beat would be: that one is there too.
    """
    times = measured
    if len(measured) > 2:
        line = np.polyfit(numbers, measured, 1)
        fitted = np.polyval(line, numbers)
        if np.abs(fitted - measured).max() <= STEADY_S:
            times, following = fitted, float(np.polyval(line, numbers[-1] + 1))
            if following >= ends - CUT_TO_BARS_S:
                numbers, times = np.append(numbers, numbers[-1] + 1), np.append(fitted, following)
    # all of them together, so that bars keep their length
    times = times - min(max(float(times[0]), -INAUDIBLE_S), 0.0)
    return [
        (int(number), min(on_clock(float(time)), ends))
        for number, time in zip(numbers, times, strict=True)
        if 0 <= time <= ends + INAUDIBLE_S
    ]
