"""The studio's pages as people of each role get them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from content import services
from content.actors import Actor
from content.models import Brand, Brief, Draft, Publication
from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product
from tests.content.conftest import CLEAN_FIELDS, newest

XSS = "</textarea><script>alert(1)</script><img src=x onerror=alert(2)>"
FORM = {
    "content_type": "product_description", "products": ["teapot"], "locales": ["en", "de"], "length": "short",
    "keyphrase-en": "cast iron teapot", "audience": "Tea drinkers",
}  # fmt: skip


def page_of(draft: Draft) -> str:
    return f"/studio/content/draft/{draft.pk}/change/"


def html(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


def test_it_sends_strangers_to_the_sign_in_page(client: Client, written: Callable[..., Draft]) -> None:
    response = client.get(page_of(written()))
    assert (response.status_code, response["Location"].split("?")[0]) == (302, "/studio/login/")
    assert "Welcome to the studio" in html(client, "/studio/login/")


def test_it_files_a_brief_and_shows_it_being_written(
    author_client: Client, brand: Brand, teapot: Product
) -> None:
    assert "What shall we write?" in html(author_client, "/studio/content/brief/add/")
    response = author_client.post("/studio/content/brief/add/", FORM)
    brief = Brief.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/studio/content/brief/{brief.pk}/change/")
    assert brief.keyphrases == {"en": "cast iron teapot"}
    page = html(author_client, response["Location"])
    assert f"job={brief.job_id}" in page
    assert "Waiting to be written" in page


def test_it_says_beside_the_field_what_a_brief_lacks(author_client: Client, brand: Brand) -> None:
    response = author_client.post("/studio/content/brief/add/", {**FORM, "products": []})
    page = response.content.decode()
    assert "A brief needs at least one product" in page
    assert 'value="Tea drinkers"' in page  # what was typed is still there
    assert not Brief.objects.exists()


def test_it_fills_a_new_brief_from_an_old_one(
    author_client: Client, file_brief: Callable[..., Brief]
) -> None:
    brief = file_brief(keyphrases={"en": "iron pot"})
    page = html(author_client, f"/studio/content/brief/add/?from={brief.pk}")
    assert 'value="iron pot"' in page
    assert '"id": "teapot"' in page


def test_it_finds_products_for_the_picker(
    author_client: Client, outsider_client: Client, teapot: Product
) -> None:
    address = "/studio/content/brief/products/?q=iwa"
    assert [row["id"] for row in author_client.get(address).json()["results"]] == ["teapot"]
    assert outsider_client.get(address).json()["results"] == []


def test_it_shows_text_findings_facts_and_history(
    author_client: Client, written: Callable[..., Draft], an_error: dict[str, Any]
) -> None:
    page = html(author_client, page_of(written(findings=[an_error])))
    for words in ("Cast iron teapot for every day", "No fact supports this.", "800 ml", "Written by a model"):
        assert words in page


@pytest.mark.parametrize("kind", ["text", "finding", "claim", "failure", "comment", "product"])
def test_it_shows_markup_from_outside_as_text(
    approver_client: Client,
    written: Callable[..., Draft],
    an_error: dict[str, Any],
    teapot: Product,
    kind: str,
) -> None:
    fields = {**CLEAN_FIELDS, "title": XSS} if kind == "text" else CLEAN_FIELDS
    draft = written(
        fields=fields,
        findings=[{**an_error, "severity": "info", "message": XSS}] if kind == "finding" else [],
    )
    approver = Actor(user=approver_user())
    if kind == "failure":
        Draft.objects.filter(pk=draft.pk).update(failure=XSS)
    if kind == "comment":
        services.ask_for_changes(draft, number=1, comment=XSS, by=approver)
    if kind == "product":
        Product.objects.filter(pk=teapot.pk).update(title=XSS)
    for address in (
        page_of(draft),
        f"/studio/content/brief/{draft.brief_id}/change/",
        "/studio/",
        "/studio/content/draft/",
    ):
        page = html(approver_client, address)
        assert "<script>alert(1)" not in page
        assert "<img src=x" not in page


def approver_user() -> Any:
    from omotenashi.accounts.models import User

    return User.objects.get(username="approver")


def test_it_saves_an_edit_and_checks_it_again(author_client: Client, written: Callable[..., Draft]) -> None:
    draft = written()
    form = {"version": "1", "field-title": "A cast iron teapot"}
    response = author_client.post(f"/studio/content/draft/{draft.pk}/save/", form)
    assert (response.status_code, response["Location"]) == (302, page_of(draft))
    assert newest(draft).fields["title"] == "A cast iron teapot"


def test_it_gives_a_late_editor_the_text_back(
    author_client: Client, written: Callable[..., Draft], people_other: Actor
) -> None:
    draft = written()
    services.edit_draft(draft, fields={"title": "First"}, base_number=1, by=people_other)
    response = author_client.post(
        f"/studio/content/draft/{draft.pk}/save/", {"version": "1", "field-title": "My precious words"}
    )
    page = response.content.decode()
    assert response.status_code == 412
    assert "My precious words" in page
    assert "while you were editing" in page
    assert newest(draft).fields["title"] == "First"


@pytest.fixture
def people_other(workspace: Workspace) -> Actor:
    from omotenashi.accounts.services import create_member

    return Actor(user=create_member(workspace, username="colleague", password="x" * 12, role="author"))


def test_it_judges_text_that_is_not_saved(author_client: Client, written: Callable[..., Draft]) -> None:
    draft = written()
    response = author_client.post(f"/studio/content/draft/{draft.pk}/check/", {"field-title": "Anything"})
    assert set(response.json()) == {"findings", "claims", "errors"}
    assert draft.versions.count() == 1


def test_it_leads_an_approver_to_a_publication(
    approver_client: Client, written: Callable[..., Draft]
) -> None:
    draft = written()
    step = f"/studio/content/draft/{draft.pk}"
    approver_client.post(f"{step}/approve/", {"version": "1"})
    assert "Publish now" in html(approver_client, page_of(draft))
    approver_client.post(f"{step}/publish/", {"slug": "Mein Tee!"})
    publication = Publication.objects.get()
    assert publication.slug == "mein-tee"
    page = html(approver_client, f"/studio/content/publication/{publication.pk}/change/")
    assert f"/v1/publications/{publication.pk}" in page
    approver_client.post(f"{step}/withdraw/")
    assert "Withdrawn" in html(approver_client, f"/studio/content/publication/{publication.pk}/change/")


def test_it_keeps_approve_shut_while_errors_are_open(
    approver_client: Client, written: Callable[..., Draft], an_error: dict[str, Any]
) -> None:
    draft = written(findings=[an_error])
    assert "1 error must be put right first." in html(approver_client, page_of(draft))
    approver_client.post(f"/studio/content/draft/{draft.pk}/approve/", {"version": "1"})
    assert Draft.objects.get(pk=draft.pk).state == "needs_work"


def test_it_lets_viewers_read_and_change_nothing(
    viewer_client: Client, written: Callable[..., Draft]
) -> None:
    draft = written()
    assert "readonly" in html(viewer_client, page_of(draft))
    steps = ["save", "write-again", "approve", "ask-for-changes", "publish", "withdraw", "restore"]
    answers = [
        viewer_client.post(f"/studio/content/draft/{draft.pk}/{step}/", {"version": "1"}) for step in steps
    ]
    assert [answer.status_code for answer in answers] == [403] * len(steps)
    assert viewer_client.get("/studio/content/brief/add/").status_code == 403


def test_it_lets_authors_write_but_not_approve(author_client: Client, written: Callable[..., Draft]) -> None:
    draft = written()
    answer = author_client.post(f"/studio/content/draft/{draft.pk}/approve/", {"version": "1"})
    assert answer.status_code == 403
    assert "An approver has the last word." in html(author_client, page_of(draft))


def test_it_shows_an_outsider_nothing(
    outsider_client: Client, written: Callable[..., Draft], brand: Brand
) -> None:
    draft = written()
    addresses = [
        page_of(draft),
        f"/studio/content/brief/{draft.brief_id}/change/",
        f"/studio/content/brand/{brand.pk}/change/",
        f"/studio/content/draft/{draft.pk}/versions/1/",
        f"/studio/progress/?job={draft.brief.job_id}",
    ]
    assert [outsider_client.get(address).status_code for address in addresses] == [404] * 5
    assert (
        outsider_client.post(f"/studio/content/draft/{draft.pk}/save/", {"version": "1"}).status_code == 404
    )
    assert "Iwa" not in html(outsider_client, "/studio/content/draft/")


def test_it_compares_versions_word_by_word(author_client: Client, written: Callable[..., Draft]) -> None:
    draft = written()
    author_client.post(
        f"/studio/content/draft/{draft.pk}/save/",
        {"version": "1", "field-title": "Cast iron teapot for quiet evenings"},
    )
    page = html(author_client, f"/studio/content/draft/{draft.pk}/versions/1/")
    assert "<del>every day</del>" in page
    assert "<ins>quiet evenings</ins>" in page


def test_it_saves_a_brand_and_numbers_its_guideline(author_client: Client, workspace: Workspace) -> None:
    form = {"name": "Tansu & Thyme", "voice": "Plain.", "cased": "Tansu\r\n\r\n",
            "banned-en": "must-have\r\ncheap",
            "examples-de": "Ein Satz.\r\n---\r\nNoch einer."}  # fmt: skip
    response = author_client.post("/studio/content/brand/add/", form)
    brand = Brand.objects.get()
    guideline = brand.guideline
    assert response["Location"] == f"/studio/content/brand/{brand.pk}/change/"
    assert guideline is not None
    assert guideline.rules["banned"] == {"en": ["must-have", "cheap"]}
    assert guideline.rules["examples"] == {"de": ["Ein Satz.", "Noch einer."]}
    author_client.post(response["Location"], {**form, "voice": "Dry."})
    assert [row.version for row in brand.guidelines.all()] == [2, 1]


def test_it_tells_a_new_workspace_its_first_steps(author_client: Client) -> None:
    page = html(author_client, "/studio/")
    assert "Bring in your products" in page
    assert "File your first brief" in page


def test_it_shows_what_waits_for_whom(approver_client: Client, written: Callable[..., Draft]) -> None:
    draft = written()
    page = html(approver_client, "/studio/")
    assert "Waiting for you" in page
    assert page_of(draft) in page


@pytest.mark.parametrize("name", ["brief", "draft", "publication", "brand"])
def test_it_lists_rows_with_few_queries(
    approver_client: Client, written: Callable[..., Draft], django_assert_max_num_queries: Any, name: str
) -> None:
    for _ in range(8):
        draft = written()
        by = Actor(user=approver_user())
        services.approve(draft, number=1, by=by)
        services.publish(draft, by=by)
    with django_assert_max_num_queries(16):
        assert approver_client.get(f"/studio/content/{name}/").status_code == 200
