"""What an organiser does with a post until somebody reads it: made, saved as she goes, sent, taken back, deleted.

A draft may lack anything; each page saves its own fields, so two organisers on two pages lose nothing of each other's. What is
sent is the draft that was checked: when somebody saves in between, the sender is told and looks again.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.events.operations import decisions, groups, held, roster
from services.events.operations.facts import areas_of, told_back
from services.events.operations.held import Source
from services.events.operations.once import insert_once
from services.events.operations.publishing import NOT_WAITING
from services.events.rules import checks
from services.events.rules import posts as rules
from services.events.rules.checks import Terms
from services.events.rules.posts import DRAFT, SUBMITTED
from services.events.settings import Settings
from services.events.store import Group, Post
from services.events.store.groups import groups as groups_rows
from services.events.store.groups import keys_before
from services.events.store.posts import by_id, by_key, of_group, posts
from shared.messaging.outbox import change_if, message
from shared.messaging.work import Work
from shared.privacy import retention
from shared.runtime.crash_points import reach
from shared.runtime.errors import Conflict, InvalidInput, KeyReused

AT_MOST = 500
MOST_OPEN = 100  # drafts and posts of one group that are not over
CHANGED_MEANWHILE = "Somebody else has changed this meanwhile. Look again, then press the button once more."


def make(
    group: Group,
    kind: str,
    *,
    now: datetime,
    key: str | None = None,
    digest: str = "",
    content: Mapping[str, Any] | None = None,
    id_: str | None = None,
) -> Post:
    """A draft of this group. A repeated `key` gives the one that it made before; with another `digest` it is KeyReused."""
    if key and (found := by_key(key)):
        return _same(found, group, digest)
    _refuse_too_many(group)
    new = Post(
        id=id_ or str(uuid.uuid4()),
        kind=kind,
        group=group.id,
        state=DRAFT,
        draft=dict(content or {}),
        made_at=now,
        saved_at=now,
        forget_at=rules.kept_until(DRAFT, now, retention.DRAFT.lasts),
        key=key,
        key_digest=digest or None,
        key_until=now + retention.POST_FORM.lasts if key else None,
    )
    return _same(insert_once(new, by_key), group, digest)


def _same(found: Post, group: Group, digest: str) -> Post:
    if found.group != group.id or (found.key_digest or "") != digest:
        raise KeyReused
    return found


def _refuse_too_many(group: Group) -> None:
    if sum(post.state not in rules.OVER for post in of_group(group.id)) >= MOST_OPEN:
        raise Conflict("Your group has a hundred posts that are not over yet. Delete a draft first.")


def save(post: Post, answers: Mapping[str, Any], *, now: datetime) -> Post:
    """Keep these fields of the draft; an empty one is taken out. Raises Conflict where it can't be changed any more."""
    if not rules.may_edit(post.state):
        raise Conflict(why_not(post.state))
    fields = {f"draft.{name}": value if value not in ("", [], ()) else None for name, value in answers.items()}
    done = change_if(posts(), post.id, {"state": post.state}, {**fields, **_saved(post.state, now)}, (), now)
    found = again(post)
    if not done and found.state != post.state:  # else the same answers, saved in this very moment by a second tap
        raise Conflict(CHANGED_MEANWHILE)
    return found


def _saved(state: str, now: datetime) -> dict[str, Any]:
    return {"saved_at": now, "forget_at": rules.kept_until(state, now, retention.DRAFT.lasts)}


def why_not(state: str) -> str:
    """Why a post in this state can't be changed."""
    if state == SUBMITTED:
        return "Somebody is about to read this. Take it back first, then change it."
    return "This is over, so it can’t be changed. You can post it again with a new date."


def send(work: Work[Settings], post: Post, group: Group, *, ref: str, now: datetime) -> Post:
    """Ask for it to be read, and for its group as well if nobody has read that. Twice is once. `ref`: who sends it.

    Raises InvalidInput where something is missing or wrong, Conflict when somebody saved or decided meanwhile.
    """
    if post.state == SUBMITTED:
        return post
    state = rules.after(rules.SUBMIT, post.state)
    if state is None or post.state == rules.PUBLISHED:
        raise Conflict(why_not(post.state))
    content = whole(post, group, now)
    set_hard_words_apart(work, post, content, ref, now)
    groups.send(work, group, ref=ref, now=now)
    reach("send.after-group")
    changes = {**NOT_WAITING, "state": state, "waiting": content, "submitted_at": now, "forget_at": None}
    told = {"kind": post.kind, "id": post.id, "areas": areas_of(post.kind, content)}
    entry = message("post.submitted.v1", post.id, told, now=now)
    if not change_if(posts(), post.id, as_read(post), changes, [entry], now):
        raise Conflict(CHANGED_MEANWHILE)
    reach("send.after-update")
    return again(post)


def set_hard_words_apart(work: Work[Settings], post: Post, content: Mapping[str, Any], ref: str, now: datetime) -> list[str]:
    """Before anybody can read them: the fields that wait for the safeguarding role. None is refused for what it says."""
    return held.look(work, content, Source(post.kind, post.id, areas_of(post.kind, content), ref), now)


def whole(post: Post, group: Group, now: datetime) -> dict[str, Any]:
    """The draft as it would be sent. Raises InvalidInput while something keeps it from that."""
    content = checks.as_sent(post.kind, post.draft or {})
    found = checks.faults(post.kind, content, terms_of(post, group, now))
    if found:
        raise InvalidInput({name: [flaw.plain] for name, flaw in found.items()}, "Something is still missing, or has to be changed.")
    return content


def terms_of(post: Post, group: Group, now: datetime) -> Terms:
    """What a draft is checked against."""
    return Terms(now, bool(group.trusted), post.live, roster.taken(post.slots or ()))


def as_read(post: Post) -> dict[str, Any]:
    """The facts that still hold while nobody has saved, sent or decided since this post was read."""
    facts: dict[str, Any] = {"state": post.state, "saved_at": post.saved_at or {"$exists": False}}
    return facts | ({"edition": post.edition} if post.edition else {}) | decisions.as_read(post)


def take_back(post: Post, group: Group, *, now: datetime) -> Post:
    """Nobody is to read it yet: it is a draft again, and of what is published the new words are. Twice is once.

    A choice of a reviewer's that has not taken effect falls with it, and the log says so.
    """
    if not post.submitted_at:
        return post
    state = rules.after(rules.TAKE_BACK, post.state)
    if state is None:
        raise Conflict(why_not(post.state))
    facts = {"state": post.state, "submitted_at": post.submitted_at} | decisions.as_read(post)
    entry = message("post.submitted.v1", post.id, told_back(post), now=now)
    if not change_if(
        posts(),
        post.id,
        facts,
        {**NOT_WAITING, "state": state, "forget_at": rules.kept_until(state, now, retention.DRAFT.lasts)},
        [entry],
        now,
    ):
        raise Conflict(CHANGED_MEANWHILE)
    decisions.log_dropped(post, now)
    groups.take_back(group, now=now)
    return again(post)


def delete(post: Post) -> None:
    """A draft that nobody wants any more, with all that was in it."""
    if post.state != DRAFT:
        raise Conflict("Only a draft can be deleted. Take it back first, or cancel it.")
    # What it has still to tell goes first: the relay clears it within a second, unless Kafka is away.
    gone = posts().delete_one({"_id": post.id, "state": DRAFT, "pending_since": {"$exists": False}}).deleted_count
    if not gone and by_id(post.id):
        raise Conflict("It can’t be deleted this minute. Nothing was changed: try again in a while.")


def post_again(post: Post, group: Group, *, now: datetime, key: str | None = None) -> Post:
    """A new draft with the same words and facts, and no date."""
    content = {name: value for name, value in (post.live or post.draft or {}).items() if name != "date"}
    return make(group, post.kind, now=now, key=key, digest="again", content=content)


def forget_keys(_work: Work[Settings], now: datetime) -> int:
    """Due: a form sent a day ago has been answered, so what told it from another goes."""
    gone = dict.fromkeys(("key", "key_digest", "key_until"), 1)
    count = 0
    for document, rows in ((Post, posts()), (Group, groups_rows())):
        ids = keys_before(document, now, AT_MOST)
        count += rows.update_many({"_id": {"$in": ids}}, {"$unset": gone}).modified_count if ids else 0
    return count


def again(post: Post) -> Post:
    """As it stands now."""
    return by_id(post.id) or post
