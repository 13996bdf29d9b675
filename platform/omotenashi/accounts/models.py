"""Who may do what: users, their workspaces (tenants), and the API keys of shops."""

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from omotenashi.records import UUIDModel, WorkspaceModel


class User(AbstractUser):
    """A person who signs in to the studio."""

    preferred_language = models.CharField(max_length=16, blank=True, default="")


class Workspace(UUIDModel):
    """A company. It owns every row below it."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    default_locale = models.CharField(
        max_length=35, default="en", help_text="Language tag, such as en or ja-JP."
    )
    locales = ArrayField(
        models.CharField(max_length=35), default=list, blank=True, help_text="The languages you publish in."
    )
    currency = models.CharField(max_length=3, default="EUR")
    time_zone = models.CharField(max_length=64, default="UTC")
    site_url = models.URLField(default="https://shop.example", help_text="Where your shop is reached.")
    sender_name = models.CharField(max_length=120, blank=True, default="")
    sender_email = models.EmailField(default="hello@shop.example")
    postal_address = models.TextField(blank=True, default="", help_text="Shown at the end of each mailing.")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Membership(UUIDModel):
    """A user's role in a workspace."""

    class Role(models.TextChoices):
        VIEWER = "viewer", "Viewer"
        AUTHOR = "author", "Author"
        APPROVER = "approver", "Approver"
        ADMIN = "admin", "Administrator"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.AUTHOR)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "workspace"], name="membership_once_per_workspace")
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"


class ApiKey(WorkspaceModel):
    """A shop's key. Only its hash is kept; the key itself is shown once, when it is made."""

    class Kind(models.TextChoices):
        PUBLISHABLE = "publishable", "Publishable (recommend and track only)"
        SECRET = "secret", "Secret (servers only)"

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    scopes = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    prefix = models.CharField(max_length=24, editable=False)
    hash = models.CharField(max_length=64, unique=True, editable=False)  # serves the look-up of each request
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def is_active(self) -> bool:
        return self.revoked_at is None or self.revoked_at > timezone.now()

    def allows(self, scope: str) -> bool:
        return scope in self.scopes
