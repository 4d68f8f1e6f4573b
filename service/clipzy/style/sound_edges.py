"""How the footage's sound begins and ends where the output takes a part of it: without a click, and music not as if a plug were pulled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from clipzy.style.laying import TOLERANCE_S
from clipzy.style.measurements import AudioAnalysis, SoundKind
from clipzy.style.plan import AudioChain, Clip
from clipzy.style.ringing_out import ringing_s
from clipzy.style.time import on_clock

CLICK_FADE_S = Fraction(1, 50)  # at cuts too: no step is heard as a click, and a cut is still heard as one
MUSIC_FADE_S = Fraction(1, 2)  # without beats: heard as an end, and short enough that little of a short output is lost
GOES_ON_S = Fraction(3, 10)  # music that ends sooner after the output's end has come to its own
MUSIC = (SoundKind.MUSIC, SoundKind.SINGING)


def with_edges(chain: AudioChain, clips: Sequence[Clip], sound: AudioAnalysis) -> AudioChain:
    """The chain with fades where the clips begin within the footage's sound, and where they end within it; over music that goes on a longer one.

    What is said up to the end stays as loud as it is.
    """
    begins, ends = clips[0].source.start, clips[-1].source.end
    fade_in = CLICK_FADE_S if begins > 0 else Fraction(0)
    if ends > on_clock(sound.duration_s - TOLERANCE_S):
        return replace(chain, fade_in_s=fade_in)
    fade_out = CLICK_FADE_S
    reason = chain.reason
    if any(each.kind in MUSIC and each.span.start < ends < each.span.end - GOES_ON_S for each in sound.sounds):
        ringing = ringing_s(sound.beats, ends)
        fade_out = max(CLICK_FADE_S, min(ringing or MUSIC_FADE_S, _unspoken(clips[-1], sound)))
        if fade_out > CLICK_FADE_S:
            since = " from a beat" if fade_out == ringing else ""
            reason = (
                f"{reason}; faded out over the last {float(fade_out):.2g} s{since} because the footage's music goes on"
            )
    return replace(chain, fade_in_s=fade_in, fade_out_s=fade_out, reason=reason)


def _unspoken(last: Clip, sound: AudioAnalysis) -> Fraction:
    """Seconds at the end of the last clip in which nobody speaks."""
    ends = last.source.end
    spoken = (
        min(each.span.end, ends) for each in sound.sounds if each.kind is SoundKind.SPEECH and each.span.start < ends
    )
    return ends - max((last.source.start, *spoken))
