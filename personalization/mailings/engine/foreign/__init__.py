"""Templates written for another mailer, with its variables put into our Liquid. Layout stays as it is."""

from collections.abc import Callable

from personalization.mailings.engine.foreign import braze, klaviyo, mailchimp
from personalization.mailings.engine.foreign.translation import Translation

ORIGINS: dict[str, Callable[[str], Translation]] = {
    "braze": braze.translate,
    "klaviyo": klaviyo.translate,
    "mailchimp": mailchimp.translate,
}
"""A new one is a file beside its siblings and a line here."""

__all__ = ["ORIGINS", "Translation"]
