"""A synthetic shop to look at."""

from django.apps import AppConfig


class SampleShopConfig(AppConfig):
    name = "omotenashi.sample_shop"
    label = "sample_shop"
