from django.urls import path

from omotenashi.tokens.api import TokensView

urlpatterns = [path("tokens", TokensView.as_view(), name="tokens")]
