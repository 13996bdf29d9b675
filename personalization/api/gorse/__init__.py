"""The addresses of gorse's REST API that a shop's client calls most, for a shop that moves here.

Thin: each call is translated into one of ours and its answer back. See docs/from-gorse.md.
"""
