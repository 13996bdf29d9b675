"""Which function does which job. Thin on purpose: the work is in the services."""

from content.services import write_brief, write_draft
from omotenashi.catalog.services import embed_products, import_feed
from omotenashi.jobs.registry import Handler
from personalization.mailings.services import check_audience, prepare_campaign
from personalization.services import learn, learn_changes, refresh_customers

HANDLERS: dict[str, Handler] = {
    "content.write_brief": write_brief,
    "content.write_draft": write_draft,
    "catalog.embed_products": embed_products,
    "catalog.import_feed": import_feed,
    "personalization.learn": learn,
    "personalization.learn_changes": learn_changes,
    "personalization.refresh_customers": refresh_customers,
    "mailings.prepare_campaign": prepare_campaign,
    "mailings.check_audience": check_audience,
}
