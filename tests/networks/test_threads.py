"""Networks of many small steps take one thread for each."""

from __future__ import annotations

import threading

import pytest
import torch

from clipzy.networks import beats, voice_activity
from clipzy.networks.threads import each_in_one_thread, one_thread


@pytest.fixture(autouse=True)
def _two_threads():
    """Torch has two threads, as it has on most machines; in tests it has one."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_as_many_work_side_by_side_as_torch_has_threads():
    """Two wait for each other and both go on; results come in order, and torch is left as it was."""
    meeting = threading.Barrier(2, timeout=20)

    def work(number):
        meeting.wait()
        return number, torch.get_num_threads()

    assert each_in_one_thread(work, range(4)) == [(0, 1), (1, 1), (2, 1), (3, 1)]
    assert torch.get_num_threads() == 2


def test_a_single_item_starts_no_thread():
    """It is worked on where it is asked for."""
    assert each_in_one_thread(lambda _: threading.get_ident(), "a") == [threading.get_ident()]


def test_inference_mode_reaches_the_threads():
    """They keep no record for gradients where the caller keeps none."""
    with torch.inference_mode():
        assert each_in_one_thread(lambda _: torch.is_inference_mode_enabled(), range(2)) == [True, True]
    assert each_in_one_thread(lambda _: torch.is_inference_mode_enabled(), range(2)) == [False, False]


def test_an_error_comes_through_and_leaves_torch_as_it_was():
    """From a thread, and from within one_thread."""
    for count in (1, 2):
        with pytest.raises(ZeroDivisionError):
            each_in_one_thread(lambda number: 1 / number, [0] * count)
        assert torch.get_num_threads() == 2
    with pytest.raises(ZeroDivisionError), one_thread():
        1 / (torch.get_num_threads() - 1)
    assert torch.get_num_threads() == 2


@pytest.mark.parametrize("network", [beats, voice_activity])
def test_recurrent_networks_run_in_one_thread(network, weights_path):
    """Their steps wait for nobody; the answer is that of one thread to the last digits."""
    seen = []

    def look(module, _inputs):
        if isinstance(module, torch.nn.LSTM):
            seen.append(torch.get_num_threads())

    loaded = network.load(weights_path)
    audio = 0.1 * torch.randn(2, 16000, generator=torch.Generator().manual_seed(0))
    torch.set_num_threads(1)
    [alone] = loaded(audio)
    torch.set_num_threads(2)
    for module in loaded.modules():
        module.register_forward_pre_hook(look)
    [answer] = loaded(audio)
    assert seen
    assert set(seen) == {1}
    torch.testing.assert_close(answer, alone)
