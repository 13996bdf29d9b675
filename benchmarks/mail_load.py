"""The relay that throws mails away, and the two references that send to it."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from omotenashi.local.children import wait_until
from omotenashi.local.ports import is_port_answering, pick_free_port


@dataclass(frozen=True)
class Turn:
    """Mails accepted, in wall seconds and in CPU seconds of whoever sent."""

    mails: int
    wall: float
    cpu: float

    @property
    def per_second(self) -> float:
        return self.mails / self.wall

    @property
    def per_cpu_second(self) -> float:
        return self.mails / self.cpu


def _postfix(name: str) -> tuple[list[str], dict[str, str]]:
    """Postfix's programs: installed, or unpacked under POSTFIX_ROOT (apt-get download postfix; dpkg -x)."""
    root = os.environ.get("POSTFIX_ROOT", "")
    if root and os.path.exists(f"{root}/usr/sbin/{name}"):
        return [f"{root}/usr/sbin/{name}"], {"LD_LIBRARY_PATH": f"{root}/usr/lib/postfix"}
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        raise SystemExit(
            f"{name} is missing: apt-get install postfix, or unpack the package and name the folder in "
            "POSTFIX_ROOT."
        )
    return [found], {}


@contextmanager
def running_relay() -> Iterator[int]:
    """`smtp-sink`, which comes with `smtp-source`."""
    port = pick_free_port((), avoid=set())
    program, environment = _postfix("smtp-sink")
    words = [*program, *(["-u", "root"] if os.geteuid() == 0 else []), f"127.0.0.1:{port}", "128"]
    child = subprocess.Popen(words, env=os.environ | environment, start_new_session=True)
    try:
        if not wait_until(lambda: is_port_answering(port), seconds=20):
            raise SystemExit("The relay did not start.")
        yield port
    finally:
        child.kill()
        child.wait()


# -- smtp-source -----------------------------------------------------------------------------


def smtp_source(*, port: int, size: int, connections: int, seconds: float) -> Turn:
    """So many mails as fit into about so many seconds, by what the last turn managed."""
    count = max(200, int(_pace(port, size, connections) * seconds))
    return _source(port, size, connections, count)


@lru_cache
def _pace(port: int, size: int, connections: int) -> float:
    return _source(port, size, connections, 1_000).per_second


def _source(port: int, size: int, connections: int, count: int) -> Turn:
    words, environment = _postfix("smtp-source")
    options = [
        "-d",
        "-s",
        str(connections),
        "-l",
        str(size),
        "-m",
        str(count),
        "-f",
        "a@b.example",
        "-t",
        "c@d.example",
    ]
    before, began = os.times(), time.perf_counter()
    subprocess.run([*words, *options, f"127.0.0.1:{port}"], check=True, env=os.environ | environment)
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return Turn(count, time.perf_counter() - began, max(spent, 0.01))


# -- Django's own mail stack -----------------------------------------------------------------


def send_like_django(sample: Sequence[Any], *, port: int, seconds: float) -> Turn:
    """A template render and an EmailMultiAlternatives a mail, over one connection that stays open."""
    from django.core.mail import get_connection

    writer = _writer()
    connection = get_connection("django.core.mail.backends.smtp.EmailBackend", host="127.0.0.1", port=port)
    connection.open()
    began, cpu, count = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - began < seconds:
        writer.send(sample[count % len(sample)], connection=connection)
        count += 1
    turn = Turn(count, time.perf_counter() - began, time.process_time() - cpu)
    connection.close()
    return turn


@lru_cache
def _writer() -> Any:
    from benchmarks.mail_django import DjangoWriter

    return DjangoWriter()


_LIQUID_LOOP = (
    "{% for product in recommendations %}{% assign even = forloop.index0 | modulo: 2 %}{% if even == 0 %}"
    "{% assign beside = recommendations[forloop.index] %}"
)


def as_django(liquid: str) -> str:
    """The sample's Liquid as a Django template. Pairs and prices are given to it ready-made."""
    text = liquid.replace(_LIQUID_LOOP, "{% for product, beside in pairs %}")
    text = text.replace("{% endif %}{% endfor %}{% endif %}", "{% endfor %}{% endif %}")
    text = text.replace("recommendations.size > 0", "pairs").replace(" != blank", "")
    return re.sub(r"\{\{ (\w+)\.price \| money: \w+\.currency \}\}", r"{{ \1.price_text }}", text)
