"""Cells that no spreadsheet takes for a formula, and links that come back with what they carry."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

# What spreadsheets take for the start of a formula; some read the full-width forms as well.
_STARTS_A_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def harmless(cell: str) -> str:
    """With an apostrophe before what a spreadsheet would run (OWASP, "CSV injection")."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_STARTS_A_FORMULA) else cell


def link_with(url: str, **given: str) -> str:
    """The address with these parameters, in place of its own of the same name."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"}:
        return url
    own = [(name, value) for name, value in parse_qsl(parts.query, True) if name not in given]
    return urlunsplit(parts._replace(query=urlencode([*own, *given.items()])))
