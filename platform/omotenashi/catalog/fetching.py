"""Fetching a feed from the web without reaching into the network this runs in."""

import http.client
import ipaddress
import socket
import ssl
import tempfile
from typing import BinaryIO
from urllib.parse import SplitResult, urljoin, urlsplit

from omotenashi.catalog.engine.values import check_url
from omotenashi.errors import FieldError, InvalidInput, TooLarge, Unavailable

TIMEOUT_SECONDS = 30
MAX_REDIRECTS = 3
_IN_MEMORY = 2_000_000


def check_public(url: str) -> None:
    """Refuse, before any work is queued, what `fetch` would refuse; it looks names up again."""
    _address(_parts(url), allow_private=False)


def fetch(url: str, *, max_bytes: int, allow_private: bool = False) -> BinaryIO:
    """The file behind the address, at its beginning. Each redirect is judged like the first address."""
    for _ in range(MAX_REDIRECTS + 1):
        parts = _parts(url)
        connection = _connect(parts, allow_private=allow_private)
        try:
            response = _ask(connection, parts)
            if response.status not in {301, 302, 303, 307, 308}:
                return _body(response, max_bytes=max_bytes)
            url = urljoin(url, response.headers.get("Location", ""))
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(f"{parts.hostname} broke off the answer. It is tried again.") from error
        finally:
            connection.close()
    raise _refusal(f"The address redirects more than {MAX_REDIRECTS} times. Give the last one.")


def status_of(url: str, *, seconds: float, allow_private: bool = False) -> int:
    """What the page's head is answered with; a redirect is an answer. Raises Unavailable, InvalidInput."""
    parts = _parts(url)
    connection = _connect(parts, allow_private=allow_private, seconds=seconds)
    try:
        return _ask(connection, parts, method="HEAD").status
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable(f"{parts.hostname} broke off the answer.") from error
    finally:
        connection.close()


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(check_url(url))
        _ = parts.port
    except ValueError as error:
        raise _refusal(str(error)) from error
    if parts.username or parts.password:
        raise _refusal("Leave the password out of the address: it would be kept and shown.")
    return parts


def _address(parts: SplitResult, *, allow_private: bool) -> str:
    """The IP address to connect to: the very one judged, since a second look-up could answer another."""
    host = parts.hostname or ""
    try:
        found = socket.getaddrinfo(host, parts.port or parts.scheme, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unavailable(f"The name {host} cannot be found at the moment.") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not allow_private and not all(_is_public(address) for address in addresses):
        raise _refusal(
            f"{host} is an address within a private network. Give one that the public web can reach."
        )
    return addresses[0]


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return inner.is_global
        if ip in ipaddress.ip_network("64:ff9b::/96"):  # NAT64: the last four bytes are an IPv4 address
            return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF).is_global
    return ip.is_global and not ip.is_multicast


def _connect(
    parts: SplitResult, *, allow_private: bool, seconds: float = TIMEOUT_SECONDS
) -> http.client.HTTPConnection:
    address = _address(parts, allow_private=allow_private)
    host, port = parts.hostname or "", parts.port
    is_tls = parts.scheme == "https"
    connection = http.client.HTTPConnection(host, port or (443 if is_tls else 80), timeout=seconds)
    try:
        plain = socket.create_connection((address, connection.port), timeout=seconds)
        tls = ssl.create_default_context()
        connection.sock = tls.wrap_socket(plain, server_hostname=host) if is_tls else plain
    except OSError as error:
        raise Unavailable(f"{host} cannot be reached at the moment: {error}.") from error
    return connection


def _ask(
    connection: http.client.HTTPConnection, parts: SplitResult, *, method: str = "GET"
) -> http.client.HTTPResponse:
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.request(
        method, path, headers={"User-Agent": "Omotenashi feed reader", "Accept-Encoding": "identity"}
    )
    return connection.getresponse()


def _body(response: http.client.HTTPResponse, *, max_bytes: int) -> BinaryIO:
    if response.status >= 500 or response.status == 429:
        raise Unavailable(f"The shop's server answered {response.status}.")
    if response.status != 200:
        raise _refusal(f"The shop's server answered {response.status}. Check the address in a browser.")
    file: BinaryIO = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # type: ignore[assignment]  # noqa: SIM115  the caller closes it
    size = 0
    while block := response.read(1 << 16):
        size += len(block)
        if size > max_bytes:
            raise TooLarge(
                f"The feed is larger than {max_bytes // 1_000_000} MB. Split it, or send it in parts."
            )
        file.write(block)
    file.seek(0)
    return file


def _refusal(detail: str) -> InvalidInput:
    return InvalidInput(detail, errors=[FieldError("bad_address", detail, "#/url")])
