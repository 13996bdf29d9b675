"""A campaign is planned wholly from the studio, and wholly over REST; both say how to mend what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

import content.services as content
from content.actors import Actor
from content.models import Draft, Publication
from omotenashi.accounts.models import User, Workspace
from personalization.mailings import services
from personalization.mailings.models import Campaign, CampaignSeries
from personalization.mailings.sample import create_sample_template
from tests.content.conftest import brand, file_brief, teapot, written
from tests.personalization.mailings.conftest import CustomerFactory

pytestmark = pytest.mark.django_db
__all__ = ["brand", "file_brief", "teapot", "written"]  # fixtures
PLAN: dict[str, Any] = {
    "scheduled_at": "2026-12-01T08:00:00Z", "by_local_time": True, "by_best_hour": False,
    "quiet_from": "22:00:00", "quiet_until": "07:30:00", "wave_size": 5000, "wave_minutes": 30,
    "max_bounce_percent": 2.5, "max_complaint_percent": 0.1,
}  # fmt: skip
INLINES = {
    f"{prefix}-{name}": "0"
    for prefix in ("copies", "variants")
    for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")
}


@pytest.fixture
def berlin(workspace: Workspace) -> Workspace:
    Workspace.objects.filter(pk=workspace.pk).update(time_zone="Europe/Berlin")
    workspace.refresh_from_db()
    return workspace


@pytest.fixture
def post(api: APIClient, berlin: Workspace) -> Callable[..., Any]:
    version = create_sample_template(berlin)

    def send(**given: Any) -> Any:
        body = {"name": "Spring", "template_version": str(version.pk), "product_count": 0}
        return api.post("/v1/campaigns", body | given)

    return send


def form(version_id: object, **given: str) -> dict[str, str]:
    """What the studio's page sends when nothing but the name and the template was touched."""
    return {
        "name": "Spring", "kind": "news", "template_version": str(version_id), "expression": "",
        "exclusion": "", "audience": "{}", "hold_out_percent": "0", "cap_mails": "", "cap_days": "7",
        "placement": "email", "product_count": "0", "scheduled_at_0": "", "scheduled_at_1": "",
        "quiet_from": "", "quiet_until": "", "wave_size": "0", "wave_minutes": "60",
        "max_bounce_percent": "5.0", "max_complaint_percent": "0.3", "winner_rule": "",
        "attribution_days": "7", **INLINES, **given,
    }  # fmt: skip


def faults(answer: Any) -> dict[str, str]:
    assert answer.status_code == 422, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    return {entry["pointer"]: entry["detail"] for entry in answer.json()["errors"]}


def test_a_whole_plan_is_made_over_rest_and_read_back(post: Callable[..., Any], api: APIClient) -> None:
    variants = [{"name": "a"}, {"name": "b", "weight": 2, "subject": {"en": "Tea?"}}]
    made = post(**PLAN, repeats="0 9 * * 1", variants=variants)
    assert made.status_code == 201, made.content
    told = api.get(f"/v1/campaigns/{made.json()['id']}").json()
    assert told == made.json()
    assert {name: told[name] for name in PLAN} == PLAN
    assert (told["repeats"], told["next_at"][-1]) == ("every Monday at 9:00", "Z")
    assert [(own["name"], own["weight"], own["subject"]) for own in told["variants"]] == [
        ("a", 1, {}),
        ("b", 2, {"en": "Tea?"}),
    ]


def test_a_rule_is_read_on_the_workspaces_clock(post: Callable[..., Any]) -> None:
    next_at = datetime.fromisoformat(post(repeats="every Monday at 9:00").json()["next_at"])
    assert (next_at.weekday(), next_at.astimezone(UTC).hour in {7, 8}) == (0, True)


def test_a_change_touches_only_what_it_names(post: Callable[..., Any], api: APIClient) -> None:
    before = post(**PLAN, repeats="every Monday at 9:00", variants=[{"name": "a"}, {"name": "b"}]).json()
    path = f"/v1/campaigns/{before['id']}"
    after = api.patch(path, {"name": "Summer", "wave_size": 0}).json()
    assert after == before | {"name": "Summer", "wave_size": 0}
    after = api.patch(path, {"variants": [{"name": "question", "subject": {"en": "Tea?"}}]}).json()
    assert [own["name"] for own in after["variants"]] == ["question"]


@pytest.mark.parametrize("stop", ["", None])
def test_a_campaign_begins_changes_and_stops_repeating(
    stop: str | None, post: Callable[..., Any], api: APIClient
) -> None:
    path = f"/v1/campaigns/{post().json()['id']}"
    assert api.get(path).json()["repeats"] == ""
    said = [api.patch(path, {"repeats": own}).json()["repeats"] for own in ("every day at 9:00", "0 8 L * *")]
    assert said == ["every day at 9:00", "every month on the last day at 8:00"]
    told = api.patch(path, {"repeats": stop}).json()
    assert (told["repeats"], told["next_at"]) == ("", None)
    assert CampaignSeries.objects.get().next_at is None


@pytest.mark.parametrize(
    ("given", "pointer", "remedy"),
    [
        ({"repeats": "every moonday at 9:00"}, "#/repeats", "every Monday and Thursday"),
        ({"repeats": "*/5 * * * *"}, "#/repeats", "one hour of a day"),
        ({"quiet_from": "22:00"}, "#/quiet_until", "leave quiet_from empty"),
        ({"quiet_from": "22:00", "quiet_until": "22:00"}, "#/quiet_until", "leave both empty"),
        ({"wave_size": 10, "wave_minutes": 0}, "#/wave_minutes", "greater than or equal to 1"),
        ({"wave_size": 10, "wave_minutes": 20_000}, "#/wave_minutes", "less than or equal to 10080"),
        ({"wave_size": -1}, "#/wave_size", "greater than or equal to 0"),
        ({"max_bounce_percent": 0}, "#/max_bounce_percent", "100 never stops"),
        ({"max_complaint_percent": "nan"}, "#/max_complaint_percent", "valid number"),
        ({"by_local_time": True, "by_best_hour": True}, "#/by_best_hour", "not both"),
        ({"by_local_time": "perhaps"}, "#/by_local_time", "boolean"),
    ],
)
def test_what_cannot_be_meant_is_named_with_its_remedy(
    given: dict[str, Any], pointer: str, remedy: str, post: Callable[..., Any], api: APIClient
) -> None:
    told = faults(post(**given))
    assert list(told) == [pointer]
    assert remedy in told[pointer]
    assert not Campaign.objects.exists()
    path = f"/v1/campaigns/{post().json()['id']}"
    assert list(faults(api.patch(path, given))) == [pointer]


def test_a_faulty_change_changes_nothing(post: Callable[..., Any], api: APIClient) -> None:
    before = post().json()
    path = f"/v1/campaigns/{before['id']}"
    assert list(faults(api.patch(path, {"name": "Summer", "repeats": "now and then"}))) == ["#/repeats"]
    faults(api.patch(path, {"name": "Summer", "variants": [{"name": "main"}]}))
    assert api.get(path).json() == before


def test_subjects_must_fit_the_template_the_campaign_changes_to(
    post: Callable[..., Any], api: APIClient, berlin: Workspace
) -> None:
    path = f"/v1/campaigns/{post(variants=[{'name': 'a', 'subject': {'ja': 'お茶'}}]).json()['id']}"
    old = create_sample_template(berlin)
    source = replace(old.source, subject={"en": "Hello"}, preheader={}, wording={"en": old.wording["en"]})
    version = services.save_template_version(old.template, source=source)
    told = faults(api.patch(path, {"template_version": str(version.pk)}))
    assert "no locale ja" in told["#/variants/0/subject"]


def test_only_a_draft_is_changed(
    post: Callable[..., Any], api: APIClient, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    path = f"/v1/campaigns/{post(scheduled_at='2999-01-01T00:00:00Z').json()['id']}"
    assert api.post(f"{path}/schedule").status_code == 200
    answer = api.patch(path, {"name": "Too late"})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


def test_an_outsider_cannot_change_it(
    post: Callable[..., Any], api: APIClient, outsider_api: APIClient
) -> None:
    path = f"/v1/campaigns/{post().json()['id']}"
    assert outsider_api.patch(path, {"name": "Mine"}).status_code == 404


def test_a_marketer_plans_it_on_the_page(author_client: Client, berlin: Workspace) -> None:
    version = create_sample_template(berlin)
    given = form(
        version.pk, scheduled_at_0="2026-12-01", scheduled_at_1="09:00", by_local_time="on",
        quiet_from="22:00", quiet_until="07:30", wave_size="5000", wave_minutes="30",
        max_bounce_percent="2.5", max_complaint_percent="0.1",
    )  # fmt: skip
    answer = author_client.post("/studio/mailings/campaign/add/", given)
    assert answer.status_code == 302, answer.content.decode()
    campaign = Campaign.objects.get()
    assert campaign.scheduled_at == datetime(2026, 12, 1, 8, tzinfo=UTC)  # 9:00 in Berlin
    plan = (campaign.by_local_time, campaign.quiet_from, campaign.quiet_until, campaign.wave_size)
    assert plan == (True, time(22), time(7, 30), 5000)
    stops = (campaign.wave_minutes, campaign.max_bounce_percent, campaign.max_complaint_percent)
    assert stops == (30, 2.5, 0.1)
    page = author_client.get(f"/studio/mailings/campaign/{campaign.pk}/change/").content.decode()
    assert 'value="09:00:00"' in page
    assert "By the clock of Europe/Berlin." in page


def test_the_page_comes_with_safe_defaults(author_client: Client, berlin: Workspace) -> None:
    author_client.post("/studio/mailings/campaign/add/", form(create_sample_template(berlin).pk))
    campaign = Campaign.objects.get()
    assert (campaign.wave_size, campaign.max_bounce_percent, campaign.max_complaint_percent) == (0, 5.0, 0.3)
    assert (campaign.scheduled_at, campaign.quiet_hours, campaign.by_local_time) == (None, None, False)


@pytest.mark.parametrize(
    ("given", "field", "remedy"),
    [
        ({"quiet_until": "07:00"}, "quiet_from", "leave “Until” empty"),
        ({"wave_size": "10", "wave_minutes": "0"}, "wave_minutes", "set “Mails a wave” to 0"),
        ({"max_bounce_percent": "0"}, "max_bounce_percent", "such as 5"),
        ({"max_complaint_percent": "101"}, "max_complaint_percent", "such as 0.3"),
        ({"by_local_time": "on", "by_best_hour": "on"}, "by_best_hour", "or “At their best hour”, not both"),
        ({"wave_size": ""}, "wave_size", "required"),
    ],
)
def test_the_page_says_beside_the_field_what_to_mend(
    given: dict[str, str], field: str, remedy: str, author_client: Client, berlin: Workspace
) -> None:
    answer = author_client.post(
        "/studio/mailings/campaign/add/", form(create_sample_template(berlin).pk, **given)
    )
    assert answer.status_code == 200
    told = answer.context["adminform"].form.errors
    assert list(told) == [field]
    assert remedy in told[field][0]


def test_copy_and_variants_are_chosen_on_the_page_by_whoever_may_write(
    author_client: Client, viewer_client: Client, campaign: Campaign
) -> None:
    path = f"/studio/mailings/campaign/{campaign.pk}/change/"
    given = form(campaign.template_version_id) | {
        "variants-TOTAL_FORMS": "1", "variants-0-id": "", "variants-0-campaign": str(campaign.pk),
        "variants-0-name": "question", "variants-0-weight": "1", "variants-0-subject": '{"en": "Tea?"}',
        "variants-0-placement": "",
    }  # fmt: skip
    assert 'name="copies-TOTAL_FORMS"' in author_client.get(path).content.decode()
    assert author_client.post(path, given).status_code == 302
    variant = campaign.variants.get()
    assert (variant.name, variant.subject, variant.workspace_id) == (
        "question",
        {"en": "Tea?"},
        campaign.workspace_id,
    )
    shown = viewer_client.get(path).content.decode()
    assert "question" in shown
    assert "variants-0-name" not in shown


def test_only_the_workspaces_own_live_publications_are_offered_as_copy(
    author_client: Client, campaign: Campaign, written: Callable[..., Draft],
    member: Callable[[str], User], other_workspace: Workspace,
) -> None:  # fmt: skip
    approver = Actor(user=member("approver"))
    live, gone, foreign = (written() for _ in range(3))
    for draft in (live, gone, foreign):
        content.approve(draft, number=1, by=approver)
        content.publish(draft, by=approver)
    content.withdraw(gone, by=approver)
    Publication.objects.filter(draft=foreign).update(workspace=other_workspace)
    page = author_client.get(f"/studio/mailings/campaign/{campaign.pk}/change/")
    formset = next(
        own.formset for own in page.context["inline_admin_formsets"] if own.formset.prefix == "copies"
    )
    assert [own.draft for own in formset.empty_form.fields["publication"].queryset] == [live]


def test_a_viewer_reads_the_plan_and_changes_nothing(viewer_client: Client, post: Callable[..., Any]) -> None:
    campaign_id = post(**PLAN).json()["id"]
    path = f"/studio/mailings/campaign/{campaign_id}/change/"
    assert "At each recipient" in viewer_client.get(path).content.decode()
    assert viewer_client.post(path, {"name": "Mine"}).status_code == 403
