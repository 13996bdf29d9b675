"""The mail server and the limits of the settings as the engine takes them."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from omotenashi.mail_providers import PROVIDERS
from personalization.mailings.engine.line import Lines
from personalization.mailings.engine.pacing import parse_limits
from personalization.mailings.engine.smtp import SmtpLines, SmtpServer


def new_lines() -> Lines:
    """As many as a lane may have, to the relay or to the provider's API. Nothing is opened yet."""
    if settings.EMAIL_PROVIDER:
        # Late: it loads django-anymail and requests, which no worker that speaks SMTP should pay for.
        from personalization.mailings.provider_api import provider_lines

        return provider_lines(count=settings.MAIL_CONNECTIONS)
    name = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    return SmtpLines(mail_server(), count=settings.MAIL_CONNECTIONS, local_hostname=name)


def drops_what_it_has_seen() -> bool:
    """Whether a mail that is in doubt may be sent again: whoever takes it knows its key."""
    if settings.EMAIL_PROVIDER:
        return bool(PROVIDERS[settings.EMAIL_PROVIDER].idempotency_header)
    return bool(settings.EMAIL_IDEMPOTENCY_HEADER)


def mail_server() -> SmtpServer:
    return SmtpServer(
        host=settings.EMAIL_HOST,
        port=settings.EMAIL_PORT,
        user=settings.EMAIL_HOST_USER,
        password=settings.EMAIL_HOST_PASSWORD,
        use_tls=settings.EMAIL_USE_TLS,
        use_ssl=settings.EMAIL_USE_SSL,
        timeout_seconds=settings.EMAIL_TIMEOUT,
    )


def limits() -> dict[str, float]:
    """MAIL_RATE_LIMITS as the engine takes it; a mistake in it stops the worker with the variable's name."""
    try:
        return parse_limits(settings.MAIL_RATE_LIMITS)
    except ValueError as error:
        raise ImproperlyConfigured(f"MAIL_RATE_LIMITS: {error}") from error
