"""What groups post, and what the other services keep of it: each copy has the newest that was told, and shows nothing that events does not.

A message that a service's group has not come to yet, or that is a dead letter there, is on its way: what it is about is left alone.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from shared.laptop.audit.evidence import Evidence, Row
from shared.laptop.audit.places import compare_places, is_of_a_place
from shared.messaging.catalogue import ARCHIVE_LIFETIME, CATALOGUE
from shared.messaging.envelope import Envelope
from shared.messaging.findings import AMISS, LOST, Finding, note

EVENTS = "events"
POSTED, PAUSED, HELD = (".published.v1", ".changed.v1"), "group.paused.v1", "text.held.v1"
NOT_KEPT = (HELD, "event.eve.v1", "attendance.recorded.v1")  # they leave no copy of a post
ABOUT_GROUPS = ("group.registered.v1", "group.decided.v1", PAUSED)
# Older messages, and copies made of them, may be forgotten any day.
LATELY = ARCHIVE_LIFETIME - timedelta(days=10)
MAY_BE_SHOWN = ("published", "past")  # a copy of what is over goes by its own clock
REMINDS = "notify"  # of what waits to be read
OWN_END = "ended"
AGAIN = "run republish of events; a copy takes whatever is newer than it has"


def tells_organisers(envelope: Envelope) -> bool:
    """Whether notify plans a mail for it."""
    said = envelope.data
    asked = envelope.type == "event.changes-asked.v1" or (envelope.type == "group.decided.v1" and not said["approved"])
    paused = envelope.type == PAUSED and said["paused"]
    taken_down = envelope.type.endswith(".taken-down.v1") and said["reason"] != OWN_END
    return bool(said.get("refs")) and (asked or paused or taken_down or envelope.type.endswith(".published.v1"))


def compare_copies(evidence: Evidence) -> Iterator[Finding]:
    yield from compare_places(evidence, on_the_way(evidence, REMINDS))
    for service, copies in evidence.copies.items():
        newest, moving = _newest(evidence, service), on_the_way(evidence, service)
        for subject, message in newest.items():
            if subject not in moving and message["time"] > evidence.now - LATELY:
                kept = evidence.paused_copies[service] if message["type"] in ABOUT_GROUPS else copies
                yield from _behind(service, subject, message, kept.get(subject))
        for id_, copy in copies.items():
            if id_ not in moving and copy["sequence"] <= newest.get(id_, copy)["sequence"]:
                yield from _shown_otherwise(service, id_, copy, evidence.posts.get(id_))
        yield from _pauses(evidence, service, moving)
    if evidence.posts:
        shown = ", ".join(f"{service} {sum(map(_is_shown, copies.values()))}" for service, copies in evidence.copies.items())
        found = sum(1 for post in evidence.posts.values() if "listed" in post)
        yield note("posts", f"{found} posts can be found; copies of what is published: {shown}")


def _newest(evidence: Evidence, service: str) -> dict[str, Row]:
    """Subject → the last message of it that this service keeps a copy of."""
    found: dict[str, Row] = {}
    for row in evidence.archives[EVENTS].values():
        known = CATALOGUE.get(row["type"])
        heard = known and known.topic == "events.v1" and service in known.hearers
        if heard and row["type"] not in NOT_KEPT and not is_of_a_place(row["type"]):
            last = found.get(row["subject"])
            if last is None or last["sequence"] < row["sequence"]:
                found[row["subject"]] = row
    return found


def on_the_way(evidence: Evidence, service: str) -> set[str]:
    """The subjects of which something is still to come."""
    moving = set(evidence.speaking)
    for record in evidence.log:
        envelope = record.envelope
        if envelope and (not evidence.has_handled(service, record) or record.letter in evidence.letters[service]):
            moving.add(envelope.subject)
    return moving


def _behind(service: str, subject: str, message: Row, copy: Row | None) -> Iterator[Finding]:
    if copy is None or copy["sequence"] < message["sequence"]:
        words = f"{service} has read {message['type']} {message['_id']} of {subject}, and its copy is {'gone' if copy is None else 'older'}"
        yield Finding(LOST, "copy-behind", subject, words, AGAIN, message["_id"])
    elif copy["sequence"] == message["sequence"] and message["type"].endswith(POSTED) and _is_shown(copy):
        yield from _says_otherwise(service, subject, copy, message["data"])


def _says_otherwise(service: str, subject: str, copy: Row, said: Mapping[str, Any]) -> Iterator[Finding]:
    if wrong := [name for name in ("title", "slug", "group") if copy.get(name) != said[name]]:
        words = f"{service}'s copy of {subject} has another {' and '.join(wrong)} than events told"
        yield Finding(AMISS, "copy-otherwise", subject, words, "the copy was changed by another hand: delete it, then " + AGAIN)


def _shown_otherwise(service: str, id_: str, copy: Row, post: Row | None) -> Iterator[Finding]:
    state = post["state"] if post else "not there"
    if _is_shown(copy) and state not in MAY_BE_SHOWN:
        words = f"{service} keeps {id_} as something that people can go to, and in events it is {state}"
        yield Finding(AMISS, "shown-elsewhere", id_, words, AGAIN)
    elif post and "listed" in post and not _is_shown(copy):
        words = f"people can find {post['kind']} {id_}, and {service} keeps it as something that has ended"
        yield Finding(AMISS, "ended-elsewhere", id_, words, AGAIN)
    elif post and "listed" in post and (copy["title"], copy["slug"]) != (post["live"]["title"], post["slug"]):
        words = f"{service} shows {post['kind']} {id_} under another title or address than events"
        yield Finding(AMISS, "shown-otherwise", id_, words, AGAIN)
    if post and service == REMINDS and ("waiting_since" in copy) != ("submitted_at" in post):
        words = (
            f"{post['kind']} {id_} {'waits' if 'submitted_at' in post else 'does not wait'} to be read, and {service} believes otherwise"
        )
        yield Finding(AMISS, "waits-elsewhere", id_, words, AGAIN)


def _is_shown(copy: Row) -> bool:
    """notify says it by a state, pledge by what is there of it."""
    return copy["state"] == "live" if "state" in copy else "title" in copy and "forget_at" not in copy


def _pauses(evidence: Evidence, service: str, moving: set[str]) -> Iterator[Finding]:
    held_back = {id_ for id_, copy in evidence.paused_copies[service].items() if "paused_since" in copy or "paused" in copy}
    for id_ in (held_back ^ set(evidence.paused)) - moving:
        words = f"group {id_} is {'paused, and ' + service + ' shows it' if id_ in evidence.paused else 'shown, and paused in ' + service}"
        yield Finding(AMISS, "pause-elsewhere", id_, words, AGAIN)
