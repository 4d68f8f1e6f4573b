"""A worker process with tiny stages: `python tiny_worker.py '{"data_path": …}'`."""

from __future__ import annotations

# Imported here, because every stage's process runs this file once more under another name.
if __name__ == "__main__":
    import json
    import sys

    from clipzy.jobs.worker import run_worker
    from clipzy.settings import Settings
    from clipzy.telemetry import configure_logging
    from tiny_stages import STAGE_FUNCTIONS, NoNetworks

    settings = Settings(_env_file=None, **json.loads(sys.argv[1]))
    configure_logging(settings)
    run_worker(settings, NoNetworks, stage_functions=STAGE_FUNCTIONS, polling_interval_s=0.1)
