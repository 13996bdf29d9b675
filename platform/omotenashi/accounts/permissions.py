"""What a role may do. Every view and admin page asks here and nowhere else."""

from typing import Literal

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from omotenashi.accounts.models import Membership, User, Workspace

Action = Literal["view", "write", "approve", "administer"]

ACTIONS: dict[str, frozenset[str]] = {
    Membership.Role.VIEWER: frozenset({"view"}),
    Membership.Role.AUTHOR: frozenset({"view", "write"}),
    Membership.Role.APPROVER: frozenset({"view", "write", "approve"}),
    Membership.Role.ADMIN: frozenset({"view", "write", "approve", "administer"}),
}

# What an action of a signed-in person unlocks of the API's scopes.
SCOPE_ACTIONS: dict[str, Action] = {
    "track": "write",
    "recommend": "view",
    "catalog:read": "view",
    "catalog:write": "write",
    "content:read": "view",
    "content:write": "write",
    "content:approve": "approve",
    "customers:read": "view",
    "customers:write": "write",
    "mail:read": "view",
    "mail:write": "approve",
    "jobs:read": "view",
}
PUBLISHABLE_SCOPES = ("track", "recommend")
SECRET_SCOPES = tuple(SCOPE_ACTIONS)


def workspaces_of(user: User | AnonymousUser) -> QuerySet[Workspace]:
    if not user.is_authenticated:
        return Workspace.objects.none()
    return Workspace.objects.filter(memberships__user=user).order_by("name")


def can(user: User | AnonymousUser, workspace: Workspace, action: Action) -> bool:
    if not user.is_authenticated or not user.is_active:
        return False
    role = Membership.objects.filter(user=user, workspace=workspace).values_list("role", flat=True).first()
    return action in ACTIONS.get(role or "", frozenset())
