"""Invented pledges for a laptop: made by the same operation as real ones, with past times over eight weeks.

Every theme and thirty areas have ten or more, three areas fewer, so that the disclosure rule can be seen at work.
"""

import random
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from services.pledge.operations import pledges, posters
from services.pledge.operations.pledges import Promise
from services.pledge.settings import Settings
from services.pledge.store import MARKERS
from shared.messaging.work import Work
from shared.reference.actions import actions
from shared.reference.areas import NOT_SAID, WORK_STUDY, areas
from shared.reference.channels import DIRECT, POSTERS, channels

WEEKS = 8
FEW_AREAS = {"bexley": 4, "sutton": 6, "havering": 3}
POSTERS_ADDED = {"OLD-ST-3": "Old Street, ticket hall", "BRIXTON-1": "Brixton library", "WALTHAM-7": "Walthamstow market"}
MARKER = "demo-1"


def fill(work: Work[Settings]) -> int:
    """The number of pledges made; 0 when this store has had its demo data."""
    if work.db[MARKERS].find_one({"_id": MARKER}):
        return 0
    now = work.clock()
    for code, place in POSTERS_ADDED.items():
        posters.add(code, place, now=now)
    made = 0
    for promise, moment in _promises(now):
        pledges.make(work, promise, now=moment, key=str(uuid.uuid5(uuid.NAMESPACE_URL, f"{MARKER}/{made}")))
        made += 1
    work.db[MARKERS].insert_one({"_id": MARKER, "at": now})
    return made


def _promises(now: datetime) -> Iterator[tuple[Promise, datetime]]:
    """The same every time, but for the clock."""
    chance = random.Random(2026)  # noqa: S311 -- demo data, not a secret
    slugs = [action.slug for action in actions()]
    places = [slug for area in areas() for slug in [area.slug] * FEW_AREAS.get(area.slug, 11 + area.population_2021 // 40_000)]
    places += [NOT_SAID] * 40 + [WORK_STUDY] * 15
    chance.shuffle(places)
    sources = [channel.slug for channel in channels() if channel.slug not in (DIRECT, POSTERS)]
    for number, place in enumerate(places):
        poster = chance.choice(list(POSTERS_ADDED)) if number % 5 == 0 else None
        channel = POSTERS if poster else chance.choice([DIRECT, DIRECT, *sources])
        moment = now - timedelta(hours=24 + chance.random() * (WEEKS * 7 - 1) * 24 * (number / len(places)))
        yield Promise(slugs[number % len(slugs)], place, channel, poster), moment
