"""What the database itself refuses, whoever asks."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from content import services
from content.actors import Actor
from content.models import Approval, Brand, Draft, Publication, Version
from tests.content.conftest import newest


@pytest.mark.parametrize(
    "change", [{"fields": {"title": "Forged"}}, {"findings": []}, {"error_count": 0}, {"number": 9}]
)
def test_it_never_changes_a_version(
    written: Callable[..., Draft], an_error: dict[str, Any], change: dict[str, Any]
) -> None:
    version = newest(written(findings=[an_error]))
    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic():
        Version.objects.filter(pk=version.pk).update(**change)
    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE content_version SET fields = '{}' WHERE id = %s", [version.pk])


def test_it_never_changes_a_guideline(brand: Brand) -> None:
    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic():
        brand.guidelines.update(rules={})


def test_it_refuses_an_approval_of_a_text_with_errors(
    written: Callable[..., Draft], an_error: dict[str, Any], people: dict[str, Actor]
) -> None:
    draft = written(findings=[an_error])
    with pytest.raises(IntegrityError, match="errors"), transaction.atomic():
        Approval.objects.create(
            workspace=draft.workspace, version=newest(draft), user=people["approver"].user
        )


def test_it_refuses_an_approval_nobody_answers_for(written: Callable[..., Draft]) -> None:
    draft = written()
    with pytest.raises(IntegrityError, match="approval_has_one_who_answers"), transaction.atomic():
        Approval.objects.create(workspace=draft.workspace, version=newest(draft))


def test_it_refuses_a_publication_without_an_approval(written: Callable[..., Draft]) -> None:
    draft = written()
    row = Publication(
        workspace=draft.workspace,
        draft=draft,
        approval_id=newest(draft).pk,
        locale="en",
        slug="teapot",
        seo={},
    )
    with pytest.raises(IntegrityError, match="content_approval"), transaction.atomic():
        _store_and_check(row)


def _store_and_check(row: Publication) -> None:
    row.save(force_insert=True)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # foreign keys are otherwise checked at the commit


def test_it_forgets_who_wrote_without_touching_the_text(
    written: Callable[..., Draft], people: dict[str, Actor]
) -> None:
    draft, author = written(), people["author"].user
    assert author is not None
    version = services.edit_draft(
        draft, fields={"title": "A cast iron teapot"}, base_number=1, by=people["author"]
    )
    author.delete()
    version.refresh_from_db()
    assert (version.created_by, version.fields["title"]) == (None, "A cast iron teapot")


def test_it_keeps_the_guideline_a_text_was_judged_by(written: Callable[..., Draft]) -> None:
    draft = written()
    brand = draft.brief.brand
    services.save_guideline(brand, rules={"voice": "Loud."})
    judged_by = newest(draft).guideline
    assert judged_by is not None
    assert (judged_by.version, judged_by.rules["voice"]) == (1, "Warm and plain.")
