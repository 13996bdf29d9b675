"""What a filter may ask of a customer beyond the row itself: orders, views, forecasts, likeness. Each is a
subquery of the same statement; only placed orders count.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import (
    BooleanField,
    Count,
    DateTimeField,
    Exists,
    F,
    FloatField,
    Func,
    Max,
    Min,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Cast, Coalesce
from pgvector.django import CosineDistance, HalfVectorField

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product
from personalization.models import (
    Customer,
    CustomerTiming,
    Event,
    Order,
    OrderLine,
    ProductDue,
    PurchaseVectorCustomer,
)
from personalization.selectors.timing import active_version

VIEWED = "Product Viewed"
MOST_ALIKE = 1_000
"""How many customers `likes_like` takes where it is not told."""
_TEXTS = {"id": "external_id", "country": "country", "time_zone": "time_zone"} | {
    name: name for name in ("email", "first_name", "last_name")
}
_DAYS_BETWEEN = "(EXTRACT(EPOCH FROM (%(expressions)s)) / 86400)"
# Silent for more than twice the gap that is usual between this customer's own orders, and for a month.
# The counted column is the orders' own: a count of nothing in particular would count the inner row.
_AT_RISK = """(SELECT j.now - j.last > greatest((j.last - j.first) * 2 / (j.n - 1), interval '30 days')
FROM (SELECT %(expressions)s) AS j(n, first, last, now) WHERE j.n >= 2)"""


@dataclass(frozen=True)
class Facts:
    workspace: Workspace
    now: datetime

    @cached_property
    def version_id(self) -> UUID | None:
        version = active_version(self.workspace)
        return version.id if version else None

    def field(self, name: str, *, output: Any) -> Any:
        """The field's value; NULL where the customer has none."""
        if name in _TEXTS:
            return Coalesce(F(_TEXTS[name]), Value(""), output_field=output)
        if name in {"p7", "p14", "p30"}:
            return Cast(Subquery(self._timing().values(name)[:1]), output)
        return Cast(getattr(self, f"_{name}")(), output)

    def answer(self, name: str, *, texts: tuple[str, ...], number: int | None) -> Q:
        """A function of the vocabulary: `name` is one of its closed list."""
        asked: Any = getattr(self, f"_asked_{name}")(texts, number)
        return Q(asked)

    # Fields

    def _locale(self) -> Any:
        """Customers of unknown language count as the workspace's own."""
        known = Func(F("locale"), Value(""), function="NULLIF")
        return Coalesce(known, Value(self.workspace.default_locale))

    def _language(self) -> Any:
        return Func(
            self._locale(),
            Value("-"),
            Value(1),
            function="split_part",
            template="lower(%(function)s(%(expressions)s))",
        )

    def _orders(self) -> Any:
        return Coalesce(Subquery(self._totals(Count("*"))), Value(0))

    def _revenue(self) -> Any:
        """In the workspace's currency; orders in another one are not added up."""
        own = self._placed().filter(currency=self.workspace.currency)
        return Coalesce(
            Subquery(self._totals(Sum("revenue"), orders=own)),
            Value(0),
            output_field=Order._meta.get_field("revenue"),
        )

    def _last_order_days(self) -> Any:
        return self._days(
            self._now(), Subquery(self._placed().order_by("-placed_at").values("placed_at")[:1])
        )

    def _first_order_days(self) -> Any:
        return self._days(self._now(), Subquery(self._placed().order_by("placed_at").values("placed_at")[:1]))

    def _next_order_days(self) -> Any:
        return self._days(Subquery(self._timing().values("expected_at")[:1]), self._now())

    def _due_in_days(self) -> Any:
        """Of the product that is due first; below 0 when it was due before today."""
        return self._days(Subquery(self._due().order_by("due_at").values("due_at")[:1]), self._now())

    def _at_risk(self) -> Any:
        flag = Func(
            Count("pk"), Min("placed_at"), Max("placed_at"), self._now(),
            template=_AT_RISK, output_field=BooleanField(),
        )  # fmt: skip
        return Coalesce(Subquery(self._totals(flag)), Value(False))

    # Functions

    def _asked_bought(self, texts: tuple[str, ...], days: int | None) -> Any:
        return Exists(self._lines(days).filter(product_external_id__in=texts) if texts else self._lines(days))

    def _asked_bought_category(self, texts: tuple[str, ...], days: int | None) -> Any:
        return Exists(self._lines(days).filter(product__categories__overlap=list(texts)))

    def _asked_viewed(self, texts: tuple[str, ...], days: int | None) -> Any:
        return Exists(self._views(days).filter(product_external_id__in=texts) if texts else self._views(days))

    def _asked_viewed_category(self, texts: tuple[str, ...], days: int | None) -> Any:
        own = Product.objects.for_workspace(self.workspace).filter(categories__overlap=list(texts))
        return Exists(self._views(days).filter(product_external_id__in=own.values("external_id")))

    def _asked_due(self, texts: tuple[str, ...], days: int | None) -> Any:
        rows = self._due().filter(due_at__lte=self.now + timedelta(days=days or 0))
        return Exists(rows.filter(product__external_id__in=texts) if texts else rows)

    def _asked_likes_like(self, texts: tuple[str, ...], count: int | None) -> Any:
        """The customers nearest to the mean of those named, who are among them."""
        people = PurchaseVectorCustomer.objects.filter(model_version=self.version_id)
        own = Customer.objects.for_workspace(self.workspace).filter(external_id__in=texts)
        named = people.filter(customer__in=own.values("pk"))
        mean = named.annotate(mean=Func(F("vector"), function="AVG", output_field=HalfVectorField())).values(
            "mean"
        )
        nearest = people.filter(Exists(named)).order_by(
            CosineDistance("vector", Subquery(mean)), "customer_id"
        )
        return Q(pk__in=nearest.values("customer_id")[: count or MOST_ALIKE])

    # Rows of the customer that is looked at

    def _placed(self) -> Any:
        return Order.objects.filter(customer=OuterRef("pk"), status=Order.Status.PLACED)

    def _totals(self, total: Any, *, orders: Any = None) -> Any:
        rows = self._placed() if orders is None else orders
        return rows.order_by().values("customer").annotate(total=total).values("total")

    def _lines(self, days: int | None) -> Any:
        lines = OrderLine.objects.filter(order__customer=OuterRef("pk"), order__status=Order.Status.PLACED)
        return lines if days is None else lines.filter(order__placed_at__gte=self.now - timedelta(days=days))

    def _views(self, days: int | None) -> Any:
        views = Event.objects.filter(customer=OuterRef("pk"), name=VIEWED)
        return views if days is None else views.filter(happened_at__gte=self.now - timedelta(days=days))

    def _timing(self) -> Any:
        return CustomerTiming.objects.filter(model_version=self.version_id, customer=OuterRef("pk"))

    def _due(self) -> Any:
        return ProductDue.objects.filter(model_version=self.version_id, customer=OuterRef("pk"))

    def _now(self) -> Any:
        return Cast(Value(self.now), DateTimeField())

    @staticmethod
    def _days(later: Any, earlier: Any) -> Any:
        return Func(later, earlier, template=_DAYS_BETWEEN, arg_joiner=" - ", output_field=FloatField())
