"""The footage's beats in the output's time."""

from fractions import Fraction

import numpy as np

from clipzy.stages.rendering import own_beats
from clipzy.style.dna import BeatBand
from clipzy.style.measurements import Beat
from clipzy.style.plan import WHOLE_PICTURE, Clip
from clipzy.style.time import Span, on_clock


def test_the_beat_at_which_a_clip_begins_is_heard_in_it():
    """Wherever beats lie: a plan's clock has an instant near each, as often after it as before."""
    rng = np.random.default_rng(0)
    times = np.cumsum(rng.uniform(0.3, 0.9, 200))
    beats = [Beat(float(time), 0.9, BeatBand.BASS, downbeat=False) for time in times]
    spans = [Span(on_clock(times[at]), on_clock(times[at + 3])) for at in range(0, 190, 7)]
    heard = own_beats([Clip(span, WHOLE_PICTURE, None, None, "") for span in spans], beats)
    lasts = np.cumsum([0, *[float(span.duration) for span in spans]])
    expected = [lasts[k] + times[at + n] - times[at] for k, at in enumerate(range(0, 190, 7)) for n in range(3)]
    assert np.allclose([beat.time_s for beat in heard], expected, atol=1e-6)


def test_beats_that_clips_leave_out_are_not_heard():
    """And clips in another order have theirs where they went."""
    beats = [Beat(0.5 * k, 0.9, BeatBand.BASS, downbeat=False) for k in range(20)]
    clips = [
        Clip(Span(Fraction(a), Fraction(b)), WHOLE_PICTURE, None, None, "") for a, b in ((6, 7), (Fraction(5, 4), 2))
    ]
    assert [beat.time_s for beat in own_beats(clips, beats)] == [0, 0.5, 1.25]
