"""GPUs as the driver tells of them; without a driver, or with one that refuses, less is told and nothing fails."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from clipzy.telemetry.gpus import Gpus

USED, TOTAL, BUSY = "clipzy_gpu_memory_used_bytes", "clipzy_gpu_memory_total_bytes", "clipzy_gpu_utilization_ratio"


class Refused(Exception):
    """The driver says no."""


class Driver:
    """NVML with two GPUs, whose questions can be made to fail."""

    NVMLError = Refused

    def __init__(self, *failing):
        self.failing = set(failing)

    def __getattr__(self, name):
        answers = {
            "nvmlInit": lambda: None,
            "nvmlDeviceGetCount": lambda: 2,
            "nvmlDeviceGetHandleByIndex": lambda number: number,
            "nvmlDeviceGetUUID": lambda number: f"GPU-{number}",
            "nvmlDeviceGetName": lambda _number: "NVIDIA L4",
            "nvmlDeviceGetMemoryInfo": lambda number: SimpleNamespace(used=number * 10, total=100),
            "nvmlDeviceGetUtilizationRates": lambda number: SimpleNamespace(gpu=25 * (number + 1), memory=0),
        }

        def ask(*arguments):
            if name in self.failing or (name, *arguments) in self.failing:
                raise Refused(name)
            return answers[name](*arguments)

        return ask


def told(monkeypatch, driver):
    """What is told with that driver: by name, the value of each GPU."""
    monkeypatch.setitem(sys.modules, "pynvml", driver)
    found = {}
    for family in Gpus().collect():
        found[family.name] = {sample.labels["gpu"]: sample.value for sample in family.samples}
    return found


def test_each_gpu_is_told(monkeypatch):
    """Memory in bytes, utilisation as a share."""
    assert told(monkeypatch, Driver()) == {
        USED: {"0": 0, "1": 10},
        TOTAL: {"0": 100, "1": 100},
        BUSY: {"0": 0.25, "1": 0.5},
    }


def test_a_gpu_is_known_by_number_id_and_model(monkeypatch):
    """So that one that is replaced is another."""
    monkeypatch.setitem(sys.modules, "pynvml", Driver())
    samples = next(iter(Gpus().collect())).samples
    assert samples[1].labels == {"gpu": "1", "uuid": "GPU-1", "model": "NVIDIA L4"}


@pytest.mark.parametrize("failing", ["nvmlInit", "nvmlDeviceGetCount", "nvmlDeviceGetHandleByIndex"])
def test_without_a_gpu_nothing_is_told(monkeypatch, failing):
    """No family at all, and no error."""
    assert told(monkeypatch, Driver(failing)) == {}


def test_what_a_gpu_does_not_say_is_left_out(monkeypatch):
    """A GPU that is divided has no utilisation; one that was lost has nothing; the others are told."""
    found = told(monkeypatch, Driver("nvmlDeviceGetUtilizationRates", ("nvmlDeviceGetMemoryInfo", 0)))
    assert found == {USED: {"1": 10}, TOTAL: {"1": 100}, BUSY: {}}


def test_a_driver_that_comes_later_is_noticed(monkeypatch):
    """Each scrape asks anew."""
    driver = Driver("nvmlInit")
    monkeypatch.setitem(sys.modules, "pynvml", driver)
    gpus = Gpus()
    assert list(gpus.collect()) == []
    driver.failing.clear()
    assert [family.name for family in gpus.collect()] == [USED, TOTAL, BUSY]


def test_this_machines_driver_is_asked_without_an_error():
    """Whether or not there is one here."""
    assert {family.name for family in Gpus().collect()} <= {USED, TOTAL, BUSY}


@pytest.mark.gpu
def test_this_machines_gpu_is_told():
    """Its memory is more than a GiB, of which something is in use."""
    families = {family.name: family.samples[0] for family in Gpus().collect()}
    assert 0 < families[USED].value < families[TOTAL].value
    assert families[TOTAL].value > 1 << 30
    assert 0 <= families[BUSY].value <= 1
    assert families[USED].labels["uuid"].startswith("GPU-")
