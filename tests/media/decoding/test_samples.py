"""Decoded sound as numbers, whatever a decoder makes of it."""

import av
import numpy as np
import pytest

from clipzy.media.decoding.samples import as_float

FORMATS = ["u8", "s16", "s32", "s64", "flt", "dbl"]


@pytest.mark.parametrize("layout", ["mono", "stereo", "7.1"])
@pytest.mark.parametrize("form", [*FORMATS, *(f"{form}p" for form in FORMATS)])
def test_samples_of_every_format_are_numbers(form, layout):
    """From -1 to 1, channel by channel."""
    channels = av.AudioLayout(layout).nb_channels
    wanted = np.linspace(-1, 0.75, channels * 100, dtype=np.float32).reshape(channels, 100)
    frame = av.AudioFrame.from_ndarray(wanted.T.reshape(1, -1), format="flt", layout=layout)
    frame.sample_rate = 48000
    [converted] = av.AudioResampler(format=form, layout=layout, rate=48000).resample(frame)
    assert converted.format.name == form
    assert np.abs(as_float(converted) - wanted).max() <= (1 / 128 if form.startswith("u8") else 1e-4)
