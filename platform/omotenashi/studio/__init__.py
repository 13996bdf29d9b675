"""The studio's shell: look, left rail, home page, progress stream. Each page lives in its own app."""
