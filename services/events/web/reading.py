"""How the long forms are read: fields of a table from what was typed, and back to what a page shows."""

import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.events.rules.checks import TYPES
from services.events.rules.content import CODES, DAY, LINES, NUMBER, TIME, YES_NO, Field
from services.events.rules.reading import day_of, number_of, time_of
from services.events.rules.wording import Flaw, Flaws, whole_address
from shared.web.checks import read_answers

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
YES, NO = "yes", "no"
Options = Mapping[str, Sequence[str]]  # field → the codes that have boxes of their own


@dataclass(frozen=True)
class Read:
    """`answers`: as they are kept, "" for an empty one. `typed`: as they are shown again. `flaws`: what could not be read."""

    answers: dict[str, Any]
    typed: dict[str, Any]
    flaws: Flaws


def read_fields(fields: Iterable[Field], options: Options) -> Read:
    """Of the posted form. A field with boxes is sent as `<name>-<code>` each."""
    found = Read({}, {}, {})
    for field in fields:
        _read(field, options.get(field.name, ()), found)
    return found


def _read(field: Field, codes: Sequence[str], found: Read) -> None:
    if field.kind == CODES:
        boxes = {code: f"{field.name}-{code}" for code in codes}
        ticked, _ = read_answers(*boxes.values())
        found.answers[field.name] = found.typed[field.name] = [code for code, box in boxes.items() if ticked[box]]
        return
    values, wrong = read_answers(field.name, long=(field.name,) if field.kind == LINES else ())
    text = values[field.name].replace("\r\n", "\n").strip()
    found.typed[field.name] = text
    value = _value(field, text)
    if wrong:
        found.flaws[field.name] = Flaw(wrong[field.name][0])
    elif text and value is None:
        found.flaws[field.name] = TYPES[field.kind]
    else:
        found.answers[field.name] = value


def _value(field: Field, text: str) -> Any:
    """What a text stands for; None where it stands for nothing of that kind."""
    if not text:
        return ""
    readers: Mapping[str, Callable[[str], Any]] = {NUMBER: number_of, DAY: day_of, TIME: time_of, YES_NO: {YES: True, NO: False}.get}
    if field.kind in readers:
        return readers[field.kind](text)
    return whole_address(text) if field.name == "link" else text


def shown(fields: Iterable[Field], content: Mapping[str, Any]) -> dict[str, Any]:
    """A stored content as the form shows it."""
    return {field.name: _shown(field, content.get(field.name)) for field in fields}


def _shown(field: Field, value: Any) -> Any:
    if field.kind == CODES:
        return list(value or ())
    if field.kind == YES_NO:
        return "" if value is None else YES if value else NO
    return "" if value is None else str(value)


def new_key() -> str:
    """What makes a form sent twice count once."""
    return str(uuid.uuid4())


def form_key() -> str | None:
    """The key of the form that was sent; None where it is none."""
    values, _ = read_answers("key")
    lower = values["key"].lower()
    return lower if _UUID.fullmatch(lower) else None
