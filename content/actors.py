"""Who does something: a signed-in person, or a program with an API key. Somebody always answers for it."""

from dataclasses import dataclass

from omotenashi.accounts.models import ApiKey, User


@dataclass(frozen=True, kw_only=True)
class Actor:
    user: User | None = None
    api_key: ApiKey | None = None

    def __str__(self) -> str:
        if self.user is not None:
            return self.user.get_full_name() or self.user.get_username()
        return f"API key “{self.api_key.name}”" if self.api_key is not None else "Omotenashi"


SYSTEM = Actor()
