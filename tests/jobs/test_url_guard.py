import asyncio
import ipaddress
import socket
import threading
from contextlib import closing, nullcontext, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpcore
import pytest
from structlog.testing import capture_logs

from clipzy.errors import ConfigurationError, ValidationFailed
from clipzy.jobs.url_guard import AddressRefused, GuardedBackend, allowed_networks, check_url, is_permitted

LOOPBACK = allowed_networks("127.0.0.0/8")

FORBIDDEN = (
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "2002:7f00:1::",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "fec0::1",
    "::10.0.0.1",
    "::ffff:0:10.0.0.1",
    "168.63.129.16",
    "192.0.0.192",
    "192.88.99.1",
    "3fff::1",
    "5f00::1",
    "2001:0:5db8:d822::f5ff:fffe",
)


@pytest.mark.parametrize("address", FORBIDDEN)
def test_addresses_that_are_not_public_are_not_permitted(address):
    """Loopback, private, link-local, shared, multicast and their disguises in IPv6."""
    assert not is_permitted(ipaddress.ip_address(address), ())


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "93.184.216.34",
        "2606:4700::1111",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2001:0:5db8:d822::f7f7:f7f7",
    ],
)
def test_public_addresses_are_permitted(address):
    """Everybody's own server may be told."""
    assert is_permitted(ipaddress.ip_address(address), ())


def test_an_operators_network_is_permitted_and_only_that():
    """An allowed network lets its own addresses in, in their IPv6 disguise too."""
    allowed = allowed_networks("10.0.0.0/8, fd00::/8")
    assert is_permitted(ipaddress.ip_address("10.1.2.3"), allowed)
    assert is_permitted(ipaddress.ip_address("::ffff:10.1.2.3"), allowed)
    assert is_permitted(ipaddress.ip_address("fd00::7"), allowed)
    assert not is_permitted(ipaddress.ip_address("192.168.0.1"), allowed)


def test_a_network_that_is_none_is_refused_with_its_setting():
    """The operator is told which setting is wrong."""
    with pytest.raises(ConfigurationError, match="WEBHOOK_ALLOWED_NETWORKS"):
        allowed_networks("10.0.0.0/99")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "file:///etc/passwd",
        "https://",
        "example.com/hook",
        "https://user:secret@example.com/",
        "https://user@example.com/",
        "https://:secret@example.com/",
        "https://example.com:99999/",
        "https://exa mple.com/",
        "https://example.com/a b",
        "https://example.com/\r\nX: y",
        "http://127.0.0.1/",
        "http://127.1/",
        "http://0x7f000001/",
        "http://2130706433/",
        "http://017700000001/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://localhost/",
        "http://localhost./",
        "http://169.254.169.254/latest/meta-data",
        "https://example.com/" + "x" * 2048,
        "https://example.com/\u00e9",
        "https://m\u00fcnchen.example/",
        "https://exa<mple.com/",
        "https:example.com",
    ],
)
def test_urls_that_must_not_be_called_are_refused_when_given(url):
    """By their form alone, without looking anything up; the field is named."""
    with pytest.raises(ValidationFailed) as caught:
        check_url(url, ())
    assert caught.value.fields[0][0] == "webhook_url"


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://localhost/", "http://10.0.0.1:9000/hook"])
def test_a_network_that_is_not_allowed_is_told_with_its_setting(url):
    """What whoever runs a receiver of his own needs to know."""
    with pytest.raises(ValidationFailed, match=r"the operator can allow .* in WEBHOOK_ALLOWED_NETWORKS"):
        check_url(url, ())


@pytest.mark.parametrize("url", ["https://your-app.example.com/hooks/clipzy", "http://93.184.216.34:8080/a?b=c"])
def test_ordinary_urls_are_taken(url):
    """What a caller of the documented API sends."""
    check_url(url, ())


@pytest.mark.parametrize(("length", "taken"), [(2048, True), (2049, False)])
def test_a_url_is_as_long_as_browsers_and_proxies_take_it(length, taken):
    """And not a character longer."""
    url = "https://example.com/".ljust(length, "x")
    with nullcontext() if taken else pytest.raises(ValidationFailed, match="at most 2048 characters"):
        check_url(url, ())


def test_a_loopback_url_is_taken_where_the_operator_allows_it():
    """For receivers on the same network."""
    check_url("http://127.0.0.1:9000/hook", LOOPBACK)


@pytest.fixture
def receiver():
    """A server on the loopback that counts who reached it."""
    reached = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            """Count and answer."""
            reached.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args):
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port, reached
    server.shutdown()
    server.server_close()
    thread.join()


def post(url, allowed=()):
    """POST through the guard; the status."""

    async def ask():
        async with httpcore.AsyncConnectionPool(network_backend=GuardedBackend(allowed)) as pool:
            return (await pool.request("POST", url, extensions={"timeout": {"connect": 5, "read": 5}})).status

    return asyncio.run(ask())


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "0x7f000001", "2130706433", "127.1", "[::ffff:127.0.0.1]", "0.0.0.0"],
)
def test_no_form_of_a_loopback_address_is_reached(host, receiver):
    """The server on this machine is never reached, however it is written."""
    port, reached = receiver
    with pytest.raises(httpcore.ConnectError):
        post(f"http://{host}:{port}/")
    assert reached == []


def test_an_allowed_network_is_reached(receiver):
    """The same server, once the operator allows it."""
    port, reached = receiver
    assert post(f"http://127.0.0.1:{port}/hook", LOOPBACK) == 204
    assert reached == ["/hook"]


def answers(*addresses):
    """What a resolver says of a name."""
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in addresses]


def test_a_name_with_one_forbidden_address_among_public_ones_is_refused(monkeypatch):
    """Mixed answers are a way to slip in: all of them must be permitted."""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: answers("93.184.216.34", "10.0.0.1"))
    with pytest.raises(AddressRefused, match="has no public address") as refused:
        post("http://mixed.example/")
    assert "10.0.0.1" not in str(refused.value)  # what a name means inside of the house is not for strangers


def _unknown(*_args, **_more):
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@pytest.mark.parametrize(
    ("resolve", "logged"),
    [
        (lambda *_args, **_more: answers("10.0.0.1"), "10.0.0.1"),
        (_unknown, "Name or service not known"),
        (lambda *_args, **_more: threading.Event().wait(0.5), "in time"),
        (lambda *_args, **_more: [], ""),
    ],
    ids=["private", "unknown", "no answer", "without an address"],
)
def test_callers_do_not_learn_which_names_there_are(monkeypatch, resolve, logged):
    """A private host, one that is not known and one that nobody answers for are told alike; the log says which it was."""
    monkeypatch.setattr(socket, "getaddrinfo", resolve)

    async def ask():
        with closing(GuardedBackend(())) as guarded:
            await guarded.connect_tcp("database.internal", 5432, 0.1)

    with capture_logs() as lines, pytest.raises(httpcore.ConnectError) as refused:
        asyncio.run(ask())
    assert (type(refused.value), str(refused.value)) == (AddressRefused, "database.internal has no public address")
    assert logged in str(lines)


def test_a_name_is_looked_up_once(monkeypatch, receiver):
    """A name that changes its meaning after it was judged (rebinding) still leads to the address that was judged."""
    port, reached = receiver
    asked = []

    def resolve(host, *_args, **_more):
        asked.append(host)
        return answers("127.0.0.1" if len(asked) == 1 else "10.0.0.1")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert post(f"http://rebinding.example:{port}/", LOOPBACK) == 204
    assert asked.count("rebinding.example") == 1
    assert reached == ["/"]


def test_the_next_address_is_tried_where_one_takes_no_connection(monkeypatch, receiver):
    """As a browser does; what the last one said is told where none takes it."""
    port, reached = receiver
    places = ["127.0.0.2", "127.0.0.1"]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: answers(*places))
    assert post(f"http://two.example:{port}/", LOOPBACK) == 204
    assert reached == ["/"]
    places.remove("127.0.0.1")
    with pytest.raises(httpcore.ConnectError) as refused:
        post(f"http://two.example:{port}/", LOOPBACK)
    assert not isinstance(refused.value, AddressRefused)


def test_no_socket_of_this_machine_is_reached(tmp_path):
    """Whoever asks for one."""
    with closing(GuardedBackend(LOOPBACK)) as guarded, pytest.raises(AddressRefused):
        asyncio.run(guarded.connect_unix_socket(str(tmp_path / "docker.sock")))


def test_a_name_server_that_never_answers_holds_up_no_other_work(monkeypatch):
    """However many such names are asked about: a lookup that was given up on goes on, in a thread of its own."""
    answering = threading.Event()

    def hang(*_args, **_more):
        answering.wait(20)
        return answers("93.184.216.34")

    async def ask(pool, number):
        with suppress(AddressRefused):
            await pool.request("POST", f"http://{number}.example/", extensions={"timeout": {"connect": 0.2}})

    async def other_work():
        async with httpcore.AsyncConnectionPool(network_backend=GuardedBackend(())) as pool:
            await asyncio.gather(*(ask(pool, number) for number in range(40)))
            async with asyncio.timeout(5):
                return await asyncio.to_thread(lambda: "done")

    async def until_answered():
        try:
            return await other_work()
        finally:
            answering.set()

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    assert asyncio.run(until_answered()) == "done"
