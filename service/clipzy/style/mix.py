"""What happens to the sound that is heard so that it comes to the template's: only what is missing is added."""

from __future__ import annotations

from clipzy.style.dna import AudioStyle
from clipzy.style.loudness import QUIETEST_LUFS, bass_gain_db, target_lufs
from clipzy.style.measurements import AudioAnalysis
from clipzy.style.plan import AudioChain
from clipzy.style.soundtrack import Soundtrack

TRUE_PEAK_CEILING_DBTP = -1.0  # EBU R128
OWN_STYLE_LUFS = -14.0  # what the large video and music platforms play at
LEAST_BASS_DB, MOST_BASS_DB = 1.0, 9.0  # under it nobody hears it; over it small speakers choke
LEAST_RATIO, MOST_RATIO = 1.1, 4.0
PRESENCE_DB = 3.0  # enough to bring a voice forward without making it sharp
ENOUGH_MUSIC = 0.1  # share of the duration from which bass is worth lifting; under a voice it would boom
ENOUGH_SPEECH = 0.05
NO_LEVEL = f"the style sets no level, as a silent template or one under {QUIETEST_LUFS:.0f} LUFS does not"


def own_style_chain(sound: AudioAnalysis) -> AudioChain | None:
    """Normalise the loudness and leave the rest alone; None without a sound stream."""
    if not sound.present:
        return None
    own = sound.loudness.integrated_lufs
    if own is None:
        return _chain("sound kept as it is: silence has no loudness to normalise")
    return _chain(f"loudness brought from {own:.1f} to {OWN_STYLE_LUFS:.0f} LUFS; the rest kept", target=OWN_STYLE_LUFS)


def kept_chain(sound: AudioAnalysis) -> AudioChain | None:
    """No step at all, because the caller turned the sound's style off; None without a sound stream."""
    return _chain("sound kept as it is: the audio switch is off") if sound.present else None


def style_chain(style: AudioStyle, sound: AudioAnalysis) -> AudioChain | None:
    """The steps from the footage's measured sound to the style's; None without a sound stream.

    Bass is lifted by the difference of the two bass boosts, 1 to 9 dB, where there is music; compression takes the ratio between the two
    ratios (ratios multiply), 1.1 to 4; presence comes where the style enhances speech, the footage speaks and its own is not enhanced yet;
    the loudness is the style's, unless the style has none.
    """
    if not sound.present:
        return None
    own = sound.loudness.integrated_lufs
    if own is None:
        return _chain("sound kept as it is: the footage is silent")
    bass, ratio = _missing_bass(style, sound), _missing_ratio(style, sound)
    speech = PRESENCE_DB if _speech_wants_lift(style, sound) else None
    target = target_lufs(style.normalization_level)
    told = [
        bass and f"bass lifted by {bass:.1f} dB (style {style.bass_boost:.0f}, footage {sound.bass_boost:.0f})",
        speech and f"speech brought forward by {speech:.0f} dB",
        ratio
        and f"compressed {ratio:.1f}:1 (style {style.compression_ratio:.1f}, footage {sound.compression_ratio:.1f})",
        f"loudness kept at {own:.1f} LUFS: {NO_LEVEL}"
        if target is None
        else f"loudness brought from {own:.1f} to {target:.1f} LUFS",
    ]
    return _chain("; ".join(step for step in told if step), bass=bass, speech=speech, ratio=ratio, target=target)


def soundtrack_chain(style: AudioStyle, footage: AudioAnalysis, soundtrack: Soundtrack) -> AudioChain:
    """The steps where the template's own sound is heard: it has its style already, so that beside it only the footage's is worked on.

    Speech is compressed and brought forward as by `style_chain`; bass comes from the template's sound. The whole gets the style's loudness.
    """
    target = target_lufs(style.normalization_level)
    speaks = soundtrack.ducking is not None
    ratio = _missing_ratio(style, footage) if speaks else None
    speech = PRESENCE_DB if speaks and _speech_wants_lift(style, footage) else None
    told = [
        soundtrack.reason,
        soundtrack.ducking and soundtrack.ducking.reason,
        speech and f"the footage's speech brought forward by {speech:.0f} dB",
        ratio and f"the footage's sound compressed {ratio:.1f}:1",
        f"the loudness kept: {NO_LEVEL}" if target is None else f"the whole at {target:.1f} LUFS",
    ]
    return _chain("; ".join(step for step in told if step), speech=speech, ratio=ratio, target=target)


def _missing_bass(style: AudioStyle, sound: AudioAnalysis) -> float | None:
    gain = bass_gain_db(style.bass_boost - sound.bass_boost)
    return min(gain, MOST_BASS_DB) if gain >= LEAST_BASS_DB and sound.music_ratio >= ENOUGH_MUSIC else None


def _missing_ratio(style: AudioStyle, sound: AudioAnalysis) -> float | None:
    ratio = style.compression_ratio / sound.compression_ratio
    return min(ratio, MOST_RATIO) if ratio >= LEAST_RATIO else None


def _speech_wants_lift(style: AudioStyle, sound: AudioAnalysis) -> bool:
    return style.enhance_speech and not sound.speech_enhanced and sound.speech_ratio >= ENOUGH_SPEECH


def _chain(
    reason: str,
    *,
    bass: float | None = None,
    speech: float | None = None,
    ratio: float | None = None,
    target: float | None = None,
) -> AudioChain:
    return AudioChain(bass, speech, ratio, target, TRUE_PEAK_CEILING_DBTP, reason)
