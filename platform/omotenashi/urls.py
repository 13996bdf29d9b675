"""Every address of the system: the studio, the API under /v1, the pages of mailings, and the probes."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerView

from omotenashi.api.health import livez, readyz

admin.autodiscover()  # here and not at the start: a worker serves no pages, and need not load them

handler404 = "omotenashi.api.problems.page_not_found"
handler500 = "omotenashi.api.problems.server_error"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("studio/", include("omotenashi.studio.urls")),
    path("studio/", admin.site.urls),
    path("v1/", include("omotenashi.api.urls")),
    path("v1/", include("omotenashi.tokens.urls")),
    path("v1/", include("omotenashi.catalog.api.urls")),
    path("v1/", include("content.api.urls")),
    path("v1/", include("personalization.api.urls")),
    path("v1/", include("personalization.mailings.api.urls")),
    path("", include("personalization.mailings.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("api/", include("personalization.api.gorse.urls")),
    path("api/redoc/", SpectacularRedocView.as_view(url_name="schema"), name="redoc"),
    path("livez", livez),
    path("readyz", readyz),
]
