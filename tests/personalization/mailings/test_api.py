"""Campaigns over REST, and who may touch them."""

from __future__ import annotations

import pytest
from django.test import Client
from rest_framework.test import APIClient

from omotenashi.accounts.models import Workspace
from personalization.mailings.models import Campaign, MailTemplate, Message, Suppression
from personalization.mailings.sample import create_sample_campaign, create_sample_template
from tests.personalization.mailings.conftest import CustomerFactory, Relay, run_mailings, send

pytestmark = pytest.mark.django_db


def test_a_campaign_is_made_checked_scheduled_and_reported(
    api: APIClient, workspace: Workspace, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    version = create_sample_template(workspace)
    made = api.post(
        "/v1/campaigns", {"name": "Spring", "template_version": str(version.pk), "product_count": 0}
    )
    assert made.status_code == 201
    path = f"/v1/campaigns/{made.json()['id']}"
    checked = api.get(f"{path}/preflight").json()
    assert (checked["is_ready"], checked["recipients"], checked["errors"]) == (True, 1, [])
    assert api.post(f"{path}/schedule").json()["state"] == "scheduled"
    run_mailings()
    report = api.get(f"{path}/report").json()
    assert (report["state"], report["counts"]["sent"], len(relay.received)) == ("sent", 1, 1)


def test_a_repeated_schedule_with_the_same_key_answers_the_same(
    api: APIClient, campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    answers = [
        api.post(f"/v1/campaigns/{campaign.pk}/schedule", HTTP_IDEMPOTENCY_KEY="one").status_code
        for _ in range(2)
    ]
    assert answers == [200, 200]


def test_a_second_schedule_is_a_conflict(
    api: APIClient, campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    api.post(f"/v1/campaigns/{campaign.pk}/schedule")
    again = api.post(f"/v1/campaigns/{campaign.pk}/schedule")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


def test_an_audience_of_nobody_is_refused_with_the_remedy(api: APIClient, campaign: Campaign) -> None:
    answer = api.post(f"/v1/campaigns/{campaign.pk}/schedule")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/audience"


def test_a_faulty_audience_is_named_by_its_place(api: APIClient, workspace: Workspace) -> None:
    version = create_sample_template(workspace)
    body = {"name": "x", "template_version": str(version.pk), "audience": {"countries": ["Germany"]}}
    answer = api.post("/v1/campaigns", body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/audience/countries/0"


@pytest.mark.parametrize("step", ["", "/preflight", "/report"])
def test_an_outsider_finds_no_campaign(step: str, outsider_api: APIClient, campaign: Campaign) -> None:
    assert outsider_api.get(f"/v1/campaigns/{campaign.pk}{step}").status_code == 404


@pytest.mark.parametrize("step", ["schedule", "pause", "resume", "cancel"])
def test_an_outsider_cannot_move_a_campaign(step: str, outsider_api: APIClient, campaign: Campaign) -> None:
    assert outsider_api.post(f"/v1/campaigns/{campaign.pk}/{step}").status_code == 404


def test_another_workspaces_template_cannot_be_used(api: APIClient, other_workspace: Workspace) -> None:
    foreign = create_sample_template(other_workspace)
    answer = api.post("/v1/campaigns", {"name": "x", "template_version": str(foreign.pk)})
    assert answer.status_code == 404


def test_the_list_asks_few_queries(
    api: APIClient, workspace: Workspace, django_assert_max_num_queries: object
) -> None:
    for number in range(10):
        create_sample_campaign(workspace, name=f"Letter {number}")
    with django_assert_max_num_queries(9):  # type: ignore[operator]
        assert len(api.get("/v1/campaigns").json()["results"]) == 10


def test_an_approver_schedules_in_the_studio_and_a_viewer_cannot(
    approver_client: Client, viewer_client: Client, campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    path = f"/studio/mailings/campaign/{campaign.pk}/step/"
    assert viewer_client.post(path, {"step": "schedule"}).status_code == 403
    assert approver_client.get(path).status_code == 404
    approver_client.post(path, {"step": "schedule"})
    campaign.refresh_from_db()
    assert campaign.state == "scheduled"


def test_every_page_of_the_studio_opens(
    approver_client: Client, campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    send(campaign)
    version = campaign.template_version
    paths = [
        "campaign/", f"campaign/{campaign.pk}/change/", "campaign/add/", f"campaign/{campaign.pk}/preview/",
        f"campaign/{campaign.pk}/preview/letter/", "message/", "message/?state__exact=in_doubt",
        f"message/{Message.objects.get().pk}/change/", "suppression/", "suppression/add/", "mailtemplate/",
        f"mailtemplate/{version.template_id}/change/",
    ]  # fmt: skip
    answers = {path: approver_client.get(f"/studio/mailings/{path}").status_code for path in paths}
    assert set(answers.values()) == {200}, answers


def test_the_preview_frame_runs_nothing(
    approver_client: Client, campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    customer_factory(first_name="<script>alert(1)</script>")
    answer = approver_client.get(f"/studio/mailings/campaign/{campaign.pk}/preview/letter/")
    assert answer["Content-Security-Policy"].startswith("sandbox ")
    assert "<script>" not in answer.content.decode()
    page = approver_client.get(f"/studio/mailings/campaign/{campaign.pk}/preview/").content.decode()
    assert "<script>alert(1)" not in page


def test_an_outsider_sees_no_campaign_in_the_studio(outsider_client: Client, campaign: Campaign) -> None:
    assert outsider_client.get(f"/studio/mailings/campaign/{campaign.pk}/preview/").status_code == 404


def test_a_suppression_is_added_by_hand_and_never_removed(
    author_client: Client, workspace: Workspace
) -> None:
    author_client.post("/studio/mailings/suppression/add/", {"address_normalized": " Jo@Mail.example "})
    row = Suppression.objects.get()
    assert (row.address_normalized, row.reason, row.workspace) == ("jo@mail.example", "manual", workspace)
    gone = author_client.post(f"/studio/mailings/suppression/{row.pk}/delete/", {"post": "yes"})
    assert gone.status_code == 403


def test_saving_a_template_makes_a_version_and_keeps_the_old(
    author_client: Client, workspace: Workspace
) -> None:
    version = create_sample_template(workspace)
    form = {
        "name": "Letter", "mjml": version.mjml.replace("64", "63"), "subject": '{"en": "Hello"}',
        "preheader": "{}", "wording": "{}",
    }  # fmt: skip
    author_client.post(f"/studio/mailings/mailtemplate/{version.template_id}/change/", form)
    template = MailTemplate.objects.get()
    assert [row.number for row in template.versions.all()] == [2, 1]
    assert template.versions.get(number=1).subject == version.subject


def test_a_broken_template_is_refused_where_it_breaks(author_client: Client, workspace: Workspace) -> None:
    form = {"name": "Broken", "mjml": "<mjml><mj-bdy></mjml>", "subject": '{"en": "Hello"}'}
    page = author_client.post("/studio/mailings/mailtemplate/add/", form).content.decode()
    assert "mj-bdy&gt; is not an MJML element" in page
    assert not MailTemplate.objects.exists()
