"""Who calls."""

from rest_framework.request import Request

from content.actors import Actor
from omotenashi.accounts.models import ApiKey, User


def actor_of(request: Request) -> Actor:
    if isinstance(request.auth, ApiKey):
        return Actor(api_key=request.auth)
    return Actor(user=request.user if isinstance(request.user, User) else None)
