"""Chunks of sound for the networks."""

import numpy as np
import pytest

from clipzy.analysis.audio.sound_windows import (
    BEATS_FRAMING,
    EVENTS_FRAMING,
    VOICE_FRAMING,
    Framing,
    ask_in_chunks,
    chunks,
    cut,
    spread_patches,
)
from clipzy.inference.specs import AUDIO_EVENTS, BEATS, VOICE_ACTIVITY, ModelSpec

CENTRED = Framing(10, 10, size=20, before=6, after=2, batch=3)
WINDOWED = Framing(10, 25, size=20, before=6, after=2, batch=3)


@pytest.mark.parametrize("n", [1, 7, 19, 20, 21, 32, 33, 100, 101, 1000])
@pytest.mark.parametrize(("size", "before", "after"), [(20, 6, 2), (20, 0, 0), (9, 6, 2), (20, 19, 0)])
def test_chunks_cover_every_frame_once_with_context(n, size, before, after):
    """Kept frames follow each other without gap; chunks are equal, inside the sound, and have context but at its ends."""
    plan = chunks(n, size, before, after)
    assert list(range(n)) == [frame for chunk in plan for frame in range(chunk.keep_start, chunk.keep_stop)]
    assert len({chunk.stop - chunk.start for chunk in plan}) == 1
    assert plan[0].stop - plan[0].start <= size
    for chunk in plan:
        assert 0 <= chunk.start <= chunk.stop <= n
        assert chunk.start == 0 or chunk.keep_start - chunk.start >= before
        assert chunk.stop == n or chunk.stop - chunk.keep_stop >= after


def test_no_frames_need_no_chunks():
    """An empty sound asks nothing of the network."""
    assert chunks(0, 20, 6, 2) == ()


@pytest.mark.parametrize(
    ("framing", "samples", "frames"),
    [
        (BEATS_FRAMING, 22050, 50),
        (BEATS_FRAMING, 22051, 51),
        (BEATS_FRAMING, 0, 0),
        (EVENTS_FRAMING, 16000, 98),
        (EVENTS_FRAMING, 399, 1),
        (EVENTS_FRAMING, 0, 0),
        (VOICE_FRAMING, 512, 1),
        (VOICE_FRAMING, 513, 2),
    ],
)
def test_frames_are_counted_as_the_networks_do(framing, samples, frames):
    """Frames per sound are those that the networks' own front ends give."""
    assert frames == framing.frames(samples)


def test_a_chunk_past_the_end_is_filled_with_silence():
    """What a last frame lacks is zero."""
    audio = np.arange(1, 26, dtype=np.float32)
    plan = chunks(CENTRED.frames(25), 20, 6, 2)
    assert cut(audio, CENTRED, plan[0]).tolist() == [*range(1, 26), 0, 0, 0, 0, 0]


@pytest.mark.parametrize("framing", [CENTRED, WINDOWED], ids=["centred", "windowed"])
@pytest.mark.parametrize("samples", [5, 24, 95, 200, 201, 1234])
def test_chunks_answer_as_one_run_would(framing, samples):
    """A network with finite memory gives the same frames in chunks as over the whole sound."""
    audio = np.random.default_rng(0).standard_normal(samples).astype(np.float32)

    def network(batch):
        """The sum of each frame's window, then of five frames back and one ahead."""
        needed = max(0, framing.window - batch.shape[1])
        padded = np.pad(batch, ((0, 0), (0, needed + -(batch.shape[1] + needed) % framing.hop)))
        sums = np.lib.stride_tricks.sliding_window_view(padded, framing.window, axis=1)[:, :: framing.hop].sum(-1)
        sums = sums[:, : framing.frames(batch.shape[1])]
        context = np.pad(sums, ((0, 0), (5, 1)))
        return np.lib.stride_tricks.sliding_window_view(context, 7, axis=1).sum(-1)[..., None]

    whole = network(audio[None])[0][: framing.frames(samples)]
    told = []
    answer = ask_in_chunks(audio, framing, network, progress=told.append)
    assert answer.shape == (framing.frames(samples), 1)
    np.testing.assert_allclose(answer, whole, atol=1e-5)
    assert told[-1] == 1.0


@pytest.mark.parametrize(
    ("framing", "model"),
    [(BEATS_FRAMING, BEATS), (EVENTS_FRAMING, AUDIO_EVENTS), (VOICE_FRAMING, VOICE_ACTIVITY)],
    ids=lambda value: value.name if isinstance(value, ModelSpec) else "",
)
def test_what_a_network_hears_at_once_is_bounded(framing, model):
    """By a call of our own, and by calls of several jobs that the server joins: for two such batches each network keeps room in /dev/shm, for good and on each GPU."""
    hours = 2
    audio = np.broadcast_to(np.float32(0), (hours * 3600 * 22050,))
    sent = []

    def ask(batch):
        sent.append(batch.shape)
        return np.zeros((len(batch), framing.size), np.float32)

    ask_in_chunks(audio, framing, ask)
    rows, samples = np.max(sent, axis=0)
    assert rows == framing.batch
    assert rows <= model.max_batch_size  # the server takes it in one
    assert model.max_batch_size * samples * 4 < 80e6


def test_too_short_an_answer_is_refused():
    """A network that answers fewer frames than its framing says is an error, not a hole."""
    with pytest.raises(ValueError, match="answered with 3"):
        ask_in_chunks(np.zeros(200, np.float32), CENTRED, lambda batch: np.zeros((len(batch), 3)))


def test_an_empty_sound_has_no_frames():
    """A sound without samples is not asked about."""
    assert len(ask_in_chunks(np.zeros(0, np.float32), CENTRED, lambda batch: batch)) == 0


@pytest.mark.parametrize(
    ("samples", "where", "first_of_each"),
    [
        (0, [], []),
        (4, [], [0]),
        (30, [1] * 3, [0, 10, 20]),
        (100, [1] * 10, [10, 50, 80]),
        (100, [0, 0, 0, 0, 0, 0, 1, 1, 0, 0], [60, 70]),
        (100, [0] * 10, [10, 50, 80]),
    ],
    ids=["empty", "short", "few", "many", "chosen", "none-chosen"],
)
def test_patches_are_spread_evenly(samples, where, first_of_each):
    """At most three excerpts of ten samples, evenly spread over what is worth taking."""
    patches = spread_patches(np.arange(samples, dtype=np.float32), 10, 3, np.array(where, bool))
    assert patches.shape == (len(first_of_each), 10)
    assert first_of_each == patches[:, 0].tolist()
