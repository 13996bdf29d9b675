"""Titles and facts of many products: compared first, so that a change of price rewrites none of them."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.utils import timezone

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.engine.fingerprints import text_hash
from omotenashi.catalog.engine.passages import passage
from omotenashi.catalog.engine.rows import FactInput, ProductInput
from omotenashi.catalog.models import Fact, ProductTitle
from omotenashi.catalog.services.copying import copy_rows
from omotenashi.records import uuid7

_COMMON = ("id", "workspace_id", "product_id", "created_at", "updated_at")


class DetailChanges:
    """What the rows say of titles and facts, against what the catalogue has. Five queries at most."""

    def __init__(
        self, workspace: Workspace, *, rows: Sequence[ProductInput], product_ids: Mapping[str, uuid.UUID]
    ) -> None:
        self._workspace, self._rows, self._now = workspace, rows, timezone.now()
        known = [product_ids[row.external_id] for row in rows if row.external_id in product_ids]
        self._product_ids = product_ids
        self._facts = _facts_of(known)
        self._titles = _titles_of(known)

    def text_hash(self, row: ProductInput) -> str:
        """Of the text that the product's vector will stand for."""
        text = passage(
            title=row.title,
            categories=row.categories,
            description=row.description,
            facts=self._old_facts(row) if row.facts is None else row.facts,
            locale=self._workspace.default_locale,
        )
        return text_hash(text)

    def write(self, ids: Mapping[str, uuid.UUID]) -> None:
        """Replace what differs. `ids`: the products as they are stored now."""
        facts = {
            ids[row.external_id]: row.facts
            for row in self._rows
            if row.facts is not None and set(row.facts) != set(self._old_facts(row))
        }
        titles = {
            ids[row.external_id]: dict(row.titles)
            for row in self._rows
            if row.titles is not None and dict(row.titles) != self._old_titles(row)
        }
        self._replace_facts(facts)
        self._replace_titles(titles)

    def _old_facts(self, row: ProductInput) -> list[FactInput]:
        product_id = self._product_ids.get(row.external_id)
        return self._facts.get(product_id, []) if product_id else []

    def _old_titles(self, row: ProductInput) -> dict[str, str]:
        product_id = self._product_ids.get(row.external_id)
        return self._titles.get(product_id, {}) if product_id else {}

    def _replace_facts(self, facts: Mapping[uuid.UUID, Sequence[FactInput]]) -> None:
        if not facts:
            return
        Fact.objects.for_workspace(self._workspace).filter(product_id__in=facts).delete()
        copy_rows(
            Fact,
            columns=(*_COMMON, "name", "value", "unit", "locale", "kind"),
            rows=(
                (*self._common(product_id), fact.name, fact.value, fact.unit, fact.locale, fact.kind)
                for product_id, given in facts.items()
                for fact in given
            ),
        )

    def _replace_titles(self, titles: Mapping[uuid.UUID, Mapping[str, str]]) -> None:
        if not titles:
            return
        ProductTitle.objects.for_workspace(self._workspace).filter(product_id__in=titles).delete()
        copy_rows(
            ProductTitle,
            columns=(*_COMMON, "locale", "title"),
            rows=(
                (*self._common(product_id), locale, title)
                for product_id, given in titles.items()
                for locale, title in given.items()
            ),
        )

    def _common(self, product_id: uuid.UUID) -> tuple[object, ...]:
        return uuid7(), self._workspace.id, product_id, self._now, self._now


def as_input(fact: Fact) -> FactInput:
    return FactInput(fact.name, fact.value, fact.unit, fact.locale, fact.kind)  # type: ignore[arg-type]  # checked


def _facts_of(product_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[FactInput]]:
    found: dict[uuid.UUID, list[FactInput]] = defaultdict(list)
    for fact in Fact.objects.filter(product_id__in=list(product_ids)):
        found[fact.product_id].append(as_input(fact))
    return found


def _titles_of(product_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, dict[str, str]]:
    found: dict[uuid.UUID, dict[str, str]] = defaultdict(dict)
    for title in ProductTitle.objects.filter(product_id__in=list(product_ids)):
        found[title.product_id][title.locale] = title.title
    return found
