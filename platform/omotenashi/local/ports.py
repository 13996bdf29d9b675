"""Free TCP ports on the loopback address."""

from __future__ import annotations

import random
import socket
from collections.abc import Container, Iterable

HOST = "127.0.0.1"

# Below the ranges from which Linux (32768+) and macOS (49152+) take ports for outgoing
# connections: a port from there could be lent to a stranger between two starts.
SERVER_PORTS = range(20_000, 30_000)


def is_port_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def is_port_answering(port: int) -> bool:
    """Whether something accepts connections on the port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def pick_free_port(preferred: Iterable[int] = (), *, avoid: Container[int] = ()) -> int:
    """The first free one of the preferred ports, else a random free one."""
    candidates = [*preferred, *random.sample(SERVER_PORTS, 200)]
    for port in candidates:
        if port not in avoid and is_port_free(port):
            return port
    raise OSError("no free TCP port found between 20000 and 29999")
