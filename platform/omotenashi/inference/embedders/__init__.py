"""How texts become vectors: one embedder per file."""
