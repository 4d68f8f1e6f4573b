"""A worker process with tiny stages.

`python tiny_worker.py '{"data_path": …}'` is one; `tidying_s` has it tidy up that often, and at once,
`looks_s` look that often for lost jobs; `version` is that of its stages' code.
`python tiny_worker.py --nursery ADDRESS` imports what a worker imports, and forks one for each connection; see `nursery`.
"""

from __future__ import annotations

# Imported here, because every stage's process runs this file once more under another name.
if __name__ == "__main__":
    import json
    import sys
    from datetime import timedelta
    from functools import partial

    from clipzy.jobs import checkpoints, engine, retention, upkeep, worker
    from clipzy.jobs.worker_server import Pulse, serving_metrics
    from clipzy.settings import Settings
    from clipzy.stages import analysis_version
    from clipzy.telemetry import configure_logging
    from clipzy.telemetry.tracing import exporting
    from tiny_stages import STAGE_FUNCTIONS, NoNetworks

    if sys.argv[1] == "--nursery":
        from nursery import become_worker

        engine.load_dbos()
        told = become_worker(sys.argv[2])
    else:
        told = json.loads(sys.argv[1])
    if "tidying_s" in told:
        retention.INTERVAL_S, checkpoints.AGE = float(told.pop("tidying_s")), timedelta(0)
    if "looks_s" in told:
        upkeep.LOST_JOBS_INTERVAL_S = float(told.pop("looks_s"))
    version = str(told.pop("version", analysis_version.ANALYSIS_VERSION))
    settings = Settings(_env_file=None, **told)
    configure_logging(settings)
    pulse = Pulse(settings.worker_lost_after_s)
    networks = NoNetworks
    if "triton_url" in settings.model_fields_set:  # a worker that was told of a Triton asks the networks there
        from clipzy.inference.connect import open_inference

        networks = partial(open_inference, settings)
    with exporting(settings, "clipzy-worker"), serving_metrics(settings, pulse):
        worker.run_worker(
            settings, networks, stage_functions=STAGE_FUNCTIONS, version=version, polling_interval_s=0.1, pulse=pulse
        )
