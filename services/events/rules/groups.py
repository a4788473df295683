"""What a group says of itself, and the states in which it may post.

    draft → submitted → approved        submitted → draft, where changes are asked for or the first post is taken back

A group that is approved and changes what people see of it stays approved: people see the former words until the new ones have
been read, so `submitted_at` is set meanwhile, as with a published post.
"""

from collections.abc import Mapping
from typing import Any

from services.events.rules.content import CODE, CODES, LINES, NOTHING, TEXT, Field
from services.events.rules.wording import CHOOSE, ONE_LINE, Flaw, Flaws, charity_flaw, codes_flaw, link_flaw, phone_flaw, text_flaw
from shared.reference.areas import areas
from shared.reference.choices import codes
from shared.runtime.translation import N_

DRAFT, SUBMITTED, APPROVED = STATES = ("draft", "submitted", "approved")
SUBMIT, TAKE_BACK, APPROVE, ASK = "submit", "take-back", "approve", "ask-for-changes"
MOST_ORGANISERS = 8

ABOUT, PRIVATE, STATEMENT = "about", "private", "statement"  # where a field is kept: shown, locked, read by reviewers alone
FIELDS = (
    Field("name", TEXT, ABOUT, most=80),
    Field("kind", CODE, ABOUT, table="group-kinds"),
    Field("what", LINES, ABOUT, most=600),
    Field("areas", CODES, ABOUT, most=33),
    Field("link", TEXT, ABOUT, needed=False, most=200),
    Field("charity_number", TEXT, ABOUT, needed=False, most=12),
    Field("phone", TEXT, PRIVATE, most=30),
    Field("safeguarding_name", TEXT, PRIVATE, most=60),
    Field("safeguarding_phone", TEXT, PRIVATE, most=30),
    Field("dbs", LINES, STATEMENT, most=400),
    Field("insurance", LINES, STATEMENT, most=400),
    Field("distress", LINES, STATEMENT, most=600),
)

_NEEDED: Mapping[str, Flaw] = {
    "name": Flaw(N_("Type the group’s name")),
    "kind": Flaw(N_("Choose what kind of group it is")),
    "what": Flaw(N_("Say what the group does")),
    "areas": Flaw(N_("Choose one borough at least")),
    "phone": Flaw(N_("Type a phone number where we can reach you")),
    "safeguarding_name": Flaw(N_("Say who looks after safeguarding")),
    "safeguarding_phone": Flaw(N_("Type the phone number of whoever looks after safeguarding")),
    "dbs": Flaw(N_("Say who has a DBS check, or why nobody needs one")),
    "insurance": Flaw(N_("Say how you are insured, or that you aren’t")),
    "distress": Flaw(N_("Say what you do if someone is in distress")),
}
_PHONES = ("phone", "safeguarding_phone")

_STEPS = {
    SUBMIT: {DRAFT: SUBMITTED, APPROVED: APPROVED},
    TAKE_BACK: {SUBMITTED: DRAFT},
    APPROVE: {SUBMITTED: APPROVED, APPROVED: APPROVED},
    ASK: {SUBMITTED: DRAFT, APPROVED: APPROVED},
}


def after(step: str, state: str) -> str | None:
    """The state that a step leads to; None where it does not apply."""
    return _STEPS[step].get(state)


def flaws_of(answers: Mapping[str, Any]) -> Flaws:
    """What is wrong with what is there."""
    return {field.name: flaw for field in FIELDS if (flaw := _flaw(field, answers.get(field.name)))}


def missing(answers: Mapping[str, Any]) -> Flaws:
    """What has to be filled in before anybody can read it."""
    return {field.name: _NEEDED[field.name] for field in FIELDS if field.needed and answers.get(field.name) in NOTHING}


def faults(answers: Mapping[str, Any]) -> Flaws:
    """All that keeps it from being sent, in the order of the form."""
    found = {**missing(answers), **flaws_of(answers)}
    return {field.name: found[field.name] for field in FIELDS if field.name in found}


def about_of(answers: Mapping[str, Any]) -> dict[str, Any]:
    """The part that people see once it is approved, with the statements that reviewers read."""
    kept = {field.name: answers[field.name] for field in FIELDS if field.step == ABOUT and answers.get(field.name)}
    statements = {field.name: answers[field.name] for field in FIELDS if field.step == STATEMENT and answers.get(field.name)}
    return kept | ({"statements": statements} if statements else {})


def private_of(answers: Mapping[str, Any]) -> dict[str, Any]:
    """The part that only staff may read."""
    return {field.name: answers[field.name] for field in FIELDS if field.step == PRIVATE and answers.get(field.name)}


def answers_of(about: Mapping[str, Any], private: Mapping[str, Any]) -> dict[str, Any]:
    """The other way: what the form shows."""
    return {**{name: value for name, value in about.items() if name != "statements"}, **about.get("statements", {}), **private}


def kept(answers: Mapping[str, Any]) -> dict[str, Any]:
    """What is left of answers once they have been stored and read again."""
    return answers_of(about_of(answers), private_of(answers))


def options(field: Field) -> tuple[str, ...]:
    """The codes that a field may hold."""
    return codes(field.table) if field.table else tuple(area.slug for area in areas())


def _flaw(field: Field, value: Any) -> Flaw | None:
    if value in NOTHING:
        return None
    if field.kind == CODES:
        return codes_flaw(value, options(field))
    if not isinstance(value, str):
        return CHOOSE
    if field.kind == CODE:
        return None if value in options(field) else _NEEDED[field.name]
    return _text_flaw(field, value)


def _text_flaw(field: Field, value: str) -> Flaw | None:
    if field.name in _PHONES:
        return phone_flaw(value, field.most)
    if field.name == "link":
        return link_flaw(value, field.most)
    if field.name == "charity_number":
        return charity_flaw(value)
    if field.kind == TEXT and "\n" in value:
        return ONE_LINE
    return text_flaw(value, field.most, links=False)
