"""A group's life on the organiser's side: made, changed, sent for review with its first post; and its second organiser.

Whose group it is, is said by the refs in `organisers` alone. What only staff may read is locked before it is stored.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.events.operations import held
from services.events.operations.facts import slug_of
from services.events.operations.held import Source
from services.events.operations.once import insert_once
from services.events.rules import groups as rules
from services.events.rules.posts import kept_until
from services.events.settings import Settings
from services.events.store import Group
from services.events.store.groups import by_id, by_key, groups, of_organiser
from services.events.store.posts import of_group
from shared.messaging.outbox import Entry, change_if, message
from shared.messaging.work import Work
from shared.privacy import retention
from shared.runtime.errors import Conflict, InvalidInput, KeyReused
from shared.security.sealing import lock, unlock

Answers = Mapping[str, Any]
LOCK = "EVENTS_KEY"
MOST_GROUPS = 10
CHANGED_MEANWHILE = "Somebody else has changed this group meanwhile. Look again, then send it once more."


def make(work: Work[Settings], answers: Answers, ref: str, *, now: datetime, key: str | None = None, digest: str = "") -> Group:
    """A draft that belongs to `ref`. A repeated `key` gives the group that it made before; with another `digest` it is KeyReused."""
    if key and (found := by_key(key)):
        return _same(found, ref, digest)
    if len(of_organiser([ref])) >= MOST_GROUPS:
        raise Conflict("You have ten groups already. Ask us if you need more.")
    id_ = str(uuid.uuid4())
    new = Group(
        id=id_,
        slug=slug_of(answers["name"], id_),
        state=rules.DRAFT,
        organisers=[ref],
        about=rules.about_of(answers),
        private=_locked(work, answers),
        made_at=now,
        saved_at=now,
        forget_at=kept_until(rules.DRAFT, now, retention.DRAFT.lasts),
        key=key,
        key_digest=digest or None,
        key_until=now + retention.POST_FORM.lasts if key else None,
    )
    return _same(insert_once(new, by_key), ref, digest)


def _same(found: Group, ref: str, digest: str) -> Group:
    if ref not in found.organisers or (found.key_digest or "") != digest:
        raise KeyReused
    return found


def save(work: Work[Settings], group: Group, answers: Answers, *, ref: str, now: datetime) -> Group:
    """Keep what the group says of itself. An approved one is read again where people would see other words; its private part
    holds at once. `ref`: who says so. Raises Conflict when somebody else saved meanwhile, or a reviewer decided."""
    about = rules.about_of(answers)
    facts = _as_read(group)
    changes: dict[str, Any] = {"about": about, "private": _locked(work, answers), "saved_at": now}
    changes |= {"forget_at": kept_until(group.state, now, retention.DRAFT.lasts)}
    entries: list[Entry] = []
    if group.state != rules.DRAFT:
        set_hard_words_apart(work, group, about, ref, now)
    if group.state == rules.APPROVED:
        waits = about != group.approved
        changes |= {"submitted_at": (group.submitted_at or now) if waits else None, "asked": None}
        if about != group.about and (waits or group.submitted_at):
            entries = [registered(group, about, now, taken_back=not waits)]
    done = change_if(groups(), group.id, facts, changes, entries, now)
    found = _again(group)
    if not done and answers_of(work, found) != rules.kept(answers):  # else a second tap on the same answers
        raise Conflict(CHANGED_MEANWHILE)
    return found


def send(work: Work[Settings], group: Group, *, ref: str, now: datetime) -> Group:
    """Ask for it to be read: with its first post, or after changes were asked for. One that waits or is approved stays as it is.
    `ref`: who sends it.

    Raises InvalidInput while something is missing.
    """
    if group.state in (rules.SUBMITTED, rules.APPROVED):
        return group
    if found := rules.faults(answers_of(work, group)):
        raise InvalidInput({name: [flaw.plain] for name, flaw in found.items()}, "The group’s own page is not whole yet.")
    set_hard_words_apart(work, group, group.about, ref, now)
    state = rules.after(rules.SUBMIT, group.state)
    facts = _as_read(group)
    entry = registered(group, group.about, now)
    if not change_if(groups(), group.id, facts, {"state": state, "submitted_at": now, "asked": None, "forget_at": None}, [entry], now):
        raise Conflict(CHANGED_MEANWHILE)
    return _again(group)


def take_back(group: Group, *, now: datetime) -> None:
    """With its first post: nobody reads it any more. Nothing where it was approved meanwhile, or another post still waits."""
    state = rules.after(rules.TAKE_BACK, group.state)
    if state and not any(post.submitted_at for post in of_group(group.id)):
        entry = registered(group, group.about or {}, now, taken_back=True)
        change_if(
            groups(),
            group.id,
            {"state": group.state},
            {"state": state, "submitted_at": None, "forget_at": kept_until(state, now, retention.DRAFT.lasts)},
            [entry],
            now,
        )


def set_hard_words_apart(work: Work[Settings], group: Group, about: Mapping[str, Any], ref: str, now: datetime) -> None:
    """Before anybody can read them. None is refused for what it says."""
    held.look(work, about, Source(held.GROUP, group.id, list(about.get("areas", ())), ref), now)


def _as_read(group: Group) -> dict[str, Any]:
    return {"state": group.state, "saved_at": group.saved_at or {"$exists": False}}


def registered(group: Group, about: Mapping[str, Any], now: datetime, *, taken_back: bool = False) -> Entry:
    body: dict[str, Any] = {"group": group.id, "refs": list(group.organisers), "areas": list(about.get("areas", ()))}
    body |= {"taken_back": True} if taken_back else {}
    return message("group.registered.v1", group.id, body, now=now)


def answers_of(work: Work[Settings], group: Group) -> dict[str, Any]:
    """What the form shows: for the group's own organisers, and for staff."""
    private = unlock(LOCK, work.settings.events_key, group.private) if group.private else {}
    return rules.answers_of(group.about or {}, private)


def _locked(work: Work[Settings], answers: Answers) -> str:
    return lock(LOCK, work.settings.events_key, rules.private_of(answers))


def _again(group: Group) -> Group:
    return by_id(group.id) or group
