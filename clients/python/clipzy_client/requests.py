"""What is asked of the engine, as values, and the one place that makes HTTP requests of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import httpx
from pydantic import BaseModel

from clipzy_client.multipart import UploadBody
from clipzy_client.settings import Timeouts
from clipzy_client.version import __version__

DEFAULT_URL = "http://localhost:8000"
BASE_PATH = "/api/v1"

T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `path`: below the API's base path.

    `repeatable`: whether it may be sent again where nobody knows whether the engine has acted, as after a connection that
    broke without an answer: a second time does no harm and gives the same answer. `again_when_silent`: the same where none began in time.
    """

    method: str
    path: str
    repeatable: bool
    params: Mapping[str, str | int | Sequence[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Mapping[str, Any] | None = None
    upload: Callable[[], UploadBody] | None = None
    silence_s: float | None = None
    again_when_silent: bool = True


@dataclass(frozen=True, slots=True)
class Call(Request, Generic[T]):
    """A request that is answered with a model in the engine's envelope."""

    answer: type[T] = field(kw_only=True)


class RequestBuilder:
    """Makes HTTP requests to one engine, on behalf of one token."""

    def __init__(self, base_url: str, token: str | None, timeouts: Timeouts) -> None:
        """Know where to send them.

        Raises:
            ValueError: the URL is none of http or https, or holds a password; or the token is none that a header can hold.
        """
        self._root = _checked_url(base_url).rstrip("/").removesuffix(BASE_PATH) + BASE_PATH
        self._timeouts = timeouts
        # packed for nobody: nothing that is between has to gather a stream's bytes
        self._headers = {"User-Agent": f"clipzy-client/{__version__}", "Accept": "*/*", "Accept-Encoding": "identity"}
        # an empty variable of the environment is none; one that was read from a file has a line end
        if token := (token or "").strip():
            self._headers["Authorization"] = f"Bearer {_checked(token)}"

    def build(self, request: Request, request_id: str) -> httpx.Request:
        """A fresh HTTP request; `request_id` leads to it in the engine's log."""
        headers = {**self._headers, "X-Request-ID": request_id, **request.headers}
        url = httpx.URL(self._root + request.path, params=request.params or None)
        if request.upload is None:
            built = httpx.Request(request.method, url, headers=headers, json=request.json)
        else:
            body = request.upload()
            headers |= {"Content-Type": body.content_type, "Content-Length": str(body.content_length)}
            # httpx names the host only beside a body that it encodes itself
            headers["Host"] = url.netloc.decode()
            built = httpx.Request(request.method, url, headers=headers, stream=body)
        built.extensions["timeout"] = self._timeout(request).as_dict()
        return built

    def _timeout(self, request: Request) -> httpx.Timeout:
        usual = self._timeouts.answer_s if request.upload is None else self._timeouts.upload_answer_s
        silence_s = usual if request.silence_s is None else request.silence_s
        return httpx.Timeout(self._timeouts.answer_s, connect=self._timeouts.connect_s, read=silence_s)


def _checked_url(base_url: str) -> str:
    """The URL as httpx writes it; what is wrong with another is told without showing it, since a password may be in it.

    One with a password would be in every error, and the password in the token's place.
    """
    with suppress(httpx.InvalidURL):
        url = httpx.URL(base_url)
        if url.scheme in {"http", "https"} and url.host and not url.userinfo:
            return str(url)
    raise ValueError(
        f"the base URL must begin with http:// or https://, such as {DEFAULT_URL}, and hold no user name or password; give a token separately"
    )


def _checked(token: str) -> str:
    """The token, where a header can hold it; what is wrong with another is told without showing it."""
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError("the token must be one word of printable ASCII characters, as `clipzy token` makes it")
    return token


def may_be_repeated(request: Request, sent: httpx.Request, broke: httpx.RequestError) -> bool:
    """Whether a request may be sent again after its connection broke without an answer.

    Always where it cannot have been acted on: the connection was never there, or an upload's last piece did not leave.
    """
    if isinstance(broke, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
        return True
    if not isinstance(broke, httpx.NetworkError | httpx.TimeoutException | httpx.RemoteProtocolError):
        return False  # a URL or a proxy that cannot be used, an answer packed wrongly: not better next time
    if isinstance(broke, httpx.ReadTimeout) and not request.again_when_silent:
        return False
    return is_harmless_again(request, sent)


def is_harmless_again(request: Request, sent: httpx.Request) -> bool:
    """Whether a second sending does no harm where nobody knows what has come of the first."""
    if isinstance(sent.stream, UploadBody):
        return not sent.stream.may_have_arrived
    return request.repeatable
