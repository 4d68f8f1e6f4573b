"""What operators see of the engine: logs, metrics and traces."""

from clipzy.telemetry.logs import adopt_logger, configure_logging, log

__all__ = ["adopt_logger", "configure_logging", "log"]
