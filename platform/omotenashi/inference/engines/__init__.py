"""How a language model is run: one engine per file."""
