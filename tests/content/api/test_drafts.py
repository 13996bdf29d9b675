"""Reading, editing, approving and publishing over REST."""

from collections.abc import Callable
from typing import Any

from django.test import Client
from rest_framework.test import APIClient

from content import transitions
from content.models import Brief, Draft
from content.services.writing import store_version
from omotenashi.accounts.models import Workspace
from omotenashi.accounts.services import create_api_key
from omotenashi.catalog.models import Product

XSS = "<script>alert(1)</script> <img src=x onerror=alert(2)> [go](javascript:alert(3)) **bold**"


def test_it_shows_a_draft_with_its_newest_version(api: APIClient, written: Callable[..., Draft]) -> None:
    draft = written()
    response = api.get(f"/v1/drafts/{draft.pk}")
    body = response.json()
    assert (body["state"], body["version"]["number"], response["ETag"]) == ("ready", 1, '"v1"')
    assert list(body["version"]["fields"]) == ["title", "meta_description", "slug", "body_markdown"]
    assert body["version"]["manifest"]["model"] == "scripted"


def test_it_edits_with_the_etag_of_what_was_read(api: APIClient, written: Callable[..., Draft]) -> None:
    address = f"/v1/drafts/{written().pk}"
    edited = api.patch(address, {"fields": {"title": "A teapot"}}, headers={"If-Match": '"v1"'})
    assert (edited.status_code, edited["ETag"], edited.json()["version"]["fields"]["title"]) == (
        200,
        '"v2"',
        "A teapot",
    )
    late = api.patch(address, {"fields": {"title": "Mine"}}, headers={"If-Match": '"v1"'})
    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    assert len(api.get(f"{address}/versions").json()["results"]) == 2


def test_it_asks_which_version_was_meant(api: APIClient, written: Callable[..., Draft]) -> None:
    response = api.post(f"/v1/drafts/{written().pk}/approve", {})
    assert response.status_code == 400
    assert "If-Match" in response.json()["detail"]


def test_it_refuses_an_unknown_field(api: APIClient, written: Callable[..., Draft]) -> None:
    response = api.patch(f"/v1/drafts/{written().pk}", {"fields": {"poem": "x"}, "version": 1})
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "#/fields/poem")


def test_it_approves_the_version_named(api: APIClient, written: Callable[..., Draft]) -> None:
    draft = written()
    address = f"/v1/drafts/{draft.pk}/approve"
    assert api.post(address, {"version": 7}).status_code == 409
    assert api.post(address, {}, headers={"If-Match": '"v7"'}).status_code == 412
    approved = api.post(address, {"version": 1}).json()
    assert (approved["state"], approved["version"]["approved_by"]) == ("approved", "API key “server”")


def test_it_refuses_approval_with_open_errors(
    api: APIClient, written: Callable[..., Draft], an_error: dict[str, Any]
) -> None:
    draft = written(findings=[an_error])
    response = api.post(f"/v1/drafts/{draft.pk}/approve", {"version": 1})
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "#/fields/body_markdown")
    assert api.get(f"/v1/drafts/{draft.pk}/findings").json()["results"] == [an_error]


def test_it_holds_people_to_their_roles(
    viewer_client: Client, author_client: Client, approver_client: Client, written: Callable[..., Draft]
) -> None:
    address = f"/v1/drafts/{written().pk}"
    body = {"version": 1, "fields": {"title": "A cast iron teapot"}}
    json = "application/json"
    assert viewer_client.get(address).status_code == 200
    assert viewer_client.patch(address, body, content_type=json).status_code == 403
    assert author_client.patch(address, body, content_type=json).status_code == 200
    assert author_client.post(f"{address}/approve", {"version": 2}, content_type=json).status_code == 403
    assert approver_client.post(f"{address}/approve", {"version": 2}, content_type=json).status_code == 200


def test_it_needs_the_approve_scope_of_a_key(
    workspace: Workspace, api_for: Callable[[str], APIClient], written: Callable[..., Draft]
) -> None:
    _, key = create_api_key(workspace, kind="secret", name="writer", scopes=["content:read", "content:write"])
    response = api_for(key).post(f"/v1/drafts/{written().pk}/approve", {"version": 1})
    assert response.status_code == 403


def published(api: APIClient, draft: Draft) -> dict[str, Any]:
    assert api.post(f"/v1/drafts/{draft.pk}/approve", {"version": 1}).status_code == 200
    response = api.post(f"/v1/drafts/{draft.pk}/publish", {})
    assert response.status_code == 201, response.json()
    body: dict[str, Any] = response.json()
    return body


def test_it_publishes_a_package_a_shop_can_use(api: APIClient, written: Callable[..., Draft]) -> None:
    body = published(api, written())
    assert (body["slug"], body["product_ids"], body["locale"]) == ("cast-iron-teapot", ["teapot"], "en")
    assert body["fields"]["body_markdown"]["html"].startswith("<p>Some evenings are")
    seo = body["seo"]
    assert (seo["title"], seo["canonical"]) == ("Cast iron teapot for every day", "https://tansu.example/iwa")
    assert seo["json_ld"]["@type"] == "Product"
    assert seo["json_ld"]["offers"] == {
        "@type": "Offer", "price": "10.00", "priceCurrency": "EUR", "availability": "https://schema.org/InStock",
    }  # fmt: skip


def test_it_finds_publications_by_product_and_locale(api: APIClient, written: Callable[..., Draft]) -> None:
    body = published(api, written())
    ids = [row["id"] for row in api.get("/v1/publications?product_id=teapot&locale=en").json()["results"]]
    assert ids == [body["id"]]
    assert api.get("/v1/publications?product_id=teapot&locale=de").json()["results"] == []
    assert api.get("/v1/publications?product_id=cup").json()["results"] == []


def test_it_answers_304_until_something_changes(
    api: APIClient, written: Callable[..., Draft], teapot: Product
) -> None:
    body = published(api, written())
    for address in (f"/v1/publications/{body['id']}", "/v1/publications"):
        etag = api.get(address)["ETag"]
        same = api.get(address, headers={"If-None-Match": etag})
        assert (same.status_code, same.content) == (304, b"")
        teapot.stock = 0 if teapot.stock else 5
        teapot.save()
        assert api.get(address, headers={"If-None-Match": etag}).status_code == 200


def test_it_gives_nothing_out_that_was_withdrawn(api: APIClient, written: Callable[..., Draft]) -> None:
    draft = written()
    body = published(api, draft)
    assert api.post(f"/v1/drafts/{draft.pk}/withdraw").json()["state"] == "approved"
    assert api.get(f"/v1/publications/{body['id']}").status_code == 404
    assert api.get("/v1/publications").json()["results"] == []


def test_it_shows_no_publication_to_another_workspace(
    api: APIClient, outsider_api: APIClient, written: Callable[..., Draft]
) -> None:
    body = published(api, written())
    assert outsider_api.get(f"/v1/publications/{body['id']}").status_code == 404
    assert outsider_api.get("/v1/publications?product_id=teapot").json()["results"] == []


def test_it_disarms_markup_in_a_text(api: APIClient, written: Callable[..., Draft]) -> None:
    draft = written(fields={"title": "Pot", "meta_description": "Pot", "slug": "pot", "body_markdown": XSS})
    html = published(api, draft)["fields"]["body_markdown"]["html"]
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html
    assert "<strong>bold</strong>" in html


def test_it_disarms_markup_in_structured_data(
    api: APIClient, written: Callable[..., Draft], teapot: Product
) -> None:
    Product.objects.filter(pk=teapot.pk).update(brand="</script><script>alert(1)</script>")
    seo = published(api, written())["seo"]
    assert seo["json_ld"]["brand"]["name"].startswith("</script>")
    assert seo["json_ld_script"].count("</script>") == 1


def test_it_links_languages_to_each_other(api: APIClient, file_brief: Callable[..., Brief]) -> None:
    bodies = {}
    for draft in file_brief(content_type="newsletter", locales=["en", "de"]).drafts.all():
        transitions.start(draft.pk)
        fields = {"subject": f"Tea {draft.locale}", "preheader": "Tea", "body": "Tea."}
        store_version(draft, fields=fields, findings=[], claims=[], manifest={})
        transitions.finish(draft.pk, has_errors=False)
        bodies[draft.locale] = published(api, draft)
    links = {
        locale: api.get(f"/v1/publications/{body['id']}").json()["seo"]["hreflang"]
        for locale, body in bodies.items()
    }
    assert links["en"] == links["de"]
    assert links["en"] == [
        {"hreflang": "de", "href": "https://tansu.example/de/tea-de"},
        {"hreflang": "en", "href": "https://tansu.example/en/tea-en"},
        {"hreflang": "x-default", "href": "https://tansu.example/en/tea-en"},
    ]


def test_it_lists_publications_with_few_queries(
    api: APIClient, written: Callable[..., Draft], django_assert_max_num_queries: Any
) -> None:
    for _ in range(6):
        published(api, written())
    with django_assert_max_num_queries(12):
        assert len(api.get("/v1/publications").json()["results"]) == 6
