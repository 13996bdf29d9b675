"""Mail providers whose HTTP API we can speak, and how EMAIL_URL names one; django-anymail knows their APIs.

`anymail+resend://KEY@`, `anymail+mailgun://KEY@mg.shop.example?api_url=https://api.eu.mailgun.net/v3`.
Nothing of django-anymail is loaded here.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_PREFIX = "anymail+"
_SES = frozenset({"ses", "amazon-ses", "amazonses"})


@dataclass(frozen=True)
class MailProvider:
    """One provider. The names of settings are django-anymail's, without the provider's own name."""

    label: str
    key: str = "api_key"
    """Holds what stands before the @."""
    secret: str = ""
    """Holds what stands behind the colon; empty: nothing does."""
    domain: str = ""
    """Holds the host; empty: there is none."""
    options: tuple[str, ...] = ()
    """Settings that may follow the question mark, beside `api_url`."""
    required: tuple[str, ...] = ()
    """Those of them that must."""
    keeps_message_id: bool = False
    """Sends our Message-ID on, so that its log and its reports can be searched for it."""
    more_headers: tuple[tuple[str, str], ...] = ()
    """Of each mail, for this provider to read."""
    idempotency_header: str = ""
    """Of the request: the provider drops what it has seen under the same key within a day."""
    carries_metadata: bool = True
    switches_tracking: bool = True
    """Whether a mail can say that its links and opens are not to be tracked."""
    has_errors_in_body: bool = False
    """Answers 200 or 500 to what it refuses, and says so in the body."""


PROVIDERS: dict[str, MailProvider] = {
    "brevo": MailProvider("Brevo", switches_tracking=False),
    "mailersend": MailProvider("MailerSend", key="api_token", carries_metadata=False),
    "mailgun": MailProvider("Mailgun", domain="sender_domain", keeps_message_id=True),
    "mailjet": MailProvider("Mailjet", secret="secret_key"),  # noqa: S106 - the name of a setting
    "mailtrap": MailProvider(
        "Mailtrap", key="api_token", options=("sandbox_id",), switches_tracking=False
    ),
    "mandrill": MailProvider("Mandrill", has_errors_in_body=True),
    "postal": MailProvider(
        "Postal", required=("api_url",), carries_metadata=False, switches_tracking=False,
        has_errors_in_body=True,
    ),
    "postmark": MailProvider(
        "Postmark", key="server_token", options=("message_stream",), keeps_message_id=True,
        more_headers=(("X-PM-KeepID", "true"),),
    ),
    "resend": MailProvider(
        "Resend", idempotency_header="Idempotency-Key", carries_metadata=False, switches_tracking=False
    ),
    "scaleway": MailProvider(
        "Scaleway", key="secret_key", options=("project_id", "region"), required=("project_id",),
        switches_tracking=False,
    ),
    "sendgrid": MailProvider("SendGrid"),
    "sparkpost": MailProvider("SparkPost", options=("subaccount",)),
    "unisender-go": MailProvider("Unisender Go", required=("api_url",)),
}  # fmt: skip


def is_provider(url: str) -> bool:
    return url.startswith(_PREFIX)


def anymail_settings(name: str, url: str) -> tuple[str, dict[str, Any]]:
    """The provider that the variable `name` gives, and its part of Django's setting ANYMAIL."""
    parts = urlsplit(url)
    known = _known(name, parts)
    provider = PROVIDERS[known]
    given = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    _check_options(name, given, provider=provider)
    given |= _credentials(name, parts, provider=provider)
    module = known.replace("-", "_").upper()
    return known, {f"{module}_{key.upper()}": value for key, value in given.items()}


def backend_path(known: str) -> str:
    return f"anymail.backends.{known.replace('-', '_')}.EmailBackend"


def _known(name: str, parts: SplitResult) -> str:
    wanted = parts.scheme.removeprefix(_PREFIX)
    if wanted in _SES:
        raise ImproperlyConfigured(
            f"{name} names the API of Amazon SES, which needs boto3, and Omotenashi does not bring it. "
            "Use its SMTP interface: smtp+tls://USER:PASSWORD@email-smtp.REGION.amazonaws.com:587."
        )
    if wanted not in PROVIDERS:
        names = ", ".join(f"{_PREFIX}{one}" for one in PROVIDERS)
        raise ImproperlyConfigured(f"{name} names a mail provider that is not known. Known are: {names}.")
    return wanted


def _check_options(name: str, given: dict[str, str], *, provider: MailProvider) -> None:
    allowed = {"api_url", *provider.options}
    for option in given:
        if option not in allowed:
            raise ImproperlyConfigured(
                f"{name} has {option!r} behind the question mark, which {provider.label} does not know. "
                f"It knows: {', '.join(sorted(allowed))}."
            )
    for option in provider.required:
        if option not in given:
            raise ImproperlyConfigured(
                f"{name} lacks {option}: {provider.label} needs ?{option}=… at the end."
            )
    if "api_url" in given and urlsplit(given["api_url"]).scheme not in {"http", "https"}:
        raise ImproperlyConfigured(f"{name} has an api_url that does not start with https://.")


def _credentials(name: str, parts: SplitResult, *, provider: MailProvider) -> dict[str, str]:
    key, secret = unquote(parts.username or ""), unquote(parts.password or "")
    form = f"{parts.scheme}://KEY{':SECRET' if provider.secret else ''}@{'DOMAIN' if provider.domain else ''}"
    if not key or bool(secret) != bool(provider.secret):
        raise ImproperlyConfigured(f"{name} lacks the key of {provider.label}: write it as {form}.")
    if parts.hostname and not provider.domain:
        raise ImproperlyConfigured(
            f"{name} names a host, and {provider.label} has its own: write it as {form}, or give ?api_url=…."
        )
    given = {provider.key: key}
    if provider.secret:
        given[provider.secret] = secret
    if provider.domain and parts.hostname:
        given[provider.domain] = parts.hostname
    return given
