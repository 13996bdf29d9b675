"""`python -m benchmarks.mail`: how fast a campaign is sent, beside Django's own mail stack and Postfix's
source.

Recipients in three languages get a mail of the sample template with six products each, from the audience to
the last 250, with the ledger on, PostgreSQL with fsync. Every mail goes to the same local relay that throws
it away.

E1  mails a second ÷ EmailMultiAlternatives with Django templates that say the same; one process, one line
E2  mails a second ÷ `smtp-source` (Postfix, C) with mails of the same size and as many connections
E3  memory of a mail worker, at its peak and from its first third to its last

The recommender's part, the pre-flight and the making of the rows are measured by themselves. The reference
is given its six products: it asks nobody. Ours and theirs take turns; the ratio is the median over the turns.
"""

import argparse
import os
import statistics
import sys
from typing import Any

from benchmarks.mail_load import running_relay, send_like_django, smtp_source
from benchmarks.shop import FOLDER, bench_shop

LANES, CONNECTIONS = 1, 16
LOCALES = ("en", "de", "ja")


def main() -> None:
    given = _options()
    os.environ |= {
        "LOG_LEVEL": "WARNING", "MAIL_LANES": str(LANES), "MAIL_CONNECTIONS": str(CONNECTIONS),
        "EMAIL_URL": "smtp://127.0.0.1:1", "PUBLIC_URL": "https://mail.example",
    }  # fmt: skip
    folder = FOLDER / f"mail-{given.recipients}x{given.products}"
    shop_of = bench_shop(customers=given.recipients, products=given.products, folder=folder)
    with shop_of as shop, running_relay() as port:
        from benchmarks.mail_shop import make_ready, new_campaign

        make_ready(shop.workspace, locales=LOCALES)
        campaign = new_campaign(shop.workspace)
        measure(shop, campaign=campaign, port=port, given=given)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--recipients", type=int, default=20_000)
    parser.add_argument("--products", type=int, default=1_000)
    parser.add_argument(
        "--workers", type=int, default=len(os.sched_getaffinity(0)), help="mail workers; one a core"
    )
    parser.add_argument("--turns", type=int, default=7)
    return parser.parse_args()


def measure(shop: Any, *, campaign: Any, port: int, given: argparse.Namespace) -> None:
    from benchmarks import mail_run

    clock = mail_run.Clock(shop)
    with clock.stage("pre-flight"):
        mail_run.preflight_of(campaign)
    with clock.stage("rows"):
        mail_run.prepare(campaign)
    sample = mail_run.sample_mails(campaign, count=600)
    size = round(statistics.mean(len(own.wire) for own in sample))
    lines = given.workers * LANES * CONNECTIONS
    print(
        f"{given.recipients:,} recipients, {len(LOCALES)} languages, 6 products, {size / 1000:.1f} kB, "
        f"{given.workers} workers, {lines} connections"
    )
    sending = mail_run.Sending(shop, campaign=campaign, port=port, workers=given.workers)
    ours, django, source = [], [], []
    with sending:
        share = max(300, given.recipients // (given.turns + 1))
        sending.turn(share)  # warms up
        for _ in range(given.turns):
            ours.append(sending.turn(share))
            django.append(send_like_django(sample, port=port, seconds=2.0))
            source.append(smtp_source(port=port, size=size, connections=lines, seconds=2.0))
        ours.append(sending.turn(None))  # what is left
    mail_run.report(clock, ours=ours, django=django, source=source, sending=sending)
    sys.exit(0 if sending.is_complete() else 1)


if __name__ == "__main__":
    main()
