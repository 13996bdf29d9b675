"""How much personal data the check finds: recall by kind, precision, and alarms on honest shop texts.

    python -m benchmarks.personal_data [--data FOLDER]

Read against presidio-research's sentences (templates by people, values generated). A find counts as right when it
overlaps marked personal data of any kind. Alarms: finds in store listings, which hold next to no personal data.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars

from content.engine.personal import Found, personal_data

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
PERSONAL = (
    "EMAIL_ADDRESS", "PHONE_NUMBER", "CREDIT_CARD", "IBAN_CODE", "US_SSN", "IP_ADDRESS", "US_DRIVER_LICENSE",
    "STREET_ADDRESS", "ZIP_CODE", "PERSON",
)  # fmt: skip
REACHES = PERSONAL[:7]
"""What identifies or reaches a person by itself: an error. The rest is shown as a warning."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, default=DATA)
    data = options.parse_args().data
    rows = json.loads(gzip.decompress((data / "pii" / "sentences.json.gz").read_bytes()))
    _print_recall(rows)
    _print_precision(rows)
    _print_alarms(list(_listings(data / "product-text")))


def _print_recall(rows: list[dict[str, Any]]) -> None:
    found: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for row in rows:
        finds = personal_data(row["full_text"])
        for span in row["spans"]:
            total[span["entity_type"]] += 1
            found[span["entity_type"]] += any(_overlaps(find, span) for find in finds)
    print(f"{len(rows)} sentences\n\nkind                 marked   found   recall")
    for kind in PERSONAL:
        print(f"{kind:<20} {total[kind]:>6} {found[kind]:>7}   {found[kind] / max(1, total[kind]):>6.1%}")
    marked, seen = sum(total[kind] for kind in REACHES), sum(found[kind] for kind in REACHES)
    print(f"{'errors together':<20} {marked:>6} {seen:>7}   {seen / marked:>6.1%}\n")


def _print_precision(rows: list[dict[str, Any]]) -> None:
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for row in rows:
        marked = [span for span in row["spans"] if span["entity_type"] not in {"DATE_TIME", "AGE"}]
        for find in personal_data(row["full_text"]):
            total[find.kind] += 1
            right[find.kind] += any(_overlaps(find, span) for span in marked)
    print("found as              finds   right   precision")
    for kind, count in total.most_common():
        print(f"{kind:<20} {count:>6} {right[kind]:>7}   {right[kind] / count:>6.1%}")
    print(f"{'all':<20} {total.total():>6} {right.total():>7}   {right.total() / total.total():>6.1%}\n")


def _print_alarms(texts: list[str]) -> None:
    alarms = [find for text in texts for find in personal_data(text)]
    words = sum(len(text.split()) for text in texts)
    print(f"{len(texts)} store listings, {words} words: {len(alarms)} alarms")
    for kind, count in Counter(find.kind for find in alarms).most_common():
        shown = ", ".join(repr(find.text) for find in alarms if find.kind == kind)[:150]
        print(f"  {count:>4} {kind}: {shown}")


def _listings(folder: Path) -> Iterator[str]:
    for row in polars.read_parquet(folder / "products.parquet").iter_rows(named=True):
        yield "\n".join(str(row.get(name) or "") for name in ("name", "summary", "description"))


def _overlaps(find: Found, span: dict[str, Any]) -> bool:
    return bool(find.start < span["end_position"] and span["start_position"] < find.end)


if __name__ == "__main__":
    main()
