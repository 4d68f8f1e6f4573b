"""How much room is left on the disks that the engine writes to, asked at each scrape."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from clipzy.machine.disks import nearest_folder
from clipzy.settings import Settings


class Disks(Collector):
    """Size and free room, by what the folder is for: `data` is DATA_PATH, `storage` LOCAL_STORAGE_PATH."""

    def __init__(self, settings: Settings) -> None:
        self._folders = {"data": settings.data_path}
        if settings.storage_type == "local":
            self._folders["storage"] = settings.local_storage_path

    def collect(self) -> Iterator[Metric]:
        """Ask the file systems; a folder that is not there, or not reachable, is left out."""
        free = GaugeMetricFamily("clipzy_disk_free_bytes", "Free bytes on the disk of a folder.", labels=["folder"])
        size = GaugeMetricFamily("clipzy_disk_size_bytes", "Size in bytes of the disk of a folder.", labels=["folder"])
        for name, folder in self._folders.items():
            try:
                usage = shutil.disk_usage(nearest_folder(folder))
            except OSError:
                continue
            free.add_metric([name], usage.free)
            size.add_metric([name], usage.total)
        yield free
        yield size
