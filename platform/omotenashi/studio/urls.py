"""Addresses of the shell itself; the pages come from the admin site."""

from django.contrib import admin
from django.urls import path

from omotenashi.studio.progress import stream

urlpatterns = [path("progress/", admin.site.admin_view(stream), name="studio-progress")]
