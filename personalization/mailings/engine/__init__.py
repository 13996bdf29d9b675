"""Mail as plain Python: templates, rendering, MIME, SMTP and state rules, without Django."""
