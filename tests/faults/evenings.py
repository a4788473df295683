"""Organisers who post and a moderator who reads, through the front door while processes die, and what each was told.

One evening is one group: it posts two events and something that is always on; all is read and published. People sign up for one event;
one of them says yes to the mail of the evening before, which is due at once where notify's worker lives, and one gives the place back; a
time changes, that event is called off, the group is paused and shown again, the other event is taken down, and it is said that what is
always on still runs.
Whatever is not answered is sent again as it was.
"""

import json
import re
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import mongoengine
import requests

from services.events.operations import still_on
from services.events.settings import Settings as EventsSettings
from services.events.store.posts import by_id, posts
from services.notify.operations import boxes, my_data
from services.notify.operations.sessions import known_organiser
from services.notify.settings import Settings as NotifySettings
from shared.laptop.places import Laptop
from shared.messaging.work import Work, start_work
from shared.reference.choices import codes
from shared.runtime.clock import in_london, utc_now
from shared.security.sessions import LASTS, MODERATOR, Session, sign
from tests.faults.mails import Mails
from tests.support.posts import an_event, an_initiative
from tests.support.reviewed import answers_of_a_group
from tests.support.stack import new_address
from tests.support.waiting import until

ANSWERED_WITHIN, CARRIED_OUT_WITHIN = 45.0, 60.0
SEEN = re.compile(r'name="seen" value="([^"]*)"')
DONE, TOO_LATE = 303, 409  # the second of two presses may find that the first was carried out already
LEAVE = re.compile(r"/place/([A-Za-z0-9_-]{22})")
YES = re.compile(r"/confirm/[A-Za-z0-9_-]{22}")
PLACES = 2
GROUP, CALLED_OFF, TAKEN_DOWN, ALWAYS = "group", "called off", "taken down", "always on"


@dataclass
class Guest:
    """One who signs up, and what they were answered."""

    address: str
    key: str
    id: str = ""
    status: str = ""
    position: int | None = None
    left: bool = False


@dataclass
class Evening:
    """`ids`: what was made, by what becomes of it. `told`: what somebody was answered, as it should now stand in the store."""

    slug: str = ""
    ids: dict[str, str] = field(default_factory=dict)
    told: dict[str, dict[str, str]] = field(default_factory=dict)
    guests: list[Guest] = field(default_factory=list)

    def tell(self, name: str, **stands: str) -> None:
        self.told[name] = {**self.told.get(name, {}), **stands}


class Evenings:
    """`past`: every evening that has been, and the one that is."""

    def __init__(self, laptop: Laptop, url: str) -> None:
        self._url, self._laptop, self._mails = url, laptop, Mails(laptop.mails)
        self.past: list[Evening] = []
        self.repeats = 0
        self._works: dict[str, Work[Any]] = {}
        self._moderator = ""

    def close(self) -> None:
        for service in self._works:
            mongoengine.disconnect(alias=service)

    def data_link(self, address: str) -> str:
        """The path of a link to what is held with this address, as a mail would bring it."""
        work = self._work("notify")
        return my_data.make_link(work, boxes.hash_of(work, address), utc_now()).removeprefix(work.settings.public_url)

    def spend(self) -> Evening:
        """One evening; returns when everything has been answered."""
        evening = Evening()
        self.past.append(evening)
        organiser = self._sign_in(refs=(known_organiser(self._work("notify"), new_address(), utc_now()),))
        self._moderator = self._moderator or self._sign_in(roles=(MODERATOR,))
        self._post(evening, organiser)
        for name in (CALLED_OFF, TAKEN_DOWN, ALWAYS):
            self._publish(evening, name)
        self._sign_up(evening)
        self._change(evening, organiser)
        self._say_that_it_runs(evening)
        self._on_post(evening, CALLED_OFF, organiser, "cancel", reason="weather")
        evening.tell(CALLED_OFF, state="cancelled")
        for what in ("pause", "show-again"):
            self._ask(f"/staff/groups/{evening.ids[GROUP]}", (DONE,), self._moderator, data={"do": what})
        gone = {"do": "take-down", "why": "not-safe"}
        self._ask(f"/staff/review/{evening.ids[TAKEN_DOWN]}", (DONE,), self._moderator, data=gone)
        evening.tell(TAKEN_DOWN, state="taken-down")
        return evening

    def _post(self, evening: Evening, organiser: str) -> None:
        day = (in_london(utc_now()).date() + timedelta(days=3)).isoformat()
        made = self._make("groups", organiser, answers_of_a_group(name=f"Walkers {uuid.uuid4().hex[:8]}"))
        evening.slug, evening.ids[GROUP] = made["slug"], made["id"]
        for name in (CALLED_OFF, TAKEN_DOWN):
            booked = {"joining": "book", "capacity": PLACES} if name == CALLED_OFF else {}
            content = an_event(title=f"To be {name}", date=day, group=evening.slug, **booked)
            evening.ids[name] = self._make("events", organiser, content)["id"]
        evening.ids[ALWAYS] = self._make("initiatives", organiser, an_initiative(group=evening.slug))["id"]

    def _publish(self, evening: Evening, name: str) -> None:
        """Read, chosen, and carried out by a worker."""
        path, ticked = f"/staff/review/{evening.ids[name]}", {f"check-{code}": "yes" for code in codes("checklist")}
        page = self._until_answered(lambda: requests.get(self._url + path, headers=_cookie(self._moderator), timeout=10), (200,), path)
        seen = SEEN.search(page.text)
        assert seen, "the page to read it on has no form"
        self._ask(path, (DONE, TOO_LATE), self._moderator, data={"do": "publish", "seen": seen[1], **ticked})
        evening.tell(name, state="published")
        until(lambda: self._state(evening.ids[name]) == "published", f"{name} is published", CARRIED_OUT_WITHIN)

    def _sign_up(self, evening: Evening) -> None:
        """More than there are places; the second says yes to another mail, the first gives hers back by the link in her mail, twice."""
        for _ in range(PLACES + 1):
            guest = Guest(new_address(), str(uuid.uuid4()))
            evening.guests.append(guest)
            body = {"first_name": "Quill", "email": guest.address, "consents": {"evening-before": True}}
            path = f"/api/v1/events/{evening.ids[CALLED_OFF]}/sign-ups"
            made = self._ask(path, (201,), "", key=guest.key, json=body).json()
            guest.id, guest.status, guest.position = made["id"], made["status"], made["position"]
        yes = YES.search(self._mails.wait_for(evening.guests[1].address)["text"])
        assert yes, "the mail has no link to say yes to that of the evening before"
        self._ask(yes[0], (DONE,), "")
        first = evening.guests[0]
        token = LEAVE.search(self._mails.wait_for(first.address)["text"])
        assert token, "the mail has no link to give the place back"
        for _ in range(2):
            self._ask(f"/api/v1/sign-ups/{first.id}", (204,), "", verb="DELETE", headers={"Authorization": f"Bearer {token[1]}"})
        first.left = True

    def _change(self, evening: Evening, organiser: str) -> None:
        """An hour later, which people see at once."""
        stands = {name: str(value) for name, value in an_event().items() if name in ("area", "place", "place_shown_to", "joining")}
        day = self._rows().find_one({"_id": evening.ids[TAKEN_DOWN]}, {"live.date": 1}) or {}
        self._on_post(evening, TAKEN_DOWN, organiser, "when", **stands, date=day["live"]["date"], starts="19:00", ends="20:15")
        self._on_post(evening, TAKEN_DOWN, organiser, "send")
        evening.tell(TAKEN_DOWN, starts="19:00")

    def _say_that_it_runs(self, evening: Evening) -> None:
        """By the link that the mail has; it need not be waited for."""
        work, id_ = self._work("events"), evening.ids[ALWAYS]
        self._rows().update_one({"_id": id_}, {"$set": {"check_due": utc_now().replace(microsecond=0)}})
        found = by_id(id_)
        assert found is not None
        token = still_on.token_of(work, found)
        still_on.ask(work, utc_now())
        self._ask(f"/still-on/{token}", (DONE,), "", data={"has_room": "full"})
        evening.tell(ALWAYS, state="published", has_room="full")

    # How it is asked

    def _make(self, what: str, organiser: str, body: dict[str, Any]) -> dict[str, str]:
        answer = self._ask(f"/api/v1/{what}", (201,), organiser, key=str(uuid.uuid4()), json=body)
        made: dict[str, str] = answer.json()
        return made

    def _on_post(self, evening: Evening, name: str, organiser: str, step: str, **fields: str) -> None:
        self._ask(f"/groups/{evening.slug}/{evening.ids[name]}/{step}", (DONE,), organiser, data=fields)

    def _ask(
        self, path: str, expected: tuple[int, ...], session: str, key: str = "", verb: str = "POST", **request: Any
    ) -> requests.Response:
        headers = _cookie(session) | ({"Idempotency-Key": key} if key else {}) | request.pop("headers", {})
        return self._until_answered(
            lambda: requests.request(verb, self._url + path, headers=headers, timeout=10, allow_redirects=False, **request), expected, path
        )

    def _until_answered(self, ask: Callable[[], requests.Response], expected: tuple[int, ...], path: str) -> requests.Response:
        end = time.monotonic() + ANSWERED_WITHIN
        while True:
            try:
                answer = ask()
            except requests.RequestException:
                answer = None
            if answer is not None and answer.status_code < 500:
                assert answer.status_code in expected, f"{path.split('/')[1]} … answered {answer.status_code}: {answer.text[:300]}"
                return answer
            assert time.monotonic() < end, f"{path.split('/')[1]} …: no answer within {ANSWERED_WITHIN:.0f} s"
            self.repeats += 1
            time.sleep(0.2)

    def _sign_in(self, roles: tuple[str, ...] = (), refs: tuple[str, ...] = ()) -> str:
        """As notify would after a mailed link."""
        issued = utc_now().replace(microsecond=0)
        session = Session(str(uuid.uuid4()), "Quill", roles, (), refs, issued, issued + LASTS)
        return sign(self._work("notify").settings.notify_signing_key, session)

    def _work(self, service: str) -> Work[Any]:
        """A service's store and keys, as its own processes have them."""
        if service not in self._works:
            given = json.loads(self._laptop.environment_file(service).read_text(encoding="utf-8"))["set"]
            alive = {**given, "CRASH_AT": "", "CRASH_MARK": ""}
            settings = EventsSettings.load(alive) if service == "events" else NotifySettings.load(alive)
            self._works[service] = start_work(settings)
        return self._works[service]

    def _rows(self) -> Any:
        self._work("events")
        return posts()

    def _state(self, post_id: str) -> str:
        row = self._rows().find_one({"_id": post_id}, {"state": 1}) or {}
        return str(row.get("state"))

    # What came of it

    def broken_words(self) -> Iterator[str]:
        """What somebody was answered and is not so."""
        for evening in self.past:
            for name, stands in evening.told.items():
                row = self._rows().find_one({"_id": evening.ids[name]}) or {}
                if wrong := otherwise(stands, row):
                    yield f"told-otherwise: post {evening.ids[name]} ({name}): {wrong}"
            yield from self._broken_places(evening)

    def _broken_places(self, evening: Evening) -> Iterator[str]:
        for guest in evening.guests:
            row = self._work("events").db["sign_ups"].find_one({"_id": guest.id}) or {}
            if wrong := place_otherwise(guest, row):
                yield f"told-otherwise: sign-up {guest.id}: {wrong}"
            if not self._mails.to(guest.address):
                yield f"no-first-mail: sign-up {guest.id}: nobody wrote to the address that was taken for it"

    def second_ones(self) -> Iterator[str]:
        """Everybody here was answered in the end, and with one id."""
        known = {id_ for evening in self.past for id_ in (*evening.ids.values(), *(guest.id for guest in evening.guests))}
        for what in ("posts", "groups", "sign_ups") if self._works else ():
            for row in self._work("events").db[what].find({"_id": {"$nin": list(known)}}, {"_id": 1}):
                yield f"told-to-nobody: {what} {row['_id']} is stored, and nobody was told of it"


def place_otherwise(guest: Guest, row: dict[str, Any]) -> str:
    """How a sign-up differs from what its person was answered; in words. The event was called off, which ends the queue."""
    given = row.get("given") or {}
    if (given.get("state"), given.get("position")) != (guest.status, guest.position):
        return f"{guest.status} at {guest.position} was answered, and {given or 'nothing'} is kept"
    ends = ("left",) if guest.left else ("placed",) if guest.status == "placed" else ("placed", "refused")
    return "" if row.get("state") in ends else f"it is {row.get('state')}, not {' or '.join(ends)}"


def otherwise(stands: dict[str, str], row: dict[str, Any]) -> str:
    """How a post differs from what somebody was answered of it; in words."""
    is_so = {"state": row.get("state"), **{fact: (row.get("live") or {}).get(fact) for fact in ("starts", "has_room")}}
    return ", ".join(f"{fact} {is_so[fact]}, not {value}" for fact, value in stands.items() if is_so[fact] != value)


def _cookie(session: str) -> dict[str, str]:
    return {"Cookie": f"session={session}"} if session else {}
