"""The studio's shell: look, left rail, home page, progress stream. What a page is about lives in its own app."""
