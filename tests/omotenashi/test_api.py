"""What every endpoint shares: keys, problem details, limits, repeated requests, probes, the schema."""

import base64
from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from omotenashi.accounts.models import ApiKey, User, Workspace
from omotenashi.accounts.services import create_api_key, revoke_api_key
from omotenashi.errors import InvalidInput
from omotenashi.jobs.models import Job

PROBLEM = "application/problem+json"


def test_it_answers_the_probes(client: Client, db: None) -> None:
    assert client.get("/livez").json() == {"status": "ok"}
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["checks"]) == (200, {"database": "ok", "queue": "ok"})


@pytest.mark.parametrize("header", ["Bearer {}", "Api-Key {}"])
def test_it_takes_a_key_in_either_header(client: Client, secret_key: str, header: str) -> None:
    assert client.get("/v1/jobs", headers={"Authorization": header.format(secret_key)}).status_code == 200


def test_it_takes_a_key_as_the_user_name_of_basic_credentials(client: Client, secret_key: str) -> None:
    basic = base64.b64encode(f"{secret_key}:".encode()).decode()
    assert client.get("/v1/jobs", headers={"Authorization": f"Basic {basic}"}).status_code == 200


@pytest.mark.parametrize("header", ["Bearer sk_live_unknown", "Basic !!!", ""])
def test_it_refuses_an_unknown_key_and_names_the_remedy(client: Client, db: None, header: str) -> None:
    answer = client.get("/v1/jobs", headers={"Authorization": header})
    assert (answer.status_code, answer["Content-Type"]) == (401, PROBLEM)
    assert "make one in the studio" in answer.json()["detail"]
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_it_locks_a_revoked_key_out_at_once(client: Client, workspace: Workspace) -> None:
    key, plain = create_api_key(workspace, kind="secret", name="old")
    revoke_api_key(key)
    assert client.get("/v1/jobs", headers={"Authorization": f"Bearer {plain}"}).status_code == 401


def test_it_keeps_no_plain_text_of_a_key(workspace: Workspace) -> None:
    key, plain = create_api_key(workspace, kind="secret", name="server")
    stored = " ".join(str(value) for value in ApiKey.objects.filter(pk=key.pk).values().get().values())
    assert plain not in stored
    assert plain.startswith("sk_live_")


def test_it_gives_a_publishable_key_nothing_but_recommend_and_track(
    api_for: Callable[[str], APIClient], publishable_key: str, workspace: Workspace
) -> None:
    answer = api_for(publishable_key).get("/v1/jobs")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    with pytest.raises(InvalidInput, match="cannot have content:write"):
        create_api_key(workspace, kind="publishable", name="greedy", scopes=["content:write"])


def test_it_echoes_a_request_id_and_replaces_a_bad_one(client: Client, db: None) -> None:
    assert (
        client.get("/livez", headers={"X-Request-ID": "order-page-4711"})["X-Request-ID"] == "order-page-4711"
    )
    assert client.get("/livez", headers={"X-Request-ID": "a b"})["X-Request-ID"] != "a b"


def test_it_refuses_a_body_of_ten_megabytes_with_the_remedy(api: APIClient) -> None:
    answer = api.post("/v1/track", data="x" * 10_000_000, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (413, PROBLEM)
    assert "several requests" in answer.json()["detail"]


def test_it_answers_json_it_cannot_read_with_a_problem(api: APIClient) -> None:
    answer = api.post("/v1/track", data="{oops", content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (400, PROBLEM)


def test_it_answers_an_unknown_address_with_a_problem(api: APIClient) -> None:
    answer = api.get("/v1/nothing-here")
    assert (answer.status_code, answer["Content-Type"]) == (404, PROBLEM)
    assert answer.json()["request_id"]


def test_it_hides_the_jobs_of_others(outsider_api: APIClient, workspace: Workspace) -> None:
    job = Job.objects.create(workspace=workspace, name="content.write_draft", queue="gpu")
    answer = outsider_api.get(f"/v1/jobs/{job.id}")
    assert answer.status_code == 404
    assert outsider_api.get("/v1/jobs").json()["results"] == []


def test_it_lets_a_person_use_the_api_as_their_role_allows(
    viewer_client: Client, approver_client: Client
) -> None:
    assert viewer_client.get("/v1/jobs").status_code == 200
    refused = viewer_client.post("/v1/campaigns", data={}, content_type="application/json")
    assert refused.status_code == 403


def test_it_describes_itself_as_openapi_31(client: Client, db: None) -> None:
    schema = client.get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"}).json()
    assert schema["openapi"].startswith("3.1")
    assert {"/v1/recommendations", "/v1/products", "/v1/briefs", "/v1/track"} <= set(schema["paths"])
    assert all(
        "default" in op["responses"]
        for path in schema["paths"].values()
        for op in path.values()
        if isinstance(op, dict) and "responses" in op
    )


def test_it_shows_the_docs_without_leaving_the_machine(client: Client, db: None) -> None:
    page = client.get("/api/docs/").content.decode()
    assert "swagger" in page.lower()
    assert "cdn." not in page


def test_it_shows_a_new_key_once(admin_client: Client, member: Callable[[str], User]) -> None:
    page = admin_client.post(
        "/studio/accounts/apikey/add/", {"name": "pages", "kind": "publishable"}, follow=True
    )
    assert "pk_live_" in page.content.decode()
    key = ApiKey.objects.get(name="pages")
    again = admin_client.get("/studio/accounts/apikey/").content.decode()
    assert key.prefix in again
    assert "not shown again" not in again
