"""The content engine: plan, write, check and repair copy. Plain Python: no Django, no clock, no settings."""
