"""The mail server and the limits of the settings as the engine takes them."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from personalization.mailings.engine.pacing import parse_limits
from personalization.mailings.engine.smtp import SmtpServer


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
