"""The whole of a sound's measurements, from made-up answers of the networks."""

from fractions import Fraction

import numpy as np
import pytest

from clipzy.analysis.audio.genre import MSD_TAGS, MTT_TAGS
from clipzy.analysis.audio.sound import Heard, Sound, measure_sound, tag_patches
from clipzy.style.dna import BeatBand
from clipzy.style.measurements import Loudness, SoundKind
from synth import drum_track, silence

SECONDS, BPM = 20, 100
LOUDNESS = Loudness(-14.0, 4.0, -1.0)


def sound_of(audio_22k, loudness=LOUDNESS):
    """The sound, at the other rate by the nearest sample, with its levels."""
    index = np.arange(round(len(audio_22k) * 16000 / 22050)) * 22050 // 16000
    blocks = audio_22k[: len(audio_22k) // 1102 * 1102].reshape(-1, 1102)
    rms, peak = np.sqrt(np.square(blocks).mean(axis=1)), np.abs(blocks).max(axis=1, initial=0)
    return Sound(Fraction(len(audio_22k), 22050), audio_22k, audio_22k[index], loudness, rms, peak)


def heard_as(beat_times=(), events=(0.0, 0.0, 0.0), voice=0.0, genre=None, seconds=SECONDS):
    """Networks that say the same of every moment, and are sure of the beats."""
    beats = np.tile(np.float32([0.01, 0.01, 0.98]), (seconds * 50, 1))
    for number, time in enumerate(beat_times):
        beats[round(time * 50)] = (0.85, 0.05, 0.1) if number % 4 else (0.05, 0.85, 0.1)
    patches = 0 if genre is None else 3
    msd = np.full((patches, len(MSD_TAGS)), 0.01, np.float32)
    if genre is not None:
        msd[:, MSD_TAGS.index(genre)] = 0.6
    return Heard(
        beats,
        np.tile(np.float32(events), (seconds * 100 - 2, 1)),
        np.full(seconds * 125 // 4, voice, np.float32),
        msd,
        np.full((patches, len(MTT_TAGS)), 0.01, np.float32),
    )


DRUMS = drum_track(BPM, SECONDS, 22050, first_beat_s=0.3)


def test_music_is_measured_whole():
    """A drum track heard as music has beats in their bands, a tempo, a genre and one span of music."""
    measured = measure_sound(sound_of(DRUMS.audio[:, 0]), heard_as(DRUMS.beat_times, (0, 0, 0.9), genre="House"))
    assert measured.tempo_bpm == pytest.approx(BPM, rel=0.005)
    assert measured.tempo_stability > 0.9
    assert 0 < measured.tempo_confidence <= 1
    assert measured.genre.genre == "electronic"
    assert [beat.time_s for beat in measured.beats] == pytest.approx(DRUMS.beat_times, abs=0.004)
    assert {beat.band for beat in measured.beats[::2]} == {BeatBand.BASS}
    assert [sound.kind for sound in measured.sounds] == [SoundKind.MUSIC]
    assert measured.music_ratio == pytest.approx(1, abs=0.01)
    assert (measured.loudness, measured.compression_ratio, measured.speech_ratio) == (LOUDNESS, 1.0, 0.0)
    assert measured.bass_boost == 0.0
    assert measured.readings.bass_db < 0, "drums without a bass: thinner than neutral music"
    assert 0 < measured.readings.density < 1, "more dynamics than natural music"
    assert measured.readings.presence_db is None


def test_speech_has_no_tempo_genre_or_bass():
    """A sound heard as speech alone says nothing of music, even where the beat network sees a weak pulse."""
    weak = heard_as(events=(0.95, 0.1, 0.05), voice=0.9, genre="jazz")
    weak.beats[25::25] = (0.5, 0.05, 0.45)
    measured = measure_sound(sound_of(DRUMS.audio[:, 0]), weak)
    assert (measured.tempo_bpm, measured.genre, measured.beats, measured.bass_boost) == (None, None, (), 0.0)
    assert measured.readings.bass_db is None
    assert measured.readings.presence_db is not None
    assert measured.speech_ratio == pytest.approx(1, abs=0.01)
    assert measured.music_ratio == 0


def test_bare_clicks_have_a_tempo_without_music():
    """Plain regular beats are told even when nothing is heard as music; a genre is not."""
    measured = measure_sound(sound_of(DRUMS.audio[:, 0]), heard_as(DRUMS.beat_times, genre="House"))
    assert measured.tempo_bpm == pytest.approx(BPM, rel=0.005)
    assert measured.genre is None


def test_silence_is_silence():
    """Digital silence is one span of silence, with neutral numbers."""
    quiet = sound_of(silence(SECONDS, 22050)[:, 0], Loudness(None, None, None))
    measured = measure_sound(quiet, heard_as(events=(0.1, 0.1, 0.9)))
    assert [sound.kind for sound in measured.sounds] == [SoundKind.SILENCE]
    assert (measured.present, measured.music_ratio, measured.compression_ratio) == (True, 0.0, 1.0)


def test_beats_stay_within_the_music():
    """Where the music has ended for a second no beat is told, though the network goes on."""
    heard = heard_as(DRUMS.beat_times, (0, 0, 0.9), genre="House")
    heard.events[1200:] = 0
    measured = measure_sound(sound_of(DRUMS.audio[:, 0]), heard)
    assert max(beat.time_s for beat in measured.beats) <= 13.1
    assert measured.music_ratio == pytest.approx(0.6, abs=0.01)


def test_silence_around_music_has_no_beats():
    """Though the network goes on counting; a rest in the middle of music has, for whoever listens counts on."""
    heard = heard_as(DRUMS.beat_times, (0, 0, 0.9), genre="House")
    heard.events[:500] = heard.events[1500:] = 0
    audio = DRUMS.audio[:, 0].copy()
    for start, end in ((0, 5), (9, 11), (15, SECONDS)):
        audio[start * 22050 : end * 22050] = 0
    times = [beat.time_s for beat in measure_sound(sound_of(audio), heard).beats]
    assert 4.85 <= min(times) < 5.5
    assert 14.5 < max(times) <= 15.15
    assert len([time for time in times if 9 < time < 11]) == 3


def melody(seconds, note_s=0.7):
    """Plucked notes of a scale at 22 050 Hz."""
    time = np.arange(round(note_s * 22050)) / 22050
    scale = 220 * 2 ** (np.array([0, 4, 7, 12, 9, 5]) / 12)
    notes = [np.sin(2 * np.pi * scale[k % 6] * time) * np.exp(-time / 0.5) for k in range(int(seconds / note_s) + 1)]
    return (0.3 * np.concatenate(notes)[: seconds * 22050]).astype(np.float32)


@pytest.mark.parametrize(("before", "seconds"), [(0, 2), (6, 5), (10, 7)], ids=["short", "late", "late and long"])
def test_slow_music_without_a_beat_is_music_however_late_it_begins_and_short_it_is(before, seconds):
    """Its notes are counted where it plays, and in the time that it lasts."""
    heard = heard_as(events=(0, 0, 0.9), seconds=before + seconds)
    heard.events[: before * 100] = 0
    sound = np.concatenate([np.zeros(before * 22050, np.float32), melody(seconds)])
    assert measure_sound(sound_of(sound), heard).music_ratio == pytest.approx(seconds / (before + seconds), abs=0.02)


def test_one_note_makes_no_music():
    """However short the sound in which it is."""
    heard = heard_as(events=(0, 0, 0.9), seconds=1)
    sound = np.concatenate([np.zeros(11025, np.float32), melody(1)[:11025]])
    assert measure_sound(sound_of(sound), heard).music_ratio == 0


def test_a_stream_without_samples_is_present_and_empty():
    """A sound stream of which nothing could be decoded measures as nothing."""
    empty = np.zeros(0, np.float32)
    nothing = Sound(Fraction(0), empty, empty, Loudness(None, None, None), empty, empty)
    measured = measure_sound(nothing, Heard(empty, empty, empty, np.zeros((0, 50)), np.zeros((0, 50))))
    assert (measured.present, measured.beats, measured.sounds, measured.music_ratio) == (True, (), (), 0.0)


@pytest.mark.parametrize(("music", "patches"), [(0.9, 6), (0.1, 0)], ids=["music", "none"])
def test_only_music_is_tagged(music, patches):
    """The tagger gets whole patches of the music, and nothing where there is none."""
    sound = sound_of(DRUMS.audio[:, 0])
    assert tag_patches(sound, heard_as(events=(0, 0, music)).events).shape == (patches, 48000)


def test_the_tagger_hears_music_as_loud_as_it_usually_is():
    """A recording that is 30 dB quieter is given to it as the same."""
    loud, events = DRUMS.audio[:, 0], heard_as(events=(0, 0, 1.0)).events
    quiet = tag_patches(sound_of(loud * np.float32(10 ** (-30 / 20))), events)
    assert quiet == pytest.approx(tag_patches(sound_of(loud), events), abs=1e-5)
    assert 20 * np.log10(np.sqrt(np.square(quiet).mean())) == pytest.approx(-23.0, abs=0.01)
