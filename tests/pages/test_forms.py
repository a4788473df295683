from pathlib import Path

import pytest
from flask import render_template_string

from shared.web.build import BuildSettings
from tests.pages import reading
from tests.pages.demo_site import HALF_EMPTY, demo_app

HOSTILE = "\"><script>alert('x')</script>"
SENT = {
    "key": "k1",
    "when": "next-week",
    "email": "sam+walk@example.org",
    "area": "hackney",
    "postcode": "E8 1EA",
    "note": "\nfirst line\nsecond & last",
    "consent": "nudge-2026-11",
}


@pytest.fixture
def sent_back(built: Path) -> str:
    """The form as it comes back with errors."""
    return demo_app(BuildSettings(build_dir=str(built))).test_client().post("/form", data=SENT).text


def _render(built: Path, source: str, **values: object) -> str:
    app = demo_app(BuildSettings(build_dir=str(built)))
    with app.test_request_context("/"):
        return render_template_string("{% import 'forms.html' as f %}" + source, **values)


def test_a_form_sent_back_keeps_every_answer(sent_back: str) -> None:
    """Nothing that a person typed or chose is lost when something else is wrong."""
    for name in ("email", "postcode"):
        assert reading.by_id(sent_back, name)["value"] == SENT[name]
    assert [tag["value"] for tag in reading.tags(sent_back, "option") if "selected" in tag.attributes] == ["hackney"]
    assert [tag["value"] for tag in reading.tags(sent_back, "input") if "checked" in tag.attributes] == ["next-week", "nudge-2026-11"]
    assert [tag["value"] for tag in reading.tags(sent_back, "input") if tag.get("type") == "hidden"] == ["k1"]
    assert ">\n\nfirst line\nsecond &amp; last</textarea>" in sent_back


def test_each_error_leads_to_its_field(sent_back: str) -> None:
    """The summary's links find their fields, which say the same sentence and are described by it."""
    fields = {tag["href"][1:] for tag in reading.tags(sent_back, "a") if tag["href"] in {f"#{name}" for name in HALF_EMPTY}}
    assert fields == set(HALF_EMPTY)
    for name, (sentence,) in HALF_EMPTY.items():
        field = reading.by_id(sent_back, name)
        assert field.name == "input"
        assert field["aria-invalid"] == "true"
        assert f"{name}-error" in field["aria-describedby"].split()
        reading.by_id(sent_back, f"{name}-error")
        assert reading.words(sent_back).count(sentence) == 2


def test_a_field_is_described_by_what_is_there(sent_back: str) -> None:
    """Every id that a field names as its description exists, and a field without error is not called wrong."""
    described = [tag for tag in reading.tags(sent_back) if tag.get("aria-describedby")]
    assert len(described) >= 4
    for tag in described:
        for wanted in tag["aria-describedby"].split():
            reading.by_id(sent_back, wanted)
    assert reading.by_id(sent_back, "note").get("aria-invalid") is None


def test_a_folded_part_is_open_when_it_matters(sent_back: str, built: Path) -> None:
    """What is folded away opens by itself when something inside is wrong."""
    assert [tag for tag in reading.tags(sent_back, "details") if "open" in tag.attributes]
    fresh = demo_app(BuildSettings(build_dir=str(built))).test_client().get("/form").text
    assert not [tag for tag in reading.tags(fresh, "details") if "open" in tag.attributes]
    assert "govuk-error" not in fresh


@pytest.mark.parametrize(
    "call",
    [
        "{{ f.text_input('a', words, value=words, error=words, hint=words) }}",
        "{{ f.email_input('a', words, value=words, error=[words], hint=words) }}",
        "{{ f.textarea('a', words, value=words, error=words, hint=words) }}",
        "{{ f.select('a', words, [(words, words)], value=words, error=words, hint=words) }}",
        "{{ f.radios('a', words, [(words, words, words)], value=words, error=words, hint=words) }}",
        "{{ f.checkbox('a', words, value=words, checked=true, error=words, hint=words) }}",
        "{{ f.button(words, name=words, value=words) }}{{ f.link_button(words, words) }}",
        "{{ f.back_link(words, words) }}{{ f.hidden(words, words) }}",
        "{% call f.details(words) %}{{ words }}{% endcall %}{{ f.error_summary({words: [words]}) }}",
    ],
)
def test_words_stay_words(built: Path, call: str) -> None:
    """Whatever somebody typed comes back as text in every part, never as markup."""
    html = _render(built, call, words=HOSTILE)
    assert not reading.tags(html, "script")
    assert HOSTILE in reading.words(html) or HOSTILE in [value for tag in reading.tags(html) for value in tag.attributes.values()]


def test_a_radio_error_leads_to_the_first_choice(built: Path) -> None:
    """The summary's link for a question with choices lands on its first one."""
    html = _render(built, "{{ f.radios('when', 'When?', [('a', 'A'), ('b', 'B')], value='b', error='Choose one') }}")
    assert reading.by_id(html, "when")["value"] == "a"
    assert reading.by_id(html, "when-2")["value"] == "b"
    assert "when-error" in reading.tags(html, "fieldset")[0]["aria-describedby"]
    assert "checked" in reading.by_id(html, "when-2").attributes


def test_an_error_of_the_whole_form_is_no_link(built: Path) -> None:
    """What is wrong with no single field is said without a link that leads nowhere."""
    html = _render(built, "{{ f.error_summary({'': ['Send it again'], 'email': ['Type it', 'All of it']}) }}")
    assert [tag["href"] for tag in reading.tags(html, "a")] == ["#email", "#email"]
    assert "Send it again" in reading.words(html)
    assert _render(built, "{{ f.error_summary({}) }}").strip() == ""


def test_nought_is_a_value(built: Path) -> None:
    """A typed 0 is kept: only nothing is nothing."""
    assert reading.by_id(_render(built, "{{ f.text_input('n', 'How many?', value=0) }}"), "n")["value"] == "0"
    assert reading.by_id(_render(built, "{{ f.text_input('n', 'How many?', value='0') }}"), "n")["value"] == "0"
