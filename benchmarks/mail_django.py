"""The sample's mail as a Django shop would write it: Django templates and EmailMultiAlternatives."""

import html
import re
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.template import Context, Engine

from benchmarks.mail_load import as_django
from personalization.mailings.engine import mime, render
from personalization.mailings.engine.liquid import money_filter
from personalization.mailings.engine.source import compile_mjml
from personalization.mailings.sample import sample_source


class DjangoWriter:
    def __init__(self) -> None:
        self._source = sample_source()[1]
        compiled = compile_mjml(self._source.mjml)
        engine = Engine()
        plain = Engine(autoescape=False)
        self._html = engine.from_string(as_django(compiled.html))
        self._text = plain.from_string(as_django(compiled.text))
        self._lines = {
            (locale, kind): plain.from_string(as_django(texts[locale]))
            for kind, texts in (("subject", self._source.subject), ("preheader", self._source.preheader))
            for locale in texts
        }
        self._wording = {
            locale: {name: (engine.from_string(as_django(text)), plain.from_string(as_django(text)))
                     for name, text in words.items() if "{" in text}
            for locale, words in self._source.wording.items()
        }  # fmt: skip
        self._is_checked = False

    def send(self, own: Any, *, connection: Any) -> None:
        subject, text, page = self.write(own)
        if not self._is_checked:
            self._check(own, page=page)
        envelope = own.envelope
        mail = EmailMultiAlternatives(
            subject,
            text,
            f"{envelope.sender_name} <{envelope.sender_address}>",
            [envelope.recipient_address],
            headers={
                "Message-ID": f"<{envelope.message_id}>",
                "List-Unsubscribe": f"<{envelope.unsubscribe_url}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                "Precedence": "bulk",
                "Feedback-ID": envelope.feedback_id,
                "X-Entity-Ref-ID": envelope.entity_reference,
            },
            connection=connection,
        )
        mail.attach_alternative(page, "text/html")
        mail.send()

    def write(self, own: Any) -> tuple[str, str, str]:
        content = own.content
        values = render.values_of(content)
        slots = values["recommendations"]
        for slot in slots:
            slot["price_text"] = money_filter(values, slot["price"], slot["currency"])
        values["pairs"] = list(zip(slots[::2], [*slots[1::2], None][: len(slots[::2])], strict=True))
        subject = self._lines[content.locale, "subject"].render(Context(values, autoescape=False))
        values["subject"] = subject
        values["preheader"] = self._lines[content.locale, "preheader"].render(
            Context(values, autoescape=False)
        )
        words = self._source.wording[content.locale]
        page = self._html.render(
            Context(values | {"wording": words | self._phrases(content.locale, values, 0)})
        )
        with_text = values | {"wording": words | self._phrases(content.locale, values, 1)}
        return subject, self._text.render(Context(with_text, autoescape=False)), page

    def _phrases(self, locale: str, values: dict[str, Any], kind: int) -> dict[str, Any]:
        return {
            name: pair[kind].render(Context(values, autoescape=kind == 0))
            for name, pair in self._wording[locale].items()
        }

    def _check(self, own: Any, *, page: str) -> None:
        """Both stacks say the same, or the ratio would be of two different mails."""
        wanted = render.render(own.template, content=own.content)
        if _words(page) != _words(wanted.html):
            raise SystemExit(
                "Django's mail differs from ours; the benchmark would compare two different mails."
            )
        mime.build(wanted, envelope=own.envelope)
        self._is_checked = True


def _words(page: str) -> list[str]:
    return re.sub(r"\s+", " ", html.unescape(page)).split()
