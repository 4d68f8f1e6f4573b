"""The secrets that sign webhooks: the operator's, or for a job with an owner that owner's own, which is derived from it.

Whoever checks signatures can also make them. So owners share no secret: each has one from which neither the operator's nor
another's can be derived.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from standardwebhooks.webhooks import Webhook

from clipzy.errors import ConfigurationError

PREFIX = "whsec_"
SHORTEST_KEY, LONGEST_KEY = 24, 64  # bytes, by Standard Webhooks
_OF_OWNER = b"clipzy webhook secret of owner:"  # so that no other use of the secret comes to the same


class Signing:
    """Signs deliveries with the secret of a job's owner, where there is a secret."""

    def __init__(self, secret: str) -> None:
        """Read WEBHOOK_SECRET; empty: none.

        Raises:
            ConfigurationError: it is not `whsec_` and base64, as Standard Webhooks wants it.
        """
        self._key = _key(secret) if secret else None

    def signer(self, owner: str | None) -> Webhook | None:
        """What signs the deliveries of an owner, or of jobs without one; None without a secret."""
        if self._key is None:
            return None
        return Webhook(self._key if owner is None else _key_of_owner(self._key, owner))


def owners_secret(secret: str, owner: str) -> str:
    """The secret to hand to an owner, `whsec_` and base64; made from WEBHOOK_SECRET, which must not be empty.

    Raises:
        ConfigurationError: WEBHOOK_SECRET is none.
    """
    return PREFIX + base64.b64encode(_key_of_owner(_key(secret), owner)).decode()


def _key_of_owner(key: bytes, owner: str) -> bytes:
    return hmac.digest(key, _OF_OWNER + owner.encode(), hashlib.sha256)


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:
        key = b""
    if not (secret.startswith(PREFIX) and SHORTEST_KEY <= len(key) <= LONGEST_KEY):
        raise ConfigurationError("WEBHOOK_SECRET must be whsec_ followed by base64 of 24 to 64 random bytes")
    return key
