"""People who pledge through the front door while processes die, and what they were told.

Each request is sent again, the same, until it is answered, as a page and a phone would do it: so whoever got an answer has
something to rely on, and nobody else has.
"""

import itertools
import re
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import requests

from shared.reference.actions import actions
from shared.reference.areas import area_codes
from shared.reference.channels import channels
from shared.reference.consents import REMINDERS, current
from shared.runtime.clock import in_london, utc_now
from tests.faults.evenings import Evenings
from tests.faults.mails import Mails
from tests.support.stack import links, new_address

ANSWERED_WITHIN = 45.0
HANDS = 4
YES, PARTLY, CHANGED_MY_MIND = "yes", "partly", "changed-my-mind"
ERASED = "erased"
# What eleven people do, one after the other: with an address from the start, by the nudge page, corrected there; and then.
WAYS = (
    ("", ""),
    ("json", ""),
    ("", YES),
    ("page", ""),
    ("", PARTLY),
    ("json", "confirm"),
    ("corrected", ""),
    ("page", "confirm"),
    ("", CHANGED_MY_MIND),
    ("json", CHANGED_MY_MIND),
    ("json", ERASED),
)


class Unanswered(AssertionError):
    """Nobody answered, however often it was asked."""


@dataclass
class Person:
    """What one did and was told. `address`: the one that counts, the last given; `told`: the changes that were answered."""

    way: tuple[str, str]
    key: str = field(default_factory=lambda: str(uuid.uuid4()))
    addresses: list[str] = field(default_factory=list)
    id: str = ""
    reference: str = ""
    at: str = ""
    told: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return self.addresses[-1] if self.addresses else ""

    @property
    def confirms(self) -> bool:
        return self.way[1] == "confirm"


class Load:
    """`people`: everybody so far, whom somebody answered. `evenings`: those who post, and who reads it."""

    def __init__(self, url: str, mails: Mails, evenings: Evenings) -> None:
        self._url, self.mails, self.evenings = url, mails, evenings
        self.people: list[Person] = []
        self.repeats = 0
        self._ways: Iterator[tuple[str, str]] = itertools.cycle(WAYS)
        self._number = itertools.count()

    def pledge(self, count: int) -> list[Person]:
        """That many people at four hands; returns when each has its answer."""
        new = [Person(way) for way in itertools.islice(self._ways, count)]
        with ThreadPoolExecutor(HANDS) as pool:
            for _ in pool.map(self._pledge, new):
                pass
        self.people += new
        return new

    def confirm(self, people: list[Person]) -> None:
        """Those who mean to, by the link in their mail, once it has come. And those who want everything erased."""
        with ThreadPoolExecutor(HANDS) as pool:
            for _ in pool.map(self._confirm, (person for person in people if person.confirms)):
                pass
        for person in people:
            if person.way[1] == ERASED:
                self._erase(person)

    def _pledge(self, person: Person) -> None:
        how, then = person.way
        body = self._choice()
        if how == "json":
            person.addresses.append(new_address())
            body |= {"email": person.address, "consents": {"reminders": True}, "nudge": "2-days"}
        made = self._ask("/api/v1/pledges", 201, json=body, headers={"Idempotency-Key": person.key}).json()
        person.id, person.reference, person.at = made["id"], made["reference"], utc_now().isoformat()
        for _ in range({"page": 1, "corrected": 2}.get(how, 0)):
            person.addresses.append(new_address())
            form = {"when": "2-days", "email": person.address, "consent": current(REMINDERS).id, "key": str(uuid.uuid4())}
            self._ask(f"/pledged/{person.reference}/nudge", 303, data=form)
        if then == PARTLY:  # at second thought
            self._answer(person, YES)
        if then in (YES, PARTLY, CHANGED_MY_MIND):
            self._answer(person, then)

    def _answer(self, person: Person, answer: str) -> None:
        self._ask(f"/did-it/{person.reference}", 303, data={"answer": answer})
        person.told.append(answer)

    def _confirm(self, person: Person) -> None:
        mail = self.mails.wait_for(person.address)
        self._ask(links(mail)["confirm"], 303)
        person.told.append("confirm")

    def _erase(self, person: Person) -> None:
        self.mails.wait_for(person.address)
        self._ask(f"{self.evenings.data_link(person.address)}/erase", 303)
        person.told.append(ERASED)

    def _choice(self) -> dict[str, Any]:
        number = next(self._number)
        slugs, areas = [action.slug for action in actions(in_london(utc_now()).date())], list(area_codes())
        came = [channel.slug for channel in channels()]
        return {
            "action": slugs[number % len(slugs)],
            "borough": areas[number % len(areas)],
            "channel": came[number % len(came)],
        }

    def _ask(self, path: str, expected: int, **request: Any) -> requests.Response:
        """POST until it is answered. An answer of another kind than expected is a finding of its own."""
        until = time.monotonic() + ANSWERED_WITHIN
        while True:
            try:
                answer = requests.post(self._url + path, timeout=10, allow_redirects=False, **request)
            except requests.RequestException:
                answer = None
            if answer is not None and answer.status_code < 500:
                assert answer.status_code == expected, f"{_pattern(path)} answered {answer.status_code}: {answer.text[:300]}"
                return answer
            if time.monotonic() > until:
                raise Unanswered(f"{_pattern(path)}: no answer within {ANSWERED_WITHIN:.0f} s")
            self.repeats += 1
            time.sleep(0.2)


def _pattern(path: str) -> str:
    return re.sub(r"/(pledged|did-it|confirm|my-data)/[^/]+", r"/\1/…", path)
