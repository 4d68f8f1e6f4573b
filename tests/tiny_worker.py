"""A worker process with tiny stages: `python tiny_worker.py '{"data_path": …}'`."""

from __future__ import annotations

# Imported here, because every stage's process runs this file once more under another name.
if __name__ == "__main__":
    import json
    import sys
    from functools import partial

    from clipzy.inference.connect import open_inference
    from clipzy.jobs.worker import run_worker
    from clipzy.jobs.worker_server import Pulse, serving_metrics
    from clipzy.settings import Settings
    from clipzy.telemetry import configure_logging
    from clipzy.telemetry.tracing import exporting
    from tiny_stages import STAGE_FUNCTIONS, NoNetworks

    settings = Settings(_env_file=None, **json.loads(sys.argv[1]))
    configure_logging(settings)
    pulse = Pulse(settings.worker_lost_after_s)
    # a worker that was told of a Triton asks the networks there
    networks = partial(open_inference, settings) if "triton_url" in settings.model_fields_set else NoNetworks
    with exporting(settings, "clipzy-worker"), serving_metrics(settings, pulse):
        run_worker(settings, networks, stage_functions=STAGE_FUNCTIONS, polling_interval_s=0.1, pulse=pulse)
