"""The web process: `uvicorn omotenashi.asgi:application`. It never imports torch."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omotenashi.settings")
application = get_asgi_application()
