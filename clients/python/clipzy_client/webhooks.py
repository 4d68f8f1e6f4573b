"""Tells a webhook of the engine's from one of anybody's, by the rules of Standard Webhooks (https://www.standardwebhooks.com)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping

from pydantic import ValidationError

from clipzy_client.errors import SignatureInvalid
from clipzy_client.models.jobs import WebhookEvent

TOLERANCE_S = 300.0  # between two clocks, and on the way
_PREFIX = "whsec_"
_SHORTEST_KEY, _LONGEST_KEY = 24, 64  # bytes, as Standard Webhooks has it and the engine signs with


def verify_webhook(
    body: bytes | str,
    headers: Mapping[str, str],
    secret: str,
    *,
    tolerance_s: float = TOLERANCE_S,
    now_s: float | None = None,
) -> WebhookEvent:
    """What the engine tells of a job's end. `body`: as it came, before any JSON reader; `now_s`: seconds since 1970.

    Delivery is at least once: who must not act twice remembers `webhook-id`, which stays the same.

    Raises:
        SignatureInvalid: it is not signed with this secret, was changed on its way, or is older than the tolerance.
        ValueError: the secret is not `whsec_` and base64 of 24 to 64 bytes, as where a variable is empty.
    """
    key = _key(secret)  # looked at first: without one nobody can be believed, whatever came
    given = {name.lower(): value for name, value in headers.items()}
    message_id, timestamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not (message_id and timestamp.isascii() and timestamp.isdecimal()):
        raise SignatureInvalid("the request has no webhook-id or no webhook-timestamp")
    # what a stranger sends may be no text, and is then not what was signed
    content = body.encode(errors="replace") if isinstance(body, str) else body
    signed = f"{message_id}.{timestamp}.".encode(errors="replace") + content
    ours = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    if not _has(given.get("webhook-signature", ""), ours):
        raise SignatureInvalid("none of the request's signatures is of this secret and this body")
    # looked at last: until then it is anybody's number
    if abs((time.time() if now_s is None else now_s) - int(timestamp)) > tolerance_s:
        raise SignatureInvalid(f"the request was signed more than {tolerance_s:.0f} s ago, or the clocks differ")
    try:
        return WebhookEvent.model_validate_json(content)
    except ValidationError as exc:
        raise SignatureInvalid("the request is signed, but does not tell of a job") from exc


def _has(header: str, ours: bytes) -> bool:
    """Whether one of the signatures is ours: while a secret is replaced there are several. Each is compared in constant time."""
    found = False
    for each in header.split(" "):
        version, _, signature = each.partition(",")
        found |= version == "v1" and hmac.compare_digest(signature.encode(errors="replace"), ours)
    return found


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except ValueError:
        key = b""
    # anybody can sign with an empty key, and the engine takes none that is shorter
    if not (secret.startswith(_PREFIX) and _SHORTEST_KEY <= len(key) <= _LONGEST_KEY):
        raise ValueError(
            "the webhook's secret must be whsec_ followed by base64 of 24 to 64 bytes, as WEBHOOK_SECRET is"
        )
    return key
