"""Fetching feeds: from a real server, and never from within."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from omotenashi.catalog.fetching import check_public, fetch
from omotenashi.errors import InvalidInput, TooLarge, Unavailable


class Shop(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/feed")
        elif self.path == "/inward":
            self.send_response(302)
            self.send_header("Location", "file:///etc/passwd")
        elif self.path == "/loop":
            self.send_response(302)
            self.send_header("Location", "/loop")
        else:
            self.send_response({"/feed": 200, "/busy": 503}.get(self.path, 404))
        self.end_headers()
        if self.path == "/feed":
            self.wfile.write(b"id\ttitle\tprice\n")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("path", ["/feed", "/moved"])
def test_it_fetches_a_feed(shop: str, path: str) -> None:
    with fetch(shop + path, max_bytes=1000, allow_private=True) as stream:
        assert stream.read() == b"id\ttitle\tprice\n"


def test_it_refuses_its_own_machine_and_network(shop: str) -> None:
    with pytest.raises(InvalidInput, match="private network"):
        fetch(f"{shop}/feed", max_bytes=1000)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.0.0.8",
        "169.254.169.254",
        "[::1]",
        "[::ffff:10.0.0.8]",
        "[64:ff9b::a00:8]",
        "0.0.0.0",
        "[fd00::1]",
        "2130706433",
        "localhost",
        "[2002:a00:8::1]",
    ],
)
def test_it_sees_through_the_spellings_of_private_addresses(host: str) -> None:
    with pytest.raises(InvalidInput, match="private network"):
        check_public(f"http://{host}/feed")


def test_it_refuses_a_name_of_which_one_address_is_private(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(2, 1, 6, "", (address, 80)) for address in ("93.184.216.34", "10.0.0.8")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(InvalidInput, match="private network"):
        check_public("http://shop.example/feed")


def test_it_keeps_passwords_out_of_addresses() -> None:
    with pytest.raises(InvalidInput, match="password"):
        check_public("https://user:secret@shop.example/feed")


@pytest.mark.parametrize(
    ("path", "error"),
    [("/gone", InvalidInput), ("/inward", InvalidInput), ("/loop", InvalidInput), ("/busy", Unavailable)],
)
def test_it_tells_what_can_be_tried_again_from_what_cannot(
    shop: str, path: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        fetch(shop + path, max_bytes=1000, allow_private=True)


def test_it_stops_at_the_size_limit(shop: str) -> None:
    with pytest.raises(TooLarge):
        fetch(f"{shop}/feed", max_bytes=5, allow_private=True)
