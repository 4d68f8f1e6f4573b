"""Which addresses the engine may be sent to by a stranger's URL: public ones, and those that the operator allows.

A webhook's URL comes from a caller, and the engine stands where callers do not: beside databases, metadata services and
other people's machines. A URL is therefore judged twice: by its form when it is given, and by the addresses that its
host really has when it is called. The connection is made to the very address that was judged, so that a name cannot
mean something else a moment later (DNS rebinding); redirects are not followed.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from urllib.parse import SplitResult, urlsplit

import httpcore
from pydantic import AnyHttpUrl, TypeAdapter

from clipzy.errors import ConfigurationError, ValidationFailed
from clipzy.telemetry import log

SETTING = "WEBHOOK_ALLOWED_NETWORKS"
LONGEST_URL = 2048  # characters; what browsers and proxies agree on
RESOLVE_TIMEOUT_S = 5.0
MOST_LOOKUPS = 64
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# RFC 6052: IPv4 addresses seen through a translator
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# RFC 4291: all of IPv6 that is routed to anybody lies in here, whatever this Python takes for global
GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
NOT_PUBLIC: tuple[Network, ...] = (
    ipaddress.IPv4Network("192.0.0.0/24"),  # RFC 6890: protocol assignments, a cloud's metadata among them
    ipaddress.IPv4Network("192.88.99.0/24"),  # RFC 7526: relays of 6to4, given up
    ipaddress.IPv4Network("168.63.129.16/32"),  # Azure's own services, at a public address
    ipaddress.IPv6Network("3fff::/20"),  # RFC 9637: documentation
)

_URL: TypeAdapter[AnyHttpUrl] = TypeAdapter(AnyHttpUrl)


class AddressRefused(httpcore.ConnectError):
    """The host has no address that the engine may be sent to.

    The text is the same whether it has another one, is not known or could not be looked up: the caller can read it, and what
    names there are in the operator's network is not for him. The log says which it was.
    """

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} has no public address")


def allowed_networks(setting: str) -> tuple[Network, ...]:
    """The networks that the operator allows, from a comma-separated setting such as `10.0.0.0/8, fd00::/8`.

    Raises:
        ConfigurationError: one of them is no network.
    """
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in setting.split(",") if part.strip())
    except ValueError as exc:
        raise ConfigurationError(f"{SETTING} must be networks such as 10.0.0.0/8: {exc}") from exc


def check_url(url: str, allowed: Sequence[Network]) -> None:
    """Judge a URL by its form alone; its host is looked up only when it is called.

    Raises:
        ValidationFailed: it is no http or https URL with a host, holds a user's name, or names a forbidden address.
    """
    fault = fault_of_form(url) or _fault_of_host(urlsplit(url).hostname or "", allowed)
    if fault is not None:
        raise ValidationFailed(f"webhook_url {fault}", (("webhook_url", fault),))


def fault_of_form(url: str) -> str | None:
    """What is wrong with a URL wherever it leads, as the end of a sentence; None where nothing is."""
    if len(url) > LONGEST_URL:
        return f"must have at most {LONGEST_URL} characters"
    if not url.isascii():
        return "must be ASCII: write the host as xn--… and other letters as %C3%A9"
    if " " in url or not url.isprintable():  # a URL's reader passes over line breaks, a header's or a log's does not
        return "must not contain spaces or control characters"
    parts = _parts(url)
    if parts is None:
        return "must be an http:// or https:// URL with a host"
    if parts.username is not None:  # as with every @ before the host, a password's alone too
        return "must not contain a user name or password"
    return None


def is_permitted(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether the engine may connect there: a public unicast address, or one in a network that the operator allows."""
    address = _unwrapped(address)
    if any(address in network for network in allowed if network.version == address.version):
        return True
    if any(address in network for network in NOT_PUBLIC if network.version == address.version):
        return False
    if isinstance(address, ipaddress.IPv6Address) and address not in GLOBAL_UNICAST:
        return False
    return address.is_global and not address.is_multicast


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects to hosts all of whose addresses are permitted, and to nothing else."""

    def __init__(self, allowed: Sequence[Network]) -> None:
        self._allowed = allowed
        # A lookup cannot be ended: one of a stranger's name server that never answers holds its thread for half a minute.
        # So they have threads of their own, more than are needed in that time.
        self._lookups = ThreadPoolExecutor(MOST_LOOKUPS, "lookup")
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Look the host up once, judge every address it has, and connect to one of those.

        Raises:
            AddressRefused: it has none, one of them is not permitted, or they could not be found out in time.
            httpcore.ConnectError: it does not take the connection.
            httpcore.ConnectTimeout: it does not answer in time.
        """
        addresses = await _resolve(host, port, timeout, self._lookups)
        refused = [address for address in addresses if not is_permitted(address, self._allowed)]
        if refused:
            log.warning("a webhook was refused", host=host, address=str(refused[0]))
            raise AddressRefused(host)
        failure: httpcore.ConnectError | httpcore.ConnectTimeout = AddressRefused(host)
        for address in addresses:
            try:
                return await self._inner.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as exc:
                failure = exc
        raise failure

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Refuse: no URL of a stranger's leads to a socket of this machine."""
        del timeout, socket_options
        raise AddressRefused(path)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._inner.sleep(seconds)

    def close(self) -> None:
        """Look nothing up any more; a lookup under way goes on as long as its name server lets it."""
        self._lookups.shutdown(wait=False, cancel_futures=True)


async def _resolve(host: str, port: int, timeout_s: float | None, threads: Executor) -> list[Address]:
    """Every address of a host, in the order in which the system would try them, each once."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timeout_s or RESOLVE_TIMEOUT_S):
            ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
            found = await loop.run_in_executor(threads, ask)
    except (socket.gaierror, UnicodeError) as exc:
        log.warning("a webhook's host is not known", host=host, error=str(exc))
        raise AddressRefused(host) from exc
    except TimeoutError as exc:
        log.warning("a webhook's host could not be looked up in time", host=host)
        raise AddressRefused(host) from exc
    # an IPv6 address may come with the zone of a link, "%eth0"
    return list(dict.fromkeys(ipaddress.ip_address(str(place[0]).partition("%")[0]) for *_, place in found))


def _parts(url: str) -> SplitResult | None:
    """Of an http or https URL; None where it is none, or has no host."""
    try:
        _URL.validate_python(url)
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port  # each raises where it is none
    except ValueError:  # pydantic's ValidationError is one
        return None
    return parts if host else None


def _fault_of_host(host: str, allowed: Sequence[Network]) -> str | None:
    address = _literal(host)
    if address is not None and not is_permitted(address, allowed):
        return f"leads to {address}, which is not a public address; the operator can allow its network in {SETTING}"
    if host.rstrip(".").lower() == "localhost" and not allowed:
        return f"leads to this machine itself; the operator can allow 127.0.0.0/8 and ::1/128 in {SETTING}"
    return None


def _literal(host: str) -> Address | None:
    """The address that a host is written as, in any form that the system's resolver takes (`127.1`, `0x7f000001`)."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return None


def _unwrapped(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one that only stands for it."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is not None:
            return inner
        if address in NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address
