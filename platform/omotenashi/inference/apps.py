"""Registers the `models` command with Django; the rest of this package does without Django."""

from django.apps import AppConfig


class InferenceConfig(AppConfig):
    name = "omotenashi.inference"
    label = "inference"
    verbose_name = "Inference"
