"""Places between the services: each sign-up's newest word has reached notify, each address given for a place is held there, and no other.

What a roster, its sign-ups and their own messages say of one another is events' doctor's to tell. A message that notify has not come to
yet, or that is a dead letter there, is on its way: what it is about is left alone.
"""

from collections.abc import Collection, Iterator

from shared.laptop.audit.evidence import Evidence, Row
from shared.messaging.findings import AMISS, LOST, Finding, note

TOLD = "sign-up."
PLACE, SERVING = "place", "serving"
LIVE = ("placed", "queued")
KNOWN_AS = {"promoted": "placed", "repeated": "repeat"}  # what notify keeps for a type, where it is another word
AGAIN = "run republish of events"


def compare_places(evidence: Evidence, moving: Collection[str]) -> Iterator[Finding]:
    """`moving`: the subjects of which notify is still to hear something."""
    newest = _newest(evidence)
    for id_, message in newest.items():
        if id_ not in moving:
            yield from _behind(id_, message, evidence.sign_up_copies.get(id_))
    yield from _ties(evidence, moving)
    if evidence.sign_ups:
        live = sum(row["state"] in LIVE for row in evidence.sign_ups.values())
        yield note("places", f"{len(evidence.sign_ups)} sign-ups, {live} with a place or in a queue")


def is_of_a_place(type_: str) -> bool:
    return type_.startswith(TOLD)


def _newest(evidence: Evidence) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for row in evidence.archives["events"].values():
        if is_of_a_place(row["type"]) and (last := found.get(row["subject"], row))["sequence"] <= row["sequence"]:
            found[last["subject"]] = row
    return found


def _behind(id_: str, message: Row, copy: Row | None) -> Iterator[Finding]:
    said = message["type"].split(".")[1]
    words = f"notify has read {message['type']} {message['_id']} of sign-up {id_}"
    if copy is None or copy["sequence"] < message["sequence"]:
        was = "gone" if copy is None else "older"
        yield Finding(LOST, "place-behind", id_, f"{words}, and its copy is {was}", AGAIN, message["_id"])
    elif copy["sequence"] == message["sequence"] and copy["state"] != KNOWN_AS.get(said, said):
        yield Finding(AMISS, "place-otherwise", id_, f"{words}, and keeps it as {copy['state']}", "delete the copy, then " + AGAIN)


def _ties(evidence: Evidence, moving: Collection[str]) -> Iterator[Finding]:
    """Each ref of a place is a contact of notify's, and each address that serves a place is of a sign-up."""
    refs = set()
    for id_, row in evidence.sign_ups.items():
        if not (ref := row.get("ref")):
            continue
        refs.add(ref)
        settled = row["state"] in LIVE and "given" in row and not row.get("offer") and id_ not in moving
        if settled and ref not in evidence.contacts:
            words = f"sign-up {id_} was given an address, and neither it nor notify holds it (contact {ref})"
            yield Finding(LOST, "place-address-nowhere", id_, words, "the person can sign up again; its organiser sees the place")
    for ref, contact in evidence.contacts.items():
        if contact.get("kind") == PLACE and contact["state"] == SERVING and ref not in refs and not contact.get("outbox"):
            words = f"notify holds an address for a place (contact {ref}) that no sign-up leads to"
            yield Finding(AMISS, "address-without-place", ref, words, "it goes by itself a week after the slot")
