"""What happens to the sound that is heard so that it comes to the template's: loudness, and of the rest what is missing."""

from __future__ import annotations

from collections.abc import Sequence

from clipzy.style.dna import AudioStyle
from clipzy.style.loudness import QUIETEST_LUFS, target_lufs
from clipzy.style.measurements import AudioAnalysis, SoundKind
from clipzy.style.plan import AudioChain
from clipzy.style.soundtrack import Soundtrack
from clipzy.style.treatments import NOTHING, bass_step, compression_step, presence_step

TRUE_PEAK_CEILING_DBTP = -1.0  # EBU R128
OWN_STYLE_LUFS = -14.0  # what the large video and music platforms play at
# Range of a room, a hiss or a hum by itself; streets, crowds and whoever does something in a room have more
STEADY_LU = 2.0
BACKGROUND = "it is a steady background without a voice, a note or an event, and would be noise if raised"
NO_LEVEL = f"the style sets no level (its source was silent, or under {QUIETEST_LUFS:.0f} LUFS)"


def own_style_chain(sound: AudioAnalysis) -> AudioChain | None:
    """Normalise the loudness and leave the rest alone; None without a sound stream."""
    if not sound.present:
        return None
    own = sound.loudness.integrated_lufs
    if own is None:
        return _chain("sound unchanged: silence has no loudness to normalise")
    if _is_background(sound):
        return _chain(f"loudness kept at {own:.1f} LUFS: {BACKGROUND}")
    return _chain(
        f"loudness changed from {own:.1f} to {OWN_STYLE_LUFS:.0f} LUFS; nothing else changed", target=OWN_STYLE_LUFS
    )


def kept_chain(sound: AudioAnalysis) -> AudioChain | None:
    """No step at all, because the caller turned the sound's style off; None without a sound stream."""
    return _chain("sound unchanged: audio is switched off") if sound.present else None


def style_chain(style: AudioStyle, sound: AudioAnalysis, *, of_music: bool = False) -> AudioChain | None:
    """The steps from the footage's measured sound to the style's; None without a sound stream.

    Bass, presence and compression as in `treatments`; the loudness is the style's, unless the style has none or the footage nothing but a background.
    `of_music`: the style is that of a video with music.
    """
    if not sound.present:
        return None
    own = sound.loudness.integrated_lufs
    if own is None:
        return _chain("sound unchanged: the footage is silent")
    bass, speech = bass_step(style, sound), presence_step(style, sound)
    ratio = compression_step(style, sound, of_music=of_music)
    target, why_none = target_lufs(style.normalization_level), NO_LEVEL
    if target is not None and _is_background(sound):
        target, why_none = None, BACKGROUND
    told = [
        bass.told,
        speech.told,
        ratio.told,
        f"loudness kept at {own:.1f} LUFS: {why_none}"
        if target is None
        else f"loudness changed from {own:.1f} to {target:.1f} LUFS",
    ]
    return _chain(_sentence(told), bass=bass.amount, speech=speech.amount, ratio=ratio.amount, target=target)


def soundtrack_chain(
    style: AudioStyle, footage: AudioAnalysis, soundtrack: Soundtrack, *, of_music: bool = False
) -> AudioChain:
    """The steps where the template's own sound is heard: it has its style already, so that beside it only the footage's is worked on.

    Speech is compressed and brought forward as by `style_chain`; bass comes from the template's sound. The whole gets the style's loudness.
    """
    target = target_lufs(style.normalization_level)
    speaks = soundtrack.ducking is not None
    ratio = compression_step(style, footage, of_music=of_music) if speaks else NOTHING
    speech = presence_step(style, footage) if speaks else NOTHING
    told = [
        soundtrack.reason,
        None if soundtrack.ducking is None else soundtrack.ducking.reason,
        speech.told and f"footage: {speech.told}",
        ratio.told and f"footage: {ratio.told}",
        f"loudness kept: {NO_LEVEL}" if target is None else f"overall loudness {target:.1f} LUFS",
    ]
    return _chain(_sentence(told), speech=speech.amount, ratio=ratio.amount, target=target)


def _is_background(sound: AudioAnalysis) -> bool:
    """Whether a sound is the room or the camera alone: steady, quieter than any level that is set on purpose, and without speech, singing and music."""
    own, spread = sound.loudness.integrated_lufs, sound.loudness.range_lu
    if own is None or own >= QUIETEST_LUFS or spread is None or spread >= STEADY_LU:
        return False
    return all(each.kind is SoundKind.SILENCE for each in sound.sounds)


def _sentence(steps: Sequence[str | None]) -> str:
    return "; ".join(step for step in steps if step)


def _chain(
    reason: str,
    *,
    bass: float | None = None,
    speech: float | None = None,
    ratio: float | None = None,
    target: float | None = None,
) -> AudioChain:
    return AudioChain(bass, speech, ratio, target, TRUE_PEAK_CEILING_DBTP, reason)
