"""What the demo has to show for itself, in words."""

from collections.abc import Sequence
from typing import Any

from content.models import Draft
from personalization.mailings.models import Campaign
from personalization.models import Customer
from workers.demo import stages
from workers.demo.console import Console
from workers.demo.shop import DemoShop


def print_summary(
    console: Console,
    *,
    shop: DemoShop,
    customer: Customer,
    answer: dict[str, Any],
    drafts: Sequence[Draft],
    campaign: Campaign,
    urls: dict[str, str],
) -> None:
    _print_counts(console, shop)
    _print_recommendations(console, customer, answer)
    for draft in drafts:
        _print_draft(console, draft)
    _print_mailing(console, campaign)
    _print_times(console)
    console.heading("Look around")
    for name, url in urls.items():
        console.say(f"  {name:<10} {url}")
    console.say(f"  sign in    {shop.username} / {shop.password}")
    console.say(f"  API key    {shop.key}")


def _print_counts(console: Console, shop: DemoShop) -> None:
    console.heading(f"{shop.workspace.name} (a synthetic shop)")
    console.say(
        "  " + " · ".join(f"{number:,} {what}" for what, number in stages.counts(shop.workspace).items())
    )


def _print_recommendations(console: Console, customer: Customer, answer: dict[str, Any]) -> None:
    console.heading(f"Recommended for {customer.first_name} {customer.last_name} ({customer.locale})")
    for item in answer["items"]:
        reasons = "; ".join(reason["text"] for reason in item["reasons"])
        console.say(f"  {item['position']}. {item['properties']['title']} — {reasons}  [{item['source']}]")
    fallback = answer["fallback"]
    console.say(
        f"  fallback: {fallback['why'] if fallback['used'] else 'not needed'} · {answer['took_ms']} ms"
    )


def _print_draft(console: Console, draft: Draft) -> None:
    console.heading(f"Draft {draft.locale}: {draft.get_state_display()}")
    version = draft.latest
    if version is None:
        console.say(f"  {draft.failure}")
        return
    for name, text in version.texts.items():
        console.say(f"  {name}: {text}")
    for finding in version.findings:
        console.say(
            f"  ! {finding['severity']} in {finding['field']}: {finding['message']} {finding['remedy']}"
        )
    supported = sum(1 for claim in version.claims if claim["fact"])
    console.say(
        f"  {supported} of {len(version.claims)} claims tied to a fact · {len(version.findings)} findings"
    )


def _print_mailing(console: Console, campaign: Campaign) -> None:
    console.heading(f"Mailing “{campaign.name}”: {campaign.get_state_display().lower()}")
    console.say(
        "  " + " · ".join(f"{number} {state}" for state, number in stages.mail_counts(campaign).items())
    )


def _print_times(console: Console) -> None:
    console.heading("Time per stage")
    for name, seconds in console.seconds.items():
        console.say(f"  {seconds:7.1f} s  {name}")
    console.say(f"  {sum(console.seconds.values()):7.1f} s  in all")
