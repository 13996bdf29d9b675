"""Sends ready-made requests over many connections, as fast as they are answered. Throughput only."""

import socket
import threading
import time
from collections.abc import Iterator, Sequence


def request_bytes(path: str, *, body: bytes, key: str) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def send_for(seconds: float, *, port: int, requests: Iterator[bytes], connections: int) -> tuple[int, float]:
    """How many requests were answered 200, and in how many seconds; any other answer ends the run."""
    lock = threading.Lock()
    counts = [0] * connections
    faults: list[str] = []
    began = time.perf_counter()

    def work(number: int) -> None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=30) as link:
                while time.perf_counter() - began < seconds and not faults:
                    with lock:
                        request = next(requests)
                    link.sendall(request)
                    head = _answer(link)
                    if not head.startswith(b"HTTP/1.1 200"):
                        raise OSError(head.decode(errors="replace"))
                    counts[number] += 1
        except (OSError, StopIteration) as error:
            faults.append(f"{type(error).__name__}: {error}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise SystemExit(f"A request failed: {faults[0]}")
    return sum(counts), time.perf_counter() - began


def wait_for(port: int, *, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def _answer(link: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(link)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(_lengths(head.split(b"\r\n")), 0)
    while len(body) < length:
        body += _more(link)
    return head


def _lengths(lines: Sequence[bytes]) -> Iterator[int]:
    return (int(line[15:]) for line in lines if line[:15].lower() == b"content-length:")


def _more(link: socket.socket) -> bytes:
    data = link.recv(65_536)
    if not data:
        raise OSError("the server closed the connection")
    return data
