"""Templates become mails: in each language, safely, and with faults named to their author."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from personalization.mailings.engine.problems import TemplateRefused
from personalization.mailings.engine.render import (
    MAX_HTML_BYTES,
    CompiledTemplate,
    compile_template,
    render,
    safe_url,
)
from personalization.mailings.engine.source import compile_mjml
from personalization.mailings.engine.text import plain_text
from personalization.mailings.sample import sample_source
from tests.personalization.mailings.engine.letters import BOWL, CONTENT, mjml, source


@pytest.fixture(scope="module")
def sample() -> CompiledTemplate:
    return compile_template(sample_source()[1])


@pytest.mark.parametrize(
    ("locale", "greeting", "price", "direction"),
    [
        ("en", "Dear Mina,", "€1,228.50", "ltr"),
        ("de-AT", "Hallo Mina,", "1.228,50", "ltr"),
        ("ja-JP", "Mina様", "1,228.50", "ltr"),
        ("ar", "Dear Mina,", "1,228.50", "rtl"),
    ],
)
def test_it_speaks_the_readers_language(
    sample: CompiledTemplate, locale: str, greeting: str, price: str, direction: str
) -> None:
    mail = render(sample, content=replace(CONTENT, locale=locale))
    page = lxml_html.document_fromstring(mail.html)
    assert (page.get("lang"), page.get("dir")) == (locale, direction)
    assert greeting in mail.text
    assert price in mail.text.replace("\u200f", "")


@pytest.mark.parametrize("locale", ["en", "de", "ja"])
def test_the_sample_carries_everything_a_mailing_owes(sample: CompiledTemplate, locale: str) -> None:
    mail = render(sample, content=replace(CONTENT, locale=locale))
    for part in (mail.html, mail.text):
        assert "https://mail.example/u/token" in part
        assert "https://mail.example/m/token" in part
        assert "Hafenstraße 1" in part
    assert 'src="https://tansu.example/i/bowl.jpg"' in mail.html
    assert mail.preheader in mail.html
    assert 40 <= len(mail.preheader) <= 130
    assert len(mail.subject) <= 50
    assert len(mail.html.encode()) < MAX_HTML_BYTES
    assert "{{" not in mail.html


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4])
def test_it_shows_every_product_once(sample: CompiledTemplate, count: int) -> None:
    slots = tuple(BOWL._replace(title=f"Thing number {number}") for number in range(count))
    text = render(sample, content=replace(CONTENT, recommendations=slots)).text
    assert [text.count(slot.title) for slot in slots] == [1] * count


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ shop.name }}{% for i in (1..9999) %}x{% endfor %}",
    "LQ00000QL",
    "</title></style><svg onload=alert(1)>",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_text(sample: CompiledTemplate, name: str) -> None:
    content = replace(
        CONTENT, customer={"first_name": name}, recommendations=(BOWL._replace(title=name, reason=name),)
    )
    mail = render(sample, content=content)
    page = lxml_html.document_fromstring(mail.html)
    assert not page.xpath("//script | //svg | //@onerror | //@onload")
    assert name in page.text_content()
    assert name in mail.subject


@given(name=st.text(max_size=80), title=st.text(max_size=80))
@settings(max_examples=40, deadline=None)
def test_no_text_of_a_customer_or_feed_changes_the_markup(name: str, title: str) -> None:
    template = compile_template(sample_source()[1])
    calm = replace(CONTENT, customer={"first_name": "Mina"}, recommendations=(BOWL,))
    wild = replace(
        CONTENT, customer={"first_name": f"x{name}"}, recommendations=(BOWL._replace(title=f"x{title}"),)
    )

    def tags(content: object) -> list[str]:
        page = lxml_html.document_fromstring(render(template, content=content).html.replace("\x00", ""))  # type: ignore[arg-type]
        return [str(element.tag) for element in page.iter() if isinstance(element.tag, str)]

    assert tags(wild) == tags(calm)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//", "", "mailto:a@b.example", "http://["]
)
def test_a_url_that_is_no_web_address_is_left_out(url: str) -> None:
    assert safe_url(url) == ""


def test_liquid_that_mjml_would_drop_is_named_with_its_line() -> None:
    broken = mjml("\n\nHello").replace("<mj-text>", '\n\n<mj-text colour="{{ colour }}">')
    with pytest.raises(TemplateRefused, match=r"Line 3: MJML drops \{\{ colour \}\}"):
        compile_mjml(broken)


def test_an_unknown_element_is_named() -> None:
    with pytest.raises(TemplateRefused, match="Line 1: <mj-txt> is not an MJML element"):
        compile_mjml("<mjml><mj-body><mj-txt/></mj-body></mjml>")


def test_liquid_may_hold_what_xml_forbids() -> None:
    html = compile_mjml(mjml('{% if customer.first_name < "M" and 1 < 2 %}yes{% endif %}')).html
    assert '{% if customer.first_name < "M" and 1 < 2 %}' in html


@pytest.mark.parametrize(
    "body",
    [
        "{% for i in (1..100000) %}{% for j in (1..100000) %}x{% endfor %}{% endfor %}",
        "{{ 'x' | no_such_filter }}",
        "{% include 'etc/passwd' %}",
    ],
)
def test_a_template_that_costs_too_much_or_reaches_out_is_refused(body: str) -> None:
    with pytest.raises(TemplateRefused):
        render(compile_template(source(body)), content=CONTENT)


def test_a_mail_that_gmail_would_clip_is_refused() -> None:
    with pytest.raises(TemplateRefused, match="Gmail clips"):
        render(
            compile_template(source("{% for i in (1..4000) %}thirty characters of plain text {% endfor %}")),
            content=CONTENT,
        )


def test_a_subject_is_one_line() -> None:
    mail = render(
        compile_template(source(subject="Hello {{ customer.first_name }}")),
        content=replace(CONTENT, customer={"first_name": "A\r\nBcc: x@y.example\u2028\u202e"}),
    )
    assert mail.subject == "Hello A Bcc: x@y.example"


def test_dates_are_written_for_the_reader() -> None:
    template = compile_template(
        source('{{ "now" | date: "long" }} / {{ now | date: "d MMM" }} / {{ "x" | date }}')
    )
    assert "23. November 2026 / 23 Nov." in render(template, content=replace(CONTENT, locale="de")).text


def test_copy_html_is_kept_and_copy_text_is_escaped() -> None:
    html, text = "<p>Warm <em>words</em></p>", "Warm words"
    content = replace(CONTENT, copy={"title": "<b>"}, copy_html={"body": html}, copy_text={"body": text})
    mail = render(compile_template(source("{{ copy.title }} {{ copy.body }}")), content=content)
    assert f"&lt;b&gt; {html}" in mail.html
    assert mail.text == "<b> Warm words\n"


def test_plain_text_keeps_link_targets() -> None:
    assert (
        plain_text('<p>See <a href="https://a.example/x">the shop</a></p>')
        == "See the shop <https://a.example/x>\n"
    )


def test_plain_text_keeps_conditions_and_loops_in_their_places() -> None:
    template = compile_template(
        replace(
            source(),
            mjml="<mjml><mj-body><mj-section><mj-column><mj-text>Before</mj-text>"
            "<mj-raw>{% for product in recommendations %}</mj-raw><mj-text>{{ product.title }}</mj-text>"
            "<mj-raw>{% endfor %}{% if shop.name == 'x' %}</mj-raw><mj-text>Never</mj-text>"
            "<mj-raw>{% endif %}</mj-raw><mj-text>After</mj-text></mj-column></mj-section></mj-body></mjml>",
        )
    )
    lines = render(template, content=CONTENT).text.split("\n")
    assert [line for line in lines if line] == [
        "Before",
        "Ash-glaze rice bowl",
        "Linen cloth",
        "Soap dish",
        "After",
    ]


def test_a_phrase_is_escaped_in_html_and_plain_in_text() -> None:
    words = {"en": {"fixed": "Salt & <pepper>", "named": "Dear {{ customer.first_name }} & co"}}
    template = compile_template(replace(source("{{ wording.fixed }} {{ wording.named }}"), wording=words))
    mail = render(template, content=replace(CONTENT, customer={"first_name": "<b>"}))
    assert "Salt &amp; &lt;pepper&gt; Dear &lt;b&gt; & co" in mail.html
    assert mail.text == "Salt & <pepper> Dear <b> & co\n"
