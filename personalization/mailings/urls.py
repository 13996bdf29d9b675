"""Pages that mails link to, at the root so that the links stay short."""

from django.urls import path

from personalization.mailings import views

urlpatterns = [
    path("u/<str:token>", views.unsubscribe_page, name="mailings-unsubscribe"),
    path("p/<str:token>", views.preferences_page, name="mailings-preferences"),
    path("m/<str:token>", views.browser_page, name="mailings-browser"),
    path("m/<str:token>/<int:position>", views.product_link, name="mailings-product"),
]
