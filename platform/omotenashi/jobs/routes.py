"""Which queue each kind of job waits in. A new kind of job starts with a line here."""

QUEUES: dict[str, str] = {
    "content.write_brief": "gpu",
    "content.write_draft": "gpu",
    "catalog.import_feed": "embed",
    "catalog.embed_products": "embed",
    "personalization.learn": "batch",
    "personalization.learn_changes": "batch",
    "personalization.refresh_customers": "batch",
    "mailings.prepare_campaign": "batch",
    "mailings.check_audience": "batch",
}
