"""API tokens: who is calling, and what they may do. The engine keeps only the hashes of tokens.

A token has 256 random bits, so that a plain hash is enough: it cannot be guessed.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from clipzy.errors import ConfigurationError

PREFIX = "clipzy_"  # so that scanners for leaked secrets can tell what it is
TOKEN_BYTES = 32
_OWNER = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HASH = re.compile(r"[0-9a-f]{64}")


class Scope(StrEnum):
    """`read`: look at what the owner has. `write`: upload, create, cancel and delete too. `metrics`: `/metrics` alone, which tells of all owners."""

    READ = "read"
    WRITE = "write"
    METRICS = "metrics"


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token. `digest`: its SHA-256 in hexadecimal. Tokens of one owner see the same."""

    owner: str
    scope: Scope
    digest: str


def check_owner(owner: str) -> None:
    """Make sure that an owner can have that name.

    Raises:
        ConfigurationError: it is more than 64 characters, or has others than letters, digits, `.`, `_` and `-`.
    """
    if not _OWNER.fullmatch(owner):
        raise ConfigurationError("an owner is named by up to 64 letters, digits, dots, dashes and underscores")


def new_token(owner: str, scope: Scope) -> tuple[str, str]:
    """A fresh token to hand out, and its entry for API_TOKENS.

    Raises:
        ConfigurationError: no owner can have that name.
    """
    check_owner(owner)
    token = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    return token, f"{owner}:{scope.value}:{_digest(token)}"


def parse_tokens(setting: str) -> tuple[Token, ...]:
    """The tokens of a setting: entries `owner:scope:hash`, separated by commas or line ends.

    Raises:
        ConfigurationError: an entry is malformed, or a hash is there twice; the message names entries by their numbers alone.
    """
    entries = [entry.strip() for entry in re.split(r"[,\n]", setting) if entry.strip()]
    tokens = tuple(_token(number, entry) for number, entry in enumerate(entries, 1))
    if len({token.digest for token in tokens}) < len(tokens):
        raise ConfigurationError("API_TOKENS has one token twice; give each entry a token of its own")
    return tokens


def are_of_several(tokens: Sequence[Token]) -> bool:
    """Whether more than one owner may write: only then do owners compete."""
    return len({token.owner for token in tokens if token.scope is Scope.WRITE}) > 1


def find_token(tokens: Sequence[Token], presented: str) -> Token | None:
    """The token that was presented; None where it is none of ours. Every entry is compared, in constant time."""
    digest = _digest(presented)
    found = None
    for token in tokens:
        if hmac.compare_digest(token.digest, digest):
            found = token
    return found


def _token(number: int, entry: str) -> Token:
    owner, _, rest = entry.partition(":")
    scope, _, digest = rest.partition(":")
    if not (_OWNER.fullmatch(owner) and scope in list(Scope) and _HASH.fullmatch(digest)):
        # without the entry: somebody may have put the token itself in it
        raise ConfigurationError(
            f"entry {number} of API_TOKENS must be owner:scope:hash, with scope read, write or metrics and the token's SHA-256"
        )
    return Token(owner, Scope(scope), digest)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
