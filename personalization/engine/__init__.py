"""Calculations of recommendations: plain Python, numpy and polars. No Django, no settings, no clock."""
