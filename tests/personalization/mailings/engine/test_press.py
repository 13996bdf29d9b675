"""The quick way of writing a mail says the same as the plain one."""

from __future__ import annotations

import quopri
import re
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from personalization.mailings import sample
from personalization.mailings.engine.press import Addressing, Imprint, Letterhead, Press
from personalization.mailings.engine.problems import TemplateRefused
from personalization.mailings.engine.quoted import quoted
from personalization.mailings.engine.render import (
    CompiledTemplate,
    MailContent,
    ProductSlot,
    TemplateSource,
    compile_template,
    render,
)
from tests.personalization.mailings.engine.letters import CONTENT, mjml

LETTERHEAD = Letterhead(
    "Tansu & Thyme", "hello@tansu.example", "l.tansu.example", "Tänsu", "X-Idempotency-Key"
)
ADDRESSING = Addressing(
    "Mina Sato", "mina@mail.example", "1@x.example", "0123", "f", "https://m/u/t", "a@b.example", "k"
)
ODD = r"""{% comment %}never{% endcomment %}
{% assign who = customer.first_name | default: "friend" | upcase %}{{ who }}
{% for product in recommendations %}{% if forloop.first %}[{% endif %}{{ forloop.index }}/{{ forloop.length }}
{{ product.title | truncate: 8 }} {{ product.price | money: product.currency }}
{% unless forloop.last %},{% else %}]{% endunless %}
{% for letter in customer.tags %}{{ forloop.parentloop.index }}{{ letter }}{{ product.id }}{% endfor %}
{% endfor %}
{% if customer.age > 17 and customer.age <= 99 %}grown{% elsif customer.age == 3 or who contains "I" %}small
{% else %}?{% endif %}
{% if nothing == blank %}blank{% endif %}{% if customer.last_name == empty %}empty{% endif %}
{{ missing.deep.er }}{{ customer }}{{ recommendations.size }}{{ recommendations.first.title }}
{{ recommendations[1].title }}{{ customer.tags.last }}{{ "now" | date: "long" }}
{% if true %}   {% endif %}{{ customer.first_name | escape }}.
.dots at the start of a line {{ 1 | plus: 2 }}"""
texts = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)
slots = st.builds(
    ProductSlot, product_id=texts, title=texts,
    url=st.sampled_from(["/p/1", "https://x.example/ä?a=b&c", "javascript:x", ""]),
    image_url=st.sampled_from(["", "/i.jpg"]), price=st.none() | st.decimals(0, 99_999, places=2),
    currency=st.sampled_from(["EUR", "JPY", ""]), reason=texts, position=st.integers(0, 24),
)  # fmt: skip


def _sample() -> CompiledTemplate:
    return compile_template(sample.sample_source()[1])


SAMPLE = _sample()
STRANGE = compile_template(
    TemplateSource(mjml=mjml(ODD), subject={"en": "{{ customer.first_name }}!"}, preheader={"en": "x"})
)


def press_of(template: CompiledTemplate, content: MailContent) -> Press:
    copy = [tuple(own.items()) for own in (content.copy, content.copy_html, content.copy_text)]
    imprint = Imprint(content.locale, content.shop, *copy)
    return Press(template, letterhead=LETTERHEAD, imprint=imprint)


def pressed(template: CompiledTemplate, content: Any) -> EmailMessage:
    raw = press_of(template, content).write(content, addressing=ADDRESSING)
    assert b"\r\n.\r\n" not in raw
    received = raw.replace(b"\r\n..", b"\r\n.")  # as a mail server undoes it
    assert max(len(line) for line in received.split(b"\r\n")) <= 998
    return message_from_bytes(received, EmailMessage, policy=policy.default)


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n").strip("\n")


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(["en", "de-AT", "ja", "ar", "xx"]), st.lists(slots, max_size=6), texts, texts,
    st.sampled_from([{}, {"age": 18, "tags": ["a", "<b>"]}, {"age": 3, "tags": "one"}, {"tags": {"k": "v"}}]),
    st.sampled_from(["", "https://mail.example/m/" + "t" * 43]), st.sampled_from([SAMPLE, STRANGE]),
)  # fmt: skip
def test_it_says_what_the_library_says(
    locale: str, products: list[ProductSlot], first: str, last: str, traits: dict[str, Any], links: str,
    template: Any,
) -> None:  # fmt: skip
    customer = {**traits, "first_name": first, "last_name": last}
    content = replace(
        CONTENT, locale=locale, recommendations=tuple(products), customer=customer, product_links=links
    )
    try:
        wanted = render(template, content=content)
    except TemplateRefused:
        with pytest.raises(TemplateRefused):
            pressed(template, content)
        return
    mail = pressed(template, content)
    assert part(mail, "html") == wanted.html.replace("\r\n", "\n").strip("\n")
    assert part(mail, "plain").split("\n") == wanted.text.strip("\n").splitlines()
    assert str(mail["subject"] or "").split() == wanted.subject.split()


@given(st.lists(st.one_of(st.text(max_size=200), st.text("aä.= \n", min_size=60, max_size=90)), max_size=20))
@example(["a" * 76, "b"])
@example(["\r", "\n", "a\r\r\nb"])
def test_pieces_joined_in_any_order_are_read_as_the_texts_joined(pieces: list[str]) -> None:
    wire = b"".join(quoted(piece) for piece in pieces)
    assert wire.isascii()
    taken = wire.replace(b"\r\n..", b"\r\n.").removeprefix(b"." if wire[:2] == b".." else b"")
    assert all(len(line) <= 76 for line in taken.split(b"\r\n"))  # RFC 2045, 6.7
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", taken)
    wanted = "".join(re.sub(r"\r+\n?", "\n", piece) for piece in pieces).encode("utf-8", "replace")
    assert quopri.decodestring(taken).replace(b"\r\n", b"\n") == wanted


def test_the_shops_template_needs_no_library() -> None:
    press = press_of(SAMPLE, replace(CONTENT, locale="de"))
    assert press._page._program is not None
    assert press._text._program is not None


def test_a_tag_that_is_not_known_to_it_is_left_to_the_library() -> None:
    body = "{% case customer.first_name %}{% when 'Mina' %}it is you{% endcase %}"
    template = compile_template(TemplateSource(mjml=mjml(body), subject={"en": "Hello"}, preheader={}))
    assert press_of(template, CONTENT)._page._program is None
    assert "it is you" in part(pressed(template, CONTENT), "html")


def test_a_mail_that_gmail_would_clip_is_refused() -> None:
    body = "{% for product in recommendations %}{{ customer.story }}{% endfor %}"
    template = compile_template(TemplateSource(mjml=mjml(body), subject={"en": "Hello"}, preheader={}))
    content = replace(CONTENT, customer={"story": "é" * 30_000})
    with pytest.raises(TemplateRefused, match="clips"):
        pressed(template, content)


def test_loops_are_limited_all_together() -> None:
    body = "{% for a in customer.n %}{% for b in customer.n %}{% endfor %}{% endfor %}"
    template = compile_template(TemplateSource(mjml=mjml(body), subject={"en": "Hello"}, preheader={}))
    with pytest.raises(TemplateRefused, match="limit"):
        pressed(template, replace(CONTENT, customer={"n": list(range(100))}))


def test_template_text_never_becomes_code() -> None:
    body = (
        "{{ customer['__class__'] }}{{ '\"); import os; (\"' }}{% assign __import__ = 'x' %}{{ __import__ }}"
    )
    template = compile_template(TemplateSource(mjml=mjml(body), subject={"en": "Hello"}, preheader={}))
    assert "import os" in part(pressed(template, CONTENT), "html")


FOLDED = r"""{% if shop.name == "Elsewhere" %}a{% elsif customer.first_name == blank %}b
{% elsif shop.name != blank %}c{% elsif customer.last_name == "x" %}never{% else %}never{% endif %}
{% unless copy.title == blank %}{{ copy.title }}{% else %}none{% endunless %}{{ shop.name }}{{ "a<b" }}
{{ copy.body }}{{ locale }}{{ shop }}{{ shop.missing }}
{% for wording in recommendations %}{{ wording.title }}{% endfor %}{{ wording.hello }}
{% for product in recommendations %}{{ forloop.index0 }}{{ forloop.rindex }}{{ forloop.last }}{% endfor %}
{{ forloop.index }}{% assign direction = "up" %}{{ direction }}"""


@settings(deadline=None, max_examples=30)
@given(
    st.sampled_from(["", "Mina"]),
    st.sampled_from([{}, {"title": "Tea & <more>"}]),
    st.lists(slots, max_size=3),
)
def test_what_is_the_same_in_all_mails_is_worked_out_as_the_library_does(
    first: str, copy: dict[str, str], products: list[ProductSlot]
) -> None:
    template = compile_template(
        TemplateSource(
            mjml=mjml(FOLDED), subject={"en": "{{ shop.name }}"}, preheader={"en": "{{ copy.title }}"},
            wording={"en": {"hello": "Hello from {{ shop.name }}"}},
        )
    )  # fmt: skip
    content = replace(
        CONTENT, copy=copy, copy_html={"body": "<p>b</p>"}, customer={"first_name": first},
        recommendations=tuple(products),
    )  # fmt: skip
    press = press_of(template, content)
    assert press._page._program is not None
    mail, wanted = pressed(template, content), render(template, content=content)
    assert part(mail, "html") == wanted.html.replace("\r\n", "\n").strip("\n")
    assert part(mail, "plain").split("\n") == wanted.text.strip("\n").splitlines()


def test_a_line_without_a_value_of_the_mails_own_is_known_beforehand() -> None:
    words = {"hello": "Hello from {{ shop.name }}", "dear": "Dear {{ customer.first_name }}"}
    template = compile_template(
        TemplateSource(
            mjml=mjml("{{ wording.hello }}"), subject={"en": "x"}, preheader={}, wording={"en": words}
        )
    )
    press = press_of(template, CONTENT)
    assert press._page._program is not None
    assert press._page._program.text is not None
    assert "Hello from Tansu" in press._page._program.text


def test_an_impossible_comparison_of_known_values_refuses_each_mail() -> None:
    template = compile_template(
        TemplateSource(mjml=mjml("{% if shop.name > 1 %}x{% endif %}"), subject={"en": "x"}, preheader={})
    )
    with pytest.raises(TemplateRefused):
        pressed(template, CONTENT)
