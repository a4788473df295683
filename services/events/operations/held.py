"""Hard words are set apart, never refused: the author sees help at once, and the words wait for a person who knows what to do.

Each text of each place is set apart once, however often it is sent. Until somebody has passed it on, nobody else reads it and nothing
that holds it is published; what was withheld stays so as long as the text is the same.
"""

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mongoengine.errors import NotUniqueError

from services.events.rules.reviewing import SET_APART
from services.events.settings import Settings
from services.events.store import Held
from services.events.store.review import held as rows
from services.events.store.review import held_in, held_of_refs_since
from shared.messaging.outbox import first_messages, message
from shared.messaging.work import Work
from shared.reference.hard_words import find
from shared.security.sealing import keyed_hash, lock, unlock

WAITING, PASSED_ON, WITHHELD = "waiting", "passed-on", "withheld"
KEY = "EVENTS_KEY"
HELP_SHOWN = timedelta(minutes=30)
GROUP, REPORT, SIGN_UP = "group", "report", "sign-up"  # where words come from, beside the kinds of posts


@dataclass(frozen=True)
class Source:
    """What the words were written in: `event`, `initiative`, `group`, `report` or `sign-up`, and its id. `ref`: the author's, if any."""

    kind: str
    id: str
    areas: Sequence[str] = ()
    ref: str | None = None


def look(work: Work[Settings], texts: Mapping[str, Any], source: Source, now: datetime) -> list[str]:
    """Set apart each text that holds hard words; the names of the fields they are in. The same text again changes nothing.

    `texts`: a content, a group's `about` or a form's free words, as they are: what is no text in it is left alone.
    """
    found = {name: (text, phrases) for name, text in _texts(texts) if (phrases := find(text))}
    for name, (text, phrases) in found.items():
        _set_apart(work, source, name, text, phrases, now)
    return list(found)


def is_hard(text: str) -> bool:
    """Whether there are hard words in it: its author then sees help, whatever becomes of the text."""
    return bool(find(text))


def needs_help(refs: Sequence[str], now: datetime) -> bool:
    """Whether one of these people has just written something hard: their next pages begin with help."""
    return held_of_refs_since(refs, now - HELP_SHOWN)


def fields_of(work: Work[Settings], source_id: str, content: Mapping[str, Any]) -> set[str]:
    """The fields of `content` whose very text is set apart and has not been passed on."""
    kept = {row.id for row in held_in([source_id]) if row.state != PASSED_ON}
    return {name for name, text in _texts(content) if kept and id_of(work, source_id, name, text) in kept}


def states_of(work: Work[Settings], texts: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """By the id of what they were written in: how the words stand that are set apart there. `texts`: id → (field, words)."""
    kept = {row.id: row.state for row in held_in(list(texts))} if texts else {}
    ids = {source_id: id_of(work, source_id, *said) for source_id, said in texts.items()}
    return {source_id: kept[id_] for source_id, id_ in ids.items() if id_ in kept}


def without(content: Mapping[str, Any], fields: Collection[str]) -> dict[str, Any]:
    """The content with nothing in the place of these fields."""
    return {name: SET_APART if name in fields else value for name, value in content.items()}


def no_secrets(work: Work[Settings], source_id: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """The content as the log may keep it: no text that is set apart, no place that is only for people with a place."""
    secret = fields_of(work, source_id, content) | ({"place"} if content.get("place_shown_to", "everyone") != "everyone" else set())
    return {name: value for name, value in content.items() if name not in secret}


def words_of(work: Work[Settings], row: Held) -> str:
    """For the safeguarding role alone. "" once they have been forgotten."""
    return str(unlock(KEY, work.settings.events_key, row.words)["words"]) if row.words else ""


def id_of(work: Work[Settings], source_id: str, field: str, text: str) -> str:
    """The same for the same words in the same place."""
    return str(uuid.UUID(keyed_hash(work.settings.events_key, "held", f"{source_id}\0{field}\0{text}")[:32]))


def erase(ref: str, now: datetime) -> bool:
    """What somebody wrote when they signed up, whatever has become of it, and their ref wherever it stands. True when none is left.

    What an organiser wrote is of a post or a group, and goes with that.
    """
    theirs: dict[str, Any] = {"ref": ref, "source.kind": SIGN_UP}
    words: dict[str, Any] = {"words": 1, "phrases": 1, "forget_at": 1}
    rows().update_many({**theirs, "waiting_since": {"$exists": True}}, {"$set": {"state": WITHHELD, "decided_at": now}})
    rows().update_many(theirs, {"$unset": {**words, "waiting_since": 1, "reader": 1}})
    rows().update_many({"ref": ref}, {"$unset": {"ref": 1}})
    return True


def is_of(ref: str) -> bool:
    """Whether anything that is set apart leads to this ref."""
    return rows().find_one({"ref": ref}, {"_id": 1}) is not None


def _set_apart(work: Work[Settings], source: Source, name: str, text: str, phrases: Sequence[str], now: datetime) -> None:
    id_ = id_of(work, source.id, name, text)
    entry = message("text.held.v1", id_, {"kind": source.kind, "id": id_, "areas": list(source.areas)}, now=now)
    row = Held(
        id=id_,
        state=WAITING,
        source={"kind": source.kind, "id": source.id, "field": name},
        words=lock(KEY, work.settings.events_key, {"words": text}),
        phrases=list(phrases),
        areas=list(source.areas) or None,
        ref=source.ref,
        at=now,
        waiting_since=now,
        **first_messages([entry], now),
    )
    with suppress(NotUniqueError):  # the same words once more
        row.save(force_insert=True)


def _texts(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each text by its field's name; one within another as `statements.distress`."""
    for name, value in content.items():
        if isinstance(value, str) and value:
            yield name, value
        elif isinstance(value, Mapping):
            yield from ((f"{name}.{inner}", text) for inner, text in _texts(value))
