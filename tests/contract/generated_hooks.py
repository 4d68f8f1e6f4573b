"""What Schemathesis, in its own process, is told beyond the document: a real video, and what no schema can say."""

from __future__ import annotations

import os
from pathlib import Path

import schemathesis
from hypothesis import strategies
from schemathesis.core.failures import Failure
from schemathesis.core.transport import Response
from schemathesis.openapi.checks import EnsureResourceAvailability, RejectedPositiveData

VIDEO = "CLIPZY_TEST_VIDEO"  # the environment's name of a small one's path

schemathesis.openapi.media_type(
    "video/mp4",
    # bytes of any kind too: whatever a file holds, the answer is one of the document's
    strategies.just(Path(os.environ[VIDEO]).read_bytes()) | strategies.binary(max_size=64),
    aliases=("video/quicktime", "video/x-msvideo", "video/x-matroska", "video/webm"),
)

# Requests that fit their schema and are refused with 422 all the same, by operation: the error's code, or with
# VALIDATION_ERROR the one field that it names.
NO_SCHEMA_SAYS = {
    "createJob": {
        "IDEMPOTENCY_CONFLICT",  # that another request came with this key before
        "metadata",  # how deep it is nested, how long it is as JSON, that there is no zero character in it
        "webhook_url",  # that the host is no address of this machine's or its neighbours'
        "config.audio",  # that the template's sound needs a template video, which may also have been named at the upload
        "config.target_duration_seconds",  # that it goes with pacing "highlights" alone
        "config.min_height",  # that it does not exceed max_height
        "config.plan",  # that spans run forward, crops end inside the picture, and the footage has what is shown
    },
    "uploadVideo": {
        "UNSUPPORTED_FORMAT",  # that the bytes are a container's
        "INVALID_VIDEO",  # that there is a video in it
        "webhook_url",  # as above
    },
    "getVideoThumbnail": {"INVALID_VIDEO"},  # that a picture can be decoded in the file
}
# What a job that has just been created need not have: a webhook that tells of it, an output where it renders none.
NOT_OF_EVERY_JOB = {"getJobWebhook", "getJobOutput"}


@schemathesis.hook
def filter_failure(
    context: schemathesis.HookContext, failure: Failure, case: schemathesis.Case, response: Response
) -> bool:
    """Whether a failure counts."""
    del context
    operation = case.operation.definition.raw["operationId"]
    if isinstance(failure, RejectedPositiveData) and response.status_code == 422:
        return not _reasons(response) <= NO_SCHEMA_SAYS.get(operation, set())
    if isinstance(failure, EnsureResourceAvailability) and operation in NOT_OF_EVERY_JOB:
        return response.json()["error"]["code"] != "NOT_FOUND"  # JOB_NOT_FOUND would be a failure indeed
    return True


def _reasons(response: Response) -> set[str]:
    error = response.json()["error"]
    if error["code"] == "VALIDATION_ERROR":
        fields = {field["field"] for field in error.get("fields", ())}
        return {"config.plan" if field.startswith("config.plan.") else field for field in fields} or {error["detail"]}
    return {error["code"]}
