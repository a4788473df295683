"""pledge's real app on an empty database of the real store, asked as a browser asks it; its background work done on demand."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask import Flask

from services.pledge.app import create_app
from services.pledge.operations import contacts, counting, publishing
from services.pledge.operations.desk import DESK
from services.pledge.operations.listings import ThisWeek
from services.pledge.operations.numbers import Numbers
from services.pledge.store import Pledge, by_reference, pledges
from shared.messaging.outbox import as_envelope
from shared.runtime.clock import iso_week
from tests.pages.reading import tags, words
from tests.support.benches import bench
from tests.support.builders import an_envelope, counted
from tests.support.engines import Store
from tests.support.settings import A_MOMENT, MovableClock
from tests.support.sites import in_the_open
from tests.support.waiting import free_ports

Answer = Any  # werkzeug's TestResponse, whose `json` may be anything: the test says what it must be

ADDRESS = "kim.pell@example.org"  # invented, and unmistakable where it should not be
CONSENT = "nudge-2026-11"


@dataclass
class PledgeSite:
    """`origin`: the site's own address, as PUBLIC_URL says it."""

    app: Flask
    clock: MovableClock
    origin: str

    @property
    def work(self) -> Any:
        return self.app.extensions[DESK].work

    def empty(self) -> None:
        """As on the first day: nothing stored, nothing remembered, the clock put back."""
        for name in self.work.db.list_collection_names():
            self.work.db[name].delete_many({})
        self.clock.set(A_MOMENT)
        desk = self.app.extensions[DESK]
        self.app.extensions[DESK] = replace(desk, numbers=Numbers(desk.work), week=ThisWeek(desk.work))

    def get(self, path: str, **kwargs: Any) -> Answer:
        return self.app.test_client().get(path, base_url=self.origin, **kwargs)

    def post(self, path: str, fields: dict[str, Any] | None = None, **kwargs: Any) -> Answer:
        return self.app.test_client().post(path, base_url=self.origin, **{"data": fields, **kwargs})

    def send(self, body: Any, path: str = "/api/v1/pledges", **headers: str) -> Answer:
        """One JSON call; `Idempotency_Key` for the header of that name."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.app.test_client().post(path, json=body, base_url=self.origin, headers=named)

    def key(self, path: str) -> str:
        """The hidden key of a page's form."""
        return hidden(self.get(path))["key"]

    def pledge(self, slug: str = "walk-together", **fields: str) -> str:
        """Press the green button of an action's page; the new pledge's reference."""
        answer = self.post(f"/pledge/{slug}", {"key": self.key(f"/pledge/{slug}"), "then": "done", **fields})
        assert answer.status_code == 303, words(answer.text)
        return str(answer.location).split("/")[2]

    def nudged(self, slug: str = "walk-together", address: str = ADDRESS) -> str:
        """A pledge with an address that is not confirmed."""
        reference = self.pledge(slug)
        path = f"/pledged/{reference}/nudge"
        answer = self.post(path, {"key": self.key(path), "when": "saturday", "email": address, "consent": CONSENT})
        assert answer.status_code == 303, words(answer.text)
        return reference

    def confirmed(self) -> str:
        """A pledge whose address notify has said yes for."""
        reference = self.nudged()
        contacts.confirmed(self.work, stored(reference).ref, now=self.clock())
        return reference

    def counted(self, **areas: int) -> None:
        """So many pledges in each area are counted, as if their messages had come: quicker than to make them. Then all is published."""
        data = [counted(area=area, week=iso_week(self.clock())) for area, count in areas.items() for _ in range(count)]
        counting.count(self.work, [an_envelope(data=one) for one in data])
        self.count()

    def count(self) -> None:
        """What relay, broker, consumer and clock do with everything that is pending; what was counted before changes nothing."""
        envelopes = [as_envelope(entry, "pledge", 0) for row in pledges().find({}) for entry in row.get("outbox", [])]
        counting.count(self.work, [one for one in envelopes if one.type.startswith(("pledge.", "poster."))])
        while counting.fold(self.work, self.clock()):
            pass
        publishing.publish_breakdowns(self.work, self.clock())
        self.clock.move(seconds=2)  # past the moment for which a reading of the totals is kept


@contextmanager
def pledge_site(store: Store, database: str, build_dir: Path, **changes: Any) -> Iterator[PledgeSite]:
    """The app by itself. `changes`: settings by their variables' names."""
    clock = MovableClock()
    changes = {"DOWNLOADS_PER_MINUTE": 100_000, **changes}  # an app is shared by a module's tests, and they by the network they come from
    with bench("pledge", store, database, clock, BUILD_DIR=build_dir, **changes) as work:
        app = create_app(work.settings)
        app.extensions["clock"] = clock
        yield PledgeSite(app, clock, work.settings.public_url)


@contextmanager
def listening(store: Store, database: str, build_dir: Path) -> Iterator[PledgeSite]:
    """The app on a free port of this machine with the front door's files beside it, for a browser."""
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    with pledge_site(store, database, build_dir, PUBLIC_URL=url) as site, in_the_open(site.app, port, build_dir):
        yield site


def stored(reference: str) -> Pledge:
    found = by_reference(reference)
    assert found is not None, "no such pledge"
    return found


def how_many() -> int:
    return pledges().count_documents({})


def hidden(page: Answer) -> dict[str, str]:
    """The hidden fields of a page, by name."""
    return {tag["name"]: tag.get("value") or "" for tag in tags(page.text, "input") if tag.get("type") == "hidden"}


def heading(page: Answer) -> str:
    """The words of the page's h1."""
    inside = page.text.partition("<h1")[2].partition(">")[2].partition("</h1>")[0]
    assert inside, "the page has no heading"
    return words(inside)


def complaints(page: Answer) -> list[str]:
    """What the error summary says, in its order."""
    inside = page.text.partition("govuk-error-summary__list")[2].partition("</ul>")[0]
    return [words(f"<li>{part}") for part in inside.split("<li>")[1:]]
