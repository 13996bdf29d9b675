"""Compiles an audience to the customers it holds."""

from datetime import UTC, datetime, time

from django.db.models import Exists, OuterRef, Q, QuerySet

from omotenashi.accounts.models import Workspace
from personalization.mailings.engine.audience import Audience
from personalization.mailings.forecast_audience import timing_conditions
from personalization.mailings.people_filter import people_filter
from personalization.models import Customer, Order


def customers_in(
    audience: Audience, *, workspace: Workspace, now: datetime, agrees: bool = True
) -> QuerySet[Customer]:
    """Customers with an address who agree to mail, match the audience and are not excluded."""
    customers = matching_customers(audience, workspace=workspace, now=now, agrees=agrees)
    if audience.exclusion:
        customers = customers.filter(~people_filter(audience.exclusion, workspace=workspace, now=now))
    return customers


def matching_customers(
    audience: Audience, *, workspace: Workspace, now: datetime, agrees: bool = True
) -> QuerySet[Customer]:
    """Those before exclusions. Consent is no condition of the audience: it is always asked for.

    `agrees=False`: also those who do not, only to count them.
    """
    customers = Customer.objects.for_workspace(workspace).exclude(email_normalized="")
    if agrees:
        customers = customers.consented()
    customers = customers.filter(_in_locales(audience, workspace=workspace))
    if audience.countries:
        customers = customers.filter(country__in=audience.countries)
    if audience.customer_ids:
        customers = customers.filter(external_id__in=audience.customer_ids)
    if audience.bought_since:
        since = datetime.combine(audience.bought_since, time.min, tzinfo=UTC)
        orders = Order.objects.filter(
            customer=OuterRef("pk"), placed_at__gte=since, status=Order.Status.PLACED
        )
        customers = customers.filter(Exists(orders))
    if audience.expression:
        customers = customers.filter(people_filter(audience.expression, workspace=workspace, now=now))
    return customers.filter(*timing_conditions(audience, workspace=workspace, now=now))


def _in_locales(audience: Audience, *, workspace: Workspace) -> Q:
    """`de` also takes `de-AT`; customers of unknown language count as the workspace's own."""
    matching = Q()
    for locale in audience.locales:
        matching |= Q(locale__iexact=locale) | Q(locale__istartswith=f"{locale}-")
        if workspace.default_locale.split("-")[0] == locale.split("-")[0]:
            matching |= Q(locale="")
    return matching
