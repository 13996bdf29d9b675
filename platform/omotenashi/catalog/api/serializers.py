"""The catalogue's JSON. Product rows are judged by `engine.product_json`, row by row; here is their shape."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from omotenashi.catalog.models import Fact, FeedKind, ImportRun, Product


class FactSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="Such as material.")
    value = serializers.CharField(help_text="Text, a number or true/false.")
    unit = serializers.CharField(required=False, help_text="Such as cm.")
    locale = serializers.CharField(
        required=False, help_text="Language tag; left out: true in every language."
    )
    kind = serializers.ChoiceField(choices=Fact.Kind.choices, required=False)


class ProductRowSerializer(serializers.Serializer[Any]):
    """One product as the shop sends it. `titles` and `facts` that are left out stay as they are."""

    id = serializers.CharField(max_length=128, help_text="The shop's own id.")
    title = serializers.CharField(max_length=500, help_text="In the workspace's default language.")
    price = serializers.CharField(help_text='A decimal text: "24.00", or "24.00 EUR".')
    currency = serializers.CharField(required=False, help_text="ISO 4217; left out: the workspace's.")
    sku = serializers.CharField(required=False)
    description = serializers.CharField(required=False)
    url = serializers.URLField(required=False)
    image_url = serializers.URLField(required=False)
    brand = serializers.CharField(required=False)
    stock = serializers.IntegerField(required=False, allow_null=True, help_text="null: not counted.")
    available = serializers.BooleanField(required=False)
    categories = serializers.ListField(child=serializers.CharField(), required=False)
    group_id = serializers.CharField(required=False, help_text="Variants share it.")
    titles = serializers.DictField(
        child=serializers.CharField(), required=False, help_text="By language tag."
    )
    facts = FactSerializer(many=True, required=False)
    attributes = serializers.DictField(required=False, help_text="Your own data; never used as a fact.")


@extend_schema_serializer(component_name="ProductUpsert")
class UpsertSerializer(serializers.Serializer[Any]):
    products = ProductRowSerializer(many=True, help_text="1,000 at most.")
    dry_run = serializers.BooleanField(required=False, default=False)


class RowProblemSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()
    pointer = serializers.CharField(help_text="JSON Pointer into the request.")


class RowResultSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    status = serializers.ChoiceField(choices=["created", "updated", "unchanged", "error"])
    errors = RowProblemSerializer(many=True)  # type: ignore[assignment]  # DRF takes fields off the class
    warnings = RowProblemSerializer(many=True)


class UpsertResultSerializer(serializers.Serializer[Any]):
    """One result for each row, in the order sent. A row in error leaves the others as they are."""

    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    failed = serializers.IntegerField()
    dry_run = serializers.BooleanField()
    results = RowResultSerializer(many=True)


class OfferSerializer(serializers.Serializer[Any]):
    """What changes at once; what is left out stays."""

    price = serializers.DecimalField(max_digits=12, decimal_places=2, min_value=0, required=False)
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False)
    stock = serializers.IntegerField(min_value=0, max_value=2_000_000_000, required=False, allow_null=True)
    available = serializers.BooleanField(required=False)


class ProductSerializer(serializers.ModelSerializer[Product]):
    id = serializers.CharField(source="external_id")
    in_stock = serializers.BooleanField(source="is_in_stock")
    titles = serializers.SerializerMethodField()
    facts = FactSerializer(many=True)

    class Meta:
        model = Product
        fields = (
            "id", "sku", "title", "titles", "description", "url", "image_url", "brand", "price", "currency",
            "stock", "available", "in_stock", "categories", "group_id", "facts", "attributes", "updated_at",
        )  # fmt: skip

    def get_titles(self, product: Product) -> dict[str, str]:
        return {title.locale: title.title for title in product.titles.all()}


class FeedImportSerializer(serializers.Serializer[Any]):
    """Either a file or an address."""

    format = serializers.ChoiceField(choices=FeedKind.choices)
    file = serializers.FileField(required=False)
    url = serializers.CharField(required=False, max_length=2048)
    dry_run = serializers.BooleanField(required=False, default=False)
    archive_missing = serializers.BooleanField(
        required=False,
        default=False,
        help_text="The feed is complete: products not in it leave the catalogue.",
    )


class ImportRunSerializer(serializers.ModelSerializer[ImportRun]):
    format = serializers.CharField(source="kind")

    class Meta:
        model = ImportRun
        fields = (
            "id", "source", "format", "state", "dry_run", "archive_missing", "read", "created", "updated",
            "unchanged", "left_out", "archived", "reasons", "note", "created_at", "finished_at",
        )  # fmt: skip


class JobLinkSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    state = serializers.CharField()
    url = serializers.CharField(help_text="Where to watch it; also in the Location header.")


class ImportAcceptedSerializer(serializers.Serializer[Any]):
    job = JobLinkSerializer()

    def get_fields(self) -> dict[str, Any]:
        return {
            **super().get_fields(),
            "import": ImportRunSerializer(),
        }  # a reserved word


class RowIssueSerializer(serializers.Serializer[Any]):
    severity = serializers.CharField()
    row_number = serializers.IntegerField()
    id = serializers.CharField(source="external_id")
    field = serializers.CharField(source="pointer")
    code = serializers.CharField()
    detail = serializers.CharField()
    raw = serializers.CharField()
