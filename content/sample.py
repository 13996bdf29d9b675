"""The sample shop's brand and first briefs, for `make demo` and for anyone who wants to look around."""

from content import services
from content.actors import SYSTEM, Actor
from content.models import Brand, Brief
from omotenashi.accounts.models import Workspace
from omotenashi.sample_shop.brand import guideline_rules, load_brand, load_briefs


def load_sample_brand(workspace: Workspace) -> Brand:
    """Run twice, it changes nothing."""
    data = load_brand()
    brand, _ = Brand.objects.get_or_create(
        workspace=workspace, name=data["name"], defaults={"story": data["story"]["en"]}
    )
    services.save_guideline(brand, rules=guideline_rules())
    return brand


def create_sample_briefs(
    workspace: Workspace, *, limit: int | None = None, by: Actor = SYSTEM
) -> list[Brief]:
    """Files the sample briefs; their drafts are written by the workers."""
    return [
        services.create_brief(
            workspace, brief=services.BriefInput(product_ids=row.pop("products"), **row), by=by
        )
        for row in load_briefs()[:limit]
    ]
