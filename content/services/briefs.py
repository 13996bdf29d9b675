"""Filing a brief, and handing its drafts to the writers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from content.actors import Actor
from content.locales import standard_locale
from content.models import Brand, Brief, ContentPlan, ContentType, Draft, DraftState, Length
from content.selectors import default_brand
from content.services.writing import enqueue_writing
from omotenashi import jobs
from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product
from omotenashi.errors import FieldError, InvalidInput
from omotenashi.jobs import RunningJob

MAX_PRODUCTS = 12
MAX_LOCALES = 20
MAX_PHRASE = 120


@dataclass(frozen=True, kw_only=True)
class BriefInput:
    """What a marketer asks for, as it came in: nothing is checked yet."""

    content_type: str
    """Empty with a plan of one's own, which is of one type."""
    product_ids: Sequence[str]
    """The shop's own ids."""
    locales: Sequence[str]
    keyphrases: Mapping[str, str] = field(default_factory=dict)
    audience: str = ""
    length: str = Length.MEDIUM
    call_to_action: Mapping[str, str] = field(default_factory=dict)
    brand: str = ""
    """The brand's name; empty: the workspace's first."""
    plan: str = ""
    """The short name of one of the workspace's own plans; empty: the content type's."""


@transaction.atomic
def create_brief(workspace: Workspace, *, brief: BriefInput, by: Actor) -> Brief:
    """Store the brief with one queued draft per locale, and ask for it to be written."""
    problems: list[FieldError] = []
    locales = _locales(brief.locales, problems=problems)
    asked = None if problems else locales  # a bad list of locales is told once, not again for each keyphrase
    products = _products(workspace, external_ids=brief.product_ids, problems=problems)
    brand = _brand(workspace, name=brief.brand, problems=problems)
    plan = _plan(workspace, brief=brief, problems=problems)
    content_type = brief.content_type or (plan.content_type if plan else "")
    if not brief.plan or brief.content_type:
        _choice(content_type, choices=ContentType.values, name="content_type", problems=problems)
    _choice(brief.length, choices=Length.values, name="length", problems=problems)
    keyphrases = _by_locale(brief.keyphrases, locales=asked, name="keyphrases", problems=problems)
    calls = _by_locale(brief.call_to_action, locales=asked, name="call_to_action", problems=problems)
    if problems or brand is None:
        detail = problems[0].detail if len(problems) == 1 else f"{len(problems)} fields need another look."
        raise InvalidInput(detail, errors=problems)
    filed = Brief.objects.create(
        workspace=workspace, brand=brand, content_type=content_type, plan=plan, locales=locales,
        keyphrases=keyphrases,
        audience=brief.audience.strip()[:300], length=brief.length, call_to_action=calls, created_by=by.user,
        product_order=[product.pk for product in products],
    )  # fmt: skip
    filed.products.set(products)
    Draft.objects.bulk_create(Draft(workspace=workspace, brief=filed, locale=locale) for locale in locales)
    filed.job = jobs.enqueue("content.write_brief", workspace=workspace, brief_id=str(filed.pk))
    filed.save(update_fields=["job"])
    return filed


def write_brief(job: RunningJob, *, brief_id: str) -> dict[str, object]:
    """Job: one writing job per waiting draft. Run twice, it finds none left to hand out."""
    waiting = Draft.objects.for_workspace(job.workspace).filter(
        brief_id=brief_id, state=DraftState.QUEUED, job=None
    )
    handed_out = {draft.locale: str(enqueue_writing(draft).pk) for draft in waiting}
    job.report(
        done=len(handed_out), total=len(handed_out), message=f"{len(handed_out)} drafts are being written"
    )
    return {"brief": brief_id, "draft_jobs": handed_out}


def _locales(tags: Sequence[str], *, problems: list[FieldError]) -> list[str]:
    if not tags:
        problems.append(FieldError("required", "Choose at least one language to write in.", "#/locales"))
    if len(tags) > MAX_LOCALES:
        problems.append(FieldError("too_many", f"At most {MAX_LOCALES} languages in one brief.", "#/locales"))
    found: dict[str, None] = {}
    for index, tag in enumerate(tags[:MAX_LOCALES]):
        try:
            found[standard_locale(tag)] = None
        except ValueError as error:
            problems.append(FieldError("unknown_locale", str(error), f"#/locales/{index}"))
    return list(found)


def _products(
    workspace: Workspace, *, external_ids: Sequence[str], problems: list[FieldError]
) -> list[Product]:
    if not external_ids:
        detail = "A brief needs at least one product: copy may state only what the catalogue says. Add one."
        problems.append(FieldError("required", detail, "#/products"))
    if len(external_ids) > MAX_PRODUCTS:
        problems.append(
            FieldError("too_many", f"At most {MAX_PRODUCTS} products in one brief.", "#/products")
        )
    ids = list(external_ids[:MAX_PRODUCTS])
    known = {
        product.external_id: product
        for product in Product.objects.for_workspace(workspace).filter(external_id__in=ids)
    }
    for index, external_id in enumerate(ids):
        if external_id not in known:
            detail = f"The catalogue has no product “{external_id}”. Import it first, or correct the id."
            problems.append(FieldError("unknown_product", detail, f"#/products/{index}"))
    return [known[external_id] for external_id in dict.fromkeys(ids) if external_id in known]


def _brand(workspace: Workspace, *, name: str, problems: list[FieldError]) -> Brand | None:
    if not name:
        brand = default_brand(workspace)
        if brand is None:
            detail = "Make a brand first: in the studio under Brand › Brands & guidelines."
            problems.append(FieldError("no_brand", detail, "#/brand"))
        return brand
    found: Brand | None = Brand.objects.for_workspace(workspace).filter(name=name).first()
    if found is None:
        names = ", ".join(Brand.objects.for_workspace(workspace).values_list("name", flat=True)) or "none yet"
        problems.append(
            FieldError("unknown_brand", f"There is no brand “{name}”. Known: {names}.", "#/brand")
        )
    return found


def _plan(workspace: Workspace, *, brief: BriefInput, problems: list[FieldError]) -> ContentPlan | None:
    if not brief.plan:
        return None
    plans = ContentPlan.objects.for_workspace(workspace)
    found: ContentPlan | None = plans.filter(key=brief.plan).first()
    if found is None:
        known = ", ".join(plans.values_list("key", flat=True)) or "none yet"
        detail = f"There is no plan “{brief.plan}”. Known: {known}."
        problems.append(FieldError("unknown_plan", detail, "#/plan"))
    elif brief.content_type not in ("", found.content_type):
        detail = f"The plan “{found.key}” is one of {found.content_type}: name that, or no content_type."
        problems.append(FieldError("other_content_type", detail, "#/content_type"))
    return found


def _choice(value: str, *, choices: Sequence[str], name: str, problems: list[FieldError]) -> None:
    if value not in choices:
        detail = f"“{value}” is none of: {', '.join(choices)}."
        problems.append(FieldError("invalid_choice", detail, f"#/{name}"))


def _by_locale(
    values: Mapping[str, str], *, locales: Sequence[str] | None, name: str, problems: list[FieldError]
) -> dict[str, str]:
    """Keys made standard; a text for a language the brief does not ask for is a mistake worth telling."""
    kept: dict[str, str] = {}
    for tag, text in values.items():
        pointer = f"#/{name}/{tag}"
        try:
            locale = standard_locale(tag)
        except ValueError as error:
            problems.append(FieldError("unknown_locale", str(error), pointer))
            continue
        if locales is not None and locale not in locales:
            problems.append(
                FieldError("unasked_locale", f"{locale} is not among the brief's locales.", pointer)
            )
        elif len(text) > MAX_PHRASE:
            problems.append(FieldError("too_long", f"At most {MAX_PHRASE} characters.", pointer))
        elif text.strip():
            kept[locale] = " ".join(text.split())
    return kept
