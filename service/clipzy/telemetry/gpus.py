"""How busy and how full this machine's GPUs are, asked of the driver (NVML) at each scrape; nothing where there are none."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterator
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from clipzy.telemetry.logs import log

LABELS = ["gpu", "uuid", "model"]


class Gpus(Collector):
    """Memory and utilisation of each GPU that this process may see. Whatever the driver refuses is left out."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._library: Any = None  # pynvml, once the driver has been there
        self._told = False

    def collect(self) -> Iterator[Metric]:
        """Ask the driver."""
        used = GaugeMetricFamily(
            "clipzy_gpu_memory_used_bytes", "Bytes of GPU memory in use, by all processes.", labels=LABELS
        )
        total = GaugeMetricFamily("clipzy_gpu_memory_total_bytes", "Bytes of memory of a GPU.", labels=LABELS)
        busy = GaugeMetricFamily(
            "clipzy_gpu_utilization_ratio",
            "Recent utilisation of a GPU, 0..1.",
            labels=LABELS,
        )
        with self._lock:
            nvml = self._opened()
            for number in range(0 if nvml is None else _or(nvml, 0, nvml.nvmlDeviceGetCount)):
                device = _or(nvml, None, nvml.nvmlDeviceGetHandleByIndex, number)
                if device is None:
                    continue
                names = (nvml.nvmlDeviceGetUUID, nvml.nvmlDeviceGetName)
                labels = [str(number), *(str(_or(nvml, "", ask, device)) for ask in names)]
                memory = _or(nvml, None, nvml.nvmlDeviceGetMemoryInfo, device)
                if memory is not None:
                    used.add_metric(labels, memory.used)
                    total.add_metric(labels, memory.total)
                rates = _or(nvml, None, nvml.nvmlDeviceGetUtilizationRates, device)
                if rates is not None:  # a GPU that is divided (MIG) does not say
                    busy.add_metric(labels, rates.gpu / 100)
        yield from (used, total, busy) if used.samples else ()

    def _opened(self) -> Any:  # noqa: ANN401 (the library has no types)
        if self._library is None:
            nvml = importlib.import_module("pynvml")
            try:
                nvml.nvmlInit()
            except nvml.NVMLError as error:
                if not self._told:
                    self._told = True
                    log.info("no GPU is measured", reason=str(error))
                return None
            self._library = nvml
        return self._library


def _or(nvml: Any, otherwise: Any, ask: Any, *arguments: object) -> Any:  # noqa: ANN401 (the library has no types)
    """The driver's answer, or `otherwise` where it has none: a GPU may not support a question, or be lost."""
    try:
        return ask(*arguments)
    except nvml.NVMLError:
        return otherwise
