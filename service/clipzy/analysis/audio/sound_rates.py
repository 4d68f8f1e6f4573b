"""The rates at which sounds are analysed, and at which networks answer."""

from __future__ import annotations

RATE_22K, RATE_16K = 22050, 16000  # Hz, of what the beat network hears, and all others
BEAT_HOP, EVENT_HOP, VOICE_HOP = 441, 160, 512  # samples, of the first at 22 050 Hz, of the others at 16 000
# answers a second; onsets are told as often as beats
BEAT_RATE, EVENT_RATE, VOICE_RATE = RATE_22K // BEAT_HOP, RATE_16K // EVENT_HOP, RATE_16K / VOICE_HOP
BLOCK_RATE = 20  # levels a second
