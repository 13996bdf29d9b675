"""Content over REST."""
