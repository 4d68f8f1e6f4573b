"""Webhooks are believed when they are the engine's."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook

from clipzy_client import verify_webhook
from clipzy_client.errors import SignatureInvalid

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
BODY = json.dumps(
    {"job_id": "job_a", "status": "completed", "progress_percent": 100, "processing_time_seconds": 272.4, "new": "ö"},
    ensure_ascii=False,
).encode()


def signed(body=BODY, secret=SECRET, at=NOW, **more):
    """The headers that the public library makes, which the engine signs with."""
    headers = {
        "Webhook-Id": "msg_1",
        "Webhook-Timestamp": str(int(at.timestamp())),
        "Webhook-Signature": Webhook(secret).sign("msg_1", at, body.decode()),
    }
    return {**headers, **more}


def check(body=BODY, headers=None, seconds_later=0.0, secret=SECRET):
    """Verify, so many seconds after it was signed."""
    return verify_webhook(body, headers or signed(), secret, now_s=NOW.timestamp() + seconds_later)


def test_a_webhook_of_the_engines_is_read():
    """As bytes or as text, with fields that are not known yet."""
    for body in (BODY, BODY.decode()):
        event = check(body)
        assert (event.job_id, event.status, event.processing_time_seconds) == ("job_a", "completed", 272.4)
        assert event.model_extra == {"new": "ö"}


def test_one_good_signature_among_others_is_enough():
    """While a secret is being replaced there are two, and other versions may be beside them."""
    mine = signed()["Webhook-Signature"]
    other = signed(secret="whsec_" + base64.b64encode(bytes(32)).decode())["Webhook-Signature"]
    assert check(headers=signed(**{"Webhook-Signature": f"v1a,abc {mine} {other}"})).job_id == "job_a"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"body": BODY + b" "}, "signature"),
        ({"secret": "whsec_" + base64.b64encode(bytes(32)).decode()}, "signature"),
        ({"headers": signed(**{"Webhook-Id": "msg_2"})}, "signature"),
        ({"headers": signed(**{"Webhook-Timestamp": str(int(NOW.timestamp()) + 1)})}, "signature"),
        ({"headers": signed(**{"Webhook-Timestamp": "now"})}, "webhook-timestamp"),
        ({"headers": signed(**{"Webhook-Timestamp": "²"})}, "webhook-timestamp"),
        ({"headers": signed(**{"Webhook-Signature": "v1,ö"})}, "signature"),
        ({"headers": signed(**{"Webhook-Signature": ""})}, "signature"),
        ({"headers": signed(**{"Webhook-Signature": "v1,\udcff"})}, "signature"),
        ({"headers": signed(**{"Webhook-Id": "\udcff"})}, "signature"),
        ({"body": "\udcff", "headers": signed()}, "signature"),
        ({"headers": {"host": "a"}}, "webhook-id"),
        ({"seconds_later": 301.0}, "300 s ago"),
        ({"seconds_later": -301.0}, "clocks differ"),
    ],
)
def test_what_is_not_the_engines_is_refused(change, why):
    """Changed, signed by others, not signed, or too old."""
    with pytest.raises(SignatureInvalid, match=why):
        check(**change)


def test_what_is_signed_but_tells_of_no_job_is_refused():
    """Another service with the same secret."""
    with pytest.raises(SignatureInvalid, match="does not tell of a job"):
        check(b"{}", signed(b"{}"))


NO_SECRETS = {
    "empty": "",
    "no key": "whsec_",
    "no base64": "whsec_!",
    "no prefix": SECRET.removeprefix("whsec_"),
    "23 bytes": "whsec_" + base64.b64encode(bytes(23)).decode(),
    "65 bytes": "whsec_" + base64.b64encode(bytes(65)).decode(),
}


@pytest.mark.parametrize("secret", NO_SECRETS.values(), ids=NO_SECRETS)
def test_a_secret_that_is_none_is_the_callers_mistake(secret):
    """Not the sender's, and no key to believe anybody by: whoever knows that it is empty could sign with it."""
    forged = base64.b64encode(hmac.new(b"", b"msg_1.%d." % NOW.timestamp() + BODY, hashlib.sha256).digest()).decode()
    for headers in (signed(**{"Webhook-Signature": f"v1,{forged}"}), {}):
        with pytest.raises(ValueError, match="whsec_"):
            verify_webhook(BODY, headers, secret, now_s=NOW.timestamp())
