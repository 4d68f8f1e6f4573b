import socket

import pytest

from clipzy.machine.listening import hindrance
from ports import free_port


@pytest.fixture
def listener():
    """Somebody else's, on the loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "localhost"])
def test_a_port_is_free_or_taken(listener, host):
    """By whatever name it is asked for."""
    assert hindrance(host, listener.getsockname()[1]) == "it is taken by another program"
    assert hindrance(host, free_port()) is None


def test_a_port_that_was_just_left_is_free(listener):
    """Also where the kernel still minds a connection, which it does for a minute."""
    port = listener.getsockname()[1]
    with socket.create_connection(("127.0.0.1", port)) as client:
        answering, _ = listener.accept()
        answering.close()  # before the other end
        assert client.recv(1) == b""
    listener.close()
    assert hindrance("127.0.0.1", port) is None


def test_of_a_names_addresses_one_has_to_be_free_and_none_taken(listener, monkeypatch):
    """As `localhost` in a container without IPv6, and with another program on the one address or the other."""
    places = {
        "lacking": ("192.0.2.1", free_port()),  # no machine has it (RFC 5737)
        "free": ("127.0.0.1", free_port()),
        "taken": listener.getsockname(),
    }

    def refused(*names):
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", places[name]) for name in names]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        return hindrance("name", 1)

    assert refused("lacking", "free") is None
    assert refused("taken", "free") == refused("lacking", "taken") == "it is taken by another program"
    assert refused("lacking", "lacking") == "Cannot assign requested address"


def test_a_name_that_nobody_knows_is_no_place(monkeypatch):
    """In the resolver's words."""

    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert hindrance("nowhere", 1) == "Name or service not known"


def test_brackets_of_ipv6_are_no_part_of_an_address():
    """They are written around it before a port."""
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
            assert hindrance("[::1]", listener.getsockname()[1]) == "it is taken by another program"
    except OSError:
        pytest.skip("no IPv6 here")
