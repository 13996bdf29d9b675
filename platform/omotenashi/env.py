"""Typed readers of environment variables: a bad value stops the start and names the variable.

Secrets may also come from a file: for `SECRET_KEY`, set `SECRET_KEY_FILE` to its path.
"""

import os
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def secret(name: str, default: str = "") -> str:
    """The variable, or the content of the file that `<name>_FILE` names."""
    file = text(f"{name}_FILE")
    if not file:
        return text(name, default)
    try:
        return Path(file).read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE: cannot read {file}: {error.strerror}.") from error


def boolean(name: str, default: bool) -> bool:
    value = text(name).lower()
    if not value:
        return default
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name}={value!r} is not a yes or no: write true or false.")


def integer(name: str, default: int, *, minimum: int | None = None) -> int:
    value = text(name)
    if not value:
        return default
    try:
        number = int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}={value!r} is not a whole number.") from error
    if minimum is not None and number < minimum:
        raise ImproperlyConfigured(f"{name}={number} is too small: the least is {minimum}.")
    return number


def decimal(name: str) -> Decimal | None:
    """An amount; None where nothing is said."""
    value = text(name)
    try:
        amount = Decimal(value) if value else None
    except InvalidOperation as error:
        raise ImproperlyConfigured(f"{name}={value!r} is not an amount: write it like 0.25.") from error
    if amount is not None and not (amount.is_finite() and amount >= 0):
        raise ImproperlyConfigured(f"{name}={value!r} is not an amount: write it like 0.25.")
    return amount


def words(name: str, default: list[str]) -> list[str]:
    """A comma-separated list."""
    value = text(name)
    return [word.strip() for word in value.split(",") if word.strip()] if value else default


def path(name: str, default: Path) -> Path:
    value = text(name)
    return Path(value).expanduser().resolve() if value else default


def database(name: str, url: str) -> dict[str, Any]:
    """`postgresql://user:password@host:port/name?option=value` as Django's database settings."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(
            f"{name} must start with postgresql:// (PostgreSQL with pgvector is required)."
        )
    database_name = unquote(parts.path.lstrip("/"))
    if not database_name:
        raise ImproperlyConfigured(f"{name} names no database: end it with /omotenashi, for example.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database_name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(_port(name, parts) or ""),
        "OPTIONS": {key: values[-1] for key, values in parse_qs(parts.query).items()},
    }


def redis_url(name: str, url: str) -> str:
    if urlsplit(url).scheme not in {"redis", "rediss", "unix", "valkey"}:
        raise ImproperlyConfigured(f"{name} must start with redis:// (Valkey and Redis both speak it).")
    return url.replace("valkey://", "redis://", 1)


NO_RELAY: dict[str, Any] = {
    "host": "", "port": 0, "user": "", "password": "", "use_ssl": False, "use_tls": False,
}  # fmt: skip
"""What `email` would answer, where mails leave by a provider's API."""


def email(name: str, url: str) -> dict[str, Any]:
    """`smtp://user:password@host:port`; smtps:// for TLS from the start, smtp+tls:// for STARTTLS."""
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps", "smtp+tls"}:
        raise ImproperlyConfigured(
            f"{name} must start with smtp://, smtp+tls:// (STARTTLS), smtps:// (TLS) or anymail+PROVIDER://."
        )
    if not parts.hostname:
        raise ImproperlyConfigured(f"{name} names no mail host.")
    return {
        "host": parts.hostname,
        "port": _port(name, parts) or {"smtp": 25, "smtps": 465, "smtp+tls": 587}[parts.scheme],
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_ssl": parts.scheme == "smtps",
        "use_tls": parts.scheme == "smtp+tls",
    }


def _port(name: str, parts: Any) -> int | None:
    try:
        port: int | None = parts.port
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} has a port that is not a number from 0 to 65535.") from error
    return port
