"""What people were told, compared with what is there: by the auditor, and, for what it cannot know, by each one's own answers.

Everything is named: by a pledge's id, a message's id, a mail's Message-ID. Nobody's address is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from shared.laptop.audit.command import audit
from shared.laptop.audit.evidence import Acknowledged
from shared.messaging.findings import DOUBLED, LOST
from tests.faults.load import CHANGED_MY_MIND, ERASED, PARTLY, YES, Load, Person
from tests.faults.mails import Mails
from tests.faults.rig import Rig

SETTLE, PATIENCE = 5.0, 2.0
RESENT = "mail-resent"


@dataclass(frozen=True)
class Verdict:
    """`lost`, `doubled`: one sentence a pledge, cell or mail. `again`: first mails that came twice; `unknown`: mails left alone.

    `line`: the auditor's last.
    """

    lost: frozenset[str] = frozenset()
    doubled: frozenset[str] = frozenset()
    again: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    line: str = ""

    def since(self, before: "Verdict") -> "Verdict":
        """What is new."""
        return Verdict(
            self.lost - before.lost, self.doubled - before.doubled, self.again - before.again, self.unknown - before.unknown, self.line
        )


def judge(rig: Rig, load: Load) -> Verdict:
    """Of everybody so far. Nothing may be on its way."""
    people, mails = load.people, load.mails
    rig.lend_the_workers_time()
    verdict, _ = audit(rig.laptop, [Acknowledged(person.id, person.reference) for person in people], SETTLE, PATIENCE)
    found = [finding for report in verdict.reports for finding in report.findings]

    def words(effect: str) -> dict[str, str]:
        return {finding.about: f"{finding.name}: {finding.words}" for finding in found if finding.effect == effect}

    unknown = rig.database("notify").notifications.find({"state": "unknown"}, {"template": 1})
    return Verdict(
        lost=frozenset([*words(LOST).values(), *_broken_words(rig, people, mails), *load.evenings.broken_words()]),
        doubled=frozenset([*words(DOUBLED).values(), *_second_ones(rig, people), *load.evenings.second_ones()]),
        again=frozenset(finding.message for finding in found if finding.name == RESENT),
        unknown=frozenset(f"{row['template']} {row['_id']}" for row in unknown),
        line=verdict.line,
    )


def _second_ones(rig: Rig, people: Iterable[Person]) -> Iterator[str]:
    """Everybody here was answered in the end, and with one id: any other pledge is a form that counted twice."""
    known = {person.id for person in people}
    for row in rig.database("pledge").pledges.find({"_id": {"$nin": list(known)}}, {"_id": 1}):
        yield f"told-to-nobody: pledge {row['_id']} is stored, and nobody was told of it"


def _broken_words(rig: Rig, people: Iterable[Person], mails: Mails) -> Iterator[str]:
    """What somebody was answered, beside the pledge itself, and is not so."""
    documents = {row["_id"]: row for row in rig.database("pledge").pledges.find({}, {"state": 1, "answer": 1, "ref": 1})}
    nudges = {row["ref"]: row["state"] for row in rig.database("notify").notifications.find({"template": "nudge"}, {"ref": 1, "state": 1})}
    for person in people:
        if document := documents.get(person.id):
            yield from (f"told-otherwise: pledge {person.id}: {words}" for words in changes_missing(person, document, nudges))
        if person.address and CHANGED_MY_MIND not in person.told and not mails.to(person.address):  # who did was quicker than the mail
            yield f"no-first-mail: pledge {person.id}: nobody wrote to the address that was taken for it"


def changes_missing(person: Person, document: dict[str, Any], nudges: dict[str, str]) -> Iterator[str]:
    state, answers = document["state"], [told for told in person.told if told in (YES, PARTLY)]
    if answers and document.get("answer") != answers[-1]:
        yield f"the answer {answers[-1]} was taken, and it has {document.get('answer')}"
    if CHANGED_MY_MIND in person.told and state != "withdrawn":
        yield f"it was taken back, and is {state}"
    if ERASED in person.told and "ref" in document:
        yield "everything was erased, and it holds a ref"
    if person.address and state == "anonymous" and ERASED not in person.told:
        yield "an address was taken, and it is anonymous"
    if "confirm" in person.told:
        if state != "confirmed":
            yield f"it was confirmed, and is {state}"
        if nudges.get(document.get("ref", "")) not in ("sent", "unknown"):
            yield f"it was confirmed, and its nudge is {nudges.get(document.get('ref', ''))}"
