"""Reading feeds and judging product rows: plain Python, no Django."""
