"""Answers that are kept: computed once, served as the same bytes until something they stand on changes."""
