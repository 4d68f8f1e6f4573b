"""How S3 is talked to: its client, how often it tries again, and in what parts it sends."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from obstore.store import S3Store

from clipzy.settings import Settings

if TYPE_CHECKING:  # these names exist in the stubs alone
    from obstore.store import ClientConfig, RetryConfig, S3Config

PART_BYTES = 16 << 20  # of a multipart upload
PARTS_AT_ONCE = 4
NO_BUCKET = "the bucket does not exist; the operator should check S3_BUCKET_NAME"
# Short, because a worker that waits has to look for a cancel meanwhile, and tries again itself; clients may come again.
RETRIES: RetryConfig = {
    "max_retries": 2,
    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=1), "base": 2},
    "retry_timeout": timedelta(seconds=10),
}


def s3_store(settings: Settings, limits: ClientConfig | None = None) -> S3Store:
    """The bucket that the settings name; `limits`: of its client, over those for all."""
    config: S3Config = {"region": settings.aws_region}
    if settings.aws_endpoint_url:
        # servers other than AWS rarely have a host name for each bucket
        config |= {"endpoint": settings.aws_endpoint_url, "virtual_hosted_style_request": False}
    if settings.aws_access_key_id:  # else the machine's role, as AWS's own tools find it
        config["access_key_id"] = settings.aws_access_key_id
        config["secret_access_key"] = settings.aws_secret_access_key.get_secret_value()
    # obstore's own limit of 30 s a request is too short for parts of large files on slow lines
    options: ClientConfig = {
        "allow_http": settings.aws_endpoint_url.startswith("http://"),
        "timeout": "2m",
        **(limits or {}),
    }
    return S3Store(settings.s3_bucket_name, config=config, client_options=options, retry_config=RETRIES)
