"""Every setting of the engine, read once from the environment (and `.env`), then frozen."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

LIBRARY_ROOT = Path(__file__).resolve().parents[2]
_HOST = re.compile(r"[A-Za-z0-9._-]+")
_PORT = re.compile(r"[0-9]{1,5}")
_HTTP = re.compile(r"https?://[^/]")


def _misfit(fault: str) -> PydanticCustomError:
    # pydantic puts "Value error, " before the text of a ValueError; as a parameter of the template, `fault` may have braces in it
    return PydanticCustomError("settings_do_not_fit", "{fault}", {"fault": fault})


def _in_capitals(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _host_and_port(value: str) -> str:
    scheme, separator, rest = value.partition("://")
    if separator:
        raise _misfit(
            f"must be host:port without {scheme}://, as {rest.strip('/') or 'triton:8001'}; its port is that of gRPC (8001)"
        )
    host, _, port = value.rpartition(":")
    # decimal digits of ASCII alone: int() takes more
    fits = _PORT.fullmatch(port) is not None and 1 <= int(port) <= 65535
    if not (fits and (_HOST.fullmatch(host) or _is_bracketed_ipv6(host))):
        raise _misfit(f"must be host:port, as 127.0.0.1:8001, triton:8001 or [::1]:8001, not {value!r}")
    return value


def _is_bracketed_ipv6(host: str) -> bool:
    if not (host.startswith("[") and host.endswith("]")):
        return False
    try:
        ipaddress.IPv6Address(host[1:-1])
    except ValueError:
        return False
    return True


class Settings(BaseSettings):
    """One field, one environment variable of the same name in capitals."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    env: str = Field("production", description="Name of the deployment: `env` in JSON logs and traces.")
    debug: bool = Field(False, description="More detail in logs; responses never change.")
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_in_capitals)] = Field(
        "INFO", description="Lowest level that is logged."
    )
    log_format: Literal["json", "console"] = Field(
        "json", description="`json`: one object a line; `console`: for people."
    )
    cors_origins: str = Field(
        "", description="Origins allowed to call the API from a browser, comma-separated; `*` for all."
    )

    allowed_hosts: str = Field(
        "",
        description="Host names that the API answers to, comma-separated; `*.example.com`: all below that one. "
        "localhost and IP addresses are always allowed. `*` or empty: any name. "
        "Exception: if it is empty, API_HOST is a loopback address and API_TOKENS is empty, only localhost and IP addresses.",
    )

    api_host: str = Field("127.0.0.1", description="Address the API listens on.")
    api_port: int = Field(8000, ge=1, le=65535, description="Port the API listens on.")

    metrics_host: str = Field("127.0.0.1", description="Address on which a worker serves metrics and probes.")
    metrics_port: int = Field(
        0,
        ge=0,
        le=65535,
        description="Port on which a worker serves /metrics, /livez and /readyz, a different one for each worker of a machine; 0: none.",
    )
    otel_exporter_otlp_endpoint: str = Field(
        "", description="Standard OpenTelemetry name: where traces are sent by OTLP over HTTP; empty: no tracing."
    )

    api_tokens: SecretStr = Field(
        SecretStr(""),
        description="Who may call the API: `owner:scope:hash` entries, comma-separated, scope read, write or metrics; empty: anyone may do everything.",
    )
    rate_limit_per_minute: int = Field(
        0,
        ge=0,
        le=1_000_000,
        description="Requests per minute from one token, or one address, to one process; 0: no limit.",
    )

    data_path: Path = Field(
        Path("data"), description="Folder for the SQLite database, scratch files and analysis cache."
    )
    database_url: str = Field("", description="`sqlite:///file` or `postgresql://…`; empty: `DATA_PATH/clipzy.db`.")

    storage_type: Literal["local", "s3"] = Field("local", description="Where uploads and results are kept.")
    local_storage_path: Path = Field(Path("data/storage"), description="Folder of the local storage.")
    s3_bucket_name: str = Field("", description="Bucket, with STORAGE_TYPE=s3.")
    aws_access_key_id: str = Field("", description="Standard AWS name.")
    aws_secret_access_key: SecretStr = Field(SecretStr(""), description="Standard AWS name.")
    aws_region: str = Field(
        "us-east-1",
        validation_alias=AliasChoices("aws_region", "aws_default_region"),
        description="Standard AWS name; AWS_DEFAULT_REGION counts if it is not set.",
    )
    aws_endpoint_url: str = Field("", description="S3-compatible server other than AWS.")

    max_file_size_mb: int = Field(1000, ge=1, description="Largest upload, in MiB.")
    max_incoming_mb: int = Field(
        0,
        ge=0,
        description="Total size of simultaneous uploads to one API process, in MiB, for disks whose free space cannot be read; 0: as much as is free.",
    )
    max_duration_s: float = Field(4 * 3600.0, gt=0, description="Longest video accepted, in seconds.")
    max_dimension_px: int = Field(
        8192, ge=16, le=8192, description="Largest width or height accepted, in pixels; at most 8192, as of an output."
    )
    max_concurrent_jobs: int = Field(
        1,
        ge=1,
        le=64,
        description="Jobs that one worker runs at once; one value for all workers: the last to start sets it.",
    )
    max_queued_jobs: int = Field(
        1000,
        ge=1,
        le=1_000_000,
        description="Waiting jobs beyond which new ones are refused with QUEUE_FULL; at most a million.",
    )
    max_queued_jobs_per_owner: int = Field(
        0,
        ge=0,
        le=1_000_000,
        description="Of those, jobs of one owner of tokens; 0: if several owners may write, no more than places are left.",
    )
    processing_timeout_seconds: float = Field(
        3600.0, gt=0, description="A job that runs longer fails with JOB_TIMEOUT."
    )
    retention_days: int = Field(
        0,
        ge=0,
        le=36_500,
        description="Days until ended jobs and unused uploads are deleted with their files; 0: never.",
    )
    max_cache_mb: int = Field(
        10_240,
        ge=1,
        description="Size of a worker's cache of measurements, in MiB: of what takes more, the longest unused is removed; up to 3 MiB a video.",
    )
    heartbeat_interval_s: float = Field(5.0, gt=0, le=3600, description="Seconds between heartbeats of a worker.")
    worker_lost_after_s: float = Field(
        30.0, gt=0, le=86_400, description="Silence after which other workers take over a worker's jobs, in seconds."
    )
    stage_memory_limit_mb: int = Field(
        8192,
        ge=512,
        le=1 << 30,
        description="Private memory that a stage's processes may allocate together after their start, in MiB; guards against hostile media.",
    )

    webhook_secret: SecretStr = Field(
        SecretStr(""),
        description="Signs webhooks as in Standard Webhooks: `whsec_` and base64; an owner's with a secret derived from it; empty: unsigned.",
    )
    webhook_allowed_networks: str = Field(
        "", description="Private networks that webhooks may reach, comma-separated: `10.0.0.0/8`."
    )
    webhook_backoff_s: float = Field(
        5.0,
        gt=0,
        le=3600,
        description="Seconds before the first retry of a webhook; each further pause is 4 times as long.",
    )

    hardware_decoding: Literal["auto", "single", "off"] = Field(
        "auto",
        description="`auto`: the worker decodes with NVDEC if it sees a GPU and has torch (not needed for rendering with x264), each file with all units; `single`: one unit a file, which takes less GPU memory; `off`: on the CPU.",
    )

    inference: Literal["triton", "local"] = Field(
        "triton", description="`triton`, or `local`: the same networks in process."
    )
    triton_url: Annotated[str, AfterValidator(_host_and_port)] = Field(
        "127.0.0.1:8001", description="Triton's gRPC endpoint as host:port; IPv6 addresses in brackets."
    )
    triton_shared_memory: Literal["auto", "cuda", "off"] = Field(
        "auto",
        description="For tensors over 1 MB when Triton is local. `auto`: shared memory of the system; "
        "`cuda`: of the GPU, if worker and Triton see the same one; `off`: gRPC.",
    )
    inference_timeout_s: float = Field(
        120.0,
        gt=0,
        le=86_400,
        description="Deadline of one inference call, in seconds; a call that misses it is repeated, three tries in all.",
    )
    inference_patience_s: float = Field(120.0, ge=0, description="Seconds that a job waits for an unreachable Triton.")
    weights_path: Path = Field(
        LIBRARY_ROOT / "weights", description="Folder of the weights written by `clipzy models`."
    )
    model_repository_path: Path = Field(LIBRARY_ROOT / "model_repository", description="Triton's model repository.")

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        """Refuse settings that are valid one by one and contradict each other."""
        if self.worker_lost_after_s <= self.heartbeat_interval_s:
            raise _misfit(
                f"WORKER_LOST_AFTER_S={self.worker_lost_after_s:g} must be more than "
                f"HEARTBEAT_INTERVAL_S={self.heartbeat_interval_s:g}, preferably at least twice as much, or live workers lose their jobs"
            )
        if 0 < self.max_incoming_mb <= self.max_file_size_mb:
            raise _misfit(
                f"MAX_INCOMING_MB={self.max_incoming_mb} must be more than MAX_FILE_SIZE_MB={self.max_file_size_mb}, or the largest uploads never fit"
            )
        if self.storage_type == "s3":
            if bool(self.aws_access_key_id) != bool(self.aws_secret_access_key.get_secret_value()):
                raise _misfit(
                    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong together: set both, or neither to use the machine's own role"
                )
            if self.aws_endpoint_url and not _HTTP.match(self.aws_endpoint_url):
                raise _misfit(
                    f"AWS_ENDPOINT_URL={self.aws_endpoint_url} must be http://host:port or https://host, the address of an S3 server"
                )
        elif any(
            self.local_storage_path.resolve().is_relative_to(self.data_path.resolve() / swept)
            for swept in ("work", "cache")
        ):
            raise _misfit(
                f"LOCAL_STORAGE_PATH={self.local_storage_path} lies in a folder of DATA_PATH that workers sweep: "
                "uploads and results would be deleted; choose another"
            )
        return self

    @property
    def resolved_database_url(self) -> str:
        """The database's URL, with the default filled in."""
        if self.database_url:
            return self.database_url
        file = str((self.data_path / "clipzy.db").resolve())
        # only what has a meaning in a URL is escaped, so that people can still read it
        return "sqlite:///" + file.replace("%", "%25").replace("?", "%3F")
