"""Two releases at once, as a rolling update runs them: each is a release to which nobody has told of the other.

The later one is a copy of this tree to which a message has an optional field more, a document too, and which says and hears
one type of message that this one has never heard of.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from shared.laptop.places import REPOSITORY
from shared.messaging import dead_letters
from shared.runtime.processes import find
from tests.support.crowd import FORM, ask, pledge
from tests.support.engines import Broker, Store
from tests.support.fleet import ALL, SERVICES, Fleet, fleet
from tests.support.smtp import MailServer
from tests.support.waiting import until
from tests.support.wholeness import order_kept, settled, whole

pytestmark = [pytest.mark.xdist_group("survive"), pytest.mark.proof, pytest.mark.timeout(180)]

NEW, A_FEW = "pledge.praised.v1", 12
# file → what stands there, and what the later release has in its place
CHANGES = {
    "shared/messaging/schemas.py": [
        ("class PledgeCounted(Payload):\n", "class PledgeCounted(Payload):\n    mood = fields.String()\n"),
        ("class PledgeAnswered(PledgeCounted):\n", "class Praise(PledgeCounted):\n    pass\n\n\nclass PledgeAnswered(PledgeCounted):\n"),
    ],
    "shared/messaging/catalogue.py": [
        (
            '        MessageType("pledge.made.v1"',
            f'        MessageType("{NEW}", "pledges.v1", (_P,), (_P,), "Somebody was praised.", schemas.Praise),\n'
            '        MessageType("pledge.made.v1"',
        )
    ],
    "services/pledge/store/__init__.py": [
        (
            "    reference: Any = StringField(required=True, unique=True)\n",
            "    reference: Any = StringField(required=True, unique=True)\n    mood: Any = StringField()\n",
        )
    ],
    "services/pledge/operations/pledges.py": [
        ("        state=rules.ANONYMOUS,\n", '        state=rules.ANONYMOUS,\n        mood="glad",\n'),
        (
            'entries = [message("pledge.made.v1", pledge.id, facts(pledge, rules.made()), now=now)]\n',
            'entries = [message("pledge.made.v1", pledge.id, {**facts(pledge, rules.made()), "mood": "glad"}, now=now)]\n'
            f'    entries.append(message("{NEW}", pledge.id, {{**facts(pledge, {{}}), "mood": "glad"}}, now=now))\n',
        ),
    ],
    "services/pledge/consumers.py": [
        (
            "HANDLERS = {\n",
            "def praise(work: Work[Settings], envelopes: Sequence[Envelope]) -> None:\n"
            "    for envelope in envelopes:\n"
            '        work.db.praised.update_one({"_id": envelope.id}, {"$set": dict(envelope.data)}, upsert=True)\n\n\n'
            f'HANDLERS = {{\n    "{NEW}": praise,\n',
        )
    ],
}


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The later release's tree."""
    tree = tmp_path_factory.mktemp("later")
    for package in ("shared", "services"):
        shutil.copytree(REPOSITORY / package, tree / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name, changes in CHANGES.items():
        text = (tree / name).read_text(encoding="utf-8")
        for before, after in changes:
            assert text.count(before) == 1, f"{name} has changed: {before!r}"
            text = text.replace(before, after)
        (tree / name).write_text(text, encoding="utf-8")
    return tree


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Fleet]:
    """This release, running."""
    with Store(tmp_path) as store, Broker(tmp_path) as broker, MailServer() as mail, fleet(tmp_path, store, broker, mail) as found:
        found.launch(*ALL)
        found.open_door()
        found.wait_ready()
        yield found


def test_two_releases_at_once(here: Fleet, later: Path) -> None:
    """Each reads what the other wrote and keeps it; an unknown message is parked, handled once its hearer is new; nothing is lost."""
    beside = here.base + 100 + find("pledge", "api").offset
    here.start("pledge-api", tree=later, beside="-later", PUBLIC_URL=f"http://localhost:{beside}")
    made = both(here, beside)
    by_later = {row["_id"] for row in here.database("pledge").pledges.find({"mood": "glad"}, {"_id": 1})}
    assert len(by_later) == A_FEW

    # The earlier relay says what it knows, as it was written, and leaves the rest to the later one.
    until(lambda: told(here, "pledge.made.v1", mood="glad") == A_FEW, "the earlier relay publishes what it knows")
    assert told(here, NEW) == 0
    here.start("pledge-worker", tree=later, beside="-later")
    here.stop("pledge-worker")
    until(lambda: told(here, NEW) == A_FEW, "the later relay publishes the rest")
    for service in SERVICES:
        until(lambda: letters(here, service) == {dead_letters.PARKED: A_FEW}, f"{service} parks them")  # noqa: B023

    made += both(here, beside)
    until(lambda: told(here, NEW) == 2 * A_FEW, "all is said")
    here.stop("pledge-consumer", "notify-consumer")
    here.start("pledge-consumer", "notify-consumer", tree=later, beside="-later")
    until(lambda: here.database("pledge").praised.count_documents({"mood": "glad"}) == 2 * A_FEW, "each is handled", 45)
    for service in SERVICES:
        until(lambda: set(letters(here, service)) == {dead_letters.RETRIED}, f"nothing stays parked in {service}", 30)  # noqa: B023

    # The earlier release changes a document of the later one, and what it does not know stays.
    one = next(row for row in made if row["id"] in by_later)
    assert ask(here.base, "POST", f"/did-it/{one['reference']}", urlencode({"answer": "yes"}), FORM).status == 303
    kept = here.database("pledge").pledges.find_one({"_id": one["id"]}) or {}
    assert (kept["answer"], kept["mood"]) == ("yes", "glad")
    settled(here)
    whole(here, made)
    assert order_kept(here, at_least=len(made))


def both(here: Fleet, beside: int) -> list[dict[str, Any]]:
    """Pledges by either release in turn."""
    answers = [pledge(port, number) for number in range(A_FEW) for port in (here.base, beside)]
    assert {answer.status for answer in answers} == {201}
    return [made for answer in answers if (made := answer.made)]


def told(here: Fleet, type_: str, **data: str) -> int:
    return here.database("pledge").archive.count_documents({"type": type_, **{f"data.{name}": value for name, value in data.items()}})


def letters(here: Fleet, service: str) -> dict[str, int]:
    rows = here.database(service)[dead_letters.COLLECTION].aggregate([{"$group": {"_id": "$state", "count": {"$sum": 1}}}])
    return {row["_id"]: row["count"] for row in rows}
