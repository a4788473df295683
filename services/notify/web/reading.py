"""How notify's forms are read: each answer by itself, so that one that cannot be kept takes no other with it."""

from collections.abc import Iterable

from shared.runtime.errors import InvalidInput
from shared.web.checks import read_form

Errors = dict[str, list[str]]


def read_each(*names: str) -> tuple[dict[str, str], Errors]:
    """The fields, "" for one that cannot be kept; and for each such a sentence."""
    answers: dict[str, str] = {}
    errors: Errors = {}
    for name in names:
        try:
            answers[name] = read_form(name)[name]
        except InvalidInput as error:
            answers[name] = ""
            errors |= error.fields
    return answers, errors


def read_ticks(name: str, values: Iterable[str]) -> tuple[str, ...]:
    """Of boxes called `<name>-<value>`, those that are ticked."""
    fields = {value: f"{name}-{value}" for value in values}
    sent = read_form(*fields.values())
    return tuple(value for value, field in fields.items() if sent[field])
