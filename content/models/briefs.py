"""A brief: what a marketer asks for, in one or more locales."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from content.models.brands import Brand
from content.models.plans import ContentPlan
from content.transitions import DraftState
from omotenashi.catalog.models import Product
from omotenashi.records import WorkspaceModel


class ContentType(models.TextChoices):
    """The plans of the engine's data/plans.json; a test holds the two together."""

    PRODUCT_DESCRIPTION = "product_description", "Product description"
    PRODUCT_DESCRIPTION_SHORT = "product_description_short", "Product description, short"
    PRODUCT_DESCRIPTION_LONG = "product_description_long", "Product description, long"
    PRODUCT_DESCRIPTION_BULLETS = "product_description_bullets", "Product description, bullets"
    CATEGORY_PAGE = "category_page", "Category page"
    BLOG_POST = "blog_post", "Blog post"
    SOCIAL_POST = "social_post", "Social post"
    SOCIAL_POST_FACEBOOK = "social_post_facebook", "Social post, Facebook"
    SOCIAL_POST_INSTAGRAM = "social_post_instagram", "Social post, Instagram"
    SOCIAL_POST_LINKEDIN = "social_post_linkedin", "Social post, LinkedIn"
    NEWSLETTER = "newsletter", "Newsletter"
    MAIL_SUBJECT = "mail_subject", "Subject lines"
    AD_COPY = "ad_copy", "Ad copy"
    LANDING_PAGE = "landing_page", "Landing page"
    FAQ = "faq", "Questions and answers"


class Length(models.TextChoices):
    SHORT = "short", "Short"
    MEDIUM = "medium", "Medium"
    LONG = "long", "Long"


class BriefState(models.TextChoices):
    """Follows from the drafts (`Brief.state`); never stored, so it cannot be out of date."""

    WRITING = "writing", "Being written"
    NEEDS_WORK = "needs_work", "Needs work"
    READY = "ready", "Ready for approval"
    APPROVED = "approved", "Approved"
    PUBLISHED = "published", "Published"


class Brief(WorkspaceModel):
    """Content type, products, audience and call to action; one draft per locale follows from it."""

    brand = models.ForeignKey(Brand, on_delete=models.RESTRICT, related_name="briefs")
    content_type = models.CharField(max_length=32, choices=ContentType.choices)
    plan = models.ForeignKey(
        ContentPlan, null=True, blank=True, on_delete=models.SET_NULL, related_name="briefs"
    )
    """The workspace's own plan of that content type; none: the packaged one."""
    products = models.ManyToManyField("catalog.Product", related_name="briefs")
    product_order = ArrayField(models.UUIDField(), default=list)
    """Ids as the marketer named them: a set of products has no order, a text about them has."""
    locales = ArrayField(models.CharField(max_length=35))
    keyphrases = models.JSONField(default=dict, blank=True)
    """Locale to keyphrase. Chosen for each market, not translated."""
    audience = models.CharField(max_length=300, blank=True, default="")
    length = models.CharField(max_length=8, choices=Length.choices, default=Length.MEDIUM)
    call_to_action = models.JSONField(default=dict, blank=True)
    """Locale to wording."""
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    job = models.ForeignKey("jobs.Job", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(locales__len__gt=0), name="brief_has_a_locale"),
            models.CheckConstraint(
                condition=models.Q(content_type__in=ContentType.values), name="brief_has_a_known_content_type"
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "-created_at"], name="brief_newest")
        ]  # the list of briefs
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.plan or self.get_content_type_display()}: {self.subject}"

    @property
    def subject(self) -> str:
        titles = [product.title for product in self.ordered_products]
        if not titles:
            return "no product"
        return titles[0] + (f" and {len(titles) - 1} more" if len(titles) > 1 else "")

    @property
    def ordered_products(self) -> list[Product]:
        place = {product_id: index for index, product_id in enumerate(self.product_order)}
        return sorted(self.products.all(), key=lambda product: place.get(product.pk, len(place)))

    @property
    def state(self) -> BriefState:
        """The least finished of its drafts speaks for the brief."""
        return state_of([draft.state for draft in self.drafts.all()])


def state_of(draft_states: list[str]) -> BriefState:
    states = set(draft_states)
    if not states or states & {DraftState.QUEUED, DraftState.WRITING}:
        return BriefState.WRITING
    if states & {DraftState.NEEDS_WORK, DraftState.FAILED}:
        return BriefState.NEEDS_WORK
    for state in (BriefState.READY, BriefState.APPROVED):
        if state.value in states:
            return state
    return BriefState.PUBLISHED
