"""Calls of torch made as one: what comes out is what they give one by one."""

from __future__ import annotations

import pytest
import torch

from clipzy.media.decoding.scripted import at_once


def toned(codes: torch.Tensor, gain: float) -> torch.Tensor:
    """Calls that torch would fuse."""
    return ((codes - 16) * gain).round().clamp(0, 255) / 3


def refused(codes: torch.Tensor) -> torch.Tensor:
    """A call that fails."""
    return codes.view(7)


@pytest.fixture
def _fusing():
    """Torch fuses calls on the CPU too, as it does on a GPU."""
    before = torch._C._jit_can_fuse_on_cpu()
    torch._C._jit_override_can_fuse_on_cpu(True)
    yield
    torch._C._jit_override_can_fuse_on_cpu(before)


@pytest.mark.usefixtures("_fusing")
def test_a_script_gives_what_its_function_gives():
    """To the bit, at first and later on, as it is never fused; and whoever else uses scripts finds torch's setting as it was."""
    script = at_once(toned)
    codes = torch.rand(5, 48, generator=torch.Generator().manual_seed(3)) * 255
    for _ in range(4):
        assert torch.equal(script(codes, gain=255 / 219), toned(codes, 255 / 219))
    assert torch._C._get_graph_executor_optimize()


def test_an_error_says_what_it_says_without_a_script():
    """In its first line, which is what people are told of a GPU that fails."""
    with pytest.raises(RuntimeError) as plain:
        refused(torch.zeros(3))
    with pytest.raises(RuntimeError) as scripted:
        at_once(refused)(torch.zeros(3))
    assert str(scripted.value).splitlines()[0] == str(plain.value).splitlines()[0]
    assert torch._C._get_graph_executor_optimize()
