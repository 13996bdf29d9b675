"""Rule packs as a workspace has edited them; packaged ones live in content/engine/data/rules."""

from django.conf import settings
from django.db import models

from omotenashi.records import WorkspaceModel


class RulePack(WorkspaceModel):
    """A workspace's text of a pack: under a packaged key it replaces that one, else it is added to them."""

    key = models.SlugField(max_length=40, help_text="Such as japan, eu, us; or a name of your own.")
    text = models.TextField()
    is_on = models.BooleanField(default=True, help_text="Off: the pack's rules are not applied.")
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="rule_pack_once_per_key")]
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key
