"""Which band carries an onset."""

import numpy as np
import pytest

from clipzy.analysis.audio import onsets
from clipzy.analysis.audio.onsets import band_at, band_flux
from clipzy.style.dna import BeatBand
from synth import drum_track, silence

DRUMS = drum_track(96, 20, 22050, first_beat_s=0.4)


@pytest.mark.parametrize("kick_from_hz", [110, 450], ids=["acoustic", "electronic"])
def test_drums_fall_into_their_bands(kick_from_hz):
    """Kicks are bass, snares are mid, and hats between the beats are treble, also where the kick sweeps through the middle itself."""
    flux = band_flux(drum_track(96, 20, 22050, first_beat_s=0.4, kick_from_hz=kick_from_hz).audio[:, 0])
    bands = [band_at(flux, time) for time in DRUMS.beat_times]
    between = [band_at(flux, time) for time in (DRUMS.beat_times[:-1] + DRUMS.beat_times[1:]) / 2]
    assert set(bands[0::2]) == {BeatBand.BASS}
    assert set(bands[1::2]) == {BeatBand.MID}
    assert between.count(BeatBand.TREBLE) / len(between) >= 0.9


def test_pieces_give_what_the_whole_gives(monkeypatch):
    """Reading in small pieces changes nothing."""
    audio = DRUMS.audio[: 22050 * 4, 0]
    whole = band_flux(audio)
    monkeypatch.setattr(onsets, "BLOCK", 7)
    np.testing.assert_allclose(band_flux(audio), whole, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("samples", "frames"), [(0, 0), (1, 1), (441, 1), (442, 2), (22050, 50)])
def test_one_row_for_each_20_ms(samples, frames):
    """Frames are counted as the beat network counts them."""
    assert band_flux(np.zeros(samples, np.float32)).shape == (frames, 3)


def test_silence_has_no_onset():
    """Digital silence rises nowhere."""
    assert band_flux(silence(1, 22050)[:, 0]).max() == 0


def test_a_beat_outside_the_sound_is_mid():
    """Where there is nothing to look at, no end of the spectrum is claimed."""
    assert band_at(np.zeros((0, 3), np.float32), 1.0) is BeatBand.MID
