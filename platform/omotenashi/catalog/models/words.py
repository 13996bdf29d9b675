"""What a product is found by in a search. PostgreSQL keeps it: triggers follow every change of a product."""

from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from omotenashi.catalog.models.products import Product
from omotenashi.records import WorkspaceQuerySet


class ProductWords(models.Model):
    """Never written by the application; see migration 0050 for how words are cut."""

    product = models.OneToOneField(Product, on_delete=models.CASCADE, primary_key=True, related_name="words")
    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, editable=False, db_index=False
    )
    words = SearchVectorField(help_text="What the product is found by, cut as `catalog_search_tokens` cuts.")
    spelling = models.TextField(help_text="Its names' words, for those who mistype.")

    objects: Any = WorkspaceQuerySet.as_manager()  # Any: as in the base class of the others

    class Meta:
        indexes = [
            # How many products a workspace has, as far as a search needs to count.
            models.Index(fields=["workspace"], name="product_words_workspace"),
            # `words @@ …`: each row also holds its workspace as a word, so the index never reads another's.
            GinIndex(fields=["words"], name="product_words"),
            # `spelling %> …`: a word that no product has, spelled nearly like one.
            GinIndex(fields=["spelling"], name="product_words_spelling", opclasses=["gin_trgm_ops"]),
        ]

    def __str__(self) -> str:
        return f"Words of {self.product_id}"
