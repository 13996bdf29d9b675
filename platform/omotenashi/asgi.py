"""Django alone, for any ASGI server; `personalization/web.py` puts the hot path before it."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omotenashi.settings")
application = get_asgi_application()
