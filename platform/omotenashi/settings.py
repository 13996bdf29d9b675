"""Django settings, all from the environment (see docs/operator.md for the table).

Without DATABASE_URL and REDIS_URL the private servers of `omotenashi.local` are used.
"""

from pathlib import Path
from typing import Any

from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured

from omotenashi import env, mail_providers
from omotenashi.local.config import load_or_create
from omotenashi.logs import logging_config
from omotenashi.studio.unfold import UNFOLD

__all__ = ["UNFOLD"]

ROOT = Path(__file__).resolve().parents[2]
VAR = env.path("OMOTENASHI_VAR", ROOT / "var")

DATABASE_URL = env.secret("DATABASE_URL")
REDIS_URL = env.secret("REDIS_URL")
SECRET_KEY = env.secret("SECRET_KEY")
EMAIL_URL = env.secret("EMAIL_URL")

# One private set of ports and passwords per checkout; nothing is written when the environment names it all.
if not (DATABASE_URL and REDIS_URL and SECRET_KEY and EMAIL_URL):
    if env.boolean("OMOTENASHI_LOCAL", True):
        _local = load_or_create(VAR)
        DATABASE_URL = DATABASE_URL or _local.database_url
        REDIS_URL = REDIS_URL or _local.redis_url
        SECRET_KEY = SECRET_KEY or _local.secret_key
        EMAIL_URL = EMAIL_URL or f"smtp://127.0.0.1:{_local.smtp_port}"
    else:
        _given = {
            "DATABASE_URL": DATABASE_URL,
            "REDIS_URL": REDIS_URL,
            "SECRET_KEY": SECRET_KEY,
            "EMAIL_URL": EMAIL_URL,
        }
        _missing = ", ".join(name for name, value in _given.items() if not value)
        raise ImproperlyConfigured(
            f"{_missing}: not set, and OMOTENASHI_LOCAL=false forbids the private servers."
        )

SECRET_KEY_FALLBACKS = env.secret("SECRET_KEY_FALLBACKS").split()
"""Earlier secrets, parted by spaces: links in mails that went out under them go on working."""

DEBUG = env.boolean("DEBUG", False)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", [])
PUBLIC_URL = env.text("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
"""Where this installation is reached from outside: links in mails start with it."""

INSTALLED_APPS = [
    "omotenashi.studio",  # before unfold and admin: its templates win
    "unfold",
    "omotenashi.studio.apps.StudioAdminConfig",  # django.contrib.admin
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_structlog",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "omotenashi.accounts",
    "omotenashi.api",
    "omotenashi.jobs",
    "omotenashi.local",
    "omotenashi.catalog",
    "omotenashi.inference",
    "omotenashi.tokens",
    "omotenashi.sample_shop",
    "content",
    "personalization",
    "personalization.mailings",
    "workers",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "omotenashi.api.middleware.RequestIdMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "omotenashi.api.middleware.ProblemMiddleware",
]

ROOT_URLCONF = "omotenashi.urls"
ASGI_APPLICATION = "omotenashi.asgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {"default": env.database("DATABASE_URL", DATABASE_URL)}
DATABASES["default"]["OPTIONS"].setdefault("connect_timeout", 5)
DATABASES["default"]["CONN_MAX_AGE"] = env.integer("DATABASE_CONNECTION_SECONDS", 60, minimum=0)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASE_PREPARED = env.boolean("DATABASE_PREPARED", True)
"""Off for a pooler that shares connections between transactions and knows no prepared statements."""
# None, which is Django's own default, has psycopg prepare nothing at all, not even what asks for it. So large
# a number has it prepare only what asks: the hot queries.
DATABASES["default"]["OPTIONS"]["prepare_threshold"] = 1_000_000_000 if DATABASE_PREPARED else None

REDIS_URL = env.redis_url("REDIS_URL", REDIS_URL)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "omotenashi",
    }
}

CONTENT_CANDIDATE_PERCENT = env.integer("CONTENT_CANDIDATE_PERCENT", 0, minimum=0)
"""Of a hundred drafts, so many are written with the candidate prompts."""

SEARCH_INDEX_MB = env.integer("SEARCH_INDEX_MB", 512, minimum=0)
"""Memory that each web process may use for product vectors; 100,000 products take 65 MB. 0: none."""

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("ja", "日本語")]
TIME_ZONE = "UTC"
USE_TZ = True
FORMS_URLFIELD_ASSUME_HTTPS = True

STATIC_URL = "/static/"
# The app's own files are served as they lie: no collectstatic step before the first start.
WHITENOISE_USE_FINDERS = True

SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "SAMEORIGIN"
_https = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
DATA_UPLOAD_MAX_MEMORY_SIZE = env.integer("MAX_BODY_BYTES", 5_000_000, minimum=10_000)

RATE_LIMIT_REQUESTS = env.integer("RATE_LIMIT_REQUESTS", 60_000, minimum=0)
"""What one API key may ask for within RATE_LIMIT_SECONDS; 0 is no limit."""
RATE_LIMIT_SECONDS = env.integer("RATE_LIMIT_SECONDS", 60, minimum=1)
RECOMMENDATION_SECONDS = env.integer("RECOMMENDATION_SECONDS", 60, minimum=0)
"""How long an unchanged answer may be served again; 0 computes each anew."""

HOT_PATH_MEGABYTES = env.integer("HOT_PATH_MEGABYTES", 64, minimum=1)
"""What a web process may remember of recent answers; the rest is asked of Valkey."""
HOT_PATH_THREADS = env.integer("HOT_PATH_THREADS", 4, minimum=1)
"""Answers a web process computes at a time; each has a connection to PostgreSQL."""

EMAIL_TIMEOUT = env.integer("EMAIL_TIMEOUT_SECONDS", 30, minimum=1)
"""For the whole of one reply of the mail server, however slowly it drips."""
EMAIL_PROVIDER = ""
"""Whose API takes the mails; empty: a relay does, over SMTP."""
if mail_providers.is_provider(EMAIL_URL):
    EMAIL_PROVIDER, _anymail = mail_providers.anymail_settings("EMAIL_URL", EMAIL_URL)
    EMAIL_BACKEND = mail_providers.backend_path(EMAIL_PROVIDER)
    ANYMAIL = {**_anymail, "REQUESTS_TIMEOUT": EMAIL_TIMEOUT}
_mail = env.NO_RELAY if EMAIL_PROVIDER else env.email("EMAIL_URL", EMAIL_URL)
EMAIL_HOST: str = _mail["host"]
EMAIL_PORT: int = _mail["port"]
EMAIL_HOST_USER: str = _mail["user"]
EMAIL_HOST_PASSWORD: str = _mail["password"]
EMAIL_USE_TLS: bool = _mail["use_tls"]
EMAIL_USE_SSL: bool = _mail["use_ssl"]
EMAIL_IDEMPOTENCY_HEADER = env.text("EMAIL_IDEMPOTENCY_HEADER")
"""The header by which the relay drops what it has seen, such as Resend-Idempotency-Key; empty: it does
not.
"""
if EMAIL_PROVIDER and EMAIL_IDEMPOTENCY_HEADER:
    raise ImproperlyConfigured(
        "EMAIL_IDEMPOTENCY_HEADER is for relays: whether a provider's API drops what it has seen is known. "
        "Leave it out."
    )

MAIL_LANES = env.integer("MAIL_LANES", 1, minimum=1)
"""Of each mail worker: while one waits for the disk or the relay, another writes."""
MAIL_CONNECTIONS = env.integer("MAIL_CONNECTIONS", 16, minimum=1)
"""Of each lane to the relay, each with one mail at a time."""
MAIL_RETRY_SECONDS = env.integer("MAIL_RETRY_SECONDS", 30, minimum=1)
"""The first wait after "not now"; each further one is four times as long, up to 2 hours."""
MAIL_COST_PER_THOUSAND = env.decimal("MAIL_COST_PER_THOUSAND")
"""What the relay takes for a thousand mails, for the pre-flight's estimate; empty: no estimate."""
MAIL_DKIM_SELECTOR = env.text("MAIL_DKIM_SELECTOR")
"""Name under which the relay's key stands at the sender's domain; empty: the pre-flight asks for no key."""
MAIL_RATE_LIMITS = env.text("MAIL_RATE_LIMITS")
"""Mails a second by mailbox provider or domain: `google=20, example.com=0.5, *=100`. Empty: no limits."""

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "omotenashi.api.authentication.ApiKeyAuthentication",
        "omotenashi.api.authentication.StudioSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["omotenashi.api.authentication.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "omotenashi.api.schema.ProblemSchema",
    "EXCEPTION_HANDLER": "omotenashi.api.problems.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Omotenashi",
    "DESCRIPTION": "Content that keeps its promises, recommendations for each guest. Errors: RFC 9457.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/v1",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
}

CELERY: dict[str, Any] = {
    "broker_url": REDIS_URL,
    "broker_connection_retry_on_startup": True,
    "broker_transport_options": {"visibility_timeout": 6 * 3600, "global_keyprefix": "omotenashi:"},
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "worker_prefetch_multiplier": 1,
    "task_ignore_result": True,
    "task_default_queue": "default",
    "task_serializer": "json",
    "accept_content": ["json"],
    "worker_hijack_root_logger": False,
    "worker_soft_shutdown_timeout": 5,
    "timezone": "UTC",
    # A tick that waited is worth nothing: the next one does its work.
    "beat_schedule": {
        "sweep-jobs": {"task": "jobs.sweep", "schedule": 5.0, "options": {"expires": 10, "queue": "default"}},
        "release-tokens": {
            "task": "tokens.release",
            "schedule": 10.0,
            "options": {"expires": 10, "queue": "default"},
        },
        "mailings-tick": {
            "task": "mailings.tick",
            "schedule": 10.0,
            "options": {"expires": 10, "queue": "default"},
        },
        "nightly-learning": {
            "task": "personalization.learn_all",
            "schedule": crontab(hour=env.integer("LEARN_AT_HOUR_UTC", 2, minimum=0), minute=0),
            "options": {"queue": "default"},
        },
        "store-exposures": {
            "task": "personalization.store_exposures",
            "schedule": 10.0,
            "options": {"expires": 10, "queue": "default"},
        },
        # Not on the hour: at the hour of the night, everything is learned anyway.
        "hourly-changes": {
            "task": "personalization.learn_changes_all",
            "schedule": crontab(minute=30),
            "options": {"expires": 1800, "queue": "default"},
        },
        "forget-answers": {"task": "api.forget_answers", "schedule": 3600.0, "options": {"queue": "default"}},
    },
}

LOGGING = logging_config(as_json=env.boolean("LOG_JSON", False), level=env.text("LOG_LEVEL", "INFO"))
DJANGO_STRUCTLOG_USER_ID_FIELD = "pk"
