"""Templates of other mailers: their variables come out as ours, and render."""

import pytest
from liquid import Environment

from personalization.mailings.engine.foreign import ORIGINS

ANNA = {
    "customer": {"first_name": "Anna", "email": "a@mail.example", "fav color": "indigo", "points": 12},
    "shop": {"name": "Tansu"}, "unsubscribe_url": "https://s.example/u/1", "items": ["x", "y"],
}  # fmt: skip


def rendered(text: str, *, origin: str) -> str:
    translation = ORIGINS[origin](text)
    assert translation.notes == ()
    return Environment().from_string(translation.text).render(**ANNA)


@pytest.mark.parametrize(
    ("origin", "text", "expected"),
    [
        ("klaviyo", "Hi {{ first_name|default:'there' }}", "Hi Anna"),
        ("klaviyo", "{{ person.last_name|default:'friend' }}", "friend"),
        ("klaviyo", "{{ person|lookup:'fav color' }} {{ person.points }}", "indigo 12"),
        ("klaviyo", "{{ organization.name }} says 'person.email'", "Tansu says 'person.email'"),
        ("klaviyo", "{% unsubscribe 'Leave' %}", '<a href="https://s.example/u/1">Leave</a>'),
        ("klaviyo", '<a href="{% unsubscribe_link %}">', '<a href="https://s.example/u/1">'),
        ("klaviyo", "{% for i in items %}{{ forloop.counter }}{{ i }}{% endfor %}", "1x2y"),
        ("klaviyo", "{% if person.points > 10 %}gold{% else %}new{% endif %}", "gold"),
        ("mailchimp", "Hi *|FNAME|*, *|UPPER:FNAME|*", "Hi Anna, ANNA"),
        ("mailchimp", "*|IF:FNAME|*yes*|ELSE:|*no*|END:IF|*", "yes"),
        ("mailchimp", "*|IF:LNAME|*yes*|ELSE:|*no*|END:IF|*", "no"),
        ("mailchimp", "*|IFNOT:LNAME|*none*|END:IF|*", "none"),
        ("mailchimp", "*|IF:POINTS >= 12|*gold*|ELSEIF:POINTS > 5|*silver*|END:IF|*", "gold"),
        ("mailchimp", "*|IF:FNAME = Anna|*A*|END:IF|**|LIST:COMPANY|*", "ATansu"),
        ("mailchimp", '<a href="*|UNSUB|*">', '<a href="https://s.example/u/1">'),
        ("braze", "Hi {{${first_name} | default: 'you'}}", "Hi Anna"),
        ("braze", "{{custom_attribute.${fav color}}} {{custom_attribute.${points}}}", "indigo 12"),
        ("braze", "{% if custom_attribute.${points} > 10 %}gold{% endif %}", "gold"),
        ("braze", "{{${set_user_to_unsubscribed_url}}} costs ${5}", "https://s.example/u/1 costs ${5}"),
    ],
)  # fmt: skip
def test_variables_come_out_as_ours(origin: str, text: str, expected: str) -> None:
    assert rendered(text, origin=origin) == expected


@pytest.mark.parametrize(
    ("origin", "text", "named"),
    [
        ("klaviyo", "{{ event.extra.title }}", "event.extra.title"),
        ("mailchimp", "*|RSSITEM:TITLE|* *|RSSITEM:TITLE|*", "*|RSSITEM:TITLE|*"),
        ("braze", "{{event_properties.${size}}}", "event_properties.${size}"),
        ("braze", "{% connected_content https://x.example %}", "{% connected_content https://x.example %}"),
    ],
)
def test_what_has_no_counterpart_is_named_once_and_stays(origin: str, text: str, named: str) -> None:
    translation = ORIGINS[origin](text)
    assert (len(translation.notes), named in translation.notes[0]) == (1, True)
    assert named in translation.text


@pytest.mark.parametrize("origin", sorted(ORIGINS))
def test_a_text_without_variables_stays_as_it_is(origin: str) -> None:
    text = "<p>5 * 3 | 2, {curly} 100 % first_name</p>"
    assert ORIGINS[origin](text).text == text
