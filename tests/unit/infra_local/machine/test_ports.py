import socket
from pathlib import Path

import pytest

from infra.local.machine.ports import LOOPBACK, PortBook, check_listening, is_free


@pytest.fixture
def book(tmp_path: Path) -> PortBook:
    return PortBook(tmp_path / "ports.json")


def listening(port: int = 0) -> socket.socket:
    return socket.create_server((LOOPBACK, port))


def test_a_listener_keeps_its_port(book: PortBook, tmp_path: Path) -> None:
    port = book.port("kafka")
    assert is_free(port)
    assert book.port("kafka") == port
    assert PortBook(tmp_path / "ports.json").port("kafka") == port


def test_listeners_have_different_ports(book: PortBook) -> None:
    names = [f"listener-{number}" for number in range(50)]
    assert len({book.port(name) for name in names}) == len(names)


def test_a_port_someone_else_took_is_replaced(book: PortBook) -> None:
    port = book.port("redis")
    with listening(port):
        assert not is_free(port)
        assert book.port("redis") != port


def test_check_listening_tells_a_server_from_none(book: PortBook) -> None:
    with listening() as server:
        check_listening(server.getsockname()[1])
    with pytest.raises(OSError, match="refused"):
        check_listening(book.port("nobody"))


def test_a_chosen_port_is_remembered_while_it_listens(tmp_path: Path) -> None:
    book = PortBook(tmp_path / "ports.json")
    assert book.remembered("redis") is None
    chosen = book.port("redis")
    with socket.create_server((LOOPBACK, chosen)):
        assert book.remembered("redis") == chosen


def test_a_listener_with_a_first_port_gets_it_or_the_next_free_one(book: PortBook) -> None:
    first = book.port("somewhere free")
    with listening(first):
        following = book.port_from("page", first)
        assert following > first
    assert book.remembered("page") == following
    assert book.port_from("page", first) > first  # the port is another listener's
    assert PortBook(book._file.with_name("another.json")).port_from("page", first) == first
