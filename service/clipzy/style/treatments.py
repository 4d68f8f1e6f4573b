"""Bass, compression and presence that a style has and the footage lacks: each is added within bounds, and never taken away.

A style says "nothing was done" of all sound that is thinner or livelier than neutral. Thin bass has more to go: that counts on beyond the scale's end, but
no further than the style goes the other way, for a piano has no bass to lift. Levels that differ by nature, as those of drums, no compressor of bearable
speed evens out: they count as untouched.
"""

from __future__ import annotations

from dataclasses import dataclass

from clipzy.style.dna import AudioStyle
from clipzy.style.loudness import TREATED_PRESENCE_DB, bass_gain_db, on_bass_scale
from clipzy.style.measurements import AudioAnalysis

LEAST_BASS_DB, MOST_BASS_DB = 1.0, 9.0  # under it nobody hears it; over it small speakers choke
LEAST_RATIO, MOST_RATIO = 1.1, 4.0  # over it the compressor is heard to pump
MOST_BY_MUSIC = 2.0  # for a voice: music that is even by nature, as of organs and synthesisers, reads as dense as what was compressed
# Of 106 pieces of music, compressed by 2 or 4, the middle one reads higher by that to the power .5 to .6, speech .4 to .6, solo piano and drums hardly
RATIO_SHOWN = 0.6
LEAST_PRESENCE_DB, MOST_PRESENCE_DB = 3.0, 6.0  # under it a voice does not come forward; over it it is sharp
PRESENCE_SHOWN = 0.75  # a bell of 3 dB raises a voice's 2-5 kHz by 2.1 to 2.3 dB
ENOUGH_MUSIC = 0.1  # share of the duration from which bass is worth lifting; under a voice it would boom
ENOUGH_SPEECH = 0.05


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a chain; `amount` None leaves it out. `told`: what is done or why not; None where nothing was to be done."""

    amount: float | None = None
    told: str | None = None


NOTHING = Step()


def bass_step(style: AudioStyle, sound: AudioAnalysis) -> Step:
    """The low shelf, 1 to 9 dB, that brings the sound's bass to the style's, where there is music."""
    asked, read = bass_gain_db(style.bass_boost), sound.readings.bass_db
    own = bass_gain_db(sound.bass_boost) if read is None else read
    figures = f"(style {style.bass_boost:.0f}, footage {round(on_bass_scale(own))})"
    over = asked - max(own, 0.0)
    if over <= -LEAST_BASS_DB:
        return Step(told=f"bass kept {figures}: bass is never reduced")
    if over < LEAST_BASS_DB:
        return NOTHING if over <= 0 else Step(told=f"bass kept {figures}: a lift under 1 dB is inaudible")
    if sound.music_ratio < ENOUGH_MUSIC:
        return Step(told=f"bass kept {figures}: the footage has hardly any music, and voices would boom")
    gain = min(asked - max(own, -asked), MOST_BASS_DB)
    told, missing = f"bass lifted by {gain:.1f} dB {figures}", asked - own - gain
    if missing >= LEAST_BASS_DB:
        why = "more would overload small speakers" if gain == MOST_BASS_DB else "it has little bass to lift"
        told += f", {missing:.1f} dB short of the style: {why}"
    return Step(gain, told)


def compression_step(style: AudioStyle, sound: AudioAnalysis, *, of_music: bool = False) -> Step:
    """The compressor's ratio, 4 at most, that brings the sound's reading to the style's, as far as readings follow it.

    `of_music`: the style's dynamics are those of music, which count for 2 at most where the sound has none.
    """
    asked, read = style.compression_ratio, sound.readings.density
    # what is looser than natural counts as natural here
    own = max(sound.compression_ratio if read is None else read, 1.0)
    figures = f"(style {asked:.1f}, footage {own:.1f})"
    over = asked / own
    if over <= 1 / LEAST_RATIO:
        return Step(told=f"dynamics kept {figures}: lost dynamics are not restored")
    if over < LEAST_RATIO:
        return NOTHING if over <= 1 else Step(told=f"dynamics kept {figures}: the difference is inaudible")
    # where nothing tells how dense a sound is by nature, nothing would tell either how dense it is then: the style's own ratio is put on
    wanted = over if read is None else over ** (1 / RATIO_SHOWN)
    most, why = MOST_RATIO, "limited to avoid pumping"
    if of_music and not sound.music_ratio:
        most, why = MOST_BY_MUSIC, "no more, for the style's dynamics are those of music"
    ratio = min(wanted, most)
    held = f", {why}" if wanted > most else ""
    return Step(ratio, f"compressed {ratio:.1f}:1 {figures}{held}")


def presence_step(style: AudioStyle, sound: AudioAnalysis) -> Step:
    """The bell, 3 to 6 dB, from which on the footage's speech counts as brought forward, where the style's is."""
    if not style.enhance_speech:
        return NOTHING
    if sound.speech_ratio < ENOUGH_SPEECH:
        return Step(told="no speech to enhance, as the style does")
    if sound.speech_enhanced:
        return Step(told="speech is enhanced already")
    read = sound.readings.presence_db
    missing = LEAST_PRESENCE_DB if read is None else (TREATED_PRESENCE_DB - read) / PRESENCE_SHOWN
    gain = min(max(missing, LEAST_PRESENCE_DB), MOST_PRESENCE_DB)
    held = ", limited to avoid harshness" if missing > MOST_PRESENCE_DB else ""
    return Step(gain, f"speech enhanced by {gain:.1f} dB{held}")
