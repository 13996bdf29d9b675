"""A product, its titles in other languages, its facts, and its vectors."""

from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from pgvector.django import HalfVectorField, HnswIndex

from omotenashi.catalog.engine.locales import normalize_locale
from omotenashi.catalog.engine.rows import FactInput
from omotenashi.catalog.engine.validation import tidy_fact
from omotenashi.records import WorkspaceModel, WorkspaceQuerySet

VECTOR_DIMENSIONS = 384


class ProductQuerySet(WorkspaceQuerySet):
    def live(self) -> Self:
        """Everything that the shop still has in its catalogue, sold out or not."""
        return self.filter(archived_at__isnull=True)

    def sellable(self) -> Self:
        """What a customer can buy now. The same rule as `Product.is_in_stock`, for many rows."""
        return self.live().filter(Q(stock__isnull=True) | Q(stock__gt=0), available=True)


class Product(WorkspaceModel):
    """One thing (or variant of it) that the shop sells."""

    external_id = models.CharField(max_length=128, help_text="The shop's own id: never changes.")
    sku = models.CharField(max_length=128, blank=True, default="", verbose_name="SKU")
    title = models.CharField(max_length=500, help_text="In the workspace's default language.")
    description = models.TextField(blank=True, default="")
    url = models.URLField(max_length=2048, blank=True, default="", verbose_name="page")
    image_url = models.URLField(max_length=2048, blank=True, default="", verbose_name="picture")
    brand = models.CharField(max_length=200, blank=True, default="")
    # Two decimals: `str(price)` is then safe in copy and JSON. Prices with three are refused at the door.
    price = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3, help_text="ISO 4217, such as EUR.")
    stock = models.IntegerField(null=True, blank=True, help_text="Empty: not counted, always in stock.")
    available = models.BooleanField(default=True, help_text="Off: cannot be bought, whatever the stock says.")
    categories = ArrayField(models.CharField(max_length=300), default=list, blank=True)
    attributes = models.JSONField(
        default=dict, blank=True, help_text="What the feed says besides; not for copy."
    )
    group_id = models.CharField(max_length=128, blank=True, default="", help_text="Variants share it.")
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Of the row as last sent: an equal row is not written again. Cleared by every other machine's change
    # (stock, offer, archiving), so that the next feed's word counts again.
    row_hash = models.CharField(max_length=32, blank=True, default="", editable=False)
    text_hash = models.CharField(max_length=32, blank=True, default="", editable=False)

    objects: ClassVar[Any] = ProductQuerySet.as_manager()  # Any: as in the base class

    class Meta:
        constraints = [
            # Also serves every look-up by the shop's own id: upserts, events, GET /v1/products/{external_id}.
            models.UniqueConstraint(fields=["workspace", "external_id"], name="product_external_id_once"),
            models.CheckConstraint(condition=~Q(external_id=""), name="product_external_id_not_empty"),
            models.CheckConstraint(condition=~Q(title=""), name="product_title_not_empty"),
            models.CheckConstraint(condition=Q(price__gte=0), name="product_price_not_negative"),
            models.CheckConstraint(
                condition=Q(stock__isnull=True) | Q(stock__gte=0), name="product_stock_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="product_currency_iso_4217"
            ),
        ]
        indexes = [
            # The list in the studio and GET /v1/products: live products of a workspace, newest first.
            models.Index(
                F("workspace"),
                F("created_at").desc(),
                name="product_live",
                condition=Q(archived_at__isnull=True),
            ),
            # `categories && {…}`: a placement's or a brief's filter by category.
            GinIndex(fields=["categories"], name="product_categories"),
            # The variants of a product, to show one of them only.
            models.Index(fields=["workspace", "group_id"], name="product_group", condition=~Q(group_id="")),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_in_stock(self) -> bool:
        return self.available and (self.stock is None or self.stock > 0)

    @property
    def is_sellable(self) -> bool:
        return self.archived_at is None and self.is_in_stock


class ProductTitle(WorkspaceModel):
    """A product's name in one more language."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="titles")
    locale = models.CharField(max_length=35, help_text="Language tag, such as de or ja-JP.")
    title = models.CharField(max_length=500)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "locale"], name="product_title_once_per_locale"),
            models.CheckConstraint(
                condition=~Q(title="") & ~Q(locale=""), name="product_title_says_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.locale})"

    def clean(self) -> None:
        try:
            self.locale = normalize_locale(self.locale)
        except ValueError as error:
            raise ValidationError({"locale": str(error)}) from error


class Fact(WorkspaceModel):
    """One attribute with its value: what copy may say about the product, and nothing else."""

    class Kind(models.TextChoices):
        TEXT = "text", "Text"
        NUMBER = "number", "Number"
        BOOLEAN = "boolean", "Yes or no"

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="facts")
    name = models.CharField(max_length=100)
    # Numbers with a dot ("3.5") and booleans as true or false: the kind says how to read the text.
    value = models.CharField(max_length=1000)
    unit = models.CharField(max_length=32, blank=True, default="", help_text="Such as cm, g, ml.")
    locale = models.CharField(
        max_length=35, blank=True, default="", help_text="Empty: true in every language."
    )
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.TEXT)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "name", "locale"], name="fact_once_per_locale"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(value=""), name="fact_says_something"),
            models.CheckConstraint(
                condition=Q(kind__in=["text", "number", "boolean"]), name="fact_kind_known"
            ),
        ]

    def clean(self) -> None:
        given = FactInput(self.name, self.value, self.unit, self.locale, self.kind)  # type: ignore[arg-type]
        try:
            tidy = tidy_fact(given)
        except ValueError as error:
            raise ValidationError(str(error)) from error
        self.name, self.value, self.unit, self.locale = tidy.name, tidy.value, tidy.unit, tidy.locale

    def __str__(self) -> str:
        return f"{self.name}: {self.value}{f' {self.unit}' if self.unit else ''}"


class ProductVector(WorkspaceModel):
    """A product's text as one embedder sees it; the dimension is part of the table."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="vectors")
    model_id = models.CharField(max_length=200)
    vector = HalfVectorField(dimensions=VECTOR_DIMENSIONS)
    text_hash = models.CharField(max_length=32, help_text="Of the text that was embedded.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "model_id"], name="product_vector_once_per_model")
        ]
        indexes = [
            # `ORDER BY vector <=> …`: similar products, text search. Readers filter by workspace and model:
            # they must set hnsw.iterative_scan in the same transaction, or the filter may leave nothing.
            HnswIndex(
                name="product_vector_hnsw",
                fields=["vector"],
                m=16,
                ef_construction=64,
                opclasses=["halfvec_cosine_ops"],
            ),
            # Which vectors are new since a process last looked: what keeps its search index fresh.
            models.Index(fields=["workspace", "model_id", "updated_at"], name="product_vector_lately"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} · {self.model_id}"
