"""An import: where it came from, how far it is, and which rows were left out and why."""

from django.db import models
from django.db.models import F, Q

from omotenashi.records import WorkspaceModel


class FeedKind(models.TextChoices):
    """The formats that can be read; the readers are in `catalog.engine.readers`."""

    GOOGLE_TSV = "google-tsv", "Google Merchant (tab-separated)"
    GOOGLE_XML = "google-xml", "Google Merchant (XML)"
    SHOPIFY_CSV = "shopify-csv", "Shopify products (CSV)"
    JSON_LINES = "jsonl", "JSON lines"


class Feed(WorkspaceModel):
    """A catalogue that is fetched from an address again and again."""

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=16, choices=FeedKind.choices)
    url = models.URLField(max_length=2048, verbose_name="address")
    archive_missing = models.BooleanField(
        default=False, help_text="The feed is complete: products that are not in it leave the catalogue."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="feed_name_once")]

    def __str__(self) -> str:
        return self.name


class ImportRun(WorkspaceModel):
    """One pass over one file.

        queued ──▶ running ──▶ succeeded
                      └──────▶ failed       (nothing could be read, or the address did not answer)

    A killed run stays `running`; starting the same file again goes on behind `cursor`.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        SUCCEEDED = "succeeded", "Finished"
        FAILED = "failed", "Failed"

    feed = models.ForeignKey(Feed, on_delete=models.SET_NULL, null=True, blank=True, related_name="runs")
    source = models.CharField(max_length=2048, help_text="The file's name or address.")
    digest = models.CharField(max_length=64, blank=True, default="", editable=False)
    kind = models.CharField(max_length=16, choices=FeedKind.choices)
    state = models.CharField(max_length=16, choices=State.choices, default=State.QUEUED)
    dry_run = models.BooleanField(
        default=False, help_text="Only looked: nothing was written to the catalogue."
    )
    archive_missing = models.BooleanField(default=False)
    # The number of the last row whose chunk is committed: counts, rows and cursor change in one transaction.
    cursor = models.PositiveIntegerField(default=0, editable=False)
    read = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0)
    archived = models.PositiveIntegerField(default=0)
    # How often each code was found: the issues listed are capped, this is not.
    reasons = models.JSONField(default=dict, blank=True)
    note = models.TextField(blank=True, default="", help_text="Why it failed, or what to know about it.")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running", "succeeded", "failed"]),
                name="import_run_state_known",
            ),
            # Every row read has exactly one fate.
            models.CheckConstraint(
                condition=Q(read=F("created") + F("updated") + F("unchanged") + F("left_out")),
                name="import_run_counts_add_up",
            ),
        ]
        indexes = [
            # The list of imports in the studio, newest first.
            models.Index(F("workspace"), F("id").desc(), name="import_run_newest"),
            # "Was this very file begun and not finished?" at the start of each import.
            models.Index(
                fields=["workspace", "digest"], name="import_run_unfinished", condition=Q(state="running")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} · {self.get_state_display()}"


class RowIssue(WorkspaceModel):
    """What was wrong with one row: an error left the row out, a warning only one of its fields."""

    class Severity(models.TextChoices):
        ERROR = "error", "Left out"
        WARNING = "warning", "Kept, with a remark"

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="issues")
    severity = models.CharField(max_length=8, choices=Severity.choices, default=Severity.ERROR)
    row_number = models.PositiveIntegerField(help_text="The line of the file; 0 is the file as a whole.")
    external_id = models.CharField(max_length=128, blank=True, default="")
    pointer = models.CharField(max_length=200, blank=True, default="", verbose_name="field")
    code = models.CharField(max_length=64)
    detail = models.TextField()
    raw = models.TextField(blank=True, default="", help_text="The row as it came, shortened.")

    class Meta:
        indexes = [
            # A run's issues in the order of the file, in the studio and in the command's summary.
            models.Index(fields=["run", "row_number"], name="row_issue_in_file_order"),
        ]

    def __str__(self) -> str:
        return f"Row {self.row_number}: {self.detail}"


class ImportUpload(WorkspaceModel):
    """An uploaded file until its import has ended: in the database, where every worker can read it."""

    run = models.OneToOneField(ImportRun, on_delete=models.CASCADE, related_name="upload")
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.run_id}"
